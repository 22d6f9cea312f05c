"""By the shim's first and last line a log is known to be whole."""

from __future__ import annotations

import pytest

from harness.backends.log_marks import WITHIN_BYTES, has_end, has_start
from harness.shim.shim import LOG_END, LOG_START, SPEAKER

START = f"{SPEAKER}{LOG_START}\n"
END = f"{SPEAKER}{LOG_END}\n"


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (f"loss=0.1\n{END}", True),
        (END, True),
        (f"loss=0.1\n{END}a child that was left running\n", True),
        (END + "x" * WITHIN_BYTES, False),
        (f"loss=0.1\n{END[:-1]}", False),
        ("loss=0.1\n", False),
        ("", False),
    ],
    ids=["last", "alone", "something after it", "too much after it", "cut in it", "not there", "empty"],
)
def test_a_log_is_whole_by_its_end_line(text: str, whole: bool) -> None:  # noqa: FBT001 - a table's column
    """Wherever in its last 64 KiB; a line that is cut is none."""
    assert has_end(text.encode()) is whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (f"{START}loss=0.1\n", True),
        (f"a line of stdout that was gathered first\n{START}", True),
        ("x" * WITHIN_BYTES + START, False),
        (f"{START[5:]}loss=0.1\n", False),
        ("loss=0.1\n", False),
        ("", False),
    ],
    ids=["first", "after another", "too late", "cut in it", "not there", "empty"],
)
def test_a_log_has_its_beginning_by_the_start_line(text: str, whole: bool) -> None:  # noqa: FBT001 - a table's column
    """Wherever in its first 64 KiB."""
    assert has_start(text.encode()) is whole
