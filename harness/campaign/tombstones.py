"""Payloads whose time is over: which they are, the signed entry that says so, and what such an entry is worth.

A tombstone lists payloads with their digests, is signed by an approver of the plan and stands in the ledger before
anything is deleted. Facts, from which the verdict is derived, have no class and are never deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.campaign.schedules import observations
from harness.errors import EvidenceDamaged, Refused
from harness.model.clock import parse_iso
from harness.model.observation import Observation
from harness.model.policy import Approver
from harness.model.repository import Repository, Retention
from harness.model.schedule import Schedule
from harness.store import codec, ledger, signature
from harness.store.archive import Archive

SCHEMA = "parity.tombstone/1"
PURPOSE = "tombstone@parity-harness"
"""Namespace of the signature, so that one made for something else can't be replayed."""
LOGS, OUTPUTS = "logs", "outputs"


@dataclass(frozen=True, slots=True)
class Statement:
    """What is signed of an expired payload, as canonical JSON."""

    schema: str
    repository: str
    campaign: str
    files: Mapping[str, str]
    """Payload to digest."""
    signer: str
    at: str
    ledger_length: int
    ledger_head: str


@dataclass(frozen=True, slots=True)
class Expired:
    """What the tombstones of a repository's campaign say."""

    files: frozenset[str] = frozenset()
    """Payloads that may be absent."""
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    """Tombstones that count for nothing, each with the reason."""


def classes_of(seen: Iterable[Observation]) -> Mapping[str, str]:
    """Give the class of each payload; what a run kept besides has none and stays."""
    found: dict[str, str] = {}
    for run in seen:
        stored = {file.stored: OUTPUTS for output in run.outputs for file in output.files}
        stored |= {run.log.stored: LOGS} if run.log else {}
        found |= {name: kind for name, kind in stored.items() if name in run.files}
    return found


def days_over(repository: Repository, kind: str, judged_at: str, at: str) -> bool:
    """Tell whether payloads of a class may be deleted at a time: so long after the first verdict."""
    kept = _seconds(repository.retention, kind)
    return kept is not None and parse_iso(at) - parse_iso(judged_at) >= kept


def _seconds(retention: Retention, kind: str) -> int | None:
    return retention.logs_seconds if kind == LOGS else retention.outputs_seconds


def due(
    schedule: Schedule, repository: Repository, archive: Archive, entries: tuple[ledger.Entry, ...], *, at: str
) -> Mapping[str, str]:
    """List the payloads whose time is over, name to digest; none where no verdict was entered yet."""
    judged = ledger.judged(entries, repository.name, schedule.plan.campaign)
    if not judged:
        return {}
    seen = observations(schedule, archive.load_observation, repository.name)
    known = {name: digest for run in seen.values() for name, digest in run.files.items()}
    return {
        name: known[name]
        for name, kind in sorted(classes_of(seen.values()).items())
        if days_over(repository, kind, judged[0].at, at)
    }


# -- entering ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, with which key, and when."""

    approver: Approver
    key: Path
    at: str


def enter(
    schedule: Schedule, repository: Repository, files: Mapping[str, str], archive: Archive, *, by: Signer
) -> None:
    """Sign and enter a tombstone, then delete its files; deleting may be done again after a crash.

    Raises:
        Refused: the key is not the approver's.
    """
    length, head = ledger.head(archive.ledger)
    campaign = schedule.plan.campaign
    statement = Statement(SCHEMA, repository.name, campaign, files, by.approver.name, by.at, length, head)
    data = codec.line(statement)
    signed = signature.sign(data, by.key, PURPOSE)
    if not signature.holds(data, signed, by.approver.key, PURPOSE):
        message = f"{by.key} is not the key that the policy names for {by.approver.name}"
        raise Refused(message)
    facts = {"statement": data.decode(), "ssh": signed}
    archive.ledger.append(ledger.TOMBSTONE, by.at, repository.name, campaign=campaign, facts=facts)
    for name in files:
        archive.store.remove(name)


# -- reading back -----------------------------------------------------------------------------------------------------


def read(schedule: Schedule, repository: Repository, archive: Archive, entries: tuple[ledger.Entry, ...]) -> Expired:
    """Read the tombstones of a repository's campaign; one that breaks a rule counts for nothing."""
    campaign = schedule.plan.campaign
    mine = [
        entry
        for entry in entries
        if (entry.kind, entry.repository, entry.campaign) == (ledger.TOMBSTONE, repository.name, campaign)
    ]
    if not mine:
        return Expired()
    try:
        seen = observations(schedule, archive.load_observation, repository.name)
    except EvidenceDamaged as error:
        return Expired(refused=(f"no tombstone can be checked: {error}",))
    judged = ledger.judged(entries, repository.name, campaign)
    known = {name: digest for run in seen.values() for name, digest in run.files.items()}
    held = _Held(repository, classes_of(seen.values()), known, judged[0].at if judged else "", entries)
    files, notes, refused = set[str](), list[str](), list[str]()
    for entry in mine:
        statement = codec.decode(entry.facts.get("statement", "").encode(), Statement, f"ledger entry {entry.sequence}")
        why = next(held.troubles(entry, statement), "")
        if why:
            refused.append(f"ledger entry {entry.sequence}: the tombstone is refused: {why}")
            continue
        files |= set(statement.files)
        what = "1 payload was" if len(statement.files) == 1 else f"{len(statement.files)} payloads were"
        by = f"entry {entry.sequence}, signed by {statement.signer}"
        notes.append(f"{what} deleted on {entry.at[:10]}, after the time that the policy keeps them ({by})")
    return Expired(frozenset(files), tuple(notes), tuple(refused))


@dataclass(frozen=True, slots=True)
class _Held:
    """What a tombstone is held against."""

    repository: Repository
    classes: Mapping[str, str]
    digests: Mapping[str, str]
    judged_at: str
    entries: tuple[ledger.Entry, ...]

    def troubles(self, entry: ledger.Entry, statement: Statement) -> Iterator[str]:
        """Say what keeps a tombstone from counting."""
        approver = self.repository.policy.approver(statement.signer)
        length = statement.ledger_length
        if (statement.repository, statement.campaign) != (entry.repository, entry.campaign):
            yield "made for another repository or campaign"
        if statement.at != entry.at:
            yield "entered at another time than it was signed"
        if not 0 <= length <= entry.sequence or self.entries[length].previous != statement.ledger_head:
            yield "made for another ledger"
        if approver is None:
            yield f"{statement.signer} is no approver of this policy"
        elif not signature.holds(entry.facts["statement"].encode(), entry.facts.get("ssh", ""), approver.key, PURPOSE):
            yield f"the signature of {statement.signer} does not hold"
        for name, digest in sorted(statement.files.items()):
            if (kind := self.classes.get(name)) is None:
                yield f"{name} is no payload of this campaign, and facts stay"
            elif not self.judged_at or not days_over(self.repository, kind, self.judged_at, entry.at):
                yield f"{name} was deleted before its day"
            elif digest != self.digests[name]:
                yield f"{name} had another digest when it was fetched"
