"""JSON documents, value by value; a field is a path."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("json", (".json",))
