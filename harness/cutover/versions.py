"""What this version of the tool makes of what earlier ones decided: verdicts, and sign-offs that rest on them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from harness.campaign.verified import Verified, derive
from harness.cutover import statement
from harness.cutover.signoff import RepositoryToday, voided
from harness.model.verdict import Reason, Verdict
from harness.store import codec, ledger

SHOWN = 3


class Change(StrEnum):
    """What becomes of a verdict under this version."""

    SAME = "same"
    REASONS = "reasons"
    """The same decision, for other reasons."""
    DECISION = "decision"
    NOT_READ = "not read"
    """Its evidence is not there, is damaged, or is of a version that this one doesn't read."""


@dataclass(frozen=True, slots=True)
class VoidSignOff:
    """A sign-off that this version would not let stand."""

    signer: str
    at: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One verdict of the ledger, and what this version derives."""

    repository: str
    campaign: str
    judged_by: str
    """The version that made the findings; empty: not known."""
    entered: str
    """The decision that the ledger has."""
    derived: str
    """The decision of this version; empty: none."""
    change: Change
    because: str = ""
    signoffs: int = 0
    """Sign-offs of it that the ledger has."""
    void: tuple[VoidSignOff, ...] = ()


def difference(found: Verified, stored: Verdict | None, entries: tuple[ledger.Entry, ...]) -> Difference:
    """Hold what this version derives against the ledger's decision, and its reasons against the stored verdict's.

    Raises:
        EvidenceDamaged: a sign-off of the ledger can't be read.
    """
    verdict = derive(found)
    of = (found.repository.name, found.schedule.plan.campaign)
    entered = found.entry.facts.get(ledger.DECISION, "") if found.entry else ""
    signed = tuple(
        entry for entry in entries if (entry.kind, entry.repository, entry.campaign) == (ledger.SIGNOFF, *of)
    )
    told = (*of, found.digests["tool"], entered)
    if found.troubles:
        return Difference(*told, "", Change.NOT_READ, found.troubles[0], len(signed))
    change, because = _change(verdict, entered, stored)
    void = tuple(_void(found, verdict, signed, entries))
    return Difference(*told, verdict.decision.value, change, because, len(signed), void)


def not_read(repository: str, campaign: str, entered: str, why: str) -> Difference:
    """Tell a verdict of the ledger whose campaign can't be read at all."""
    return Difference(repository, campaign, "", entered, "", Change.NOT_READ, why)


def _change(verdict: Verdict, entered: str, stored: Verdict | None) -> tuple[Change, str]:
    if verdict.decision.value != entered:
        return Change.DECISION, verdict.reasons[0].sentence
    before, now = ({} if told is None else _coded(told.reasons) for told in (stored, verdict))
    if stored is None or before.keys() == now.keys():
        return Change.SAME, ""
    new = [sentence for code, sentence in now.items() if code not in before]
    gone = [f"no more: {sentence}" for code, sentence in before.items() if code not in now]
    return Change.REASONS, "; ".join([*new, *gone][:SHOWN])


def _coded(reasons: Iterable[Reason]) -> dict[tuple[str, tuple[str, ...]], str]:
    """Key reasons by code and findings: a sentence may be worded anew, and says the same."""
    return {(reason.code, reason.findings): reason.sentence for reason in reasons}


def _void(
    found: Verified, verdict: Verdict, signed: Iterable[ledger.Entry], entries: tuple[ledger.Entry, ...]
) -> Iterator[VoidSignOff]:
    """Look at each sign-off as of the moment of its signature: what time or other rules did to it is no version's."""
    for entry in signed:
        name = f"ledger entry {entry.sequence}"
        _, _, signoff = statement.read_envelope(entry.facts.get("envelope", "").encode(), name)
        then = RepositoryToday(found, verdict, None, entries[: entry.sequence], signoff.at)
        if because := voided(signoff, then):
            yield VoidSignOff(entry.facts.get("signer", ""), signoff.at, because)


def line(told: Difference) -> bytes:
    """Write one as a line of JSON."""
    return codec.line(told)
