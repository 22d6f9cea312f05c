"""Cadence: a cycle ends inside its slot on both sides, or the next one overlaps or is skipped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from build import job as kubernetes_job
from build import pod
from hypothesis import given
from hypothesis import strategies as st
from observed import CANDIDATE, LEGACY, declared, observed
from sagemaker_cases import T0, training

from harness.compare.cadence import slot_findings
from harness.model.clock import ClockName, Time
from harness.model.event import OUTLASTED, SLOT, WARM_START, Event, Kind, Witness
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.job import Job
from harness.model.observation import Observation, ObservedPair

SLOT_SECONDS = 900
"""Every fifteen minutes."""
EVERY_QUARTER = replace(declared(), cadence_seconds=SLOT_SECONDS)
PROOF = Event("warm", Kind.NOTICED, Witness.CONTROL_PLANE, Time(T0, ClockName.SERVICE), T0, label=WARM_START)


def noted(label: str, *slots: int) -> tuple[Event, ...]:
    """Make what the harness noted of slots in a run's history."""
    at = Time(T0, ClockName.HARNESS)
    return tuple(
        Event(f"{label}:{slot}", Kind.NOTICED, Witness.HARNESS, at, T0, label=label, native={"slot": str(slot)})
        for slot in slots
    )


def legacy(seconds: int, run: str = "l", *, slot: int = 1, outlasted: tuple[int, ...] = ()) -> Observation:
    """Make a legacy run that ended so long after its submission."""
    notes = (*noted(SLOT, slot), *noted(OUTLASTED, *outlasted))
    story = kubernetes_job(f"complete@{seconds}"), pod(f"main 2-{seconds - 1} 0")
    return observed(LEGACY, *story, run=run, more_events=notes)


def candidate(
    seconds: int, run: str = "c", *, slot: int = 1, outlasted: tuple[int, ...] = (), warm: bool = False
) -> Observation:
    """Make a candidate run that was submitted in a slot and ended so long after that."""
    begun = T0 + (slot - 1) * SLOT_SECONDS
    reply = training("Completed") | {"CreationTime": begun, "LastModifiedTime": begun + seconds}
    notes = (*noted(SLOT, slot), *noted(OUTLASTED, *outlasted), *((PROOF,) if warm else ()))
    return observed(CANDIDATE, reply=reply, run=run, more_events=notes)


def pairs(*seconds: tuple[int, int]) -> tuple[ObservedPair, ...]:
    """Make pairs of a legacy and a candidate run, so long each, one a slot."""
    return tuple(
        ObservedPair(f"p{n}", legacy(one, slot=n), candidate(other, slot=n))
        for n, (one, other) in enumerate(seconds, start=1)
    )


def started_in(*slots: int) -> tuple[ObservedPair, ...]:
    """Make pairs that fit, started in these slots."""
    return tuple(ObservedPair(f"p{n}", legacy(300, slot=n), candidate(400, slot=n)) for n in slots)


def judged(couples: tuple[ObservedPair, ...], job: Job = EVERY_QUARTER) -> Finding:
    """Judge the cadence, of a real platform."""
    (found,) = slot_findings(job, couples, synthetic=False)
    return found


FITS = pairs((300, 400), (310, 420), (290, 410))


def test_cycles_that_fit_their_slot_on_both_sides_match() -> None:
    """Three cycles a side; the longest of each stand in the measure."""
    found = judged(FITS)
    assert (found.check, found.dimension, found.subject, found.pair) == (
        "cadence.slot", Dimension.STARTUP, "train/cadence", None,
    )  # fmt: skip
    assert (found.outcome, found.summary, found.required) == (
        Outcome.MATCH, "every cycle fits its slot of 900 s on both sides (3 pairs)", True,
    )  # fmt: skip
    assert found.measure == Measure(
        unit="s", legacy=310.0, candidate=420.0, difference=110.0, margin_text="slot of 900 s", pairs=3, error=3.0,
        series_legacy=(300.0, 310.0, 290.0), series_candidate=(400.0, 420.0, 410.0),
    )  # fmt: skip
    assert len(found.evidence) == 6


def test_a_cycle_that_is_longer_than_its_slot_on_one_side_is_a_mismatch() -> None:
    """One of three is enough: the next cycle overlaps or is skipped."""
    found = judged(pairs((300, 400), (310, 920), (290, 410)))
    assert (found.outcome, found.summary) == (
        Outcome.MISMATCH,
        "the cycle does not fit its slot of 900 s: pair p2: 920.0 s on candidate; the other side fits",
    )
    assert found.remedy.startswith("a warm pool")


def test_a_legacy_cycle_that_alone_does_not_fit_is_a_mismatch_too() -> None:
    """The two sides do not keep one rhythm."""
    found = judged(pairs((950, 400), (310, 420), (290, 410)))
    assert (found.outcome, "pair p1: 950.0 s on legacy" in found.summary) == (Outcome.MISMATCH, True)
    assert found.remedy.endswith("have the owner accept the new rhythm")


def test_a_slot_that_neither_side_keeps_is_declared_wrong() -> None:
    """They may well agree: the cadence cannot be what is said."""
    found = judged(pairs((950, 1000), (310, 420), (290, 410)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary.startswith("neither side keeps its slot of 900 s: pair p1: 1000.0 s on candidate; pair p1")


def test_a_cycle_as_long_as_its_slot_is_open_within_the_clocks_error() -> None:
    """A whole second of resolution on both ends cannot tell 900 from 901 seconds."""
    found = judged(pairs((300, 400), (310, 900), (290, 410)))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary.endswith("is open: pair p2: 900.0 s on candidate, within 1.0 s of clock error of the slot")


def test_a_cycle_that_nobody_saw_end_proves_nothing() -> None:
    """A run that goes on has no length, and no zero is made up for it."""
    going_on = observed(CANDIDATE, reply=training("InProgress", "Starting", secondary="Starting"))
    found = judged((*FITS, ObservedPair("p4", legacy(300, slot=4), going_on)))
    assert (found.outcome, "pair p4: nobody saw the whole cycle on candidate" in found.summary) == (
        Outcome.INCONCLUSIVE, True,
    )  # fmt: skip


def test_an_overrun_beside_a_partner_that_nobody_saw_is_open() -> None:
    """Whether legacy fits is not known, so the difference is not proven."""
    unseen = observed(LEGACY, events=())
    found = judged((*FITS, ObservedPair("p4", unseen, candidate(950, slot=4))))
    assert found.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_than_three_cycles_prove_no_rhythm(count: int) -> None:
    """The finding says how many are needed."""
    found = judged(FITS[:count])
    assert (found.outcome, found.summary) == (
        Outcome.INCONCLUSIVE, f"only {count} cycles were seen, and 3 are needed to say that they fit their slot",
    )  # fmt: skip


def keeping() -> Job:
    """Make the job with a warm pool on the candidate."""
    sides = {**EVERY_QUARTER.sides, CANDIDATE: replace(EVERY_QUARTER.sides[CANDIDATE], keep_alive_seconds=1800)}
    return replace(EVERY_QUARTER, sides=sides)


def run_warm(first: Observation) -> tuple[ObservedPair, ...]:
    """Make three cycles of which the last two began warm; pairs are not in the order of submission."""
    return (
        ObservedPair("p1", legacy(300, slot=2), candidate(200, "c2", slot=2, warm=True)),
        ObservedPair("p2", legacy(300, slot=1), first),
        ObservedPair("p3", legacy(300, slot=3), candidate(210, "c3", slot=3, warm=True)),
    )


def test_the_first_cycle_of_a_warm_pool_may_be_cold() -> None:
    """Nothing was kept before it; it is left out and that is said."""
    found = judged(run_warm(candidate(950, "c1")), keeping())
    assert found.outcome is Outcome.MATCH
    assert found.summary.endswith(
        "on both sides (3 pairs); the candidate's first began cold and is not counted; 2 of 2 later ones began warm"
    )
    assert found.measure is not None
    assert found.measure.series_candidate == (200.0, 210.0)


@pytest.mark.parametrize(
    ("first", "job"),
    [
        pytest.param(candidate(950, "c1"), EVERY_QUARTER, id="no pool is asked for"),
        pytest.param(candidate(950, "c1", slot=4), keeping(), id="not the first"),
        pytest.param(candidate(950, "c1", warm=True), keeping(), id="not cold"),
    ],
)
def test_no_other_cycle_is_forgiven(first: Observation, job: Job) -> None:
    """The controls: one fact away the same length is a mismatch."""
    assert judged(run_warm(first), job).outcome is Outcome.MISMATCH


def test_a_later_cycle_that_begins_cold_counts_and_is_told() -> None:
    """A pool that cooled down between two slots: the cycle still has to fit."""
    cooled = run_warm(candidate(200, "c1"))[:2]
    for seconds, outcome in ((880, Outcome.MATCH), (950, Outcome.MISMATCH)):
        found = judged((*cooled, ObservedPair("p3", legacy(300, slot=3), candidate(seconds, "c3", slot=3))), keeping())
        assert (found.outcome, found.summary.endswith("; 1 of 2 later ones began warm")) == (outcome, True)


def test_an_overrun_names_the_slot_that_was_left_out() -> None:
    """Nothing was started beside the cycle that went on; the rhythm is broken there."""
    couples = (
        *started_in(1, 2),
        ObservedPair("p3", legacy(300, slot=3), candidate(950, slot=3, outlasted=(4,))),
        *started_in(5),
    )
    found = judged(couples)
    assert found.outcome is Outcome.MISMATCH
    assert found.summary == (
        "the cycle does not fit its slot of 900 s: pair p3: 950.0 s on candidate, and nothing was started in slot 4; "
        "the other side fits"
    )


@pytest.mark.parametrize(
    ("slots", "outcome"),
    [((1, 2, 3), Outcome.MATCH), ((2, 4, 5, 6), Outcome.MATCH), ((1, 2, 4, 5), Outcome.INCONCLUSIVE)],
)
def test_a_rhythm_is_three_cycles_in_slots_that_follow_each_other(slots: tuple[int, ...], outcome: Outcome) -> None:
    """A slot that nobody used, for whatever reason, is a hole in what was shown."""
    found = judged(started_in(*slots))
    assert found.outcome is outcome
    if outcome is Outcome.INCONCLUSIVE:
        assert found.summary == (
            "only 2 cycles were started in slots that follow each other (slots 1, 2, 4, 5), "
            "and 3 are needed to say that they keep their rhythm"
        )


def test_a_pair_whose_slot_nobody_wrote_down_proves_no_rhythm() -> None:
    """Without the harness's note the cycle may have been started at any time."""
    found = judged((*started_in(1, 2), ObservedPair("p3", observed(LEGACY), observed(CANDIDATE))))
    assert (found.outcome, found.summary) == (
        Outcome.INCONCLUSIVE,
        "pair p3: no one slot is known that it was started in, and 3 are needed to say that they keep their rhythm",
    )


def test_pairs_stand_for_cycles_where_no_pool_lasts_from_slot_to_slot() -> None:
    """A daily job's pairs follow each other; only their lengths are judged."""
    daily = replace(EVERY_QUARTER, cadence_seconds=86400)
    assert judged(
        tuple(ObservedPair(f"p{n}", observed(LEGACY), observed(CANDIDATE)) for n in (1, 2, 3)), daily
    ).outcome is (Outcome.MATCH)


def test_a_slot_is_scaled_as_the_platforms_time_is() -> None:
    """18 s here are a quarter of an hour there; control: a cycle of 19 s is too long."""
    told = {
        seconds: slot_findings(EVERY_QUARTER, pairs(*[(5, seconds)] * 3), synthetic=True, scale=0.02)[0]
        for seconds in (9, 25)
    }
    assert [finding.outcome for finding in told.values()] == [Outcome.MATCH, Outcome.MISMATCH]
    assert "its slot of 18 s (900 s at a time scale of 0.02) on both sides" in told[9].summary


def test_a_job_without_a_cadence_has_no_slot() -> None:
    """Nobody said how often it runs, so nothing is judged."""
    assert slot_findings(declared(), FITS, synthetic=False) == ()


def test_made_up_times_inform_and_do_not_decide() -> None:
    """The sandbox's delays are synthetic."""
    (found,) = slot_findings(EVERY_QUARTER, pairs((300, 950)), synthetic=True)
    assert (found.outcome, found.required) == (Outcome.MISMATCH, False)


length = st.integers(3, 2000)


@given(st.lists(st.tuples(length, length), min_size=3, max_size=5))
def test_a_match_means_that_no_cycle_is_longer_than_the_slot(seconds: list[tuple[int, int]]) -> None:
    """The law: MATCH only where all fit, MISMATCH only where exactly one side has a cycle that does not."""
    over = {side for one in seconds for side, each in zip((LEGACY, CANDIDATE), one, strict=True) if each > SLOT_SECONDS}
    outcome = judged(pairs(*seconds)).outcome
    assert outcome is not Outcome.MATCH or not over
    assert outcome is not Outcome.MISMATCH or len(over) == 1
