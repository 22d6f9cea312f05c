"""One evidence store to reads: its ledger in order, and of each campaign plan, judgement and verdict.

A file that the ledger names by digest is read only with these bytes: what differs is told as damage of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from harness.board import rows
from harness.board.rows import Begun, StoredFindings
from harness.board.values import CampaignReading, Key, Signed, Step
from harness.cutover import stages
from harness.errors import EvidenceDamaged
from harness.model.clock import parse_iso
from harness.model.plan import Plan
from harness.model.verdict import Verdict
from harness.store import codec, ledger
from harness.store.archive import PLAN, Archive
from harness.store.base import READERS
from harness.store.folder import Folder
from harness.store.reports import Reports

JUDGED = frozenset({ledger.VERDICT, ledger.RECOMPARISON})
T = TypeVar("T")
Content = bytes | EvidenceDamaged | None


@dataclass(frozen=True, slots=True)
class CampaignEntries:
    """What the ledger says of one repository's campaign."""

    key: Key
    begun: ledger.Entry | None
    judged: ledger.Entry | None
    """The last verdict or recomparison."""

    @property
    def entry(self) -> ledger.Entry:
        """The entry that a row rests on."""
        found = self.judged or self.begun
        assert found is not None  # noqa: S101 # nosec B101 # `told` makes none without either
        return found


def told(store: str, entries: Iterable[ledger.Entry]) -> tuple[CampaignEntries, ...]:
    """Gather the entries of campaigns, in the order in which they began."""
    begun: dict[Key, ledger.Entry] = {}
    judged: dict[Key, ledger.Entry] = {}
    for entry in entries:
        key = Key(store, entry.campaign, entry.repository)
        if entry.kind == ledger.CAMPAIGN:
            begun.setdefault(key, entry)
        elif entry.kind in JUDGED:
            judged[key] = entry
    return tuple(CampaignEntries(key, begun.get(key), judged.get(key)) for key in {**begun, **judged})


def steps_of(store: str, entries: Sequence[ledger.Entry]) -> tuple[Step, ...]:
    """Give the stages that repositories went to; a step that does not follow the one before counts for nothing."""
    names = sorted({entry.repository for entry in entries if entry.kind == ledger.STAGE})
    by_name: dict[str, list[ledger.Entry]] = {name: [] for name in names}
    for entry in entries:
        if entry.kind in {ledger.STAGE, ledger.SIGNOFF} and entry.repository in by_name:
            by_name[entry.repository].append(entry)
    moves = (
        (name, move)
        for name, members in by_name.items()
        for synthetic in (False, True)
        for move in stages.history(members, name, synthetic=synthetic)
    )
    return tuple(
        Step(store, name, move.sequence, move.stage.value, move.share, parse_iso(move.since), move.by, move.campaign,
             move.synthetic)
        for name, move in moves
    )  # fmt: skip


def signed_of(store: str, entries: Iterable[ledger.Entry]) -> tuple[Signed, ...]:
    """Give the signatures that were entered; whether they hold is for `parity signoff` to say."""
    return tuple(
        Signed(store, entry.repository, entry.campaign, entry.sequence, entry.facts.get("signer", ""),
               parse_iso(entry.at))
        for entry in entries
        if entry.kind == ledger.SIGNOFF
    )  # fmt: skip


def reads(reports: Reports, wanted: Sequence[CampaignEntries]) -> tuple[CampaignReading, ...]:
    """Read campaigns; what can't be read gives a row that says so."""
    found = _contents(reports, [name for told_of in wanted for name in _names(told_of)])
    plans: dict[str, Plan | EvidenceDamaged] = {}
    return tuple(_read(told_of, found, plans) for told_of in wanted)


def _names(told_of: CampaignEntries) -> Iterator[str]:
    """Name the files that a row is made of."""
    campaign, repository = told_of.key.campaign, told_of.key.repository
    yield f"{campaign}/{PLAN}"
    if told_of.judged:
        yield f"{campaign}/{Archive.judgement_name(repository)}"
        yield f"{campaign}/{Archive.verdict_name(repository)}"


def _contents(reports: Reports, names: Sequence[str]) -> Mapping[str, Content]:
    every = tuple(dict.fromkeys(names))

    def content(name: str) -> Content:
        try:
            return reports.store.read(name)
        except EvidenceDamaged as error:
            return error
        except OSError as error:
            return EvidenceDamaged(f"{name}: {error.strerror or error}")

    if isinstance(reports.store, Folder):
        return {name: content(name) for name in every}
    with ThreadPoolExecutor(READERS, "board") as pool:
        return dict(zip(every, pool.map(content, every), strict=True))


def _read(
    told_of: CampaignEntries, found: Mapping[str, Content], plans: dict[str, Plan | EvidenceDamaged]
) -> CampaignReading:
    plan_name, *names = _names(told_of)
    try:
        begun = _begun(told_of, plan_name, found, plans)
    except EvidenceDamaged as error:
        return CampaignReading(rows.unread_row(told_of.key, told_of.entry, str(error)))
    if told_of.judged is None:
        return CampaignReading(rows.open_row(begun))
    held = _Held(told_of.judged, found)
    try:
        stored = held.decoded(names[0], ledger.FINDINGS_DIGEST, StoredFindings)
        return rows.judged(begun, told_of.judged, held.decoded(names[1], ledger.VERDICT_DIGEST, Verdict), stored)
    except (EvidenceDamaged, ValueError) as error:
        return CampaignReading(rows.damaged_row(rows.open_row(begun), told_of.judged, str(error)))


def _begun(
    told_of: CampaignEntries, name: str, found: Mapping[str, Content], plans: dict[str, Plan | EvidenceDamaged]
) -> Begun:
    """Decode a plan once for all of its repositories, and hold it against the entry."""
    held = _Held(told_of.judged, found)
    held.content(name, ledger.PLAN_DIGEST)
    if name not in plans:
        try:
            plans[name] = held.decoded(name, ledger.PLAN_DIGEST, Plan)
        except EvidenceDamaged as error:
            plans[name] = error
    plan = plans[name]
    if isinstance(plan, EvidenceDamaged):
        raise plan
    key = told_of.key
    if plan.campaign != key.campaign or key.repository not in {known.name for known in plan.repositories}:
        message = f"{name}: it is of campaign {plan.campaign}, and not of {key.repository} in {key.campaign}"
        raise EvidenceDamaged(message)
    return Begun(key, told_of.begun or told_of.entry, plan)


@dataclass(frozen=True, slots=True)
class _Held:
    """Files of a campaign, held against the entry of its verdict."""

    entry: ledger.Entry | None
    found: Mapping[str, Content]

    def content(self, name: str, fact: str) -> bytes:
        """Give a file's bytes, which have the digest that the ledger holds.

        Raises:
            EvidenceDamaged: it is missing, can't be read, or differs.
        """
        data = self.found[name]
        if data is None:
            message = f"{name}: it is not there"
            raise EvidenceDamaged(message)
        if isinstance(data, EvidenceDamaged):
            raise data
        known = self.entry.facts.get(fact) if self.entry else None
        if self.entry and known is not None and codec.digest(data) != known:
            message = f"{name} differs from ledger entry {self.entry.sequence}"
            raise EvidenceDamaged(message)
        return data

    def decoded(self, name: str, fact: str, kind: type[T]) -> T:
        """Read a value; what the ledger holds no digest of is read strictly.

        Raises:
            EvidenceDamaged: as `content`, or it has another shape.
        """
        known = self.entry is not None and fact in self.entry.facts
        return (codec.decode_known if known else codec.decode)(self.content(name, fact), kind, name)
