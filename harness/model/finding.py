"""What checks say: outcomes, findings with their measures, waivers. Values only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum


class Outcome(StrEnum):
    """Of a check, best first; NOT RUN is a required check that did not run and counts as INCONCLUSIVE."""

    MATCH = "MATCH"
    EXPLAINED = "EXPLAINED"
    WAIVED = "WAIVED"
    NOT_RUN = "NOT RUN"
    INCONCLUSIVE = "INCONCLUSIVE"
    MISMATCH = "MISMATCH"


SEVERITY: dict[Outcome, int] = {outcome: rank for rank, outcome in enumerate(Outcome)}
CLEAN = frozenset({Outcome.MATCH, Outcome.EXPLAINED, Outcome.WAIVED})
LAZY_IMAGE = "startup.lazy-image"
"""Check whose findings stand where startup is shown."""


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Combine outcomes: the worst wins, and nothing checked is INCONCLUSIVE (design section 2)."""
    return max(outcomes, key=SEVERITY.__getitem__, default=Outcome.INCONCLUSIVE)


CRASHED = ".crashed"
"""Ends the name of a check that crashed: it says nothing of what it would have found."""


class Dimension(StrEnum):
    """What a finding speaks of; sections of the report."""

    TRUTH = "truth"
    TRANSITIONS = "transitions"
    OUTPUTS = "outputs"
    METRICS = "metrics"
    STARTUP = "startup"
    CONFIGURATION = "configuration"
    COVERAGE = "coverage"
    IDENTITY = "identity"
    EVIDENCE = "evidence"


class NoiseClass(StrEnum):
    """What runs of one side with one identity do to a metric or to a field of an output (A/A)."""

    DETERMINISTIC = "deterministic"
    """Every run of a side gives the same bits; compared exactly."""
    JITTER = "numeric jitter"
    """Numbers differ: a metric by less than its margin, a field by less than its tolerance or without having one."""
    ORDER = "order jitter"
    """The same values in another order."""
    RANDOM_ID = "random id"
    """Another name of the same shape in every run."""
    TIME = "time"
    UNSTABLE = "unstable"
    """A metric differs by more than its margin, a field by more than its tolerance or in some other way."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The numbers behind a finding; None where a number does not apply. All in `unit`."""

    unit: str
    legacy: float | None = None
    candidate: float | None = None
    difference: float | None = None
    margin: float | None = None
    """Half-width of the allowed band, resolved to `unit`."""
    margin_text: str = ""
    interval: tuple[float, float] | None = None
    level: float | None = None
    """Coverage of `interval`, such as 0.9; None: it holds at every time, at the policy's level."""
    pairs: int | None = None
    """Of this campaign."""
    noise_legacy: float | None = None
    """Largest difference between two legacy runs of one identity (A/A)."""
    noise_candidate: float | None = None
    smallest_margin: float | None = None
    """The largest shift that the evidence leaves possible, either way."""
    pairs_needed: int | None = None
    """Further pairs (or days, by the finding's rule) within which 80 % of sound repositories are decided."""
    error: float | None = None
    """Error bar of a time, from clocks and resolutions."""
    series_legacy: tuple[float, ...] = ()
    series_candidate: tuple[float, ...] = ()
    noise_class: NoiseClass | None = None
    """None where a side was not repeated, or where no class is told."""
    examples: int | None = None
    """Test examples that the metric was computed from; None: it was reported."""
    examples_interval: tuple[float, float] | None = None
    """Of the difference, over test examples and not over runs."""
    submitted: tuple[float, ...] = ()
    """When the first run of each pair of the series was submitted: epoch seconds of the harness."""
    scale: float | None = None
    """What differences are measured in: the margin as it was frozen; of times the logarithm of what is allowed."""
    pairs_all: int | None = None
    """Of all campaigns that count together."""
    days: int | None = None
    """On which these pairs were submitted."""
    hosts: int | None = None
    """On which the runs of both sides that count together ran, as far as a platform names them; None: not counted."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must have been checked of a job, as the check itself declares it."""

    dimension: Dimension
    subject: str
    in_pair: bool
    """In every sound pair; False: once, over all of them."""
    check: str = ""
    """Whose finding it has to be; empty: any check's of the dimension, as before this was kept."""


SENTENCE_MAX = 40
"""Characters of a value inside a sentence; the sample beside it has all."""


def _cut(text: str) -> str:
    return text if len(text) <= SENTENCE_MAX else f"{text[: SENTENCE_MAX - 1]}…"


@dataclass(frozen=True, slots=True)
class Sample:
    """One concrete difference shown to the reader, already plain text."""

    where: str
    legacy: str
    candidate: str
    note: str = ""

    def cut(self) -> Sample:
        """Shorten both values to what one sentence has room for."""
        return replace(self, legacy=_cut(self.legacy), candidate=_cut(self.candidate))


TABLES_MAX = 20
"""Tables of one output whose counts a finding holds."""


@dataclass(frozen=True, slots=True)
class ColumnCounts:
    """A column of a table with cells that differ beyond tolerance."""

    name: str
    cells: int
    largest: float | None
    """Distance of two numbers; None where no two numbers differ."""


@dataclass(frozen=True, slots=True)
class TableCounts:
    """Rows and columns of two tables that differ."""

    file: str
    rows_legacy: int
    rows_candidate: int
    columns: int
    """That both have with one type, and that were compared."""
    missing: tuple[str, ...]
    """Columns that only legacy has."""
    extra: tuple[str, ...]
    retyped: tuple[tuple[str, str, str], ...]
    """Column, type on legacy, type on candidate."""
    only_legacy: int
    """Rows by key; with no key, rows of the multiset or by place."""
    only_candidate: int
    rows_differing: int
    changed: tuple[ColumnCounts, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and on what evidence."""

    check: str
    """Dotted name of the check, such as `outputs.table`."""
    dimension: Dimension
    subject: str
    """job, or job/output, job/metric, job/phase."""
    pair: str | None
    """The pair it is about; None: about all pairs of the job or the whole repository."""
    outcome: Outcome
    summary: str
    """One sentence a repository owner understands."""
    rule: str = ""
    """Id of the rule that decided, such as K08."""
    required: bool = True
    """False: informs, never decides."""
    measure: Measure | None = None
    samples: tuple[Sample, ...] = ()
    samples_left_out: int = 0
    remedy: str = ""
    """What would change the outcome."""
    evidence: tuple[str, ...] = ()
    """Names of the evidence files it rests on, relative to the campaign."""
    waiver: str = ""
    """Id of the waiver that covers it; only with WAIVED."""
    false_success: bool = False
    """No waiver or ruling may ever cover it."""
    difference: str = ""
    """Digest of all that differs; empty where the check can't tell all of it, so that no ruling can be bound to it."""
    ruling: str = ""
    """Id of the ruling that covers it; only with WAIVED."""
    followed_by: tuple[str, ...] = ()
    """Checks that made findings of the same subject and pair; one that is gone is NOT RUN."""
    tables: tuple[TableCounts, ...] = ()
    """Tables of an output that differ, at most `TABLES_MAX` of them."""

    @property
    def id(self) -> str:
        """Stable name of the finding inside its campaign."""
        return "/".join(part for part in (self.check, self.subject, self.pair or "") if part)


def of_job(findings: Iterable[Finding], job: str) -> list[Finding]:
    """Give the findings of one job."""
    return [finding for finding in findings if finding.subject == job or finding.subject.startswith(f"{job}/")]


def speaks_for(check: str, finding: str) -> bool:
    """Tell whether a finding's name is one of a check's: the check's own, or one below it."""
    return finding == check or finding.startswith(f"{check}.")


@dataclass(frozen=True, slots=True)
class Waiver:
    """A dated acceptance of differences, never of a false success."""

    id: str
    owner: str
    reason: str
    scope: str
    """Shell-style pattern over finding ids."""
    last_day: date


@dataclass(frozen=True, slots=True)
class Ruling:
    """A permanent, signed acceptance of one known difference, bound to its signature; never of a false success."""

    id: str
    finding: str
    """Check and subject of what was ruled."""
    signature: str
    """Digest over what differs, without its size."""
    difference: float | None
    """Size of a measured difference, in the metric's unit; None: the signature holds all of it."""
    margin: float | None
    """How far a later difference may be from `difference` and still be the same one."""
    what: str
    """The difference in the words of the finding that was ruled."""
    owner: str
    reason: str
    campaign: str
    """Whose evidence the signers looked at."""
    at: str
    """Time of the last signature."""
    signers: tuple[str, ...]
    """Approvers whose signatures hold."""
    void: str = ""
    """Why it covers nothing; empty: it is in force."""
    looked: int = 0
    """Campaigns after it that have looked at it before; each looks at a smaller share of the level."""
