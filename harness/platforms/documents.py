"""Jobs as their teams have them: how a platform reads its documents, and what it has to change of one. Values only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.fields.paths import Path
from harness.model.document import Mutation, at
from harness.model.job import Job, Json, Side
from harness.model.repository import Repository
from harness.platforms.fault import Fault


@dataclass(frozen=True, slots=True)
class Candidate:
    """One job that a document holds."""

    base: Path
    """Where it stands in the document."""
    kind: str
    name: str
    """Empty where it has none."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says of a job. Values have the form of a checked `repos.yaml`, with units taken away."""

    taken: str
    """Which part of the file is the job."""
    content: Mapping[str, Json]
    """The object that would be created without us."""
    main: str
    """Name of the container that is the work; empty where there is one only."""
    job: Mapping[str, Any]
    """What is said of the job on both sides: image, resources, time_limit, inputs, outputs, metrics, kind."""
    side: Mapping[str, Any]
    """What is said of the job on this side: command, environment, parameters, secrets and keys of the platform."""
    arguments: tuple[str, ...] = ()
    """Of the process, its command included as far as it is known: flags among them may be parameters."""
    bare: bool = False
    """It leaves the command to the image."""
    endless: bool = False
    """It sets no limit of time."""
    faults: tuple[Fault, ...] = ()
    """What can't be carried; paths are inside the document."""


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one platform."""

    key: str
    """Of a side of a job: names the file."""
    what: str
    """What a file has to hold, as `a Job, CronJob, Pod or PodTemplate`."""
    beside: frozenset[str]
    """Keys that may stand beside it, because they say what a document does not."""
    candidates: Callable[[Json], Iterator[Candidate]]
    """Find the jobs in a document."""
    read: Callable[[Json, Candidate, Mapping[str, Any]], Reading]
    """Read one of them; takes what the entry says beside the document."""
    mutations: Callable[[Repository, Job, Side], tuple[Mutation, ...]]
    """List all that is changed of a side's document, with tokens for what differs from run to run."""


def flags_of(arguments: Sequence[str]) -> dict[str, str]:
    """Read flags as `--name value` and `--name=value`; one that is named twice is none."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for number, word in enumerate(arguments):
        if not word.startswith("--") or len(word) == 2:  # noqa: PLR2004 - `--` alone ends the flags
            continue
        name, equals, value = word[2:].partition("=")
        after = arguments[number + 1] if number + 1 < len(arguments) else "--"
        if not equals and after.startswith("--"):
            continue
        twice |= {name} & found.keys()
        found[name] = value if equals else after
    return {name: value for name, value in found.items() if name not in twice}


def misshapen(content: Mapping[str, Json], shape: Mapping[Path, type]) -> Iterator[Fault]:
    """Refuse parts that are neither the mapping (dict) nor the list that they have to be; a part may lack."""
    for path, wanted in shape.items():
        value = at(dict(content), path)
        if value is not None and not isinstance(value, wanted):
            yield Fault(path, "something else", "a list" if wanted is list else "a mapping")


def without_nulls(value: Json) -> Json:
    """Leave out keys that hold null: both platforms take them for keys that are not there."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value
