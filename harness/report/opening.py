"""What the first screen of a report holds: the verdict, why, and what to do next. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PreviousVerdict:
    """The verdict of the repository's campaign before this one, on evidence of the same kind."""

    campaign: str
    at: str
    decision: str
    reasons: Mapping[str, str] | None
    """Sentence by what each reason is about; None: its verdict is not at hand."""


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """What the ledger knows of a verdict besides the verdict itself."""

    signers: tuple[str, ...] = ()
    """Who signed this campaign's verdict, in order; what that is worth today, `parity signoff` says."""
    previous: PreviousVerdict | None = None


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason in one line: what is off, both values, the difference and what is allowed; or a few words."""

    what: str
    legacy: str = ""
    candidate: str = ""
    difference: str = ""
    limit: str = ""
    text: str = ""
    """Where there are no two values to set beside each other."""
    anchor: str = ""
    """Of the finding on the page; empty: there is none."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do now."""

    text: str
    command: str = ""
    cost: str = ""
    """How long it takes and what it costs at most; empty where it costs nothing."""


@dataclass(frozen=True, slots=True)
class SinceLast:
    """What changed since the previous report."""

    campaign: str = ""
    """Empty: there is none."""
    at: str = ""
    decision: str = ""
    new: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    still: int = 0
    known: bool = True
    """The previous reasons are at hand."""

    @property
    def words(self) -> str:
        """Say it in one line."""
        if not self.campaign:
            return "first report of this repository"
        since = f"since {self.at[:10]} ({self.decision})"
        if not self.known:
            return f"{since}: its verdict is not at hand"
        counts = ((len(self.new), "new"), (len(self.fixed), "fixed"), (self.still, "still there"))
        told = ", ".join(f"{count} {word}" for count, word in counts if count)
        return f"{since}: {told or 'nothing changed'}"


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """All that stands on it, in reading order."""

    verdict: str
    sentence: str
    """At most 25 words: the cause and its size."""
    reasons: tuple[ReasonLine, ...]
    more: int
    """Reasons that stand further down."""
    not_checked: tuple[str, ...]
    next: NextStep
    signoff: str
    judged_at: str
    counts_until: str
    """Last day on which the evidence counts for a cutover."""
    since: SinceLast = field(default_factory=SinceLast)
