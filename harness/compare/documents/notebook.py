"""Notebooks of Jupyter (nbformat 4) → a document in which what an execution only stamps is set apart."""

from __future__ import annotations

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

STAMPED = (
    "$.cells[*].execution_count",
    "$.cells[*].id",
    "$.cells[*].metadata",
    "$.cells[*].outputs[*].execution_count",
    "$.cells[*].outputs[*].metadata",
    "$.metadata",
    "$.nbformat_minor",
)
"""What differs whenever a notebook is run or saved again: not compared, and told as such."""


def read_notebook(value: Json) -> Json:
    """Write texts that may be a list of lines or one text as one text; everything else stays.

    Raises:
        Unreadable: it is no notebook of nbformat 4.
    """
    if not isinstance(value, dict) or value.get("nbformat") != 4 or not isinstance(value.get("cells"), list):  # noqa: PLR2004 - the format's number
        message = "no notebook of nbformat 4"
        raise Unreadable(message)
    return _joined(value)


def _joined(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _joined(item) for name, item in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            return "".join(str(item) for item in value)
        return [_joined(item) for item in value]
    return value
