"""All that one run left behind, as stored facts. Values only; payloads stay in their files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.event import Event
from harness.model.job import Json, Side
from harness.model.plan import Run

INPUT_MISSING = "InputMissing"
"""Begins the reason of a run that was not submitted because a place of its inputs was not there."""
CHANGED = "changed on the way"
"""Key of a handle: what the platform keeps of a job otherwise than it was sent."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A parameter as the process read it."""

    type: str
    value: Json


@dataclass(frozen=True, slots=True)
class OutputFile:
    """One file of one output, by its name inside the output."""

    name: str
    bytes: int
    sha256: str
    kind: str = "file"
    """file, symlink, hardlink, directory or other."""
    target: str = ""
    """Of a link."""
    stored: str = ""
    """Store-made name of the payload, relative to the campaign; empty when it was not kept."""


@dataclass(frozen=True, slots=True)
class OutputSeen:
    """What was found of one output."""

    name: str
    declared: bool
    files: tuple[OutputFile, ...]
    damage: str = ""
    """Why the artifact can't be trusted (cut archive, bad CRC, over a cap); such a side is never a match."""
    absent: bool = False
    source: str = ""
    """Where it was fetched from."""


@dataclass(frozen=True, slots=True)
class Record:
    """The shim's word: what the process saw. Testimony of the suspect; it adds doubt or detail, never truth alone."""

    run: str
    exit_code: int | None
    signal: int | None
    first_instruction_seconds: float | None
    """Epoch seconds by the container's clock."""
    started_seconds: float | None
    finished_seconds: float | None
    parameters: Mapping[str, Typed]
    environment: Mapping[str, str]
    libraries: Mapping[str, str]
    inputs: Mapping[str, str]
    """Input name to digest of what was read."""
    outputs: Mapping[str, Mapping[str, str]]
    """Output name to file name to sha256, as hashed inside the container."""
    image_config_digest: str | None
    process: Mapping[str, str]
    """Interpreter, hardware, kernel, user, limits, locale, time zone, name servers, shared memory, …"""
    max_rss_bytes: int | None = None
    cpu_seconds: float | None = None
    refused: str = ""
    """Why the shim did not start the job: a secret that was not to be had."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    """Delivered secrets by name: about how long each is, and its kinds of characters."""
    troubles: tuple[str, ...] = ()
    """What the shim could not do, such as an upload that failed."""
    distributions: Mapping[str, str] | None = None
    """Every library that the job's Python finds, with its version; None: nobody looked, as shims before did not."""
    mounts: Mapping[str, str] | None = None
    """Place to `ro` or `rw` and kind of file system; None: nobody looked."""
    log_started: bool = False
    """Whether it wrote the first line of the log, as shims before did not."""


@dataclass(frozen=True, slots=True)
class MetricPoint:
    """One reported value of a metric, in log order."""

    value: float | None
    """None: reported, but not a finite number."""
    step: int
    """Its place in the order of the reports, from 0 on."""
    at: int | None = None
    """The training step, epoch or iteration that a file names beside it; None: none is named."""


@dataclass(frozen=True, slots=True)
class LogFacts:
    """What is known of a run's log without keeping it."""

    lines: int
    bytes: int
    cut: bool
    """More was there than was kept."""
    complaint: str = ""
    """Last line that looks like a traceback's end or an error, scrubbed; empty when none."""
    stored: str = ""
    scrubbed: int = 0
    """Secrets that were replaced by a word in it before it was stored."""
    left_out: int = 0
    """Bytes in the middle of a very long log that were not kept; its beginning and its end were."""
    altered: tuple[str, ...] = ()
    """Metrics that were read before, and that the stored log shows otherwise."""
    start_lost: bool = False
    """Its first lines are not there, though the shim wrote one: the node keeps the newest file of a long log only."""
    tail: tuple[str, ...] = ()
    """The last lines that are not empty, scrubbed; empty also where a version before this one read the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Something that a run tried to do outside, and that was stopped."""

    verb: str
    """As `POST`, `mail to` or `connect (postgresql)`."""
    place: str
    """Host and path, host and port, object, or the recipient's host; no query, for it may hold keys."""
    times: int


@dataclass(frozen=True, slots=True)
class OutsideLog:
    """What whoever stood between a run and the world wrote down."""

    stopped: tuple[Attempt, ...]
    """In their first order."""
    left_out: int = 0
    """Attempts beyond what the log holds."""


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """What changed at a place that an effect names while a run was under way, by whomever."""

    place: str
    """s3:// URI, as the entry has it."""
    written: tuple[str, ...]
    """Keys of new and changed objects."""
    removed: tuple[str, ...]
    left_out: int = 0
    """Keys beyond those that are named."""
    trouble: str = ""
    """Why it is not known."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One run as it was observed: its history and what was fetched. Kept once, before the run is removed."""

    schema: str
    run: Run
    handle: Mapping[str, str]
    """The platform's identifiers: uid, ARN, namespace."""
    events: tuple[Event, ...]
    record: Record | None
    record_damage: str
    outputs: tuple[OutputSeen, ...]
    metrics: Mapping[str, tuple[MetricPoint, ...]]
    log: LogFacts | None
    not_submitted: str = ""
    """Why the run never reached its platform (refused, cap, stopped)."""
    notes: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    """Evidence files of this run: name relative to the campaign → sha256."""
    metrics_unread: Mapping[str, str] = field(default_factory=dict)
    """Metrics that their source was not read for to the end, with the reason; they have no curve."""
    curves_unknown: Mapping[str, str] = field(default_factory=dict)
    """Metrics whose source holds the value that counts and not the way there, with the reason."""
    places: tuple[PlaceSeen, ...] = ()
    """Of the job's effects."""
    outside: OutsideLog | None = None
    """What it tried to do outside; None: nobody watched, or what was written down can't be read."""


@dataclass(frozen=True, slots=True)
class ObservedPair:
    """The two runs of a pair, as they were observed."""

    pair: str
    legacy: Observation
    candidate: Observation

    def of(self, side: Side) -> Observation:
        """Give the run of one side."""
        return self.legacy if side is Side.LEGACY else self.candidate

    @property
    def files(self) -> tuple[str, ...]:
        """Name the evidence of both runs."""
        return tuple(f"runs/{observation.run.id}/observation.json" for observation in (self.legacy, self.candidate))
