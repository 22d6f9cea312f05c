"""The platform's word for one Job; of a Job that is not there, its controller's event is a hint. Pure."""

from __future__ import annotations

from harness.model.event import Event
from harness.model.truth import Platform
from harness.platforms.kubernetes.witnesses import Witnesses

_TELLS_A_VERDICT = frozenset({
    "Completed", "BackoffLimitExceeded", "DeadlineExceeded", "PodFailurePolicy", "FailedIndexes",
    "MaxFailedIndexesExceeded",
})  # fmt: skip
"""Reasons of the events that the Job controller writes when it sets Complete or Failed (job_controller.go)."""


def platform_of(seen: Witnesses) -> Platform:
    """Say what the Job was marked."""
    if seen.verdict is None:
        return Platform.NONE
    return Platform.OK if seen.complete else Platform.FAILED


def told_verdict(seen: Witnesses) -> Event | None:
    """Give the event about the verdict where the records hold the Job itself in no version."""
    if job_known(seen):
        return None
    told = [notice for notice in seen.notices if notice.label in _TELLS_A_VERDICT]
    return told[-1] if told else None


def job_known(seen: Witnesses) -> bool:
    """Tell whether the records hold the Job itself."""
    return seen.created is not None or bool(seen.versions)
