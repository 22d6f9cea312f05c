"""A job as its team has it, and the named changes that the harness makes to it. Values, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from harness.model.plain import Json

Path = tuple[str | int, ...]
"""Of a value inside a document."""
BEGIN = "<parity:"
"""Begins every token; a document that holds it is refused."""
RUN, CAMPAIGN, SPEC, IMAGE = f"{BEGIN}run>", f"{BEGIN}campaign>", f"{BEGIN}spec>", f"{BEGIN}image>"
"""Stand in a mutation for what differs from run to run: its name, its campaign's label, the digest of what the shim is
told, the image by digest."""
RUN_ID, CHANNEL, OUTPUT = f"{BEGIN}run-id>", f"{BEGIN}channel>", f"{BEGIN}output>"
"""The run's id, and the S3 prefixes of its own channel and of its outputs."""
FOLDER = f"{BEGIN}folder>"
"""The S3 prefix of all that is the run's own."""


@dataclass(frozen=True, slots=True)
class JobDocument:
    """One side's job as its team has it; read when `repos.yaml` is, and kept in the plan."""

    name: str
    """The file, as `repos.yaml` names it."""
    taken: str
    """Which part of the file is the job, such as `CronJob nightly: spec.jobTemplate`."""
    digest: str
    """Of the file's bytes."""
    content: Mapping[str, Json]
    """The object that would be created without us."""
    main: str = ""
    """Name of the container that is the work; empty where the platform has one container only."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One named change of a document: what stood at a path, what stands there now, and why."""

    path: Path
    """A number that is a list's length adds a member to it."""
    old: Json
    """None: nothing."""
    new: Json
    """None: nothing; tokens stand for what differs from run to run."""
    why: str


def at(content: Json, path: Path) -> Json:
    """Give what stands at a path; None: nothing."""
    found = content
    for part in path:
        if isinstance(found, dict) and isinstance(part, str):
            found = found.get(part)
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return None
    return found


def put(content: Json, path: Path, new: Json, why: str) -> Iterator[Mutation]:
    """Make the mutation that sets a value; where maps around it are missing, one that adds the outermost of them."""
    old = at(content, path)
    if old == new:
        return
    for length in range(1, len(path)):
        if at(content, path[:length]) is None:
            for part in reversed(path[length:]):
                new = [new] if isinstance(part, int) else {part: new}
            yield Mutation(path[:length], None, new, why)
            return
    yield Mutation(path, old, new, why)


def filled(mutations: Sequence[Mutation], values: Mapping[str, str]) -> tuple[Mutation, ...]:
    """Put one run's values in the place of the tokens."""
    return tuple(replace(mutation, new=_filled(mutation.new, values)) for mutation in mutations)


def _filled(value: Json, values: Mapping[str, str]) -> Json:
    if isinstance(value, dict):
        return {name: _filled(item, values) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, values) for item in value]
    if isinstance(value, str) and BEGIN in value:
        for token, word in values.items():
            value = value.replace(token, word)
    return value


def mutated(content: Mapping[str, Json], mutations: Sequence[Mutation]) -> dict[str, Any]:
    """Apply mutations in their order, and nothing else.

    Raises:
        ValueError: something else stands at a path than the mutation says.
    """
    made: dict[str, Any] = deepcopy(dict(content))
    for mutation in mutations:
        _set(made, mutation.path, mutation.old, mutation.new)
    return made


def restored(made: Mapping[str, Json], mutations: Sequence[Mutation]) -> dict[str, Any]:
    """Take mutations back, the last one first: what is left is the document.

    Raises:
        ValueError: something else stands at a path than the mutation made.
    """
    content: dict[str, Any] = deepcopy(dict(made))
    for mutation in reversed(mutations):
        _set(content, mutation.path, mutation.new, mutation.old)
    return content


def _set(content: dict[str, Any], path: Path, old: Json, new: Json) -> None:
    if at(content, path) != old:
        message = f"{path}: {old!r} was to be replaced, {at(content, path)!r} stands there"
        raise ValueError(message)
    around: Any = at(content, path[:-1])
    last: Any = path[-1]
    if new is None:
        del around[last]
    elif isinstance(around, list) and last == len(around):
        around.append(deepcopy(new))
    else:
        around[last] = deepcopy(new)
