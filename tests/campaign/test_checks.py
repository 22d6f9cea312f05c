"""What the checks require of a job, and that it is stored with the judgement."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from campaign.finished import finish, repository
from judge.cases import REPOSITORY

from harness.campaign import conclude
from harness.campaign.checks import checks, requirements_of
from harness.campaign.verified import derive, verified
from harness.model.finding import Dimension, Requirement
from harness.model.job import ShimMode
from harness.store import codec
from harness.store.archive import Archive

OLD = Path(__file__).parents[1] / "archives" / "e72ea0c"
PAIR = [
    (Dimension.IDENTITY, "train"),
    (Dimension.TRUTH, "train/legacy"),
    (Dimension.TRUTH, "train/candidate"),
    (Dimension.TRUTH, "train"),
    (Dimension.TRANSITIONS, "train/legacy"),
    (Dimension.TRANSITIONS, "train/candidate"),
    (Dimension.TRANSITIONS, "train"),
    (Dimension.CONFIGURATION, "train/parameters"),
    (Dimension.CONFIGURATION, "train/environment"),
    (Dimension.CONFIGURATION, "train/libraries"),
    (Dimension.CONFIGURATION, "train/process"),
    (Dimension.OUTPUTS, "train/model"),
]
JOB = [
    (Dimension.METRICS, "train/rmse"),
    (Dimension.METRICS, "train/bad-runs"),
    (Dimension.STARTUP, "train/first-instruction"),
]
"""Here each check is called as its dimension."""


def test_every_check_says_what_it_requires_of_a_job() -> None:
    """In every sound pair, and once over all of them."""
    assert requirements_of(REPOSITORY) == (
        *(Requirement(dimension, subject, in_pair=True, check=dimension.value) for dimension, subject in PAIR),
        *(Requirement(dimension, subject, in_pair=False, check=dimension.value) for dimension, subject in JOB),
    )


def test_a_cadence_is_required_of_a_job_that_has_one_and_nothing_of_the_shim_where_there_is_none() -> None:
    """What is required follows the job."""
    (job,) = REPOSITORY.jobs
    asked = requirements_of(replace(REPOSITORY, jobs=(replace(job, shim=ShimMode.OFF, cadence_seconds=3600.0),)))
    assert set(asked) ^ set(requirements_of(REPOSITORY)) == {
        Requirement(Dimension.STARTUP, "train/cadence", in_pair=False, check="cadence"),
        Requirement(Dimension.IDENTITY, "train", in_pair=True, check="identity"),
        *(
            Requirement(Dimension.CONFIGURATION, f"train/{part}", in_pair=True, check="configuration")
            for part in ("parameters", "environment", "libraries", "process")
        ),
    }


def test_every_check_has_a_name_of_its_own() -> None:
    """What a check that crashed leaves is found by its name."""
    names = [check.name for check in checks()]
    assert len(set(names)) == len(names)


def test_the_judgement_keeps_what_the_checks_required(tmp_path: Path) -> None:
    """Stored as it was asked for, and the verdict that is derived from it has the stored bytes."""
    of, _ = finish(tmp_path / "reports")
    assert of.archive.load_judgement("wine").required == requirements_of(repository())
    (verdict,) = conclude.rejudge(of.archive)
    assert codec.encode(verdict) == (of.archive.root / "verdict" / "wine.json").read_bytes()


def test_a_judgement_without_what_was_required_is_decided_to_the_same_verdict(tmp_path: Path) -> None:
    """The checks of today stand in for the list that an earlier version did not keep."""
    of, (verdict,) = finish(tmp_path / "reports")
    (found,) = verified(of.archive)
    assert derive(replace(found, judgement=replace(found.judgement, required=()))) == verdict


@pytest.mark.parametrize("name", ["old-go", "old-no-go"])
def test_a_judgement_made_before_requirements_were_kept_gives_the_same_verdict(tmp_path: Path, name: str) -> None:
    """It has no such list, and is held against what the checks of today require: nothing is missing."""
    shutil.copytree(OLD, tmp_path / "reports")
    archive = Archive(tmp_path / "reports" / name)
    assert "required" not in json.loads((archive.root / "judgement" / "wine.json").read_bytes())
    assert archive.load_judgement("wine").required == ()
    (verdict,) = conclude.rejudge(archive)
    stored = archive.load_verdict("wine")
    told = [[(reason.code, reason.sentence, reason.remedy) for reason in of.reasons] for of in (verdict, stored)]
    assert (verdict.decision, told[0], verdict.totals) == (stored.decision, told[1], stored.totals)
