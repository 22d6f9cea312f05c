"""Avro files, record by record; a field is a path in a record."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("avro", (".avro",), here=False)
