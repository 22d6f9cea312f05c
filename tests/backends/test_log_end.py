"""By the shim's last line a log is known to be whole."""

from __future__ import annotations

import pytest

from harness.backends.log_end import WITHIN_BYTES, has_end
from harness.shim.shim import LOG_END, SPEAKER

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
