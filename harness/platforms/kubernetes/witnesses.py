"""Events of one run → what each Kubernetes witness says, sorted for the rules of truth. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from harness.model.event import Event, Kind, Witness
from harness.model.lifecycle import ordered
from harness.platforms.kubernetes.pod import Pod, end_of, is_about, kept_instead, pods_of, stayed


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Everything that was said of one Job."""

    pods: tuple[Pod, ...]
    """By member, then by attempt."""
    verdict: Event | None
    """The newest Complete or Failed condition."""
    verdicts: frozenset[Kind]
    target: Event | None
    """The FailureTarget or SuccessCriteriaMet condition: the decision before the verdict."""
    status: dict[str, str]
    """Native fields of the newest Job version that was seen."""
    versions: tuple[Event, ...]
    """Every Job version that was seen, in order of arrival."""
    created: Event | None
    notices: tuple[Event, ...]
    """Cluster events about the Job itself."""
    suspended: Event | None
    """The Suspended condition, while it was True."""
    resumed: Event | None
    """The Suspended condition, when it was False again."""
    gaps: tuple[Event, ...]
    """Times in which nobody watched."""
    remarks: frozenset[str]
    """What the reader of the records noticed about them."""
    stopped_by_us: bool
    job_gone: bool
    job_deletion: Event | None
    """Somebody asked to delete the Job, and with it its pods."""
    until: float
    """When the records end, in epoch seconds of the harness."""
    lost: tuple[str, ...]
    """Declared outputs of which nothing is there."""
    outputs_known: bool
    """False: nobody said what the job should leave behind."""
    complaint: str
    """Last line of the log that looks like an error."""

    @property
    def deciding(self) -> tuple[Pod, ...]:
        """The pods whose ends decide the work: each index's last attempt, a parallel Job's every pod, else the last.

        One that was surplus is no attempt of its own.
        """
        if not self.indexed:
            return self.pods if self.wanted > 1 or self.work_queue else _last(self.pods)
        members = groupby(self.pods, key=lambda pod: pod.member)
        return tuple(pod for _, attempts in members for pod in _last(tuple(attempts)))

    @property
    def indexed(self) -> bool:
        """Tell whether each pod has an index of its own."""
        return self.status.get("completionMode") == "Indexed" or any(pod.member for pod in self.pods)

    @property
    def work_queue(self) -> bool:
        """Tell whether pods share a queue of work: no completions are asked for, and one success ends the Job."""
        return bool(self.status) and "completions" not in self.status and self.count("parallelism") > 1

    @property
    def wanted(self) -> int:
        """How many pods must end with 0."""
        return max(1, self.count("completions"))

    def count(self, field: str) -> int:
        """Read one number of the Job's newest status; 0 where it is not there."""
        text = self.status.get(field, "0")
        return int(text) if text.isdigit() else 0

    @property
    def reason(self) -> str:
        """Reason of the verdict; empty: none was seen."""
        return self.verdict.native.get("reason", "") if self.verdict else ""

    @property
    def failed(self) -> bool:
        """Tell whether the Job is marked Failed."""
        return self.verdict is not None and self.verdict.kind is Kind.FAILED

    @property
    def complete(self) -> bool:
        """Tell whether the Job is marked Complete."""
        return self.verdict is not None and self.verdict.kind is Kind.SUCCEEDED

    @property
    def restarts(self) -> int:
        """How often containers were restarted in place, all pods together."""
        return sum(pod.restarts for pod in self.pods)

    @property
    def done(self) -> tuple[Pod, ...]:
        """Deciding pods whose main container ended with 0."""
        return tuple(pod for pod in self.deciding if end_of(pod) == 0)


def _last(pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
    return (kept_instead(pods[-1], stayed(pods)) or pods[-1],) if pods else ()


def witnesses_of(
    events: Iterable[Event], *, lost: tuple[str, ...] = (), outputs_known: bool = False, complaint: str = ""
) -> Witnesses:
    """Sort a run's events by what they testify to."""
    mine = ordered(events)
    job = [event for event in mine if event.witness is Witness.JOB]
    versions = sorted((event for event in job if "succeeded" in event.native), key=lambda event: event.received_seconds)
    verdicts = [event for event in job if event.kind in {Kind.SUCCEEDED, Kind.FAILED}]
    targets = [event for event in job if event.native.get("condition") in {"FailureTarget", "SuccessCriteriaMet"}]
    suspensions = [event for event in job if event.native.get("condition") == "Suspended"]
    held = [event for event in suspensions if event.native.get("status") == "True"]
    resumed = [event for event in suspensions if event.native.get("status") == "False"]
    return Witnesses(
        pods=pods_of(mine),
        verdict=verdicts[-1] if verdicts else None,
        verdicts=frozenset(verdict.kind for verdict in verdicts),
        target=targets[-1] if targets else None,
        status=dict(versions[-1].native) if versions else {},
        versions=tuple(versions),
        created=next((event for event in job if event.label == "created"), None),
        notices=tuple(event for event in mine if is_about(event, "Job")),
        suspended=held[-1] if held else None,
        resumed=resumed[-1] if resumed else None,
        gaps=tuple(event for event in mine if event.kind is Kind.GAP),
        remarks=frozenset(
            event.label for event in mine if (event.witness, event.kind) == (Witness.HARNESS, Kind.NOTICED)
        ),
        stopped_by_us=any(event.kind is Kind.STOP_ASKED for event in mine),
        job_deletion=next((event for event in job if event.kind is Kind.DELETION_ASKED), None),
        job_gone=any(event.kind in {Kind.DELETED, Kind.VANISHED} and event.label == "Job" for event in mine),
        until=max((event.received_seconds for event in mine), default=0.0),
        lost=lost,
        outputs_known=outputs_known,
        complaint=complaint,
    )
