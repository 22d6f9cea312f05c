"""What `parity explain` answers of one job: the same facts for a reader and for a program. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from harness.campaign.explaining import Explained, ExplainedJob
from harness.compare.catalogue import rule_named
from harness.model.anomaly import Anomaly
from harness.model.clock import iso
from harness.model.event import Kind, Role
from harness.model.lifecycle import Step
from harness.model.parent import Parent
from harness.model.truth import Platform, Work
from harness.platforms.kubernetes.rules_parents import PARENTS

SCHEMA = "parity.explain/1"
LIST_SCHEMA = "parity.explain-list/1"
"""Of one document with the answers for several jobs."""
TABLE_FROM = 6
"""From so many jobs on a table is easier to read than their stories."""


class WorkEnding(msgspec.Struct, frozen=True):
    """How the work came to its end, or did not."""

    how: str
    """never ran, cut, ended, runs or unknown."""
    container: str
    by: str
    """Who or what cut it, or kept it from starting."""
    at: str | None
    """RFC 3339, by the clock of the witness."""


class Witnessed(msgspec.Struct, frozen=True):
    """What was wrong with one stream of one job's records."""

    kind: str
    """illegal, lost, duplicate, late, out of order, foreign or skew."""
    stream: str
    """Job watch, Pod watch, Event watch, event bus, descriptions, shim or watcher."""
    count: int
    unit: str
    detail: str
    seconds: float | None
    """How far a clock is ahead (behind: negative), or how late the latest came."""


class RelatedObject(msgspec.Struct, frozen=True):
    """What one parent or neighbour of the job says: who made it, watches it, admits it or waits for it."""

    kind: str
    """RayJob, SparkApplication, Airflow task, Kueue Workload, …"""
    name: str
    namespace: str
    relation: str
    """submits, consists of, watches, admits, repeats or awaits: what it is to the job."""
    state: str
    """ok, failed, stopped, running, waiting or unknown."""
    says: str
    """Its own words; of one that the records name and do not hold, the command that prints it."""
    read: bool
    """False: the records name it and do not hold it."""


class Answer(msgspec.Struct, frozen=True, rename={"klass": "class"}):
    """One job: what its work did, what its platform says, and why."""

    schema: str
    kind: str
    """Job, Pod, TrainingJob and its like, or the kind of a parent whose members are one work, such as PyTorchJob."""
    name: str
    namespace: str
    work: str
    """ok, failed or unknown."""
    platform: str
    """ok, failed or none: what the job was marked."""
    klass: str | None
    """A class such as K08 (`parity explain K08`), `unexplained`, or null where they agree or it is not known."""
    title: str
    cause: str
    because: str
    """One sentence."""
    account: WorkEnding
    exit_code: int | None
    times: dict[str, str]
    """`submitted`, `started` and `ended`, each where it is known, as RFC 3339."""
    also: list[str]
    blames: str
    advice: str
    missing: list[str]
    """Facts or witnesses that would have decided."""
    hints: list[str]
    not_used: list[str]
    """Objects of the same input that no answer was made from, each kind with how many."""
    anomalies: list[Witnessed] = []
    """How well it was witnessed: what each stream lost, told twice, late, in a wrong order or of another run."""
    parents: list[RelatedObject] = []
    """What else speaks of the job, the nearest first."""


def answers_of(explained: Explained) -> tuple[Answer, ...]:
    """Answer for every job, in the order of the input."""
    return tuple(_answer(told, explained) for told in explained.jobs)


def _answer(told: ExplainedJob, explained: Explained) -> Answer:
    truth, rule = told.truth, rule_named(told.truth.klass or "")
    account = truth.account
    return Answer(
        schema=SCHEMA,
        kind=told.kind,
        name=told.name,
        namespace=told.namespace,
        work=truth.work.value,
        platform=truth.platform.value,
        klass=truth.klass,
        title=rule.title if rule else "",
        cause=truth.cause.value,
        because=truth.because,
        account=WorkEnding(account.how.value, account.container, account.by, _iso(account.at_seconds)),
        exit_code=truth.exit_code,
        times=_times(told.steps),
        also=list(truth.also),
        blames=truth.blames.value,
        advice=account.advice or (rule.advice if rule else ""),
        missing=list(truth.missing),
        hints=[*truth.hints, *explained.remarks],
        not_used=list(explained.not_used),
        anomalies=[_witnessed(anomaly) for anomaly in told.anomalies],
        parents=[_beside(parent) for parent in told.parents],
    )


def _beside(parent: Parent) -> RelatedObject:
    return RelatedObject(
        kind=parent.kind,
        name=parent.name,
        namespace=parent.namespace,
        relation=parent.relation.value,
        state=parent.state.value,
        says=parent.says,
        read=parent.was_read,
    )


def _witnessed(anomaly: Anomaly) -> Witnessed:
    kind, stream = anomaly.kind.value, anomaly.stream.value
    return Witnessed(kind, stream, anomaly.count, anomaly.unit, anomaly.detail, anomaly.seconds)


def _iso(seconds: float | None) -> str | None:
    return None if seconds is None else iso(seconds)


def _times(steps: Sequence[Step]) -> dict[str, str]:
    """Take the submit, the last start of the work and its last end, or the job's own end."""
    events = [step.event for step in steps]
    submitted = [event for event in events if event.kind is Kind.SUBMITTED]
    started = [event for event in events if event.kind is Kind.RUNNING and event.role in {Role.MAIN, None}]
    ended = [event for event in events if event.kind is Kind.EXITED and event.role is Role.MAIN]
    ended = ended or [event for event in events if event.kind in {Kind.SUCCEEDED, Kind.FAILED, Kind.STOPPED}]
    found = {"submitted": submitted[:1], "started": started[-1:], "ended": ended[-1:]}
    return {name: event.at.iso() for name, told in found.items() for event in told}


def schema() -> Mapping[str, Any]:
    """Give the JSON Schema of one answer."""
    found: dict[str, Any] = msgspec.json.schema(Answer)
    return {**found, "title": "An answer of parity explain", "$id": SCHEMA}


_PARENTS = frozenset(rule.id for rule in PARENTS)


def worst_first(answers: Sequence[Answer]) -> list[Answer]:
    """Order a dump: what disagrees, what failed, what is not known, then what is well."""
    return sorted(answers, key=_rank)


def _rank(answer: Answer) -> tuple[int, str, str]:
    disagrees = (answer.work, answer.platform) in {(Work.OK, Platform.FAILED), (Work.FAILED, Platform.OK)}
    disagrees = disagrees or answer.klass in _PARENTS
    well = (answer.work, answer.platform) == (Work.OK, Platform.OK)
    failed = Work.FAILED in answer.work or Platform.FAILED in answer.platform
    return (0 if disagrees else 3 if well else 1 if failed else 2, answer.namespace, answer.name)
