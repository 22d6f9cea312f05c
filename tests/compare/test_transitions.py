"""Each side's history by itself: illegal moves, ends nobody saw, words nobody knows."""

from __future__ import annotations

from build import LATER, T0, gap, history, job, pod
from observed import CANDIDATE, LEGACY, declared, observed
from sagemaker_cases import NORMAL, training

from harness.compare.transitions import SAMPLES_MAX, check_transitions
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.observation import Observation

OK_LEGACY, OK_CANDIDATE = observed(LEGACY), observed(CANDIDATE)


def histories(legacy: Observation, candidate: Observation = OK_CANDIDATE) -> tuple[Finding, Finding, Finding]:
    """Check a pair's histories: legacy's, the candidate's, and the endings."""
    first, second, ending = check_transitions(declared(), "p1", legacy, candidate)
    assert [finding.check for finding in (first, second, ending)] == [
        "transitions.history", "transitions.history", "transitions.ending",
    ]  # fmt: skip
    assert [finding.dimension for finding in (first, second, ending)] == [Dimension.TRANSITIONS] * 3
    return first, second, ending


def test_two_whole_histories_match_and_tell_their_paths() -> None:
    """Every state that was entered, in order; what nobody saw is not told."""
    legacy, candidate, ending = histories(OK_LEGACY)
    assert legacy.summary == "legacy: SUBMITTED → QUEUED → RUNNING → FINISHING → SUCCEEDED"
    assert candidate.summary == ("candidate: SUBMITTED → PROVISIONING → PULLING → RUNNING → FINISHING → SUCCEEDED")
    assert [finding.outcome for finding in (legacy, candidate, ending)] == [Outcome.MATCH] * 3
    assert (legacy.remedy, legacy.samples) == ("", ())


def late(at: float, number: int = 0) -> Event:
    """Make a Running that comes after everything."""
    when = Time(T0 + 100 + at, ClockName.NODE)
    return Event(f"late-{number}", Kind.RUNNING, Witness.CONTAINER, when, T0 + LATER, label="started")


def test_a_move_after_the_end_makes_the_history_inconclusive_with_its_story() -> None:
    """A history that breaks the lifecycle proves nothing."""
    legacy, candidate, _ = histories(observed(LEGACY, more_events=(late(5),)))
    assert (legacy.outcome, candidate.outcome) == (Outcome.INCONCLUSIVE, Outcome.MATCH)
    assert legacy.summary == "legacy: 1 illegal moves, first started after SUCCEEDED"
    (sample,) = legacy.samples
    assert (sample.legacy, sample.candidate, sample.note) == ("SUCCEEDED", "started", "seen by container")


def test_of_many_illegal_moves_the_first_are_shown_and_the_rest_are_counted() -> None:
    """A page stays small whatever a platform does."""
    many = tuple(late(number, number) for number in range(SAMPLES_MAX + 3))
    legacy, _, _ = histories(observed(LEGACY, more_events=many))
    assert (len(legacy.samples), legacy.samples_left_out) == (SAMPLES_MAX, 3)


def test_an_end_that_was_never_seen_is_inconclusive() -> None:
    """The watch ended while the job ran."""
    legacy, _, ending = histories(observed(LEGACY, job(active=1), pod("main 2-")))
    assert legacy.summary == "legacy: its end was never seen, the last state is RUNNING"
    assert (legacy.outcome, ending.outcome) == (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE)


def test_a_beginning_that_was_never_seen_is_inconclusive() -> None:
    """The Job was there before anybody watched, and nobody listed it."""
    told = history(job("complete@9"), pod("main 2-8 0"))
    legacy, _, _ = histories(observed(LEGACY, events=tuple(event for event in told if event.label != "created")))
    assert legacy.summary == "legacy: its beginning was never seen"


def test_a_word_nobody_knows_is_inconclusive_and_named() -> None:
    """A platform that learned a new status says so before anybody trusts a comparison."""
    reply = training("Completed", *NORMAL[:-1], "Sublimating", "Completed")
    _, candidate, _ = histories(OK_LEGACY, observed(CANDIDATE, reply=reply))
    assert candidate.summary == "candidate: words nobody knows: Sublimating"
    assert candidate.outcome is Outcome.INCONCLUSIVE


def test_a_gap_that_a_new_list_closed_is_told_and_costs_nothing() -> None:
    """Nothing was lost, and the reader should know all the same."""
    legacy, _, _ = histories(observed(LEGACY, job("complete@9"), pod("main 2-8 0"), gap(3, 4, "half-open")))
    assert legacy.outcome is Outcome.MATCH
    assert legacy.summary.endswith("SUCCEEDED (1 gap in the watch, 1 s at the longest, closed since)")


def test_a_gap_that_was_told_at_every_try_is_one_and_another_stream_has_its_own() -> None:
    """Three tries, the last of which closed it; the gap of a later time is a second one."""
    tries = (gap(3, 4, "reset"), gap(3, 5, "refused"), gap(3, 7, "refused"), gap(8, 9, "half-open"))
    legacy, _, _ = histories(observed(LEGACY, job("complete@9"), pod("main 2-8 0"), *tries))
    assert legacy.summary.endswith("SUCCEEDED (2 gaps in the watch, 4 s at the longest, closed since)")


def test_a_run_that_never_reached_its_platform_has_no_history() -> None:
    """It is said so, once, and nothing else is made of it."""
    _, candidate, _ = histories(OK_LEGACY, observed(CANDIDATE, not_submitted="the cap is reached", more_events=()))
    assert candidate.summary == "candidate: the run never reached its platform: the cap is reached"


def test_a_retried_pod_is_a_legal_history() -> None:
    """The second pod restarts the run; its own times count."""
    story = (job("complete@20", failed=1), pod("main 2-8 1"), pod("main 12-19 0", name="b", created=11))
    legacy, _, _ = histories(observed(LEGACY, *story))
    assert (legacy.outcome, legacy.samples) == (Outcome.MATCH, ())
