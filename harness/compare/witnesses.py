"""Events of one run → what each Kubernetes witness says, sorted for the rules of truth. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.model.event import Event, Kind, Role, Witness
from harness.model.lifecycle import ordered

LOST_CODE = "ContainerStatusUnknown"


@dataclass(frozen=True, slots=True)
class Pod:
    """One attempt on Kubernetes."""

    attempt: int
    exits: tuple[Event, ...]
    started: frozenset[str]
    statuses: tuple[Event, ...]
    notices: tuple[Event, ...]
    deletion: Event | None
    gone: bool
    """DELETED was seen, or it vanished between two lists."""

    @property
    def last(self) -> dict[str, str]:
        """Native fields of the newest status seen."""
        return dict(self.statuses[-1].native) if self.statuses else {}

    @property
    def main_exits(self) -> tuple[Event, ...]:
        """Every end of the main container, oldest first."""
        return tuple(each for each in self.exits if each.role is Role.MAIN)

    @property
    def main(self) -> Event | None:
        """Last end of the main container."""
        return self.main_exits[-1] if self.main_exits else None

    @property
    def running(self) -> frozenset[str]:
        """Containers that were started and not seen to end."""
        return self.started - {each.container or "" for each in self.exits}

    def said(self, field: str) -> frozenset[str]:
        """Every value that any status had in one native field."""
        return frozenset(each.native[field] for each in self.statuses if field in each.native)

    def noticed(self, *reasons: str) -> bool:
        """Tell whether a cluster event had one of these reasons."""
        return any(each.label in reasons for each in self.notices)

    @property
    def disruption(self) -> str:
        """Reason of the DisruptionTarget condition; empty: none."""
        return next((each.label for each in self.statuses if each.native.get("condition") == "DisruptionTarget"), "")


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Everything Kubernetes said of one Job."""

    pods: tuple[Pod, ...]
    """By attempt."""
    verdict: Event | None
    """The Complete or Failed condition."""
    target: Event | None
    """The FailureTarget or SuccessCriteriaMet condition: the decision before the verdict."""
    status: dict[str, str]
    """Native fields of the newest Job event that had any."""
    notices: tuple[Event, ...]
    """Cluster events about the Job itself."""
    stopped_by_us: bool
    suspended: bool
    job_gone: bool

    @property
    def last(self) -> Pod | None:
        """The last attempt that was seen."""
        return self.pods[-1] if self.pods else None

    @property
    def main(self) -> Event | None:
        """The end that decides the work: the main container's in the last attempt."""
        return self.last.main if self.last else None

    def all_pods(self, *reasons: str) -> bool:
        """Tell whether any attempt's cluster events had one of these reasons."""
        return any(each.noticed(*reasons) for each in self.pods)


def known(exit_: Event | None) -> bool:
    """Tell whether an end can be believed: a lost code (137 without times) says nothing (K07)."""
    if exit_ is None or exit_.native.get("reason") in {LOST_CODE, "Unknown"}:
        return False
    finished = exit_.native.get("finishedAt", "")
    return bool(finished) and not finished.startswith(("0001-", "1970-"))


def code_of(exit_: Event | None) -> int | None:
    """Give a believable exit code."""
    return int(exit_.native["exitCode"]) if exit_ is not None and known(exit_) else None


def witnesses_of(events: Iterable[Event]) -> Witnesses:
    """Sort a run's events by what they testify to."""
    mine = ordered(events)
    numbers = sorted({each.attempt for each in mine if each.witness in {Witness.POD, Witness.CONTAINER}})
    job = [each for each in mine if each.witness is Witness.JOB]
    verdicts = [each for each in job if each.kind in {Kind.SUCCEEDED, Kind.FAILED}]
    targets = [each for each in job if each.native.get("condition") in {"FailureTarget", "SuccessCriteriaMet"}]
    told = [each for each in job if "condition" in each.native]
    newest = max(told, key=lambda each: (each.received_seconds, each.at.seconds), default=None)
    return Witnesses(
        pods=tuple(_pod(number, [each for each in mine if each.attempt == number]) for number in numbers),
        verdict=verdicts[-1] if verdicts else None,
        target=targets[-1] if targets else None,
        status=dict(newest.native) if newest else {},
        notices=tuple(each for each in mine if _about_job(each)),
        stopped_by_us=any(each.kind is Kind.STOP_ASKED for each in mine),
        suspended=any(each.native.get("condition") == "Suspended" and each.native["status"] == "True" for each in job),
        job_gone=any(each.kind in {Kind.DELETED, Kind.VANISHED} and each.label == "Job" for each in mine),
    )


def _about_job(event: Event) -> bool:
    return event.witness is Witness.CLUSTER_EVENTS and event.native.get("kind") == "Job"


def _pod(attempt: int, mine: list[Event]) -> Pod:
    containers = [each for each in mine if each.witness is Witness.CONTAINER]
    return Pod(
        attempt=attempt,
        exits=tuple(each for each in containers if each.kind is Kind.EXITED),
        started=frozenset(each.container or "" for each in containers if each.label == "started"),
        statuses=tuple(each for each in mine if each.witness is Witness.POD and each.kind is Kind.STATUS),
        notices=tuple(each for each in mine if each.witness is Witness.CLUSTER_EVENTS and not _about_job(each)),
        deletion=next(
            (each for each in mine if each.kind is Kind.DELETION_ASKED and each.witness is Witness.POD), None
        ),
        gone=any(each.kind in {Kind.DELETED, Kind.VANISHED} and each.label == "Pod" for each in mine),
    )
