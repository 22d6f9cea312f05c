"""Pods that wait for a Job by `kubectl wait` or k8s-wait-for: they go on at one of its two ends, or hang for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model.parent import Parent, ParentState, Relation
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, line, part, parts, text

_WAIT = re.compile(r"\bkubectl\b[^;&|\n]{0,200}?\bwait\b([^;&|\n]{0,400})")
_CONDITION = re.compile(r"--for[= ]['\"]?(?:condition=|jsonpath=.{0,80}?=)?['\"]?(complete|failed)\b", re.IGNORECASE)
_JOB = re.compile(r"\bjobs?(?:\.batch)?[/ ]([a-z0-9][a-z0-9.-]{0,252})")
_IMAGE = "k8s-wait-for"
"""groundnuty/k8s-wait-for: `job NAME` goes on when the Job is complete."""
_WORDS_MAX = 8_000


def _read(item: Object) -> tuple[Parent, ...]:
    spec, facts = part(item, "spec"), part(item, "metadata")
    return tuple(
        Parent(
            kind="Pod",
            name=text(facts, "name"),
            namespace=text(facts, "namespace"),
            uid=f"{text(facts, 'uid')}/{name}",
            relation=Relation.AWAITS,
            state=_state(item, name),
            says=line(f"container {name} waits for the condition {awaited} of Job {job}"),
            awaits=awaited,
            made=frozenset({("Job", job)}),
        )
        for place in ("initContainers", "containers")
        for container in parts(spec, place)
        for name, job, awaited in _waits(container)
    )


def _waits(container: Object) -> Iterator[tuple[str, str, str]]:
    lists = [found for name in ("command", "args") if isinstance(found := container.get(name), list)]
    told = " ".join(word for found in lists for word in found if isinstance(word, str))[:_WORDS_MAX]
    name = text(container, "name")
    if _IMAGE in text(container, "image") and (job := _JOB.search(told)):
        yield name, job[1], "complete"
        return
    for wait in _WAIT.findall(told) if "kubectl" in told else ():
        condition, job = _CONDITION.search(wait), _JOB.search(wait)
        if condition and job:
            yield name, job[1], condition[1].lower()


def _state(item: Object, name: str) -> ParentState:
    """Tell whether a container still waits."""
    status = part(item, "status")
    states = [
        part(one, "state") for place in ("initContainerStatuses", "containerStatuses") for one in parts(status, place)
        if text(one, "name") == name
    ]  # fmt: skip
    ended = any("terminated" in state for state in states)
    return ParentState.UNKNOWN if ended or not states else ParentState.RUNNING


WAITER = ParentKind(
    "waiting-pod",
    "v1",
    frozenset({"Pod"}),
    _read,
    "kubectl reference, wait; groundnuty/k8s-wait-for, README",
    example={
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "after", "namespace": "ml", "uid": "u"},
        "spec": {
            "containers": [{"name": "w", "command": ["kubectl", "wait", "job/train", "--for=condition=complete"]}]
        },
    },
)
