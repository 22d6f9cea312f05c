"""Caps of a month, by repository and owner, over the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from campaign.team import sample

from harness.campaign import spending
from harness.config import price
from harness.errors import Refused
from harness.model.plan import ImageIdentity, Plan
from harness.model.repository import Repository
from harness.runner.plan import Header, make_plan
from harness.store.ledger import CAMPAIGN, EVIDENCE, FIRST, VERDICT, Entry

AT = "2026-11-24T10:58:00Z"
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)


def planned(repository: Repository, most: float, monkeypatch: pytest.MonkeyPatch) -> Plan:
    """Plan one campaign of a repository that may cost so much."""
    monkeypatch.setattr(price, "estimate_of", lambda _: price.Estimate(8, most, ()))
    header = Header("today", AT, "test", 7, "sha256:0")
    return make_plan(header, (repository,), resolve=lambda *_: IMAGE, endpoints={}, price=most)


def capped(**caps: float) -> Repository:
    """Make a repository with caps of a month."""
    of = sample()
    return replace(of, owner="clinic", limits=replace(of.limits, **caps))


def entry(campaign: str, repository: str, cost: str, **more: str) -> Entry:
    """Make what a campaign entered."""
    at, kind = more.pop("at", "2026-11-02T09:00:00Z"), more.pop("kind", CAMPAIGN)
    facts: Mapping[str, str] = {
        EVIDENCE: "synthetic", spending.OWNER: "clinic", spending.PRICE: cost, **more,
    }  # fmt: skip
    return Entry(0, FIRST, kind, at, repository, campaign, facts)


def test_what_other_campaigns_of_the_month_booked_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that fits exactly is let through; one cent more is refused with what is booked, and nothing is started."""
    repository = capped(price_month=100.0)
    plan = planned(repository, 30.0, monkeypatch)
    name = repository.name
    spending.check(plan, (entry("c1", name, "40.0"), entry("c2", name, "30.0")))
    with pytest.raises(Refused, match=r"limits\.price_month of 100\.00 for 2026-11 has 29\.99 left \(70\.01 booked"):
        spending.check(plan, (entry("c1", name, "40.0"), entry("c2", name, "30.01")))


@pytest.mark.parametrize(
    "other",
    [
        entry("c1", "train", "99.0", at="2026-10-31T23:59:59Z"),
        entry("c1", "train", "99.0", kind=VERDICT),
        entry("c1", "train", "99.0", **{EVIDENCE: "real"}),
        entry("today", "train", "99.0"),
        entry("c1", "elsewhere", "99.0", **{spending.OWNER: "others"}),
    ],
    ids=["another month", "its verdict", "evidence of another kind", "the campaign itself", "another's repository"],
)
def test_what_is_not_of_the_month_does_not_count(other: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The controls: with each of them the plan fits."""
    repository = replace(capped(price_month=100.0, owner_price_month=100.0), name="train")
    spending.check(planned(repository, 30.0, monkeypatch), (other,))
    with pytest.raises(Refused):
        spending.check(planned(repository, 30.0, monkeypatch), (entry("c1", "train", "99.0"),))


def test_an_owners_repositories_share_the_owners_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another repository of the owner takes of the one and not of the other."""
    other = entry("c1", "elsewhere", "90.0")
    spending.check(planned(capped(price_month=100.0), 30.0, monkeypatch), (other,))
    with pytest.raises(Refused, match=r"^clinic: limits\.owner_price_month of 100\.00"):
        spending.check(planned(capped(owner_price_month=100.0), 30.0, monkeypatch), (other,))


def test_repositories_of_one_plan_are_summed_for_their_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each fits by itself, both do not."""
    repository = capped(owner_price_month=50.0)
    plan = planned(repository, 30.0, monkeypatch)
    spending.check(plan, ())
    both = replace(plan, repositories=(repository, replace(repository, name="second")))
    with pytest.raises(Refused, match=r"this plan may cost 60\.00"):
        spending.check(both, ())


def test_what_is_left_is_that_of_the_tightest_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replacements of void pairs are held against it as they come."""
    repository = capped(price_month=100.0, owner_price_month=120.0)
    plan = planned(repository, 30.0, monkeypatch)
    entries = (entry("c1", repository.name, "40.0"), entry("c2", "elsewhere", "50.0"))
    assert spending.left(plan, entries)[repository.name] == spending.Month(spending.OWNERS, "clinic", 120.0, 90.0)
    assert spending.left(plan, ())[repository.name].key == spending.OWN
    assert spending.left(planned(capped(), 30.0, monkeypatch), entries) == {}
