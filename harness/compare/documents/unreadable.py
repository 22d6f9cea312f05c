"""The one exception of all readers of documents."""

from __future__ import annotations


class Unreadable(Exception):  # noqa: N818 - an answer, not a fault
    """Why a file is no such document; names the byte, line, record or member where there is one."""
