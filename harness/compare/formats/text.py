"""Texts, line by line, whatever ends their lines; only where a rule says so."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("text", (), applies=frozenset({"ignore"}))
