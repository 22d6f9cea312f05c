"""Databases of SQLite, table by table in the order of their keys; a field is a path in a row."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("sqlite", (".sqlite", ".sqlite3"), here=False)
