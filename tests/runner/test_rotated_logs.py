"""A log whose first lines are lost: what can be read of it all the same, and what is INCONCLUSIVE by name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from observed import CANDIDATE, LEGACY, declared

from harness.backends.base import Fetched, Handle
from harness.compare.metrics import check_curves, metric_samples
from harness.config.defaults import metric_regex
from harness.model.finding import Outcome
from harness.model.job import Job
from harness.model.metric import Better, Metric, Take
from harness.model.observation import Observation, ObservedPair
from harness.model.plan import Run
from harness.runner.collect import observe, told_so_far
from harness.scrub.scrubber import Scrubber
from harness.shim.shim import LOG_END, LOG_START, SPEAKER

START, END = f"{SPEAKER}{LOG_START}\n", f"{SPEAKER}{LOG_END}\n"
STEPS = "".join(f"step {number} loss=0.{number}\n" for number in range(3, 9))
RECORD = b'{"schema": "parity.record/1", "run": "r", "exit_code": 0, "log_started": true}'
OLDER = b'{"schema": "parity.record/1", "run": "r", "exit_code": 0}'
RUN = Run("r", "r", "repo", "train", LEGACY, 1)


def job(take: Take = Take.LAST, step: int | None = None) -> Job:
    """A job that reports its loss."""
    loss = Metric("loss", metric_regex("loss"), Better.LOWER, 0.1, None, take=take, step=step)
    return replace(declared(), metrics=(loss,))


def brought(folder: Path, log: str, asked: Job, *, record: bytes | None = RECORD, shim: bool = True) -> Observation:
    """Bring home one run with such a log."""
    place = folder / "runs" / "r"
    place.mkdir(parents=True, exist_ok=True)
    fetched = Fetched(log.encode(), False, record, (), ())
    handle = Handle(replace(RUN, shim=shim), {}, adopted=False)
    return observe(handle, asked, (), fetched, folder=place, scrub=Scrubber())


def value(seen: Observation, asked: Job) -> str:
    """Give what is judged of it, or why nothing is."""
    pair = ObservedPair("p", seen, replace(seen, run=replace(RUN, side=CANDIDATE)))
    sample = metric_samples(asked, (pair,), (), ())["loss"]
    return f"{sample.legacy[0]}" if sample.legacy else sample.problems[0].split(",")[0]


LOST = "pair p: legacy was not read: the first lines of its log are lost"


@pytest.mark.parametrize(
    ("log", "asked", "answer"),
    [
        (f"{START}{STEPS}{END}", job(Take.BEST), "0.3"),
        (f"{STEPS}{END}", job(Take.BEST), f"{LOST}"),
        (f"{STEPS}{END}", job(Take.MIN), f"{LOST}"),
        (f"{STEPS}{END}", job(Take.MAX), f"{LOST}"),
        (f"{STEPS}{END}", job(), "0.8"),
        (f"{STEPS}{END}", job(Take.STEP, 5), "0.5"),
        (f"{STEPS}{END}", job(Take.STEP, 1), f"{LOST}"),
        (f"step 9 loss=0.9\nno more\n{END}", job(), f"{LOST}"),
        (f"no report\n{END}", job(), f"{LOST}"),
    ],
    ids=["whole", "best", "min", "max", "last", "step", "a lost step", "in the rest of a line", "none left"],
)  # fmt: skip
def test_a_value_is_taken_where_what_is_lost_cannot_matter(log: str, asked: Job, answer: str, tmp_path: Path) -> None:
    """The last report, and the last at a step, are that whatever stood before; the first line left may be a rest."""
    assert value(brought(tmp_path, log, asked), asked) == answer


@pytest.mark.parametrize(
    ("record", "shim", "lost"),
    [(RECORD, True, True), (None, True, True), (OLDER, True, False), (None, False, False)],
    ids=["its record", "killed", "an older shim", "no shim"],
)
def test_only_a_log_that_the_shim_began_is_known_to_have_lost_its_beginning(
    record: bytes | None,
    shim: bool,  # noqa: FBT001 - a table's column
    lost: bool,  # noqa: FBT001 - the same
    tmp_path: Path,
) -> None:
    """A shim of an earlier version wrote no first line, and without one nobody did."""
    seen = brought(tmp_path, f"{STEPS}{END}", job(), record=record, shim=shim)
    assert seen.log is not None
    assert seen.log.start_lost is lost


def test_how_a_metric_went_is_not_known_where_the_first_lines_are_lost(tmp_path: Path) -> None:
    """The number of points would decide, and says nothing here; with the first lines it does."""
    whole = brought(tmp_path, f"{START}{STEPS}{END}", job())
    rotated = brought(tmp_path, f"{STEPS}{END}", job())
    (found,) = check_curves(job(), "p", whole, rotated)
    assert (found.outcome, found.summary) == (
        Outcome.INCONCLUSIVE,
        "how loss went is not known: the first lines of the log of candidate are lost",
    )
    assert check_curves(job(), "p", whole, whole)[0].outcome is Outcome.MATCH


@pytest.mark.parametrize(
    ("log", "reported"),
    [(f"{START}so far\n", False), ("so far\n", None), ("so far\nloss=0.1\n", True)],
    ids=["whole", "rotated", "reported since"],
)
def test_nobody_can_tell_whether_a_run_has_reported_whose_first_lines_are_lost(
    log: str,
    reported: bool | None,  # noqa: FBT001 - a table's column
    tmp_path: Path,
) -> None:
    """Such a run goes on to its end when a campaign is stopped."""
    place = tmp_path / "runs" / "r"
    place.mkdir(parents=True)
    peeked = Fetched(log.encode(), False, None, (), ())
    told = told_so_far(peeked, job(), RUN, place, scrub=Scrubber(), running=True)
    assert told.reported is reported
