"""Zip archives inside of outputs, by their members."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("zip", (".zip",), here=False, applies=frozenset({"ignore"}))
