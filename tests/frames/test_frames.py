"""Campaigns as DataFrames: one row a thing, always the same columns, and what the page promises."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest
from campaign.finished import Draft, finish

from harness import frames
from harness.frames import Frames
from harness.store.archive import Archive
from harness.store.reports import in_folder

PAGE = Path(__file__).parents[2] / "docs/frames.md"
NAMES = ("runs", "pairs", "metrics", "findings", "cells", "startup")
COLUMNS = {
    "runs": frames.RUNS,
    "pairs": frames.PAIRS,
    "metrics": frames.METRICS,
    "findings": frames.FINDINGS,
    "cells": frames.CELLS,
    "startup": frames.STARTUP,
    "ledger": frames.LEDGER,
}


@pytest.fixture
def judged(tmp_path: Path) -> Frames:
    """Judge two campaigns of a repository: one that is GO, and one whose candidate reports half."""
    finish(tmp_path / "reports", "c1")
    finish(tmp_path / "reports", "c2", candidate=Draft(5.0, rows='[{"id": 1, "y": 3}]'))
    return frames.open(str(tmp_path / "reports"))


def frame_of(found: Frames, name: str, campaign: str | None = None) -> pd.DataFrame:
    """Give a frame by its name."""
    made: pd.DataFrame = found.ledger() if name == "ledger" else getattr(found, name)(campaign)
    return made


@pytest.mark.parametrize("name", COLUMNS)
def test_a_frame_has_its_columns_and_types_with_rows_and_without(judged: Frames, tmp_path: Path, name: str) -> None:
    """So that no reader has to ask whether there are any."""
    (tmp_path / "none").mkdir()
    for found in (judged, frames.open(str(tmp_path / "none"))):
        frame = frame_of(found, name)
        assert {column: str(kind) for column, kind in frame.dtypes.items()} == dict(COLUMNS[name])
    assert len(frame) == 0


def test_every_run_pair_value_and_finding_is_one_row(judged: Frames) -> None:
    """Counted against the stored campaign."""
    archive = Archive(judged.reports.folder / "c1")
    plan, judgement = archive.load_plan(), archive.load_judgement("wine")
    points = sum(len(metric) for run in plan.runs for metric in (archive.load_observation(run.id)).metrics.values())  # type: ignore[union-attr]
    samples = sum(len(finding.samples) for finding in judgement.findings)
    counts = {name: len(frame_of(judged, name, "c1")) for name in NAMES if name != "startup"}
    assert counts == {
        "runs": len(plan.runs),
        "pairs": len(plan.pairs),
        "metrics": points,
        "findings": len(judgement.findings),
        "cells": samples,
    }


def test_without_a_campaign_a_frame_is_of_all_in_the_ledgers_order(judged: Frames) -> None:
    """Ready for groupby."""
    assert list(judged.metrics().groupby("campaign", sort=False).size().index) == ["c1", "c2"]
    assert list(judged.ledger()["kind"]) == ["campaign", "verdict", "campaign", "verdict"]
    assert list(judged.ledger()["decision"].dropna()) == ["GO", "NO-GO"]


def test_the_numbers_are_those_of_the_findings(judged: Frames) -> None:
    """A metric that fell by half, with its difference and margin."""
    found = judged.findings("c2")
    row = found[(found["check"] == "metrics.equivalence") & found["pair"].isna()].iloc[0]
    assert (row["subject"], row["outcome"], row["legacy"], row["candidate"]) == ("train/rmse", "MISMATCH", 10.0, 5.0)
    assert row["difference"] == pytest.approx(-5.0)


def test_cells_show_what_differs(judged: Frames) -> None:
    """In the output that is another one; the campaign that is GO has no such cell."""
    cells = judged.cells()
    outputs = cells[cells["check"].str.startswith("outputs.")]
    assert set(outputs["campaign"]) == {"c2"}
    assert outputs[["where", "legacy", "candidate"]].notna().all(axis=None)


def test_a_run_that_was_never_observed_is_a_row_that_says_so(judged: Frames) -> None:
    """Nothing is left out because it is missing."""
    file = next((judged.reports.folder / "c1").glob("runs/*/observation.json"))
    run = file.parent.name
    file.unlink()
    runs = judged.runs("c1")
    assert runs[runs["run"] == run][["submitted", "note"]].to_numpy().tolist() == [[False, "not observed"]]
    assert run not in set(judged.metrics("c1")["run"])


def test_the_page_lists_every_column_of_every_frame() -> None:
    """In the order in which the frame has them."""
    text = PAGE.read_text(encoding="utf-8")
    for name, columns in COLUMNS.items():
        section = text.split(f"## `{name}`")[1].split("\n## ")[0]
        listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert listed == list(columns), name


@pytest.mark.parametrize("recipe", re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL))
def test_every_recipe_of_the_page_runs(judged: Frames, monkeypatch: pytest.MonkeyPatch, recipe: str) -> None:
    """On a reports folder as a user has one."""
    monkeypatch.chdir(judged.reports.folder.parent)
    made: dict[str, object] = {}
    exec(recipe, made)
    results = [each for each in made.values() if isinstance(each, pd.DataFrame | pd.Series)]
    assert results
    assert all(len(result) for result in results)


def test_nothing_else_of_the_harness_imports_pandas() -> None:
    """Half a second and 60 MB that no verdict needs."""
    files = [path for path in (PAGE.parents[1] / "harness").rglob("*.py") if path.name != "frames.py"]
    assert len(files) > 300
    assert [str(path) for path in files if re.search(r"^\s*(import|from) pandas", path.read_text(), re.MULTILINE)] == []


def test_a_place_is_opened_as_the_command_line_does(judged: Frames) -> None:
    """The same reports, by path."""
    assert in_folder(judged.reports.folder).ledger.entries() == judged.reports.ledger.entries()
    assert [field.name for field in fields(Frames)] == ["reports"]
