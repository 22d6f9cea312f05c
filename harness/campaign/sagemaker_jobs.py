"""Descriptions and events of SageMaker jobs → one story a job, whatever came how often and in which order. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.backends.sagemaker import bus_records
from harness.model.anomaly import Anomaly, AnomalyKind, Stream
from harness.model.event import Event
from harness.model.lifecycle import Step, replay
from harness.platforms.sagemaker import translate
from harness.platforms.sagemaker.records import JobRecord

HINT = "a description of the job: an event is delivered best effort and only hints at an ending"
HINTED = "S06"
"""The class of an ending that only an event tells."""


@dataclass(frozen=True, slots=True)
class ServiceStory:
    """All that a file says of one job."""

    kind: str
    name: str
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    hinted: bool
    """No description of the job was in the file: the newest event stands for one."""
    ended: bool
    anomalies: tuple[Anomaly, ...] = ()
    """What the bus did to the job's events, and descriptions that contradict each other."""


def stories(records: Iterable[JobRecord], taken_seconds: float) -> Iterator[ServiceStory]:
    """Tell every job once, in the order in which it is first spoken of; a job is known by its ARN, else by its name."""
    by_job: dict[str, list[JobRecord]] = {}
    for record in records:
        by_job.setdefault(_identity(record), []).append(record)
    described = {_plain_name(own[0]): job for job, own in by_job.items() if not all(record.hint for record in own)}
    foreign: Counter[str] = Counter()
    for job, own in list(by_job.items()):
        known = described.get(_plain_name(own[0]))
        if known is not None and known != job and all(record.hint for record in own):
            foreign[known] += len(by_job.pop(job))
    for job, own in by_job.items():
        story = _story(own, taken_seconds)
        yield replace(story, anomalies=(*story.anomalies, *_foreign(foreign[job])))


def _plain_name(record: JobRecord) -> tuple[str, str]:
    words = translate.words_of(record.facts)
    return words.prefix if words else "", record.name


def _foreign(count: int) -> Iterator[Anomaly]:
    """Tell events about a job of the same name whose ARN is another one: another account's, or another region's."""
    if count:
        text = "about a job of the same name in another account or region"
        yield Anomaly(AnomalyKind.FOREIGN, Stream.BUS, count, "message", text)


def _identity(record: JobRecord) -> str:
    words = translate.words_of(record.facts)
    kind = words.prefix if words else ""
    return str(record.facts.get(f"{kind}Arn") or f"{kind}/{record.name}")


def _story(records: list[JobRecord], taken_seconds: float) -> ServiceStory:
    described = [record for record in records if not record.hint]
    newest = max(described or records, key=_newness)
    events = list(translate.events_from_describe(newest.facts, taken_seconds))
    if described:
        hints = (record for record in records if record.hint)
        events += [event for record in hints for event in translate.events_from_bus(record.facts, taken_seconds)]
    words = translate.words_of(newest.facts)
    return ServiceStory(
        kind=words.prefix if words else "",
        name=newest.name,
        events=tuple(events),
        steps=replay(events).steps,
        hinted=not described,
        ended=translate.terminal(newest.facts),
        anomalies=tuple(bus_records.anomalies(records)),
    )


def _newness(record: JobRecord) -> tuple[bool, float]:
    """Order what was told of one job: an ending is the last word, whatever came after it."""
    at = translate.read_time(record.facts.get("LastModifiedTime"))
    return translate.terminal(record.facts), at.seconds if at else 0.0
