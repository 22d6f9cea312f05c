"""docs/sagemaker.md names tests and records; each of them is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "sagemaker.md").read_text(encoding="utf-8")
RECORDED = ROOT / "tests" / "recorded" / "sagemaker"


def defined() -> set[str]:
    """Name every test function of the suite."""
    files = (ROOT / "tests").rglob("test_*.py")
    return {
        name
        for path in files
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_every_test_that_the_page_names_is_there() -> None:
    """A row whose proof was renamed proves nothing."""
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - defined() == set()


def test_every_record_is_on_the_page_and_the_other_way_round() -> None:
    """The table of endings and the folder of records are one list."""
    kinds = "training|processing|transform|tuning"
    named = set(re.findall(rf"`((?:{kinds})-[a-z0-9-]+)`", PAGE)) | {"training-in-progress", "training-pool-reused"}
    files = {path.name.split(".")[0] for path in RECORDED.glob("*.describe.json")}
    assert {file for file in files if not file.startswith("not-ours")} == named
