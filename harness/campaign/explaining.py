"""A file of platform records → what really happened: the rules of a campaign, on records from anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness import parents
from harness.campaign import family, kubernetes_jobs, parent_index, sagemaker_jobs
from harness.campaign.objects import Object, Objects, is_watch_line, objects_of
from harness.campaign.sightings import kind_of, listed, uid_of, watched
from harness.compare import streams, truth
from harness.config.documents import documents
from harness.errors import ConfigError, Problem
from harness.model.anomaly import Anomaly
from harness.model.event import Event
from harness.model.job import Json
from harness.model.lifecycle import Step
from harness.model.parent import Parent
from harness.model.truth import Truth
from harness.parents.ack import described
from harness.platforms.json_parts import part
from harness.platforms.sagemaker.records import JobRecord, kind_by_arn, read_record

EXPECTED = (
    "what `kubectl get job,pods,events -o json` prints (or -o yaml), a Job, a Pod, events, a recorded watch, a "
    "Describe reply of a training, processing, transform or tuning job, or an EventBridge event of one"
)


@dataclass(frozen=True, slots=True)
class ExplainedJob:
    """What a file says of one job."""

    kind: str
    name: str
    namespace: str
    truth: Truth
    steps: tuple[Step, ...]
    anomalies: tuple[Anomaly, ...] = ()
    """What was wrong with the streams that told it."""
    parents: tuple[Parent, ...] = ()
    """What says something beside: who made it, who watches it, who lets it run."""
    events: tuple[Event, ...] = ()
    """All that was seen of it."""
    platform: str = "kubernetes"


@dataclass(frozen=True, slots=True)
class Explained:
    """What a file says of every job in it."""

    jobs: tuple[ExplainedJob, ...]
    not_used: tuple[str, ...]
    """Objects that no answer was made from, each kind with how many and why."""
    remarks: tuple[str, ...]
    """What was read by a rule of ours, such as times without a zone."""


def explain(name: str, data: bytes, taken_seconds: float, container: str = "") -> tuple[ExplainedJob, ...]:
    """Decide every job that a file of records speaks of; see `explain_all`."""
    return explain_all(name, data, taken_seconds, container).jobs


def explain_all(name: str, data: bytes, taken_seconds: float, container: str = "") -> Explained:
    """Decide every job that a file of records speaks of, and say what of the file was not used.

    `taken_seconds` is when the records were taken; `container` names the work where a pod has several.

    Raises:
        ConfigError: the file is no strict JSON or YAML, or no record of a job of ours; names what it is.
    """
    return explain_files([(name, data, taken_seconds)], container)


def explain_files(files: Sequence[tuple[str, bytes, float]], container: str = "") -> Explained:
    """Decide what several files say together, each given as name, bytes and the time it was taken.

    Raises:
        ConfigError: one of them can't be read, or none holds a record of a job; see `explain_all`.
    """
    values = [(name, documents(name, data, EXPECTED)) for name, data, _ in files]
    taken = max(seconds for _, _, seconds in files)
    found = explain_objects(objects_of(value for _, read in values for value in read), taken, container)
    if not found.jobs:
        name = values[0][0]
        shapes = ", ".join(dict.fromkeys(_shape(value) for _, read in values for value in read[:5]))
        raise ConfigError((Problem(name, 1, 1, "record", shapes, EXPECTED),))
    return found


def explain_objects(objects: Objects, taken_seconds: float, container: str = "") -> Explained:
    """Decide every job that some objects speak of."""
    read = [(item, read_record(described(item) or item)) for item in objects.items]
    records = [record for _, record in read if record]
    rest = [item for item, record in read if record is None]
    jobs = (*_sagemaker(records, taken_seconds), *_kubernetes(rest, objects, taken_seconds, container))
    return Explained(tuple(told for told, _ in jobs), _not_used(rest, jobs), objects.remarks)


def _sagemaker(records: Sequence[JobRecord], taken_seconds: float) -> Iterator[tuple[ExplainedJob, frozenset[str]]]:
    for story in sagemaker_jobs.stories(records, taken_seconds):
        found = truth.decide(story.events, None, (), None, job=None, platform="sagemaker")
        if story.hinted:
            also = (*found.also, *([sagemaker_jobs.HINTED] if story.ended else []))
            found = replace(found, missing=(*found.missing, sagemaker_jobs.HINT), also=also)
        wrong = streams.added_up(
            (*streams.anomalies_of(story.events, story.steps, "sagemaker", live=False), *story.anomalies)
        )
        told = ExplainedJob(
            story.kind, story.name, "", found, story.steps, wrong, events=story.events, platform="sagemaker"
        )
        yield told, frozenset()


def _kubernetes(
    items: Sequence[Object], objects: Objects, taken_seconds: float, container: str
) -> Iterator[tuple[ExplainedJob, frozenset[str]]]:
    ours = [item for item in items if is_watch_line(item) or kind_of(item)]
    records = watched(ours, taken_seconds) if objects.watched else listed(ours, taken_seconds)
    stories = kubernetes_jobs.stories(records, container)
    for work in family.works(stories, parent_index.parents_of(items), records.until):
        steps = work.story.steps if work.story else ()
        wrong: tuple[Anomaly, ...] = ()
        if work.story is not None:
            told = streams.anomalies_of(work.story.events, steps, "kubernetes", live=False, watched=objects.watched)
            wrong = streams.added_up((*told, *work.story.foreign))
        events = tuple(work.story.events) if work.story else ()
        if not objects.watched:  # the order of a list says nothing; that of a watch does
            events = tuple(sorted(events, key=lambda event: (event.at.seconds, event.key)))
        yield (
            ExplainedJob(work.kind, work.name, work.namespace, work.truth, steps, wrong, work.parents, events),
            work.uids,
        )


def _not_used(items: Sequence[Object], jobs: Sequence[tuple[ExplainedJob, frozenset[str]]]) -> tuple[str, ...]:
    """List what no answer was made from, by kind, with how many."""
    used = {uid for _, uids in jobs for uid in uids}
    counts: dict[str, int] = {}
    for item in items:
        inner = part(item, "object") if is_watch_line(item) else item
        about = part(inner, "involvedObject")
        kind = kind_of(inner)
        of_node = about.get("kind") == "Node"
        if kind and (of_node or (str(about.get("uid")) if about else uid_of(inner)) in used):
            continue
        beside = () if kind else parents.read(inner)
        if any(parent.uid in used for parent in beside):
            continue
        what = f"events about a {about.get('kind')}" if about else beside[0].kind if beside else _kind(inner)
        counts[what] = counts.get(what, 0) + 1
    return tuple(f"{what} ({count})" for what, count in counts.items())


# -- what a file is, for a reader who has to find the right one --------------------------------------------------------


def _shape(value: Json) -> str:
    """Name what a document is."""
    if not isinstance(value, dict):
        return {"list": "a list", "str": "a text", "NoneType": "null"}.get(type(value).__name__, "a number")
    if is_watch_line(value):
        return f"a watch of {_shape(value.get('object'))}"
    items = value.get("items")
    if isinstance(items, list):
        kinds = sorted({_kind(item) for item in items if isinstance(item, dict)})
        return f"a list of {', '.join(kinds) or 'nothing'}"
    return str(value.get("detail-type") or "") or _kind(value)


def _kind(value: Mapping[str, Json]) -> str:
    """Name an object: its kind, with what tells it from ours, else the fields that name it best."""
    kind = value.get("kind")
    if beside := parents.read(value):
        return f"{beside[0].kind} alone, which only speaks of a pod or Job"
    if not isinstance(kind, str):
        if of := kind_by_arn(value):
            return f"a record of {of}"
        fields = sorted(value, key=lambda name: (not name.endswith(("Name", "Arn", "Status")), name))
        return "an object with " + (", ".join(fields[:4]) or "nothing in it")
    owners = part(value, "metadata").get("ownerReferences")
    if kind == "Pod" and isinstance(owners, list) and owners and isinstance(owners[0], dict):
        return f"Pod of a {owners[0].get('kind')}"
    return kind if kind_of(value) else f"{value.get('apiVersion', '')} {kind}".strip()
