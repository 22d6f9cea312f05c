"""Pairs that we stopped: set aside and run again where they told nothing, and in the way of a GO where they did."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from campaign.team import Team
from campaign.test_schedules import PLAN, WINE, seen
from report.campaign_sample import observation

from harness.campaign import evidence, history, story
from harness.campaign.checks import requirements_of
from harness.campaign.waves import identical_repeats, stopped_again, void_replacements
from harness.campaign.wiring import Connections
from harness.judge.coverage import STOP_CHECK, VOID_CHECK, missing
from harness.judge.gate import Case, decide
from harness.model.clock import ClockName, SystemClock, Time
from harness.model.event import INTERRUPTED, Event, Kind, Witness
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Side
from harness.model.observation import MetricPoint, Observation
from harness.model.plan import Grade, Pair
from harness.model.schedule import Cause, Replacement, RunAtStop, Schedule, Stop
from harness.model.verdict import Judgement
from harness.store.archive import Archive

FIRST, SECOND, _ = (pair for pair in PLAN.pairs if pair.grade is Grade.LAUNCHED and pair.wave == 1)
AT = "2026-11-24T11:00:00Z"


def stop(pair: Pair, *, ended: bool = False, reported: bool | None = False) -> Stop:
    """Stop a pair whose first run had told so much."""
    first, *others = pair.runs
    runs = (
        RunAtStop(first, submitted=True, ended=ended, reported=reported),
        *(RunAtStop(run, submitted=True, ended=False, reported=False) for run in others),
    )
    return Stop(pair.id, runs, "ada@host", AT, INTERRUPTED)


def cut(run: str) -> Observation:
    """What is kept of a run that we stopped, with a metric that no other run has."""
    asked = Event(f"{run}:stop", Kind.STOP_ASKED, Witness.HARNESS, Time(0.0, ClockName.HARNESS), 0.0, label=INTERRUPTED)
    planned = Schedule(PLAN).run(run)
    return replace(observation(planned, {}), events=(asked,), metrics={"rmse": (MetricPoint(99.0, 0),)})


def observations(*cut_pairs: Pair, also: tuple[str, ...] = ()) -> dict[str, Observation]:
    """All runs of the first wave, those of some pairs cut."""
    whole = seen(FIRST.id, SECOND.id)
    alike = {name: replace(each, metrics={"rmse": (MetricPoint(0.5, 0),)}) for name, each in whole.items()}
    return alike | {run: cut(run) for pair in cut_pairs for run in pair.runs if run not in also}


def findings(schedule: Schedule, runs: dict[str, Observation]) -> tuple[Finding, ...]:
    """Run every check."""
    return evidence.findings_of(schedule, WINE, runs, lambda _: None)


def test_a_pair_that_told_nothing_counts_nowhere_and_is_run_again() -> None:
    """No check compares it, its metric is in no noise, it is no void, and no loss of a platform."""
    schedule = Schedule(PLAN, (stop(FIRST),))
    runs = observations(FIRST)
    told = [finding for finding in findings(schedule, runs) if finding.pair == FIRST.id]
    assert [(finding.check, finding.outcome, finding.required) for finding in told] == [
        (STOP_CHECK, Outcome.INCONCLUSIVE, False)
    ]
    assert told[0].summary == (
        f"stopped by ada@host at {AT} (interrupted): no run had ended or reported a metric; not replaced"
    )
    assert identical_repeats(Schedule(PLAN), WINE.name, "train", observations())
    assert void_replacements(schedule, runs) == ()
    (added,) = stopped_again(schedule, runs)
    assert isinstance(added, Replacement)
    assert (added.pair.id, added.cause, added.reason) == (f"{FIRST.id}-r", Cause.STOPPED, "stopped by ada@host")
    assert [run.side for run in added.runs] == [Schedule(PLAN).run(run).side for run in FIRST.runs]
    assert schedule.amended([added]).amended(stopped_again(schedule.amended([added]), runs)) == schedule.amended(
        [added]
    )
    (tally,) = history.tallies_of(schedule, WINE, runs, findings(schedule, runs))
    assert (tally.ends.legacy_runs, tally.ends.candidate_runs) == (1, 1)


def test_its_replacement_is_compared_in_its_place() -> None:
    """The same findings as if nothing had been stopped, but for the names of pair and runs."""
    schedule = Schedule(PLAN, (stop(FIRST),))
    schedule = schedule.amended(stopped_again(schedule, {}))
    again = schedule.replacements[FIRST.id]
    runs = observations(FIRST) | {
        run.id: replace(observation(run, {}), metrics={"rmse": (MetricPoint(0.5, 0),)}) for run in again.runs
    }
    undisturbed = findings(Schedule(PLAN), observations())
    told = [finding for finding in findings(schedule, runs) if finding.check != STOP_CHECK]
    assert sorted((finding.check, finding.subject, finding.outcome.value) for finding in told) == sorted(
        (finding.check, finding.subject, finding.outcome.value) for finding in undisturbed
    )
    assert {finding.pair for finding in told} == {None, SECOND.id, again.pair.id}


@pytest.mark.parametrize(
    ("ended", "reported", "words"),
    [
        (False, True, "had reported a metric"),
        (False, None, "may have reported a metric"),
        (True, False, "had ended"),
    ],
)
def test_a_pair_that_had_told_something_counts_as_it_stands(*, ended: bool, reported: bool | None, words: str) -> None:
    """Nobody may stop when a number looks bad: it is not replaced, neither as stopped nor as void, and blocks."""
    schedule = Schedule(PLAN, (stop(FIRST, ended=ended, reported=reported),))
    runs = observations(FIRST, also=FIRST.runs[:1] if ended else ())
    assert (stopped_again(schedule, runs), void_replacements(schedule, runs)) == ((), ())
    told = [finding for finding in findings(schedule, runs) if finding.pair == FIRST.id]
    (blocks,) = (finding for finding in told if finding.check == STOP_CHECK)
    assert (blocks.outcome, blocks.required) == (Outcome.INCONCLUSIVE, True)
    assert f"{FIRST.runs[0]} {words}, so no other pair may stand for it" in blocks.summary
    assert not [finding for finding in told if finding.check == VOID_CHECK]
    assert bool([finding for finding in told if finding.dimension is Dimension.TRUTH]) is ended
    judgement = Judgement("parity.judgement/1", WINE.name, PLAN.campaign, AT, "tool", {}, 1, findings(schedule, runs))
    assert f"inconclusive:{STOP_CHECK}" in [
        reason.code
        for reason in decide(Case(schedule, WINE, judgement, (), {}, required=requirements_of(WINE))).reasons
    ]


def test_a_word_on_a_stopped_pair_and_its_replacement_are_asked_for() -> None:
    """Whoever takes the finding away, or the replacement, leaves something that did not run."""
    schedule = Schedule(PLAN, (stop(FIRST),))
    found = findings(schedule, observations(FIRST))
    told = {(finding.dimension, finding.pair) for finding in missing(schedule, WINE, found, requirements_of(WINE))}
    assert (Dimension.COVERAGE, f"{FIRST.id}-r") in told
    assert (Dimension.IDENTITY, FIRST.id) not in told
    forged = [finding for finding in found if finding.check != STOP_CHECK]
    assert (Dimension.IDENTITY, FIRST.id) in {
        (finding.dimension, finding.pair) for finding in missing(schedule, WINE, forged, requirements_of(WINE))
    }


def test_a_stopped_repeat_runs_again() -> None:
    """A run that is in no pair of the two sides, too."""
    three = replace(WINE, policy=replace(WINE.policy, repeats=3))
    lone = Pair("wine-train-legacy-r1", "wine", "train", Grade.REPEAT, ("wine-train-r1-legacy-1",))
    run = replace(Schedule(PLAN).run(FIRST.runs[0]), id=lone.runs[0], side=Side.LEGACY)
    plan = replace(PLAN, repositories=(three,), pairs=(*PLAN.pairs, lone), runs=(*PLAN.runs, run))
    schedule = Schedule(plan, (stop(lone),))
    assert schedule.repeats("wine", "train", Side.LEGACY) == ()
    schedule = schedule.amended(stopped_again(schedule, {}))
    assert [run.id for run in schedule.repeats("wine", "train", Side.LEGACY)] == ["wine-train-r1-legacy-2"]


def test_a_stop_of_a_concluded_campaign_writes_nothing(team: Team) -> None:
    """Its journal is evidence by digest; nothing of it is in flight."""
    team.campaign("c1", 0.5)
    archive = Archive(team.reports / "c1")
    before = archive.journal.read_bytes()
    settings = story.Settings(team.reports, SystemClock(), lambda _: None, threading.Event())
    wiring = Connections({}, {}, SystemClock(), lambda *_: pytest.fail("nothing is staged"))
    assert story.stop(archive, settings, wiring) == ()
    assert archive.journal.read_bytes() == before
