"""The table of all classes, printed where the cluster's own tests run."""

from __future__ import annotations

import re
import sys

from cluster import classes


def test_the_table_tells_every_class_with_its_case_and_its_control() -> None:
    """K01 to K54; those that need a parent's word say where their cases are."""
    text = classes.table()
    sys.stdout.write(text)
    parts = re.split(r"^(?=K\d\d )", text.strip(), flags=re.MULTILINE)[1:]
    assert [part[:3] for part in parts] == [f"K{number:02}" for number in range(1, 55)]
    for part in parts:
        assert "case and control in tests/parent_cases.py" in part or re.search(
            r"\n    case     \S+: .*\n    control  \S+.*: ", part
        )
