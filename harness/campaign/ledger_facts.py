"""What the ledger knows of a repository's verdict for its page: who signed it, and what the report before it said."""

from __future__ import annotations

from harness.errors import EvidenceDamaged, StoreError
from harness.model.verdict import PastVerdict
from harness.report.first_screen import reason_keys
from harness.report.opening import LedgerFacts, PreviousVerdict
from harness.store import ledger
from harness.store.archive import Archive


def facts_of(archive: Archive, campaign: str, repository: str, before: tuple[PastVerdict, ...]) -> LedgerFacts:
    """Gather it; `before`: the verdicts that the ledger held when this one was made, in its order.

    A ledger that can't be read says nothing here: the verdict's reasons tell what is wrong with it.
    """
    try:
        entries = archive.ledger.entries()
    except EvidenceDamaged:
        entries = ()
    mine = (entry for entry in entries if (entry.repository, entry.campaign) == (repository, campaign))
    signers = dict.fromkeys(entry.facts.get("signer", "") for entry in mine if entry.kind == ledger.SIGNOFF)
    past = next((verdict for verdict in reversed(before) if verdict.campaign != campaign), None)
    previous = _previous(archive, repository, past, entries) if past else None
    return LedgerFacts(tuple(name for name in signers if name), previous)


def _previous(
    archive: Archive, repository: str, past: PastVerdict, entries: tuple[ledger.Entry, ...]
) -> PreviousVerdict:
    """Read the verdict before this one where it is the one that the ledger has the digest of."""
    known = (past.campaign, past.at, past.decision.value)
    entered = next(
        (
            entry.facts.get(ledger.VERDICT_DIGEST)
            for entry in reversed(entries)
            if (entry.repository, entry.campaign) == (repository, past.campaign)
            and entry.kind in {ledger.VERDICT, ledger.RECOMPARISON}
        ),
        None,
    )
    other = archive.beside(past.campaign)
    try:
        if entered is None or other.digest(Archive.verdict_name(repository)) != entered:
            return PreviousVerdict(*known, None)
        verdict = other.load_verdict(repository)
    except (EvidenceDamaged, StoreError):
        return PreviousVerdict(*known, None)
    return PreviousVerdict(*known, reason_keys(verdict.reasons) if verdict.decision.value != "GO" else {})
