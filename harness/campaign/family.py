"""Jobs and pods of a file with their parents → one answer a work: members of one work are merged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.campaign.kubernetes_jobs import JobStory
from harness.campaign.objects import Object
from harness.campaign.parent_index import ParentIndex
from harness.compare import truth
from harness.model.parent import Parent, Relation
from harness.model.truth import Truth
from harness.platforms.json_parts import part
from harness.platforms.kubernetes import truth_parents
from harness.platforms.kubernetes.rules_parents import Beside
from harness.platforms.kubernetes.truth_groups import Member, hints_of, together
from harness.platforms.kubernetes.witnesses import witnesses_of

PLATFORM = "kubernetes"
_TAKEN = "{} was taken for this work, for the records hold no other"
_MANAGED = frozenset({"", "kubernetes.io/job-controller"})
"""Values of spec.managedBy that mean the Job controller itself (batch/v1, JobSpec.managedBy)."""


@dataclass(frozen=True, slots=True)
class Work:
    """One work of a file: what it is called, its truth, and what it was made from."""

    kind: str
    name: str
    namespace: str
    truth: Truth
    story: JobStory | None
    """Of the Job or pod that decides; None where only a parent is left."""
    parents: tuple[Parent, ...]
    uids: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Linked:
    story: JobStory
    parents: tuple[Parent, ...]


def works(stories: Iterable[JobStory], found: Mapping[str, Parent], until: float) -> Iterator[Work]:
    """Decide every work: Jobs and pods by themselves, or merged by the parent whose members they are."""
    index = ParentIndex.from_parents(found)
    groups: dict[str, list[_Linked]] = {}
    places = _places(
        linked := [_Linked(story, index.of_story(story) if found or _owned(story) else ()) for story in stories]
    )
    for one in linked:
        groups.setdefault(_key(one, places), []).append(one)
    sole = _sole(groups, found)
    for members in groups.values():
        yield _decided(sorted(members, key=_created), sole, until)
    spoken = {parent.uid for one in linked for parent in one.parents} | {parent.uid for parent in sole}
    for parent in _left_alone(found, spoken):
        told = truth_parents.alone(parent, until)
        yield Work(parent.kind, parent.name, parent.namespace, told, None, (parent,), frozenset({parent.uid}))


def _owned(story: JobStory) -> bool:
    return bool(part(story.item, "metadata").get("ownerReferences"))


# -- which are one work -----------------------------------------------------------------------------------------------


def _places(linked: Sequence[_Linked]) -> dict[str, _Linked]:
    """Find the story that an object is in, by uid."""
    return {uid: one for one in linked for uid in one.story.uids}


def _key(one: _Linked, places: Mapping[str, _Linked]) -> str:
    """Name the work that a story belongs to: its topmost parent that merges, the pod that owns it, or itself."""
    merging = [parent for parent in one.parents if parent.merges]
    if merging:
        return f"parent {merging[-1].uid}"
    owner = _owner_pod(one.story, places)
    if owner is not None and owner is not one:
        above = [parent for parent in owner.parents if parent.merges]
        return f"parent {above[-1].uid}" if above else f"story {min(owner.story.uids)}"
    return f"story {min(one.story.uids)}"


def _owner_pod(story: JobStory, places: Mapping[str, _Linked]) -> _Linked | None:
    """Find the pod that owns a pod, as Spark's driver owns its executors."""
    uids = [str(owner.get("uid")) for owner in _owners(story) if owner.get("kind") == "Pod"]
    return next((places[uid] for uid in uids if uid in places), None)


def _owned_by_pod(story: JobStory) -> bool:
    return any(owner.get("kind") == "Pod" for owner in _owners(story))


def _owners(story: JobStory) -> list[Object]:
    owners = part(story.item, "metadata").get("ownerReferences")
    return [owner for owner in owners if isinstance(owner, dict)] if isinstance(owners, list) else []


def _sole(groups: Mapping[str, list[_Linked]], found: Mapping[str, Parent]) -> tuple[Parent, ...]:
    """Give the one orchestrator's task of a file that holds one work, where nothing says whose it is."""
    if len(groups) != 1:
        return ()
    (members,) = groups.values()
    watching = [parent for parent in found.values() if parent.relation is Relation.WATCHES]
    taken = {parent.uid for one in members for parent in one.parents}
    names = {parent.name for parent in watching}
    bears = {name for one in members for name in one.story.bears}
    against = any(name in bears for parent in watching for name, _ in parent.labels)
    return () if len(names) != 1 or taken & {parent.uid for parent in watching} or against else tuple(watching)


def _left_alone(found: Mapping[str, Parent], spoken: set[str]) -> Iterator[Parent]:
    """Give the parents of which nothing else is in the file, but those whose own parent is there too."""
    for parent in found.values():
        own = parent.relation in {Relation.SUBMITS, Relation.CONSISTS} and not parent.serves
        if own and parent.uid not in spoken and not any(uid in found for uid in parent.owners):
            yield parent


# -- its truth --------------------------------------------------------------------------------------------------------


def _decided(members: Sequence[_Linked], sole: tuple[Parent, ...], until: float) -> Work:
    parents = tuple({parent.uid: parent for one in members for parent in (*one.parents, *sole)}.values())
    uids = frozenset(uid for one in members for uid in one.story.uids) | {
        parent.uid for parent in parents if parent.was_read
    }
    merging = next((parent for parent in reversed(parents) if parent.merges), None)
    chief = _chief(members, merging)
    if merging is not None and merging.relation is Relation.SUBMITS and chief.story.kind != "Job":
        lone = truth_parents.alone(merging, until, hints_of([_member(one) for one in members]), pods=True)
        return Work(merging.kind, merging.name, merging.namespace, lone, chief.story, parents, uids)
    base = truth.decide(chief.story.events, None, (), None, job=None, platform=PLATFORM)
    hints = (*(_TAKEN.format(parent.whole_name) for parent in sole), *_managed(chief.story))
    if hints:
        base = replace(base, hints=(*base.hints, *hints))
    story = chief.story
    named = (story.kind, story.name, story.namespace)
    if merging is not None and merging.relation is not Relation.SUBMITS:
        named = (merging.kind, merging.name, merging.namespace)
    if not parents and len(members) == 1:
        return Work(*named, base, story, (), uids)
    decides = story.kind == "Job" or merging is None or merging.decides_by(story.bears)
    own = Member(story.name, base, witnesses_of(story.events), decides)
    others = tuple(_member(one) for one in members if one is not chief)
    decided = together(merging, own, others) if others or merging is not None else base
    told = Beside(own.seen, decided, parents, tuple(other.seen for other in others))
    return Work(*named, truth_parents.beside(told), story, parents, uids)


def _member(one: _Linked) -> Member:
    decided = truth.decide(one.story.events, None, (), None, job=None, platform=PLATFORM)
    return Member(one.story.name, decided, witnesses_of(one.story.events))


def _chief(members: Sequence[_Linked], merging: Parent | None) -> _Linked:
    """Choose the member whose end decides: the submitter's Job, the driver, the master; else the newest."""
    jobs = [one for one in members if one.story.kind == "Job"]
    if merging is not None and merging.relation is Relation.SUBMITS and jobs:
        return jobs[-1]
    if merging is None:
        return next((one for one in members if not _owned_by_pod(one.story)), members[0])
    decides = merging.decides if merging is not None else ()
    for name, values in decides:
        named = [one for one in members if one.story.bears.get(name) in values]
        if named:
            return max(named, key=_created)
    return jobs[-1] if jobs else members[0]


def _created(one: _Linked) -> tuple[str, str, str]:
    """Order members by time, then by name, whatever the order of the file."""
    return str(part(one.story.item, "metadata").get("creationTimestamp")), one.story.name, min(one.story.uids)


def _managed(story: JobStory) -> tuple[str, ...]:
    by = part(story.item, "spec").get("managedBy")
    if not isinstance(by, str) or by in _MANAGED:
        return ()
    return (f"{by} writes this Job's status (spec.managedBy), as of work that runs elsewhere: its pods are not here",)
