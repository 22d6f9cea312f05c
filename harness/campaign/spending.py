"""What the campaigns of a calendar month may cost, summed over the ledger by repository and by owner. Pure.

A campaign is booked when it is entered, with the bound of its plan: what is started counts, whatever comes of it.
Campaigns on a sandbox cost nothing and are summed by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.config import price
from harness.errors import Refused
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import EvidenceKind
from harness.store.ledger import CAMPAIGN, EVIDENCE, Entry

PRICE, OWNER = "price", "owner"
"""Facts of a campaign: the most that it may cost, and whose repository it is of."""
OWN, OWNERS = "limits.price_month", "limits.owner_price_month"
_MONTH = len("2026-01")


@dataclass(frozen=True, slots=True)
class Month:
    """A cap of a month, and what other campaigns of it have booked."""

    key: str
    """Of the cap, as `limits.price_month`."""
    whose: str
    cap: float
    booked: float

    @property
    def left(self) -> float:
        """What may still be spent."""
        return self.cap - self.booked


def facts(repository: Repository) -> dict[str, str]:
    """Give what a campaign enters of its price into the ledger."""
    most = price.estimate_of(repository).price
    return {OWNER: repository.owner} | ({} if most is None else {PRICE: f"{most:.4f}"})


def months(plan: Plan, repository: Repository, entries: Iterable[Entry]) -> tuple[Month, ...]:
    """Give the caps of the plan's month that hold for a repository."""
    booked = tuple(_booked(plan, repository, entries))
    limits = repository.limits
    found = (
        (OWN, repository.name, limits.price_month, lambda entry: entry.repository == repository.name),
        (OWNERS, repository.owner, limits.owner_price_month, lambda _: True),
    )
    return tuple(
        Month(key, whose, cap, sum(float(entry.facts[PRICE]) for entry in booked if counts(entry)))
        for key, whose, cap, counts in found
        if cap is not None
    )


def _booked(plan: Plan, repository: Repository, entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give the owner's other campaigns of the plan's month, on evidence of the same kind."""
    kind = EvidenceKind.SYNTHETIC if plan.is_synthetic(repository.name) else EvidenceKind.REAL
    for entry in entries:
        if (
            entry.kind == CAMPAIGN
            and entry.campaign != plan.campaign
            and entry.at[:_MONTH] == plan.created_at[:_MONTH]
            and entry.facts.get(EVIDENCE) == kind.value
            and (entry.facts.get(OWNER) == repository.owner or entry.repository == repository.name)
            and PRICE in entry.facts
        ):
            yield entry


def check(plan: Plan, entries: tuple[Entry, ...]) -> None:
    """Refuse a plan that would break a cap of its month, with what others have booked of it.

    Raises:
        Refused: names the cap, what is booked, and what the plan may cost.
    """
    planned: dict[str, float] = {}
    for repository in plan.repositories:
        most = price.estimate_of(repository).price or 0.0
        before = planned.get(repository.owner, 0.0)
        planned[repository.owner] = before + most
        for month in months(plan, repository, entries):
            asked = most if month.key == OWN else planned[repository.owner]
            if asked > month.left:
                message = (
                    f"{month.whose}: {month.key} of {month.cap:.2f} for {plan.created_at[:_MONTH]} has "
                    f"{max(0.0, month.left):.2f} left ({month.booked:.2f} booked by other campaigns), and this "
                    f"plan may cost {asked:.2f}; nothing was started"
                )
                raise Refused(message)


def left(plan: Plan, entries: tuple[Entry, ...]) -> Mapping[str, Month]:
    """Give, by repository, the tightest cap of the month."""
    found = {repository.name: months(plan, repository, entries) for repository in plan.repositories}
    return {name: min(caps, key=lambda month: month.left) for name, caps in found.items() if caps}
