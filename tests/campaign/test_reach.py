"""`plan` says whether a campaign alone can be GO, and if not how many it takes, how long and at what price."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.campaign.reach import Reach, reach, sentence
from harness.config.load import load
from harness.model.policy import PRESETS
from harness.model.repository import Repository

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def repository() -> Repository:
    """Take one job of the demo: ten minutes at most, one pair at a time."""
    found = next(entry for entry in load(ROOT / "repos.yaml") if entry.name == "wine")
    limits = replace(found.limits, pairs_in_flight=1, campaign_seconds_max=86_400)
    job = replace(found.jobs[0], time_limit_seconds=600, cadence_seconds=None)
    return replace(found, jobs=(job,), policy=PRESETS["trial"], limits=limits)


def test_a_campaign_that_gives_what_the_policy_asks_for_can_be_go_alone(repository: Repository) -> None:
    """Nine runs bound the share of wrong ones below 30 %; a trial has them in one campaign."""
    found = reach(repository)
    assert (found.runs, found.runs_needed, found.campaigns, found.seconds) == (9, 9, 1, 9 * 600)
    assert sentence(found) == (
        "GO by this campaign alone: possible, with 9 candidate runs a job; "
        "the policy asks for 9 runs with none that went wrong"
    )


@pytest.mark.parametrize(("preset", "needed"), [("standard", 30), ("critical", 61)])
def test_one_that_does_not_says_how_many_it_takes(repository: Repository, preset: str, needed: int) -> None:
    """Several days, and so many runs; time and price of all of them are bounds."""
    policy = PRESETS[preset]
    found = reach(replace(repository, policy=policy))
    runs = policy.first_pairs + policy.first_repeats
    assert (found.runs, found.runs_needed) == (runs, needed)
    assert found.campaigns == max(4, -(-needed // runs))
    assert found.seconds == found.campaigns * runs * 600
    assert sentence(replace(found, price=4.5)) == (
        f"GO by this campaign alone: no, it gives {runs} candidate runs a job, and the policy asks for {needed} runs "
        f"on 4 days with none that went wrong: at least {found.campaigns} campaigns on 4 days, "
        f"at most {found.seconds / 3600:.1f} h of runs, price at most 4.50; what earlier campaigns showed counts"
    )


def test_slots_take_their_time_and_the_campaigns_limit_bounds_it(repository: Repository) -> None:
    """A job with a cadence of up to an hour starts one pair a slot."""
    job = repository.jobs[0]
    cycles = replace(repository, jobs=(job, replace(job, name="score", cadence_seconds=3600)))
    assert reach(cycles).seconds == 9 * 600 + 9 * 3600
    capped = replace(cycles, limits=replace(cycles.limits, campaign_seconds_max=7200))
    assert reach(capped).seconds == 7200


def test_what_no_campaign_can_cure_is_named(repository: Repository) -> None:
    """More runs do not declare an output."""
    job = replace(repository.jobs[0], outputs=(), outputs_discover=True)
    said = sentence(reach(replace(repository, jobs=(job,))))
    assert said == f"GO is out of reach: {job.name} discovers its outputs: declare them"


def test_an_unknown_price_is_said() -> None:
    """No prices are given: nothing is made up."""
    assert "price unknown" in sentence(Reach((), 3, 9, 1, 3, 5400, None))
