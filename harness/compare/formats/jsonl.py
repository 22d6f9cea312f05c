"""JSON lines: one document a line, each compared with the one of its number."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("jsonl", (".jsonl", ".ndjson"))
