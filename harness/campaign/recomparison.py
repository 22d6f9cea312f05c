"""What may be compared again: the bytes of the first judgement, as the ledger holds their digests."""

from __future__ import annotations

from collections.abc import Mapping

from harness.campaign.listing import evidence_of
from harness.campaign.schedules import observations
from harness.errors import EvidenceDamaged
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.wording import first_of
from harness.store import codec, ledger
from harness.store.archive import Archive

_FILES_SHOWN = 5


def check_unchanged(
    schedule: Schedule, repository: Repository, archive: Archive, entries: tuple[ledger.Entry, ...]
) -> None:
    """Refuse evidence that is not what was judged first: a new judgement of it would make the change its own.

    Raises:
        EvidenceDamaged: names the files that differ, and the ledger entry.
    """
    judged = ledger.judged(entries, repository.name, schedule.plan.campaign)
    if not judged:
        place, campaign = archive.ledger.place(), schedule.plan.campaign
        message = f"{place} has no verdict of {campaign}, so nobody knows which bytes were judged first"
        raise EvidenceDamaged(message)
    now = evidence_of(archive, observations(schedule, archive.load_observation, repository.name))
    differing = (*_differing(now, judged, archive, repository.name), *archive.damaged(now))
    if differing:
        shown = first_of(differing, _FILES_SHOWN, "; ")
        message = f"{repository.name}: not the bytes of ledger entry {judged[0].sequence}: {shown}"
        raise EvidenceDamaged(message)


def _differing(
    now: Mapping[str, str], judged: tuple[ledger.Entry, ...], archive: Archive, repository: str
) -> tuple[str, ...]:
    """Compare the list of evidence with that of the first judgement, name by name where it can still be read."""
    first = judged[0].facts
    if first.get(ledger.EVIDENCE_DIGEST) == codec.digest_of(now):
        return ()
    known = _known(judged, archive, repository)
    if known is None:
        return (f"the list of evidence differs, and {archive.judgement_name(repository)} can't say in what",)
    return tuple(
        f"{name}: {_what(known.get(name), now.get(name))}"
        for name in sorted({*known, *now})
        if known.get(name) != now.get(name)
    )


def _known(judged: tuple[ledger.Entry, ...], archive: Archive, repository: str) -> Mapping[str, str] | None:
    """Give the list in the stored judgement, where the ledger vouches for that."""
    name = archive.judgement_name(repository)
    try:
        digest = archive.digest(name)
        vouched = any(entry.facts.get(ledger.FINDINGS_DIGEST) == digest for entry in judged)
        return archive.load_judgement(repository).evidence if vouched else None
    except EvidenceDamaged:
        return None


def _what(before: str | None, now: str | None) -> str:
    if before is None:
        return "was not there"
    return "is gone" if now is None else "bytes changed since they were judged"
