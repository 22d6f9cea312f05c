"""`parity expire`: list payloads whose time is over, and delete them with a signed tombstone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.campaign import tombstones
from harness.campaign.verified import Verified, verified
from harness.cli import answer, console
from harness.cli.campaigns import existing
from harness.errors import EvidenceDamaged, Refused
from harness.model.clock import SystemClock, iso
from harness.model.policy import Approver
from harness.model.wording import counted
from harness.store.archive import Archive

NOTHING_SELECTED = 5


def expire(archive: Archive, signer: str | None, key: Path | None) -> int:
    """List what is due, or sign for it and delete it; 5 where nothing is due."""
    at = iso(SystemClock().now())
    campaigns = verified(existing(archive))
    found = {campaign.repository.name: (campaign, _due(campaign, archive, at)) for campaign in campaigns}
    for name, (campaign, files) in found.items():
        deleted = bool(files and signer and key) and not console.dry_run()
        if deleted and signer and key:
            _enter(campaign, files, archive, tombstones.Signer(_approver(campaign, signer), key, at))
        state = "deleted" if deleted else "due"
        answer.lines([f"{name}: {counted(len(files), 'payload')} {state}", *(f"  {file}" for file in files)])
        answer.rows({"repository": name, "file": file, "state": state} for file in files)
    return 0 if any(files for _, files in found.values()) else NOTHING_SELECTED


def _due(found: Verified, archive: Archive, at: str) -> Mapping[str, str]:
    """List payload files that are there and whose retention is over, with their digests.

    Raises:
        EvidenceDamaged: the evidence is not what was judged, so nothing of it may be deleted.
    """
    if found.troubles:
        message = f"{found.repository.name}: nothing is deleted of this evidence: {'; '.join(found.troubles[:5])}"
        raise EvidenceDamaged(message)
    due = tombstones.due(found.schedule, found.repository, archive, archive.ledger.entries(), at=at)
    return {name: digest for name, digest in due.items() if archive.store.age_seconds(name) is not None}


def _enter(found: Verified, files: Mapping[str, str], archive: Archive, by: tombstones.Signer) -> None:
    """Sign a tombstone for these files and delete them.

    A file that an earlier tombstone names is there only because a crash came between signing and deleting: it is
    deleted without another signature.
    """
    fresh = {name: digest for name, digest in files.items() if name not in found.expired.files}
    for name in files.keys() - fresh.keys():
        archive.store.remove(name)
    if fresh:
        tombstones.enter(found.schedule, found.repository, fresh, archive, by=by)


def _approver(found: Verified, signer: str) -> Approver:
    known = {approver.name: approver for approver in found.repository.policy.approvers}
    if signer not in known:
        named = ", ".join(known) or "nobody"
        message = f"{signer} may not sign for {found.repository.name}: the policy of the plan names {named}"
        raise Refused(message)
    return known[signer]
