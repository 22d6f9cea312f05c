"""A file of platform records → what really happened: the rules of a campaign, on records from anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.backends.kubernetes import translate as kubernetes
from harness.backends.sagemaker import translate as sagemaker
from harness.compare import truth
from harness.config import strict_json
from harness.errors import ConfigError, Problem
from harness.model.clock import parse_iso
from harness.model.event import Event
from harness.model.job import Json, Side
from harness.model.lifecycle import Step, replay
from harness.model.truth import Truth

_TRANSLATED = {"Job", "Pod", "Event"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a file says of one job."""

    name: str
    truth: Truth
    steps: tuple[Step, ...]


def explain(name: str, data: bytes, now: float) -> tuple[Told, ...]:
    """Decide every job that a file of records speaks of.

    Raises:
        ConfigError: the file is no strict JSON, or no record of a job of ours; names what it is.
    """
    try:
        value = strict_json.read(data)
    except strict_json.StrictError as error:
        raise ConfigError((Problem(name, 0, 0, "file", str(error), "strict JSON"),)) from error
    found = tuple(_read(value, now))
    if not found:
        raise ConfigError((Problem(name, 0, 0, "file", _shape(value), f"{_EXPECTED}"),))
    return found


_EXPECTED = (
    "what `kubectl get job,pods,events -o json` prints, a DescribeTrainingJob or DescribeProcessingJob reply, "
    "or an EventBridge event of one"
)


def _read(value: Json, now: float) -> Iterator[Told]:
    if isinstance(value, dict) and isinstance(value.get("detail"), dict):
        value = value["detail"]
    if isinstance(value, dict) and sagemaker.name_of(value):
        events = sagemaker.events_from_describe(value, now)
        yield _told(sagemaker.name_of(value), events, Side.CANDIDATE)
        return
    items = value.get("items") if isinstance(value, dict) else None
    objects = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else [value]
    yield from _kubernetes(
        [each for each in objects if isinstance(each, dict) and each.get("kind") in _TRANSLATED], now
    )


def _kubernetes(objects: list[dict[str, Json]], now: float) -> Iterator[Told]:
    pods = sorted((each for each in objects if each["kind"] == "Pod"), key=_created)
    for job in (each for each in objects if each["kind"] == "Job"):
        mine = [pod for pod in pods if _owner(pod) == _uid(job)]
        uids = {_uid(pod): attempt for attempt, pod in enumerate(mine)}
        events = [*kubernetes.events_from_job(job, now)]
        for pod in mine:
            events += kubernetes.events_from_pod(pod, now, uids[_uid(pod)])
        for event in (each for each in objects if each["kind"] == "Event"):
            about = _map(event.get("involvedObject")).get("uid")
            if about == _uid(job) or about in uids:
                events += kubernetes.events_from_event(event, now, uids.get(str(about), 0))
        yield _told(str(_map(job.get("metadata")).get("name")), tuple(events), Side.LEGACY)


def _told(name: str, events: tuple[Event, ...], side: Side) -> Told:
    return Told(name, truth.decide(events, None, (), None, None, side), replay(events).steps)


def _shape(value: Json) -> str:
    if not isinstance(value, dict):
        return type(value).__name__
    return str(value.get("kind") or value.get("detail-type") or "an object with " + ", ".join(sorted(value)[:6]))


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _uid(item: Mapping[str, Json]) -> str:
    return str(_map(item.get("metadata")).get("uid"))


def _created(item: Mapping[str, Json]) -> float:
    stamp = _map(item.get("metadata")).get("creationTimestamp")
    return parse_iso(stamp) if isinstance(stamp, str) else 0.0


def _owner(pod: Mapping[str, Json]) -> str:
    owners = _map(pod.get("metadata")).get("ownerReferences")
    return str(_map(owners[0]).get("uid")) if isinstance(owners, list) and owners else ""
