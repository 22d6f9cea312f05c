"""Workbooks of Excel, by sheet, row and cell."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("xlsx", (".xlsx",), here=False)
