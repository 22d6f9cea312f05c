"""Parents of a file, and which of them speak of an object: by owner, by name, by label, never by likeness. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from harness import parents as registry
from harness.campaign.kubernetes_jobs import JobStory
from harness.campaign.objects import Object, is_watch_line
from harness.model.parent import Parent, ParentState, Relation
from harness.platforms.json_parts import part

DEPTH_MAX = 8
"""Generations that are followed from a pod upwards; a chain that is longer, or a circle, ends there."""
PARENTS_MAX = 16
"""Parents that are told of one Job; a work has a handful."""
CANDIDATES_MAX = 64
"""Parents that are looked at for labels of which some need not be there, such as tries of one task."""
_NATIVE = frozenset({
    "Job", "Pod", "Node", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Deployment", "CronJob",
})  # fmt: skip
"""Owners that are no part of a work that must be read to know how it ended."""
_ENDS = frozenset({ParentState.OK, ParentState.FAILED})
_WORKER, _OPERATOR = "kubernetes_executor", "kubernetes_pod_operator"
"""Labels of Airflow's pods: of its own worker, which runs a task, and of a pod that a task made."""


def parents_of(items: Iterable[Object]) -> dict[str, Parent]:
    """Read every parent of a file, by uid; of several versions the last, with every end that they recorded."""
    found: dict[str, Parent] = {}
    for item in items:
        inner = part(item, "object") if is_watch_line(item) else item
        for parent in registry.read(inner):
            before = found.get(parent.uid)
            marks = (*(before.marks if before else ()), *parent.marks)
            here = () if parent.state not in _ENDS or marks[-1:] == (parent.state,) else (parent.state,)
            found[parent.uid] = replace(parent, marks=(*marks, *here))
    return found


@dataclass(frozen=True, slots=True)
class ParentIndex:
    """Where to look a parent up."""

    by_uid: Mapping[str, Parent]
    of: Mapping[str, list[Parent]]
    """By the uid of an object that it speaks of."""
    made: Mapping[tuple[str, str, str], list[Parent]]
    """By namespace, kind and name of what it says it made."""
    labels: Mapping[tuple[str, ...], Mapping[tuple[str, ...], list[Parent]]]
    """By names of labels that its objects bear, then by their values: once without those that need not be there."""

    @classmethod
    def from_parents(cls, found: Mapping[str, Parent]) -> ParentIndex:
        """Index every parent once."""
        of: defaultdict[str, list[Parent]] = defaultdict(list)
        made: defaultdict[tuple[str, str, str], list[Parent]] = defaultdict(list)
        labels: defaultdict[tuple[str, ...], defaultdict[tuple[str, ...], list[Parent]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for parent in found.values():
            for uid in parent.of:
                of[uid].append(parent)
            for kind, name in sorted(parent.made):
                made[parent.namespace, kind, name].append(parent)
            for pairs in {parent.labels, (*parent.labels, *parent.agreeing)} if parent.labels else ():
                names, values = (tuple(pair[place] for pair in pairs) for place in (0, 1))
                labels[names][values].append(parent)
        return cls(found, of, made, labels)

    def of_story(self, story: JobStory) -> tuple[Parent, ...]:
        """Give every parent of a Job or pod, the nearest first, and owners that the file does not hold."""
        owners = _owners(story.item)
        direct = list(dict.fromkeys(self._direct(story, owners)))
        chain = self._upwards(direct)
        if any(parent.relation in {Relation.SUBMITS, Relation.CONSISTS} for parent in chain) or not owners:
            return chain[:PARENTS_MAX]
        return (*chain, *_unread(owners, self.by_uid, story.namespace))[:PARENTS_MAX]

    def _direct(self, story: JobStory, owners: list[Object]) -> Iterator[Parent]:
        yield from (self.by_uid[uid] for owner in owners if (uid := str(owner.get("uid"))) in self.by_uid)
        for uid in sorted(story.uids):
            yield from self.of.get(uid, ())
        names = [(story.kind, name) for name in _stems(story.name)]
        names += [(str(owner.get("kind")), str(owner.get("name"))) for owner in owners]
        for place, (kind, name) in enumerate(names):
            exact = place == 0 or (kind, name) not in names[: len(_stems(story.name))]
            yield from self.made.get((story.namespace, kind, name), ()) if exact else ()
            yield from (one for one in self.made.get(("", kind, name), ()) if _agrees(one, story.bears))
        for keys, by_values in self.labels.items():
            values = tuple(story.bears.get(key, "") for key in keys)
            found = by_values.get(values, [])[:CANDIDATES_MAX]
            yield from (_as_borne(one, story.bears) for one in found if _bears(one, story))

    def _upwards(self, direct: list[Parent]) -> tuple[Parent, ...]:
        """Follow parents of parents; each once, and no further than some generations."""
        known: dict[str, Parent] = {parent.uid: parent for parent in direct}
        newest = direct
        for _ in range(DEPTH_MAX):
            above = [found for parent in newest for found in self._above(parent) if found.uid not in known]
            known |= {parent.uid: parent for parent in above}
            newest = above
        return tuple(known.values())

    def _above(self, parent: Parent) -> Iterator[Parent]:
        yield from (self.by_uid[uid] for uid in parent.owners if uid in self.by_uid)
        yield from self.made.get((parent.namespace, parent.kind, parent.name), ())
        yield from self.of.get(parent.uid, ())


def _owners(item: Object) -> list[Object]:
    owners = part(item, "metadata").get("ownerReferences")
    return [owner for owner in owners if isinstance(owner, dict)] if isinstance(owners, list) else []


def _stems(name: str) -> tuple[str, ...]:
    """Give a name, and what it is without the one or two parts that a controller or an operator adds."""
    first = name.rpartition("-")[0]
    return tuple(dict.fromkeys(stem for stem in (name, first, first.rpartition("-")[0]) if stem))


def _bears(parent: Parent, story: JobStory) -> bool:
    """Tell whether an object bears all labels of a parent, in its namespace, and none that speaks against it."""
    near = not parent.namespace or parent.namespace == story.namespace
    return (
        near and all(story.bears.get(name) == value for name, value in parent.labels) and _agrees(parent, story.bears)
    )


def _agrees(parent: Parent, bears: Mapping[str, str]) -> bool:
    every = (*parent.labels, *parent.agreeing)
    return all(bears.get(name, value) == value for name, value in every)


def _as_borne(parent: Parent, bears: Mapping[str, str]) -> Parent:
    """Say what a task is to a pod: one of Airflow's own workers only runs it, and its end is not the task's."""
    worker = bears.get(_WORKER) == "True" and _OPERATOR not in bears
    return replace(parent, relation=Relation.RUNS) if worker else parent


def _unread(owners: Iterable[Object], known: Mapping[str, Parent], namespace: str) -> Iterator[Parent]:
    """Name owners that the file does not hold."""
    for owner in owners:
        kind, name, uid = (str(owner.get(key) or "") for key in ("kind", "name", "uid"))
        if kind in _NATIVE or uid in known or not kind:
            continue
        found = registry.kind_of(str(owner.get("apiVersion") or ""), kind)
        command = (found.get if found else "") or "kubectl get {kind} {name} -o json"
        yield Parent(
            kind=kind,
            name=name,
            namespace=namespace,
            uid=uid,
            relation=Relation.SUBMITS if found and found.submits else Relation.CONSISTS,
            state=ParentState.UNKNOWN,
            says=command.format(kind=kind.lower(), name=name),
            was_read=False,
        )
