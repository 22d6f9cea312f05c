"""Records of people, changed at random: what a mutation may touch, and what must hold of the answers after it."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from build import LATER, T0, Object
from ending_cases import ENDINGS
from parent_cases import CONTROLS, NAMED
from parent_documents import held, kubeflow, ray_job, spark, task, workload

from harness.campaign.answers import Answer, answers_of
from harness.campaign.explaining import explain_all
from harness.errors import ConfigError

BASES: tuple[tuple[Object, ...], ...] = (
    *(ending.items for ending in ENDINGS),
    *(case.items for cases in (*NAMED.values(), *CONTROLS.values()) for case in cases),
)
NOISE: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 1e300, "", "x", "0001-01-01T00:00:00Z", "\x1b[2J", [], {}, ["x"], [None], {"a": 1}, "-5",
    "x" * 5000,
)  # fmt: skip
KEPT = frozenset({
    "state", "lastState", "conditions", "creationTimestamp", "deletionTimestamp", "phase", "ownerReferences",
})  # fmt: skip
"""Fields that tell how the work or the Job ended, in which order attempts came, and whose they are."""
SENTENCE_MAX, LIST_MAX = 6_000, 40


@dataclass(frozen=True, slots=True)
class Change:
    """One file after its mutations."""

    items: list[Any]
    what: tuple[str, ...]


def changed(base: tuple[Object, ...], draw: random.Random) -> Change:
    """Mutate a file one to four times."""
    items: list[Any] = copy.deepcopy(list(base))
    every = (_remove, _retype, _swap, _doubled, _stranger, _without_parent, _helper)
    what = [draw.choice(every) for _ in range(draw.randint(1, 4))]
    for mutation in what:
        mutation(items, draw)
    return Change(items, tuple(mutation.__name__.strip("_") for mutation in what))


def explained(items: list[Any]) -> tuple[Answer, ...]:
    """Answer for a file; one that holds no record at all is refused."""
    data = b"\n".join(json.dumps(item).encode() for item in items) or b"{}"
    try:
        return answers_of(explain_all("file", data, T0 + LATER))
    except ConfigError:
        return ()


def faults(base: tuple[Object, ...], change: Change) -> Iterator[str]:
    """Say what does not hold: a false success, a word that turned round, or an answer without bounds."""
    before = {(answer.namespace, answer.name): answer for answer in explained(list(base))}
    after = explained(change.items)
    if len(after) > len(change.items):
        yield f"{len(after)} answers of {len(change.items)} objects"
    for answer in after:
        if (answer.work, answer.platform) == ("failed", "ok"):
            yield f"{answer.name}: a false success"
        was = before.get((answer.namespace, answer.name))
        # Where the platform's own word is lost too, both witnesses are: what is left may say anything.
        if was is not None and was.platform == answer.platform and {was.work, answer.work} == {"ok", "failed"}:
            yield f"{answer.name}: {was.work} became {answer.work}"
        lists = (answer.hints, answer.missing, answer.also, answer.parents, answer.not_used)
        if len(answer.because) > SENTENCE_MAX or any(len(found) > LIST_MAX for found in lists):
            yield f"{answer.name}: an answer without bounds"


# -- mutations --------------------------------------------------------------------------------------------------------


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """List the places of a document that a mutation may touch: a container and a key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        if key not in KEPT:
            yield value, key
            yield from _places(part)


def _place(items: list[Any], draw: random.Random) -> tuple[Any, Any] | None:
    found = [place for item in items for place in _places(item)]
    return draw.choice(found) if found else None


def _remove(items: list[Any], draw: random.Random) -> None:
    place = _place(items, draw)
    if place is not None:
        del place[0][place[1]]


def _retype(items: list[Any], draw: random.Random) -> None:
    place = _place(items, draw)
    if place is not None:
        place[0][place[1]] = copy.deepcopy(draw.choice(NOISE))


def _swap(items: list[Any], draw: random.Random) -> None:
    draw.shuffle(items)


def _doubled(items: list[Any], draw: random.Random) -> None:
    items.append(copy.deepcopy(draw.choice(items)))


def _stranger(items: list[Any], draw: random.Random) -> None:
    """Add a parent of somebody else's work."""
    made = draw.choice((
        ray_job("FAILED", "Failed"), spark("COMPLETED", ended=5), kubeflow("PyTorchJob", held("Failed", 9)),
        task("failed", ended=9, note="404", dag_id="other"), workload(held("Evicted", 5, "Preempted"), of="other"),
    ))  # fmt: skip
    made = copy.deepcopy(made)
    if "metadata" in made:
        made["metadata"] |= {"name": "stranger", "uid": f"stranger-{draw.randint(0, 9)}", "namespace": "elsewhere"}
    items.insert(draw.randint(0, len(items)), made)


def _without_parent(items: list[Any], draw: random.Random) -> None:
    """Take away a document that is neither a Job, a pod nor an event."""
    found = [place for place, item in enumerate(items) if isinstance(item, dict) and str(item.get("kind")) not in _OWN]
    if found and len(items) > 1:
        del items[draw.choice(found)]


_OWN = frozenset({"Job", "Pod", "Event"})


def _helper(items: list[Any], draw: random.Random) -> None:
    """Give a pod a native sidecar that ended in any way, or runs."""
    pods = [item for item in items if isinstance(item, dict) and item.get("kind") == "Pod"]
    pod = draw.choice(pods) if pods else {}
    spec, status = pod.get("spec"), pod.get("status")
    if not isinstance(spec, dict) or not isinstance(status, dict):
        return
    ended = {
        "exitCode": draw.choice((0, 1, 137, 143)), "reason": draw.choice(("Completed", "OOMKilled", "Error")),
        "startedAt": "2026-06-01T12:00:02Z", "finishedAt": "2026-06-01T12:00:09Z",
    }  # fmt: skip
    specs, seen = spec.get("initContainers"), status.get("initContainerStatuses")
    sidecar = {"name": "helper", "restartPolicy": "Always"}
    spec["initContainers"] = [*(specs if isinstance(specs, list) else []), sidecar]
    told = {"name": "helper", "restartCount": 0, "state": draw.choice(({"terminated": ended}, {}))}
    status["initContainerStatuses"] = [*(seen if isinstance(seen, list) else []), told]
