"""A file of platform records → what really happened: the rules of a campaign, on records from anywhere. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.backends.kubernetes.work import WorkHint
from harness.backends.sagemaker import translate as sagemaker
from harness.backends.sagemaker.records import JobRecord, kind_by_arn, read_record
from harness.campaign.documents import documents
from harness.campaign.sightings import (
    Object,
    Records,
    Sighting,
    is_watch_line,
    kind_of,
    listed,
    part,
    translated,
    uid_of,
    watched,
)
from harness.compare import truth
from harness.errors import ConfigError, Problem
from harness.model.event import Event
from harness.model.job import Json, Side
from harness.model.lifecycle import Step, replay
from harness.model.truth import Truth

EXPECTED = (
    "what `kubectl get job,pods,events -o json` prints, a Job, a Pod, a recorded watch, a Describe reply of a "
    "training, processing, transform or tuning job, or an EventBridge event of one"
)
HINT = "a description of the job: an event is delivered best effort and only hints at an ending"


@dataclass(frozen=True, slots=True)
class Told:
    """What a file says of one job."""

    name: str
    truth: Truth
    steps: tuple[Step, ...]


def explain(name: str, data: bytes, taken_seconds: float, container: str = "") -> tuple[Told, ...]:
    """Decide every job that a file of records speaks of.

    `taken_seconds` is when the records were taken; `container` names the work where a pod has several.

    Raises:
        ConfigError: the file is no strict JSON, or no record of a job of ours; names what it is.
    """
    values = documents(name, data, EXPECTED)
    found = tuple(_read(values, taken_seconds, container))
    if not found:
        told = ", ".join(dict.fromkeys(_shape(each) for each in values[:5]))
        raise ConfigError((Problem(name, 1, 1, "record", told, EXPECTED),))
    return found


def _read(values: tuple[Json, ...], taken_seconds: float, container: str) -> Iterator[Told]:
    whole = [each for each in values if isinstance(each, dict)]
    described = [(each, read_record(each)) for each in whole]
    for record in (record for _, record in described if record):
        yield _sagemaker(record, taken_seconds)
    rest = [each for each, record in described if record is None]
    if len(rest) == 1 and not is_watch_line(rest[0]):
        yield from _kubernetes(listed(_objects(rest[0]), taken_seconds), container)
    elif rest:
        yield from _kubernetes(watched(rest, taken_seconds), container)


def _objects(value: Object) -> list[Object]:
    items = value.get("items")
    every = [each for each in items if isinstance(each, dict)] if isinstance(items, list) else [value]
    return [each for each in every if kind_of(each)]


# -- SageMaker --------------------------------------------------------------------------------------------------------


def _sagemaker(record: JobRecord, taken_seconds: float) -> Told:
    told = _told(record.name, sagemaker.events_from_describe(record.facts, taken_seconds), Side.CANDIDATE)
    return replace(told, truth=replace(told.truth, missing=(*told.truth.missing, HINT))) if record.hint else told


# -- Kubernetes -------------------------------------------------------------------------------------------------------


def _kubernetes(records: Records, container: str) -> Iterator[Told]:
    seen = records.sightings
    pods = {uid_of(each.item): each.item for each in seen if kind_of(each.item) == "Pod"}
    jobs = {uid_of(each.item): each.item for each in seen if kind_of(each.item) == "Job"}
    names = {uid: str(part(job, "metadata").get("name") or uid) for uid, job in jobs.items()}
    by_name = {name: uid for uid, name in reversed(names.items())}  # of two Jobs of one name the first
    of_home: dict[str, dict[str, Object]] = {uid: {} for uid in jobs}
    for uid, pod in pods.items():
        home = _home(pod, by_name)
        if home:
            of_home.setdefault(home, {})[uid] = pod
    index, noticed = _Index.of(seen), _by_uid(records.noticed)
    for home, mine in of_home.items():
        told = sorted(place for uid in {None, home, *mine} for place in noticed.get(uid, ()))
        template = part(part(jobs.get(home, {}), "spec"), "template")
        events = _events(home, mine, index, WorkHint(template, container))
        noticed_here = (records.noticed[place] for place in told)
        yield _told(names.get(home, home), (*events, *noticed_here), Side.LEGACY)


def _home(pod: Object, by_name: Mapping[str, str]) -> str:
    """Say which Job a pod is of, by owner, else by label; one of no controller stands for itself; others have none."""
    facts = part(pod, "metadata")
    owners = facts.get("ownerReferences")
    owner = owners[0] if isinstance(owners, list) and owners and isinstance(owners[0], dict) else {}
    if owner:
        return str(owner.get("uid")) if owner.get("kind") == "Job" else ""
    labels = part(facts, "labels")
    name = labels.get("batch.kubernetes.io/job-name") or labels.get("job-name")
    return (isinstance(name, str) and by_name.get(name)) or uid_of(pod)


@dataclass(frozen=True, slots=True)
class _Index:
    """Where in the records each object is spoken of: a file may hold thousands of Jobs, and a Job thousands of pods."""

    seen: Sequence[Sighting]
    of_object: Mapping[str, list[int]]
    """By uid: the object itself, and core Events about it."""
    of_node: Mapping[str, list[int]]
    """By name: core Events about a node."""

    @classmethod
    def of(cls, seen: Sequence[Sighting]) -> _Index:
        of_object: defaultdict[str, list[int]] = defaultdict(list)
        of_node: defaultdict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(seen):
            about = part(each.item, "involvedObject") if kind_of(each.item) == "Event" else {}
            of_object[str(about.get("uid")) if about else uid_of(each.item)].append(place)
            if about.get("kind") == "Node":
                of_node[str(about.get("name"))].append(place)
        return cls(seen, of_object, of_node)


def _by_uid(noticed: Iterable[Event]) -> Mapping[str | None, list[int]]:
    found: defaultdict[str | None, list[int]] = defaultdict(list)
    for place, each in enumerate(noticed):
        found[each.native.get("uid")].append(place)
    return found


def _events(home: str, pods: Mapping[str, Object], index: _Index, hint: WorkHint) -> Iterator[Event]:
    attempts = _attempts(pods)
    nodes = {str(part(pod, "spec").get("nodeName")) for pod in pods.values()}
    objects = (place for uid in {home, *attempts} for place in index.of_object.get(uid, ()))
    about_nodes = (place for node in nodes for place in index.of_node.get(node, ()))
    for place in sorted({*objects, *about_nodes}):
        sighting = index.seen[place]
        about = part(sighting.item, "involvedObject") if kind_of(sighting.item) == "Event" else {}
        uid = str(about.get("uid")) if about else uid_of(sighting.item)
        yield from translated(sighting, attempts.get(uid, 0), hint)


def _attempts(pods: Mapping[str, Object]) -> dict[str, int]:
    """Number pods by creation; each index of an Indexed Job counts for itself."""
    numbers: dict[str, int] = {}
    counted: dict[str, int] = {}
    for uid in sorted(pods, key=lambda each: (str(part(pods[each], "metadata").get("creationTimestamp")), each)):
        notes = part(part(pods[uid], "metadata"), "annotations")
        index = str(notes.get("batch.kubernetes.io/job-completion-index"))
        numbers[uid] = counted.get(index, 0)
        counted[index] = numbers[uid] + 1
    return numbers


def _told(name: str, events: tuple[Event, ...], side: Side) -> Told:
    return Told(name, truth.decide(events, None, (), None, None, side), replay(events).steps)


def _shape(value: Json) -> str:
    """Name what a document is, for a reader who has to find the right one."""
    if not isinstance(value, dict):
        return {"list": "a list", "str": "a text", "NoneType": "null"}.get(type(value).__name__, "a number")
    if is_watch_line(value):
        return f"a watch of {_shape(value.get('object'))}"
    items = value.get("items")
    if isinstance(items, list):
        kinds = sorted({_kind(each) for each in items if isinstance(each, dict)})
        return f"a list of {', '.join(kinds) or 'nothing'}"
    return str(value.get("detail-type") or "") or _kind(value)


def _kind(value: Object) -> str:
    """Name an object: its kind, with what tells it from ours, else the fields that name it best."""
    kind = value.get("kind")
    if not isinstance(kind, str):
        if of := kind_by_arn(value):
            return f"a record of {of}"
        fields = sorted(value, key=lambda each: (not each.endswith(("Name", "Arn", "Status")), each))
        return "an object with " + (", ".join(fields[:4]) or "nothing in it")
    owners = part(value, "metadata").get("ownerReferences")
    if kind == "Pod" and isinstance(owners, list) and owners and isinstance(owners[0], dict):
        return f"Pod of a {owners[0].get('kind')}"
    return kind if kind_of(value) else f"{value.get('apiVersion', '')} {kind}".strip()
