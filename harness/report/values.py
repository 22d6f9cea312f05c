"""The report's values: what every format says, already worded, counted and safe to read. Values only.

All texts went through `wording.shown`; escaping for a format is the format's own last step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.report.accepted import RuleChangeRow, RulingRow, WaiverRow
from harness.report.opening import FirstScreen

Phase = tuple[str, float, float | None, float, str]
"""Name, start seconds, end seconds (None: its end is unknown), error seconds, source."""
Transition = tuple[float, str, str, bool]
"""At seconds, witness, label, legal."""


@dataclass(frozen=True, slots=True)
class RunStory:
    """One run as it is told to a reader; every time in seconds after its own submit."""

    run: str
    side: str
    work: str
    platform: str
    klass: str
    because: str
    cause: str
    exit_code: str
    """Text; empty when not known."""
    phases: tuple[Phase, ...]
    transitions: tuple[Transition, ...]
    ended_at_seconds: float | None
    start: str = "cold"
    """On what it began: cold, warm, or mixed."""


@dataclass(frozen=True, slots=True)
class MeasureView:
    """The numbers of a finding, finite, and the same in words."""

    unit: str
    legacy: float | None
    candidate: float | None
    difference: float | None
    margin: float | None
    margin_text: str
    interval: tuple[float, float] | None
    level: float | None
    pairs: int | None
    noise_legacy: float | None
    noise_candidate: float | None
    noise_class: str
    """Empty when not known."""
    smallest_margin: float | None
    pairs_needed: int | None
    error: float | None
    series_legacy: tuple[float, ...]
    series_candidate: tuple[float, ...]
    words: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dot:
    """One pair in a metric's picture, or a bad run that is in no pair."""

    day: int
    """Place among the picture's days."""
    margins: float
    """Candidate minus legacy, in margins."""
    newest: bool
    """Of the newest image."""
    bad: bool
    alone: bool = False
    """In no pair; held against the mean of legacy's runs."""


@dataclass(frozen=True, slots=True)
class MetricPicture:
    """What a metric's picture shows."""

    subject: str
    outcome: str
    days: tuple[str, ...]
    dots: tuple[Dot, ...]
    possible: tuple[float, float] | None
    """Smallest and largest shift that the evidence leaves possible, in margins; None: any."""
    progress: tuple[tuple[str, float], ...]
    """What is to be shown, and how much of the evidence for it is there, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How long GO takes, by how often images change."""

    assumptions: str = ""
    weeks: tuple[tuple[str, str], ...] = ()
    """Cadence of images → weeks to GO; empty: not told."""


@dataclass(frozen=True, slots=True)
class SampleView:
    """One concrete difference."""

    where: str
    legacy: str
    candidate: str
    note: str


@dataclass(frozen=True, slots=True)
class MutationRow:
    """One change of a document."""

    key: str
    name: str
    """Of the kind of change, such as `namespace`."""
    old: str
    new: str
    why: str


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document that a side of a job stands on."""

    job: str
    side: str
    name: str
    taken: str
    digest: str
    mutations: tuple[MutationRow, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding; `ref` is unique on the page, `anchor` is its stable address."""

    ref: str
    anchor: str
    check: str
    dimension: str
    subject: str
    pair: str
    outcome: str
    summary: str
    rule: str
    required: bool
    measure: MeasureView | None
    samples: tuple[SampleView, ...]
    samples_left_out: int
    remedy: str
    evidence: tuple[str, ...]
    waiver: str
    false_success: bool
    ruling: str


@dataclass(frozen=True, slots=True)
class ReasonView:
    """One reason of the verdict, with the number that decided."""

    code: str
    sentence: str
    value: str
    margin: str
    remedy: str
    findings: tuple[tuple[str, str], ...]
    """Anchor and ref of the findings on this page."""
    absent: tuple[str, ...]
    """Ids that the reason names and that this page does not have."""
    samples: tuple[SampleView, ...] = ()
    """Both sides of what the first finding shows, such as both endings of a crash."""
    following: tuple[ReasonView, ...] = ()
    """What follows from it, without a remedy: what mends the cause mends it too."""


@dataclass(frozen=True, slots=True)
class GateRow:
    """One rule of the policy against what was seen."""

    rule: str
    needed: str
    seen: str
    met: str
    """yes, no or not asked."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Outcomes of one dimension; `counts` in the order of the six outcomes."""

    dimension: str
    counts: tuple[int, ...]
    total: int
    informs: tuple[int, ...]
    """How many of each inform and never decide."""


@dataclass(frozen=True, slots=True)
class PairView:
    """One pair and its stories."""

    id: str
    anchor: str
    job: str
    grade: str
    wave: int
    runs: tuple[str, ...]
    """In start order."""
    outcome: str
    """Worst of its findings; empty for a repeat without findings of its own."""
    note: str
    mark: str
    """Where a container's exit and the job's label disagree."""
    stories: tuple[RunStory, ...]
    """Legacy first."""


@dataclass(frozen=True, slots=True)
class TruthRow:
    """What really happened in one run."""

    run: str
    pair: str
    side: str
    work: str
    platform: str
    klass: str
    cause: str
    exit_code: str
    because: str
    agrees: bool


@dataclass(frozen=True, slots=True)
class SeenRow:
    """One thing both processes saw, or only one of them."""

    job: str
    group: str
    key: str
    legacy: str
    candidate: str
    same: bool
    by_platform: bool = False
    """A platform sets it by itself, and nobody wrote it for a side."""


@dataclass(frozen=True, slots=True)
class CellView:
    """One place of an output that differs, with its distance."""

    where: str
    legacy: str
    candidate: str
    difference: str


@dataclass(frozen=True, slots=True)
class TableView:
    """A table that differs, in words."""

    file: str
    schema: str
    rows: str
    changed: str
    """Columns with cells that differ; empty: none."""


@dataclass(frozen=True, slots=True)
class OutputView:
    """One output of one job over all pairs."""

    subject: str
    outcome: str
    summary: str
    pairs: str
    """In how many it came out so."""
    legacy: str
    """Files and bytes of the pair that `summary` speaks of; empty: not known."""
    candidate: str
    tables: tuple[TableView, ...]
    cells: tuple[CellView, ...]


@dataclass(frozen=True, slots=True)
class StartupRow:
    """One phase of one job on both sides: medians with the largest error bar."""

    job: str
    phase: str
    legacy: str
    candidate: str
    difference: str
    sources: str
    note: str
    start: str = "cold"
    """On what its runs began: cold, warm, or mixed."""


@dataclass(frozen=True, slots=True)
class StopRow:
    """A pair that we stopped."""

    pair: str
    who: str
    at: str
    reason: str
    effect: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """Everything a report says about one repository; the only source of every format."""

    schema: str
    repository: str
    owner: str
    tier: str
    campaign: str
    decision: str
    headline: str
    sentence: str
    """At most 25 words: the cause and its size."""
    first: FirstScreen
    judged_at: str
    evidence_kind: str
    synthetic: bool
    not_real: tuple[str, ...]
    """Why the evidence is not real, the first reason first."""
    anchored: str
    """Whether the ledger's entry of the verdict is anchored, in a word or two."""
    anchor: str
    """Where and when, as the campaign's folder remembers it; empty: it is not."""
    isolation: tuple[str, ...]
    policy: str
    attempts: int
    false_failures: int
    reasons: tuple[ReasonView, ...]
    not_checked: tuple[str, ...]
    would_change: tuple[str, ...]
    warnings: tuple[str, ...]
    """Where this page's own counting and the verdict disagree."""
    notes: tuple[str, ...]
    """What a reader must know of this evidence besides the verdict."""
    totals: Mapping[str, int]
    informs: Mapping[str, int]
    """Of the findings on this page: how many of each outcome inform and never decide."""
    scorecard: tuple[ScoreRow, ...]
    gate: tuple[GateRow, ...]
    pair_counts: Mapping[str, int]
    pairs: tuple[PairView, ...]
    stops: tuple[StopRow, ...]
    findings: tuple[FindingView, ...]
    truth: tuple[TruthRow, ...]
    truth_counts: Mapping[str, Mapping[str, Mapping[str, int]]]
    """Side → work → platform → runs."""
    differences: tuple[tuple[str, str, str], ...]
    documents: tuple[DocumentView, ...]
    seen: tuple[SeenRow, ...]
    startup: tuple[StartupRow, ...]
    outputs: tuple[OutputView, ...]
    waivers: tuple[WaiverRow, ...]
    rulings: tuple[RulingRow, ...]
    rule_changes: tuple[RuleChangeRow, ...]
    """After an earlier campaign may have shown data, the newest first."""
    files: tuple[tuple[str, str], ...]
    method: tuple[tuple[str, str], ...]
    environment: tuple[tuple[str, str], ...]
    digests: tuple[tuple[str, str], ...]
    selfcheck: str
    """How often the judge was wrong when it was measured."""
    tool: str
    rebuild: str
    """Command that rebuilds the page from stored evidence, offline."""
    outlook: Outlook = Outlook()
    pictures: tuple[MetricPicture, ...] = ()
