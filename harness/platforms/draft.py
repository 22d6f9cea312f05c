"""Drafts of entries from the documents of a platform: what every platform's reader of them has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from harness.fields.paths import Path
from harness.model.job import Json
from harness.platforms.fault import Fault
from harness.platforms.tracked import Tracked
from harness.scrub import detect

WORD = "CHANGE-ME"
"""Stands for what only an owner knows; a file that still holds it is not finished."""
BUCKET = "change-me"
ACCOUNT = "000000000000"
"""Also that of stand-ins for AWS, which need an endpoint of their own."""

_NAME_MAX = 36
"""Short enough to stand beside a job's name in one label of Kubernetes."""


def label(text: str, length_max: int = _NAME_MAX) -> str:
    """Make a name that both platforms accept of any text."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower())[:length_max].strip("-")
    return made or "job"


def is_variable(name: str) -> bool:
    """Tell whether a variable may be named in the file."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,255}", name) is not None and not name.startswith("PARITY_")


def may_be_written(name: str, value: str) -> bool:
    """Tell whether a variable may stand in the file; credentials never may."""
    return is_variable(name) and not detect.rule_of(name, value)


StandIns: TypeAlias = Mapping[str, tuple[Any, str]]
"""Key of a side → a value that may stand there for now, and what has to be decided."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a draft says that helps to choose stand-ins."""

    account: str
    """Empty: the document does not say."""
    image: str
    role: str
    """Role of AWS that the work has where it runs today."""
    resources: Mapping[str, Any]
    """As written."""


class NotCarriedError(Exception):
    """A document can't become an entry: what is refused, each part by name; paths are inside the document."""

    def __init__(self, *faults: Fault) -> None:
        """Keep every refusal."""
        self.faults = faults
        super().__init__("; ".join(f"{fault.found}: {fault.expected}" for fault in faults))


@dataclass(frozen=True, slots=True)
class Draft:
    """One job of a document, as an entry would say it."""

    kind: str
    """Of the document, as people call it: CronJob, TrainingJob."""
    own_name: str
    """As its platform knows it, or what made it: two documents with one kind, namespace and name are one job."""
    namespace: str
    """Empty: the document names none, or its platform has none."""
    name: str
    """Of the repository."""
    job_name: str
    entry: Mapping[str, Any]
    """Keys of the repository, besides its jobs."""
    job: Mapping[str, Any]
    decide: Mapping[str, str]
    """Key of the job that holds a stand-in → what has to be decided."""
    notes: Mapping[str, str]
    """Key of the job → a comment on where its value comes from."""
    loss: Callable[[Path, Json], str]
    """Say what is lost with a leaf of the document that nothing was made of; empty: nothing that matters."""
    missing: Sequence[str] = ()
    """What is lost and stands in no leaf of the document."""
    document: str = ""
    """Key of a side that can stand on the document itself; empty: none can."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """The job as it is written where a side stands on the document: what the document does not say."""
    role: str = ""
    """Role of AWS that the work has where it runs today, as the input says."""

    @property
    def origin(self) -> str:
        """Name what it was drafted from: `CronJob ml/nightly`."""
        return f"{self.kind} {self.namespace}/{self.own_name}" if self.namespace else f"{self.kind} {self.own_name}"


def _same(value: Json) -> Json:
    return value


Others: TypeAlias = Sequence[Mapping[str, Json]]
"""Every object of the same input, such as the ConfigMaps that a Job names."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """How `parity init` reads the documents of one platform, and what a side on it needs besides."""

    documents: str
    """What can be read, as `a batch/v1 Job`."""
    read: Callable[[Tracked, Others], Draft | None]
    """Draft an entry of a document; None: it is none of this platform's.

    Raises:
        NotCarriedError: it is one, and can't become an entry.
    """
    hint: Callable[[Tracked], str]
    """Say how to get a document that can be read out of one that can't; empty: not from this one."""
    settings: Callable[[Known], StandIns]
    """Stand-ins of a side's settings."""
    job: Callable[[Known], StandIns]
    """Stand-ins of a side of a job."""
    normal: Callable[[Json], Json] = _same
    """Write a document in the words that `read` knows; every leaf stays."""
