"""Files of people, changed at random: what a mutation may touch, and what must hold of the answers after it."""

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
class Case:
    """One file, changed."""

    base: tuple[Object, ...]
    items: list[Any]
    mutation: str
    kept: bool
    """Nothing was taken away or retyped: the answer of every work of the file has to stay."""


def case(number: int, seed: int) -> Case:
    """Make one case: one file, mutated one to four times; the same number and seed give the same one."""
    draw = random.Random(f"{seed}/{number}")
    base = draw.choice(BASES)
    items: list[Any] = copy.deepcopy(list(base))
    kept = number % 2 == 0
    mutations = [draw.choice(HARMLESS if kept else EVERY) for _ in range(draw.randint(1, 4))]
    for mutation in mutations:
        mutation(items, draw)
    return Case(base, items, mutations[0].__name__, kept)


def explained(items: list[Any]) -> tuple[Answer, ...]:
    """Answer for a file; one that holds no record at all is refused."""
    data = b"\n".join(json.dumps(item).encode() for item in items) or b"{}"
    try:
        return answers_of(explain_all("file", data, T0 + LATER))
    except ConfigError:
        return ()


def failures(chosen: Case) -> list[str]:
    """Say what a case breaks; nothing: it held."""
    try:
        return list(_failures(chosen))
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        return [f"crash: {type(error).__name__}: {error}"]


def _failures(chosen: Case) -> Iterator[str]:
    before = {(answer.namespace, answer.name): answer for answer in explained(list(chosen.base))}
    after = explained(chosen.items)
    if len(after) > len(chosen.items):
        yield f"unbounded: {len(after)} answers of {len(chosen.items)} objects"
    for answer in after:
        was = before.get((answer.namespace, answer.name))
        yield from _turned(was, answer)
        if chosen.kept and was is not None and _words(was) != _words(answer):
            yield f"changed: {answer.name} from {_words(was)} to {_words(answer)}"
        lists = (answer.hints, answer.missing, answer.also, answer.parents, answer.not_used)
        if len(answer.because) > SENTENCE_MAX or any(len(found) > LIST_MAX for found in lists):
            yield f"unbounded: {answer.name}"
    if chosen.kept and (gone := before.keys() - {(answer.namespace, answer.name) for answer in after}):
        yield f"changed: no answer for {', '.join(sorted(name for _, name in gone))}"


def _turned(was: Answer | None, answer: Answer) -> Iterator[str]:
    """Tell a false success, and a word that turned round."""
    if (answer.work, answer.platform) == ("failed", "ok"):
        yield f"turned: {answer.name}: a false success"
    # Where the platform's own word is lost too, both witnesses are: what is left may say anything.
    if was is not None and was.platform == answer.platform and {was.work, answer.work} == {"ok", "failed"}:
        yield f"turned: {answer.name}: {was.work} became {answer.work}"


def _words(answer: Answer) -> tuple[str, str, str]:
    return answer.work, answer.platform, answer.klass or "-"


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


def removed(items: list[Any], draw: random.Random) -> None:
    """Take a field or an item away."""
    place = _place(items, draw)
    if place is not None:
        del place[0][place[1]]


def retyped(items: list[Any], draw: random.Random) -> None:
    """Put something else in its place."""
    place = _place(items, draw)
    if place is not None:
        place[0][place[1]] = copy.deepcopy(draw.choice(NOISE))


def reordered(items: list[Any], draw: random.Random) -> None:
    """Put the objects in another order."""
    draw.shuffle(items)


def doubled(items: list[Any], draw: random.Random) -> None:
    """Give an object twice."""
    items.append(copy.deepcopy(draw.choice(items)))


def stranger_added(items: list[Any], draw: random.Random) -> None:
    """Add a parent of somebody else's work."""
    made = draw.choice((
        ray_job("FAILED", "Failed"), spark("COMPLETED", ended=5), kubeflow("PyTorchJob", held("Failed", 9)),
        workload(held("Evicted", 5, "Preempted"), of="other"),
    ))  # fmt: skip
    made = copy.deepcopy(made)
    made["metadata"] |= {"name": "stranger", "uid": f"stranger-{draw.randint(0, 9)}", "namespace": "elsewhere"}
    items.insert(draw.randint(0, len(items)), made)


def task_added(items: list[Any], draw: random.Random) -> None:
    """Add an orchestrator's task of somebody else's work; the only one of a file with one work is taken for its own."""
    made = copy.deepcopy(task("failed", ended=9, note="404", dag_id="other"))
    items.insert(draw.randint(0, len(items)), made)


def parent_removed(items: list[Any], draw: random.Random) -> None:
    """Take away a document that is neither a Job, a pod nor an event."""
    found = [place for place, item in enumerate(items) if isinstance(item, dict) and str(item.get("kind")) not in _OWN]
    if found and len(items) > 1:
        del items[draw.choice(found)]


_OWN = frozenset({"Job", "Pod", "Event"})


def helper_added(items: list[Any], draw: random.Random) -> None:
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


HARMLESS = (reordered, doubled, stranger_added, helper_added)
EVERY = (removed, retyped, parent_removed, task_added, *HARMLESS)
