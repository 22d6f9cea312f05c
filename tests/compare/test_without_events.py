"""Records without core Events: what objects say themselves is decided all the same; what only Events say is missing.

The records are those of a real Kubernetes 1.34.4, the Events taken out: a cluster forgets them after an hour.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cluster.words import decided, word

from harness.model.truth import Platform, Truth, Work
from harness.platforms.kubernetes.truth import DONE_OR_CUT, NO_EVENTS

RECORDED = Path(__file__).parents[1] / "recorded" / "cluster"
TAKEN = json.loads((RECORDED / "taken.json").read_bytes())


def silent(name: str) -> bytes:
    """Read a watch without its Events."""
    lines = (RECORDED / f"{name}.jsonl").read_bytes().splitlines()
    return b"\n".join(line for line in lines if json.loads(line)["object"]["kind"] != "Event")


def whole(name: str) -> Truth:
    """Decide a record with its Events."""
    return decided(name, (RECORDED / f"{name}.jsonl").read_bytes(), TAKEN[name])


@pytest.mark.parametrize("name", ["image-missing", "unschedulable"])
def test_a_pod_that_never_started_is_told_by_its_own_status(name: str) -> None:
    """K36: the reason for which a container waits, and the condition PodScheduled."""
    assert word(name, silent(name), TAKEN[name]) == "unknown none K36"


@pytest.mark.parametrize(
    ("name", "what", "other"),
    [("image-missing", "ErrImagePull", "ContainerCreating"), ("image-missing", "ImagePullBackOff", "PodInitializing"),
     ("unschedulable", "Unschedulable", "SchedulingGated")],
)  # fmt: skip
def test_a_pod_that_waits_for_something_else_is_no_k36(name: str, what: str, other: str) -> None:
    """The control: each reason alone names the class, and none of them leaves none."""
    reasons = {"image-missing": ("ErrImagePull", "ImagePullBackOff"), "unschedulable": ("Unschedulable",)}[name]
    rest = [reason for reason in reasons if reason != what]
    alone = replaced(silent(name), rest, other)
    assert word(name, alone, TAKEN[name]) == "unknown none K36"
    assert word(name, replaced(alone, [what], other), TAKEN[name]) == "unknown none -"


def replaced(data: bytes, words: list[str], other: str) -> bytes:
    """Put another reason in the place of some."""
    for reason in words:
        data = data.replace(f'"reason": "{reason}"'.encode(), f'"reason": "{other}"'.encode())
    return data


def test_a_stop_that_only_events_told_is_missing_and_not_excluded() -> None:
    """K21: without Events the record looks like a success; the reader is told what it rests on."""
    found = decided("evicted-done", silent("evicted-done"), TAKEN["evicted-done"])
    assert (found.work, found.platform, found.klass) == (Work.OK, Platform.OK, None)
    assert found.missing == (NO_EVENTS,)
    assert (whole("evicted-done").klass, whole("evicted-done").missing) == ("K21", (DONE_OR_CUT,))


def test_a_success_whose_events_are_there_misses_nothing() -> None:
    """The control; and a failure, which no stop could turn round, misses nothing without them."""
    assert whole("success").missing == ()
    assert decided("success", silent("success"), TAKEN["success"]).missing == (NO_EVENTS,)
    assert decided("code-error", silent("code-error"), TAKEN["code-error"]).missing == ()


def test_a_job_without_a_pod_has_no_class_without_the_event_that_names_it() -> None:
    """K37 rests on an Event alone: without it nothing is guessed, and all that is missing is told."""
    found = decided("no-service-account", silent("no-service-account"), TAKEN["no-service-account"])
    assert (found.work, found.platform, found.klass) == (Work.UNKNOWN, Platform.NONE, None)
    assert found.missing == ("the main container's end (the records hold no pod)", "the Job's verdict")
