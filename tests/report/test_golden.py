"""The sample campaign's files, byte for byte. `PARITY_GOLDEN=write` writes them anew; look at the diff then."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from report.campaign_sample import campaign

from harness.report.render import render_campaign
from harness.report.text import verdict_lines

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
NAMES = (
    "index.html",
    "diabetes-train.html",
    "digits-nightly.html",
    "wine-scoring.html",
    "diabetes-train.json",
    "digits-nightly.json",
    "wine-scoring.json",
    "junit.xml",
    "summary.md",
    "comment.md",
    "metrics.prom",
    "terminal.txt",
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render the campaign once."""
    into = tmp_path_factory.mktemp("report")
    render_campaign(campaign(), into)
    (into / "terminal.txt").write_text("\n".join(verdict_lines(campaign())) + "\n")
    if os.environ.get("PARITY_GOLDEN") == "write":
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            (GOLDEN / name).write_bytes((into / name).read_bytes())
    return into


@pytest.mark.parametrize("name", NAMES)
def test_the_report_is_what_it_was(written: Path, name: str) -> None:
    """A change of any byte is seen and has to be meant."""
    assert (written / name).read_bytes() == (GOLDEN / name).read_bytes()


def test_no_golden_file_is_left_unused(written: Path) -> None:
    """Each file of the folder is compared, and each file that is written has one."""
    assert {path.name for path in GOLDEN.iterdir()} == set(NAMES) == {path.name for path in written.iterdir()}
