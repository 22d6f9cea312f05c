"""Records of real jobs, changed at random: what may not change the answer, and what may only take it away."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.campaign.explaining import ExplainedJob, explain
from harness.errors import ConfigError

RECORDED = Path(__file__).parents[1] / "recorded"
TAKEN = 1_796_000_000.0
Words = tuple[str, str, str]
Place = tuple[Any, Any, tuple[str, ...]]
"""Container, key, and the path that leads there."""
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**62, 1e300, "", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", [], {}, ["x"], [None],
    {"a": 1}, "137", "\x1b[2J",
)  # fmt: skip
OURS = frozenset({"terminated", "conditions", "lastState", "TrainingJobStatus", "ProcessingJobStatus",
                  "TransformJobStatus", "HyperParameterTuningJobStatus", "SecondaryStatus", "FailureReason",
                  "detail-type", "detail"})  # fmt: skip
"""What says how the work and the job ended; a change of it may change anything."""


@cache
def documents() -> tuple[tuple[str, str], ...]:
    """Name every record and give its text."""
    found = [*(RECORDED / "kubernetes").glob("*.json"), *(RECORDED / "sagemaker").glob("*.json")]
    found += [path for path in (RECORDED / "cluster").glob("*.json") if path.name != "taken.json"]
    return tuple((f"{path.parent.name}/{path.name}", path.read_text()) for path in sorted(found))


@dataclass(frozen=True, slots=True)
class Case:
    """One record, changed."""

    record: str
    mutation: str
    document: Any
    kept: bool
    """Nothing that says how work and job ended was touched, nor what links them: the answer has to stay."""
    touched: bool
    """What says how work or job ended was touched."""


def words(told: tuple[ExplainedJob, ...]) -> tuple[tuple[str, Words], ...]:
    """Write answers so that two can be compared."""
    return tuple(sorted((each.name, _words(each)) for each in told))


def _words(told: ExplainedJob) -> Words:
    return told.truth.work.value, told.truth.platform.value, told.truth.klass or "-"


def answer(document: Any) -> tuple[tuple[str, Words], ...]:
    """Explain a document; one that is refused by name has no answer."""
    try:
        return words(explain("record.json", json.dumps(document).encode(), TAKEN))
    except ConfigError:
        return ()


def places(value: Any, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Give every place of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        way = (*path, str(key))
        yield value, key, way
        yield from places(each, way)


# -- what may take the answer away, and never turns it -----------------------------------------------------------------


def removed(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Take a field or an item away."""
    container, key, path = draw.choice(list(places(document)))
    del container[key]
    return path


def retyped(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Put something else in its place."""
    container, key, path = draw.choice(list(places(document)))
    container[key] = copy.deepcopy(draw.choice(VALUES))
    return path


# -- what may not change it --------------------------------------------------------------------------------------------


def reordered(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Put the fields of every object, and the items of a list, in another order."""
    for container, _, _ in list(places({"": document})):
        if isinstance(container, dict):
            held = list(container.items())
            draw.shuffle(held)
            container.clear()
            container.update(held)
    if isinstance(document.get("items"), list):
        draw.shuffle(document["items"])
    return ()


def unknown_field(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Add a field that no version of the platform has."""
    objects = [container for container, _, _ in places({"": document}) if isinstance(container, dict)]
    chosen = draw.choice([entry for entry in objects if "" not in entry] or [document])
    if not {"labels", "annotations", "environment", "data"} & set(chosen):
        chosen[f"x-parity-{draw.randrange(9)}"] = copy.deepcopy(draw.choice(VALUES))
    return ()


def helper_added(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Add a container that an admission webhook injects and that ends well, where the work is the only other one."""
    for item in document.get("items", [document]):
        if not isinstance(item, dict) or item.get("kind") != "Pod":
            continue
        containers = item["spec"]["containers"]
        if len(containers) != 1:
            continue
        name = f"injected-{draw.randrange(9)}"
        item["metadata"].setdefault("annotations", {})["kubectl.kubernetes.io/default-container"] = containers[0][
            "name"
        ]
        containers.insert(draw.randint(0, 1), {"name": name, "image": "mesh:1"})
        statuses = item.get("status", {}).get("containerStatuses") or []
        ended = statuses[0].get("state", {}).get("terminated") if statuses else None
        if ended:
            state = {"terminated": {**ended, "exitCode": 0, "reason": "Completed", "containerID": name}}
            statuses.insert(draw.randint(0, 1), {"name": name, "restartCount": 0, "state": state})
    return ()


def decorated(draw: random.Random, document: Any) -> tuple[str, ...]:
    """Add labels and annotations of somebody else's."""
    for item in document.get("items", [document]):
        if isinstance(item, dict) and isinstance(item.get("metadata"), dict):
            item["metadata"].setdefault("annotations", {})[f"example.com/{draw.randrange(9)}"] = "x"
            item["metadata"].setdefault("labels", {})["team"] = "a"
    return ()


HARMLESS: tuple[Callable[[random.Random, Any], tuple[str, ...]], ...] = (
    reordered, unknown_field, helper_added, decorated,
)  # fmt: skip
HARMFUL = (removed, retyped)


def case(number: int, seed: int) -> Case:
    """Make one case; the same number and seed give the same one."""
    draw = random.Random(f"{seed}/{number}")
    name, text = draw.choice(documents())
    document = json.loads(text)
    harmless = number % 2 == 0
    mutation = draw.choice(HARMLESS if harmless else HARMFUL)
    paths = [mutation(draw, document) for _ in range(1 if harmless else draw.randint(1, 3))]
    touched = any(OURS & set(path) or _names_a_container(path) for path in paths)
    return Case(name, mutation.__name__, document, kept=harmless, touched=touched)


def _names_a_container(path: tuple[str, ...]) -> bool:
    """Tell whether a place names containers, by which it is known which of them is the work."""
    return path[-1:] == ("name",) and any("ontainer" in part for part in path)


@cache
def sound(record: str) -> tuple[tuple[str, Words], ...]:
    """Answer the record as it was."""
    return answer(json.loads(dict(documents())[record]))


def failures(chosen: Case) -> list[str]:
    """Say what a case breaks; nothing: it held."""
    try:
        found = answer(chosen.document)
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        return [f"crash: {type(error).__name__}: {error}"]
    before = sound(chosen.record)
    if chosen.kept:
        return [] if found == before else [f"changed: {before} to {found}"]
    if chosen.touched:
        return []
    known = dict(before)
    return [
        f"turned: {name} from {known[name]} to {now}"
        for name, now in found
        if name in known and {known[name][0], now[0]} == {"ok", "failed"}
    ]
