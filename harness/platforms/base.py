"""What is known of a platform, as one value. Pure: no client and no clock; how it is reached is its backend's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.anomaly import Anomaly
from harness.model.event import Event
from harness.model.job import Job, Side
from harness.model.observation import OutputSeen, Record
from harness.model.repository import Home, Repository
from harness.model.truth import Truth
from harness.platforms.documents import Documents
from harness.platforms.draft import Drafts
from harness.platforms.fault import Fault
from harness.platforms.form import SideForm
from harness.platforms.kind import Kind
from harness.platforms.rule import Rule
from harness.platforms.surroundings import UNKNOWN, Surroundings


@dataclass(frozen=True, slots=True)
class TruthEvidence:
    """What the truth of one run is decided from."""

    events: Sequence[Event]
    record: Record | None
    outputs: tuple[OutputSeen, ...]
    """Declared outputs, but for those that the shim says it failed to carry: their absence says nothing."""
    outputs_known: bool
    """Outputs were declared, and every one of them was looked for."""
    complaint: str = ""
    """Last line of the log that looks like an error."""


def _none(events: Sequence[Event], watched: bool) -> Iterable[Anomaly]:  # noqa: FBT001 - a fact of the history
    """Count nothing beyond what every history shows."""
    del events, watched
    return ()


def _runs_every_kind(kind: Kind) -> Iterable[str]:
    """Find nothing: a platform that needs to know nothing of a kind can run each."""
    del kind
    return ()


def _silent(events: Sequence[Event]) -> str:
    """Say nothing: the platform has no word for it."""
    del events
    return ""


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: its words, and its rules of truth."""

    name: str
    """As in `repos.yaml`, in plans and in runs."""
    title: str
    """As people are told of it."""
    truth: Callable[[TruthEvidence], Truth]
    """Decide what really happened in one run."""
    rules: tuple[Rule[Any], ...]
    """Classes of disagreement that records decide."""
    swallowed: str
    """Class of a run that ended with 0, complained in its log, and left less than its partner."""
    phase_source: str
    """Who tells the phases of a run's startup."""
    ending_is_known: Callable[[Iterable[Event]], bool]
    """Tell of a run that has ended whether every witness of its ending was heard."""
    carries_outputs: bool
    """Inputs reach a job, and outputs the harness, without the shim."""
    form: SideForm
    """What may be written of its sides in `repos.yaml`."""
    drafts: Drafts
    """How `parity init` reads its documents."""
    home: type[Home]
    """What a side on this platform is stored as: a frozen dataclass."""
    home_faults: Callable[[Repository, Side], Iterable[Fault]]
    """Find what is wrong with where a side runs; paths are inside the repository's entry."""
    job_faults: Callable[[Job, Side], Iterable[Fault]]
    """Find what the platform would refuse of a job on a side; paths are inside the job."""
    can_run_without_shim: Callable[[Job, Side], bool]
    """Tell whether a side can run a job without its shim."""
    delivers_parameters: Callable[[Job, Side], bool]
    """Tell whether the platform itself writes the parameter file that a side reads."""
    price_keys: tuple[str, ...]
    """Keys of a side that hold its prices."""
    priced_types: Callable[[Home], tuple[str, ...] | None]
    """List the instance types that have a price; None: this platform does not price by instance type."""
    price_of_run: Callable[[Home, Job, Side], float | None]
    """Bound the price of one run; None: a price is not known."""
    documents: Documents | None = None
    """How a side of a job may stand on a document; None: it may not."""
    anomalies: Callable[[Sequence[Event], bool], Iterable[Anomaly]] = _none
    """Count what this platform's streams did to what they carried; the flag: the history came as it happened."""
    cannot_start: Callable[[Sequence[Event]], str] = _silent
    """Say why a run that stands still can't begin until somebody mends something; empty: it may, or the platform ends
    such a run itself. Events since it last moved, in order."""
    bucket_gone: Callable[[Sequence[Event]], str] = _silent
    """Give the platform's own words that a bucket was not there; empty: none. What a program was told is not meant."""
    kind_faults: Callable[[Kind], Iterable[str]] = _runs_every_kind
    """Find what is wrong with what a kind of job says of this platform (`Kind.on`): for whoever writes a kind."""
    metric_sources: frozenset[str] = frozenset()
    """Sources of metrics that its backend asks, which nothing else can answer."""
    surroundings: Surroundings = UNKNOWN
    """What it always puts around a process."""
