"""What the index keeps of a campaign. Values only; times are seconds since 1970, UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How far a repository's campaign is, and whether its evidence can be read."""

    OPEN = "open"
    """The ledger has its beginning and no verdict."""
    JUDGED = "judged"
    DAMAGED = "damaged"
    """Something that the board reads is missing, or is not what the ledger holds."""


@dataclass(frozen=True, slots=True)
class Key:
    """One repository of one campaign of one store."""

    store: str
    """As `--reports` names it."""
    campaign: str
    repository: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What a campaign says of one dimension."""

    outcome: str
    """Worst outcome of its findings that decide; empty: it has none."""
    informs: bool
    """No finding of it decides: `outcome` is that of findings that only inform."""
    count: int
    """Findings with that outcome."""


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """One repository of one campaign, as its pages need it."""

    key: Key
    state: State
    trouble: str
    """What is missing or changed; empty: nothing that was looked at."""
    owner: str
    tier: str
    base: str
    """Base image by name, or the image where no base is declared; without tag and digest."""
    image: str
    """Images of all jobs, pinned; changes when one of them does."""
    policy: str
    """Preset."""
    rules: str
    """Digest of the policy."""
    author: str
    begun_at: float
    planned_at: float
    """The age of the evidence counts from here."""
    judged_at: float
    """0: it was not."""
    expires_at: float
    due_at: float
    """When the campaign has to be over; 0: not known."""
    decision: str
    """GO, NO-GO or INCONCLUSIVE as the ledger has it; empty: none."""
    evidence: str
    """real or synthetic; empty: not known."""
    verified_at: float
    """When all of its evidence was hashed and found whole; 0: never, the verdict is only recorded."""
    reason: str
    """First reason of the verdict."""
    remedy: str
    blocking: int
    """Reasons against GO."""
    clean: int
    """Clean state pairs, earlier campaigns' included."""
    pairs: int
    """Of this campaign, as planned."""
    pairs_needed: int
    """Clean state pairs that the policy asks for."""
    approvers: tuple[str, ...]
    approvals: int
    alpha: float
    """Error rate that the policy allows a GO."""
    price: float | None
    """Bound of what the campaign costs: every planned run at its time limit; None: not all prices are known."""
    price_max: float | None
    runs: int
    cells: Mapping[str, Cell]
    """By dimension."""


@dataclass(frozen=True, slots=True)
class Divergence:
    """A difference of one campaign, under the signature that it shares with other repositories."""

    signature: str
    outcome: str
    """The worst one in this campaign."""
    check: str
    dimension: str
    rule: str
    title: str
    """What differs, without the names and numbers of one repository."""
    advice: str
    summary: str
    """The finding's own sentence."""
    count: int
    """Findings of this signature in the campaign."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One metric of a job, or its startup, in one campaign: medians by side."""

    kind: str
    """metric or startup."""
    subject: str
    """job/metric."""
    unit: str
    legacy: float | None
    candidate: float | None
    margin: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FalseFailure:
    """Legacy runs of one campaign whose work was done though the job was marked failed, by class."""

    rule: str
    runs: int


@dataclass(frozen=True, slots=True)
class CampaignReading:
    """All that the board takes from one repository's campaign."""

    row: CampaignRow
    divergences: tuple[Divergence, ...] = ()
    readings: tuple[Reading, ...] = ()
    false_failures: tuple[FalseFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A repository went to another stage."""

    store: str
    repository: str
    sequence: int
    """Of the ledger entry."""
    stage: str
    share: int
    since: float
    by: str
    campaign: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """One approver's signature, as the ledger has it; whether it holds is checked by `parity signoff`."""

    store: str
    repository: str
    campaign: str
    sequence: int
    signer: str
    at: float


@dataclass(frozen=True, slots=True)
class StorePosition:
    """One evidence store, as far as it was read."""

    store: str
    entries: int
    """Ledger entries that were read."""
    head: str
    """Digest of the last one of them."""
    read_at: float
    trouble: str = ""
    """Why its ledger can't be believed; empty: its chain is whole."""
