"""YAML documents, value by value, as JSON is."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("yaml", (".yaml", ".yml"))
