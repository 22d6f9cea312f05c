"""What both runs of a blocked job tried outside is one finding; what nobody watched is never a match."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from backends import candidate_sample as sample

from harness.compare.effects import check_effects, check_places, required
from harness.model.finding import Outcome, Sample
from harness.model.job import Effect, EffectKind, EffectPolicy, Job, Side
from harness.model.observation import Attempt, OutsideLog, PlaceSeen
from harness.runner.collect import not_submitted
from harness.runner.outside_log import read_outside

POST, MAIL = Attempt("POST", "http://hooks.internal/done", 1), Attempt("mail to", "example.org by mail:25", 2)
POST_SAID, MAIL_SAID = "POST http://hooks.internal/done", "mail to example.org by mail:25"
ONE = '{"schema": "parity.effects/1", "stopped": [%s], "left_out": 1}'
BLOCK = (Effect(EffectKind.HTTP, "hooks", EffectPolicy.BLOCK),)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """Give a job whose effects are blocked."""
    return replace(sample.repository(tmp_path, {}).jobs[0], effects=BLOCK)


def check(job: Job, legacy: OutsideLog | None, candidate: OutsideLog | None) -> tuple[Outcome, str]:
    """Check one pair; give outcome and summary."""
    run = {side: not_submitted(sample.Run(side.value, side.value, "wine", job.name, side, 1), "") for side in Side}
    seen = (replace(run[Side.LEGACY], outside=legacy), replace(run[Side.CANDIDATE], outside=candidate))
    (finding,) = check_effects(job, "p1", *seen)
    assert finding.subject in required(job)
    return finding.outcome, finding.summary


@pytest.mark.parametrize(
    ("legacy", "candidate", "outcome", "summary"),
    [
        (OutsideLog(()), OutsideLog(()), Outcome.MATCH, "neither side tried to do anything outside"),
        (
            OutsideLog((POST, MAIL)), OutsideLog((MAIL, replace(POST, times=4))), Outcome.MATCH,
            f"both sides tried the same 2 things outside, and were stopped: {POST_SAID}, {MAIL_SAID}",
        ),
        (
            OutsideLog((POST,)), OutsideLog((MAIL,)), Outcome.MISMATCH,
            f"only legacy tried {POST_SAID}; only candidate tried {MAIL_SAID}; it was stopped",
        ),
        (OutsideLog((POST,)), None, Outcome.INCONCLUSIVE, "nobody watched what candidate did outside"),
        (None, None, Outcome.INCONCLUSIVE, "nobody watched what legacy and candidate did outside"),
        (
            OutsideLog((POST,)), OutsideLog((POST,), 3), Outcome.INCONCLUSIVE,
            "more was tried than the log of candidate holds",
        ),
    ],
)  # fmt: skip
def test_the_pairs_attempts_are_compared(
    job: Job, legacy: OutsideLog | None, candidate: OutsideLog | None, outcome: Outcome, summary: str
) -> None:
    """By what was tried; how often is the client's own business."""
    assert check(job, legacy, candidate) == (outcome, summary)


def test_how_often_stands_in_the_samples(job: Job) -> None:
    """For each thing and side."""
    run = {side: not_submitted(sample.Run(side.value, side.value, "wine", job.name, side, 1), "") for side in Side}
    seen = [replace(run[side], outside=OutsideLog((what,))) for side, what in zip(Side, (POST, MAIL), strict=True)]
    (finding,) = check_effects(job, "p1", *seen)
    assert finding.samples == (
        Sample("POST http://hooks.internal/done", "stopped once", ""),
        Sample("mail to example.org by mail:25", "", "stopped 2 times"),
    )


def test_a_job_that_is_not_blocked_is_asked_nothing(job: Job) -> None:
    """The control."""
    open_ = replace(job, effects=())
    run = not_submitted(sample.Run("r", "r", "wine", job.name, Side.LEGACY, 1), "")
    assert (required(open_), check_effects(open_, "p1", run, run)) == ((), ())


@pytest.mark.parametrize(
    ("data", "read", "notes"),
    [
        (None, None, 0),
        ((ONE % "").encode(), OutsideLog((), 1), 0),
        (
            (ONE % '{"verb": "POST", "place": "http://a", "times": 2}').encode(),
            OutsideLog((Attempt("POST", "http://a", 2),), 1), 0,
        ),
        ((ONE % '{"verb": "POST", "place": 1, "times": 2}').encode(), None, 1),
        ((ONE % '{"verb": "POST", "place": "a", "times": 0}').encode(), None, 1),
        (b'{"schema": "parity.effects/2", "stopped": [], "left_out": 0}', None, 1),
        (b'{"schema": "parity.effects/1", "schema": "parity.effects/1"}', None, 1),
        (b"[", None, 1),
    ],
)  # fmt: skip
def test_the_log_is_read_strictly(data: bytes | None, read: OutsideLog | None, notes: int) -> None:
    """What can't be read is none, with a note, so that it can match nothing."""
    found, said = read_outside(data)
    assert (found, len(said)) == (read, notes)


PRODUCTION = "s3://production/"
QUIET, LOUD = PlaceSeen(PRODUCTION, (), ()), PlaceSeen(PRODUCTION, ("scores.csv",), ("old.csv",))


@pytest.mark.parametrize(
    ("policy", "places", "found"),
    [
        (
            EffectPolicy.BLOCK, (QUIET, QUIET),
            (Outcome.MATCH, "nothing at s3://production/ changed while the pair's runs were under way"),
        ),
        (
            EffectPolicy.REDIRECT, (QUIET, LOUD),
            (
                Outcome.INCONCLUSIVE,
                "while candidate ran, at s3://production/ scores.csv was written and old.csv was removed",
            ),
        ),
        (
            EffectPolicy.BLOCK, (QUIET, PlaceSeen(PRODUCTION, (), (), trouble="access denied")),
            (Outcome.INCONCLUSIVE, "not looked at: s3://production/: access denied"),
        ),
        (EffectPolicy.DUPLICATE_SAFE, (LOUD, LOUD), None),
    ],
)  # fmt: skip
def test_what_changed_where_effects_must_not_be_done_is_named_and_only_informs(
    job: Job, policy: EffectPolicy, places: tuple[PlaceSeen, PlaceSeen], found: tuple[Outcome, str] | None
) -> None:
    """Others change production as well, so that it decides nothing."""
    kept = replace(job, effects=(Effect(EffectKind.BUCKET, PRODUCTION, policy),))
    run = {side: not_submitted(sample.Run(side.value, side.value, "wine", job.name, side, 1), "") for side in Side}
    seen = [replace(run[side], places=(place,)) for side, place in zip(Side, places, strict=True)]
    findings = check_places(kept, "p1", *seen)
    assert [(finding.outcome, finding.summary) for finding in findings] == ([found] if found else [])
    assert not any(finding.required for finding in findings)
