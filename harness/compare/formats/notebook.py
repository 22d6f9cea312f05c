"""Notebooks of Jupyter, value by value; what an execution only stamps is set apart."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("notebook", (".ipynb",))
