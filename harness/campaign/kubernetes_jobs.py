"""What was seen of Kubernetes objects → one story a Job, or a pod of none: its events, attempts and lifecycle. Pure.

Costs as much as the records are long: a file may hold thousands of Jobs, and a Job thousands of pods.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.campaign.objects import Object
from harness.campaign.sightings import Records, Sighting, kind_of, translated, uid_of
from harness.model.anomaly import Anomaly, AnomalyKind, Stream
from harness.model.event import PODS_LISTED, Event, Witness
from harness.model.lifecycle import Step, replay
from harness.platforms.json_parts import part
from harness.platforms.kubernetes import translate
from harness.platforms.kubernetes.work import WorkHint

_INDEX = "batch.kubernetes.io/job-completion-index"


@dataclass(frozen=True, slots=True)
class JobStory:
    """All that a file says of one Job, or of a pod of no Job."""

    kind: str
    name: str
    namespace: str
    item: Object
    """The Job's, or the pod's, newest version; empty where only events are left of it."""
    events: tuple[Event, ...]
    steps: tuple[Step, ...]
    uids: frozenset[str]
    """Of the objects that the story was made from."""
    foreign: tuple[Anomaly, ...] = ()
    """What the streams told of other objects that bear this Job's name."""
    bears: Mapping[str, str] = field(default_factory=dict)
    """Labels and annotations of the Job, of its template and of its pods."""


@dataclass
class _Home:
    """A Job, or a pod of none, while its pods are gathered."""

    kind: str
    name: str
    namespace: str
    item: Object = field(default_factory=dict)
    pods: dict[str, Object] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    """Pods of which only events are left, in the order in which these came."""
    foreign: Counter[Stream] = field(default_factory=Counter)
    """What was told of objects of the same name and another uid, by stream."""


def stories(records: Records, container: str) -> Iterator[JobStory]:
    """Tell every Job of the records, in their order; `container` names the work where a pod has several."""
    index, noticed = _Index.of(records.sightings), _by_uid(records.noticed)
    listed = {str(part(sighting.item, "metadata").get("namespace") or "") for sighting in records.listed_pods()}
    for uid, home in _homes(records.sightings).items():
        attempts = _attempts(home)
        uids = {uid, *attempts}
        own = [records.noticed[place] for place in sorted(p for u in {None, *uids} for p in noticed.get(u, ()))]
        hint = WorkHint(part(part(home.item, "spec"), "template"), container)
        if home.namespace in listed and not attempts:
            own.append(translate.remark(uid, PODS_LISTED, records.until))
        events = (*_events(uid, home, index, attempts, hint=hint), *own)
        steps = steps_of(events, one_lifecycle=_one_lifecycle(home))
        foreign = tuple(_foreign(stream, count) for stream, count in home.foreign.items())
        own_uids, bears = frozenset(uids), _bears(home)
        yield JobStory(home.kind, home.name, home.namespace, home.item, events, steps, own_uids, foreign, bears)


def _foreign(stream: Stream, count: int) -> Anomaly:
    text = "about an object of the same name and another uid: an earlier or a later run"
    return Anomaly(AnomalyKind.FOREIGN, stream, count, "message", text)


def _bears(home: _Home) -> dict[str, str]:
    """Gather what says whose a Job is; its own words go before its pods'."""
    template = part(part(home.item, "spec"), "template")
    named = (
        part(part(item, "metadata"), place) for item in (*home.pods.values(), template, home.item) for place in _SAYS
    )
    return {name: value for found in named for name, value in found.items() if isinstance(value, str)}


_SAYS = ("annotations", "labels")

# -- whose is it ------------------------------------------------------------------------------------------------------


def _homes(seen: Sequence[Sighting]) -> dict[str, _Home]:
    """Gather pods by the Job they are of; Jobs and pods of which only events are left have a home too."""
    newest = {uid_of(sighting.item): sighting.item for sighting in seen if kind_of(sighting.item) in {"Job", "Pod"}}
    homes = {uid: _home(item) for uid, item in newest.items() if kind_of(item) == "Job"}
    by_name = {(home.namespace, home.name): uid for uid, home in reversed(homes.items())}  # of two the first
    for uid, pod in newest.items():
        if kind_of(pod) == "Pod" and (owner := _owner(pod, by_name)):
            homes.setdefault(owner, _home(pod)).pods[uid] = pod
            labelled = _labelled(pod, by_name)
            if labelled and labelled != owner:
                homes[labelled].foreign[Stream.PODS] += 1
    named = _named_by_jobs(seen)
    known = set(newest)
    names = by_name | _pod_homes(homes)
    abouts = [part(sighting.item, "involvedObject") for sighting in seen if kind_of(sighting.item) == "Event"]
    for about in sorted(abouts, key=lambda about: about.get("kind") != "Job"):  # a Job is there before its pods
        namesake = names.get((str(about.get("namespace") or ""), str(about.get("name") or "")))
        if namesake and _of_another(about, known):
            homes[namesake].foreign[Stream.EVENTS] += 1
        else:
            _place_event(about, homes, by_name, named, known=known)
    return homes


def _pod_homes(homes: Mapping[str, _Home]) -> dict[tuple[str, str], str]:
    """Give the home of every pod that the records hold, by namespace and name."""
    facts = ((uid, part(pod, "metadata")) for uid, home in homes.items() for pod in home.pods.values())
    return {(str(fact.get("namespace") or ""), str(fact.get("name") or "")): uid for uid, fact in facts}


def _of_another(about: Object, known: set[str]) -> bool:
    """Tell an event about an object whose name is known and whose uid is not."""
    return str(about.get("kind")) in {"Job", "Pod"} and bool(about.get("uid")) and str(about.get("uid")) not in known


def _home(item: Object) -> _Home:
    facts = part(item, "metadata")
    return _Home(kind_of(item), str(facts.get("name") or uid_of(item)), str(facts.get("namespace") or ""), item)


def _owner(pod: Object, by_name: Mapping[tuple[str, str], str]) -> str:
    """Say which Job a pod is of, by owner, else by label; one of no Job stands for itself."""
    facts = part(pod, "metadata")
    owners = facts.get("ownerReferences")
    owner = owners[0] if isinstance(owners, list) and owners and isinstance(owners[0], dict) else {}
    if owner.get("kind") == "Job":
        return str(owner.get("uid"))
    return _labelled(pod, by_name) or ("" if _is_service(owner) else uid_of(pod))


def _labelled(pod: Object, by_name: Mapping[tuple[str, str], str]) -> str:
    """Find the Job that a pod's label names; empty where the records hold none of that name."""
    facts = part(pod, "metadata")
    labels = part(facts, "labels")
    name = labels.get("batch.kubernetes.io/job-name") or labels.get("job-name")
    found = by_name.get((str(facts.get("namespace") or ""), name)) if isinstance(name, str) else None
    return found or ""


def _is_service(owner: Object) -> bool:
    """Tell a pod that has no end of its own: its controller keeps it running."""
    return str(owner.get("kind")) in {"ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Node"}


def _named_by_jobs(seen: Iterable[Sighting]) -> dict[tuple[str, str], str]:
    """Map the pods that a Job's own events name (`Created pod: train-x7k2p`) to the Job's uid."""
    found = {}
    for sighting in seen:
        about = part(sighting.item, "involvedObject") if kind_of(sighting.item) == "Event" else {}
        verb, colon, name = str(sighting.item.get("message") or "").partition(": ")
        if about.get("kind") == "Job" and colon and verb in {"Created pod", "Deleted pod"}:
            found[str(about.get("namespace") or ""), name.strip()] = str(about.get("uid"))
    return found


def _place_event(
    about: Object,
    homes: dict[str, _Home],
    by_name: Mapping[tuple[str, str], str],
    named: Mapping[tuple[str, str], str],
    *,
    known: set[str],
) -> None:
    """Give what an event is about a home where the object itself is not in the records."""
    kind, uid = about.get("kind"), str(about.get("uid") or "")
    name, namespace = str(about.get("name") or ""), str(about.get("namespace") or "")
    if not uid or uid in known or uid in homes:
        return
    if kind == "Job":
        homes[uid] = _Home("Job", name, namespace)
    elif kind == "Pod":
        owner = named.get((namespace, name)) or _by_prefix(namespace, name, by_name)
        home = homes.setdefault(owner or uid, _Home("Pod", name, namespace))
        if uid not in home.gone:
            home.gone.append(uid)


def _by_prefix(namespace: str, name: str, by_name: Mapping[tuple[str, str], str]) -> str:
    """Find the Job whose controller made a pod's name: the Job's, an index, and five letters."""
    stem = name.rpartition("-")[0]
    return by_name.get((namespace, stem)) or by_name.get((namespace, stem.rpartition("-")[0])) or ""


# -- its events -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Index:
    """Where in the records each object is spoken of."""

    seen: Sequence[Sighting]
    of_object: Mapping[str, list[int]]
    """By uid: the object itself, and core Events about it."""
    of_node: Mapping[str, list[int]]
    """By name: core Events about a node."""

    @classmethod
    def of(cls, seen: Sequence[Sighting]) -> _Index:
        """Index every sighting once."""
        of_object: defaultdict[str, list[int]] = defaultdict(list)
        of_node: defaultdict[str, list[int]] = defaultdict(list)
        for place, sighting in enumerate(seen):
            about = part(sighting.item, "involvedObject") if kind_of(sighting.item) == "Event" else {}
            of_object[str(about.get("uid")) if about else uid_of(sighting.item)].append(place)
            if about.get("kind") == "Node":
                of_node[str(about.get("name"))].append(place)
        return cls(seen, of_object, of_node)


def _by_uid(noticed: Iterable[Event]) -> Mapping[str | None, list[int]]:
    found: defaultdict[str | None, list[int]] = defaultdict(list)
    for place, event in enumerate(noticed):
        found[event.native.get("uid")].append(place)
    return found


def _events(
    home_uid: str, home: _Home, index: _Index, attempts: Mapping[str, int], *, hint: WorkHint
) -> Iterator[Event]:
    nodes = {str(part(pod, "spec").get("nodeName")) for pod in home.pods.values()}
    objects = (place for uid in {home_uid, *attempts} for place in index.of_object.get(uid, ()))
    about_nodes = (place for node in nodes for place in index.of_node.get(node, ()))
    for place in sorted({*objects, *about_nodes}):
        sighting = index.seen[place]
        about = part(sighting.item, "involvedObject") if kind_of(sighting.item) == "Event" else {}
        uid = str(about.get("uid")) if about else uid_of(sighting.item)
        yield from translated(sighting, attempts.get(uid, 0), hint)


def _attempts(home: _Home) -> dict[str, int]:
    """Number pods by creation: where several completions are wanted, only a pod after a failed one is another attempt.

    Each index of an Indexed Job counts for itself; pods of which only events are left came before the others.
    """
    numbers = {uid: place for place, uid in enumerate(home.gone)}
    counted: dict[str, int] = {}
    for uid in sorted(home.pods, key=lambda uid: (_created(home.pods[uid]), uid)):
        pod = home.pods[uid]
        index = str(part(part(pod, "metadata"), "annotations").get(_INDEX))
        numbers[uid] = counted.get(index, len(home.gone))
        succeeded = part(pod, "status").get("phase") == "Succeeded"
        counted[index] = numbers[uid] + (1 if _one_lifecycle(home) or not succeeded else 0)
    return numbers


def _created(pod: Object) -> str:
    return str(part(pod, "metadata").get("creationTimestamp"))


def _one_lifecycle(home: _Home) -> bool:
    """Tell whether a Job's pods are attempts of one run; pods of several completions each have a lifecycle."""
    spec = part(home.item, "spec")
    completions, parallelism = spec.get("completions"), spec.get("parallelism")
    several = isinstance(completions, int) and completions > 1
    queue = completions is None and isinstance(parallelism, int) and parallelism > 1
    return not (several or queue or spec.get("completionMode") == "Indexed")


# -- its lifecycle ----------------------------------------------------------------------------------------------------


def steps_of(events: Sequence[Event], *, one_lifecycle: bool) -> tuple[Step, ...]:
    """Replay each pod's own events beside the Job's: a move is illegal only where no lifecycle allows it."""
    if one_lifecycle:
        return replay(events).steps
    of_pods: dict[str, list[Event]] = {}
    shared = []
    for event in events:
        if event.witness in {Witness.POD, Witness.CONTAINER} or event.native.get("kind") == "Pod":
            of_pods.setdefault(event.native.get("uid", ""), []).append(event)
        else:
            shared.append(event)
    ends = [event for event in shared if event.native.get("condition") in {"Complete", "Failed"}]
    begun = [event for event in shared if event not in ends]
    steps: dict[str, Step] = {step.event.key: step for step in replay([*begun, *ends]).steps}
    for own in of_pods.values():
        steps |= {step.event.key: step for step in replay([*begun, *own]).steps if step.event.key not in steps}
    return tuple(sorted(steps.values(), key=lambda step: (step.event.at.seconds, step.event.key)))
