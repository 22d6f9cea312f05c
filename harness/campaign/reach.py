"""Whether one campaign alone can be GO, and if not how many it takes: by what the policy asks for. Pure.

What it says are bounds from the plan: pairs may turn out void, and runs that vary may ask for more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from harness.config import price
from harness.model.cadence import is_paced
from harness.model.policy import Policy
from harness.model.repository import Repository
from harness.report.wording import counted

_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Reach:
    """What campaigns of one repository can come to, from no earlier evidence."""

    never: tuple[str, ...]
    """What keeps any number of campaigns from GO, as the entry stands."""
    runs: int
    """Candidate runs of a job in one campaign whose runs of one side are all the same."""
    runs_needed: int
    days: int
    """Days whose evidence the policy asks for; one campaign is of one day."""
    campaigns: int
    """At least so many in all; 1: one alone can be GO."""
    seconds: int
    """Of all of them, at most."""
    price: float | None
    """Of all of them, at most; None: prices are not known."""


def reach(repository: Repository) -> Reach:
    """Say how many campaigns a repository needs at least."""
    policy = repository.policy
    runs = _runs(policy)
    campaigns = max(1, math.ceil(policy.runs_needed / runs), policy.days)
    one = price.estimate((repository,))
    return Reach(
        never=tuple(_never(repository)),
        runs=runs,
        runs_needed=policy.runs_needed,
        days=policy.days,
        campaigns=campaigns,
        seconds=campaigns * campaign_seconds(repository),
        price=None if one is None else one * campaigns,
    )


def _runs(policy: Policy) -> int:
    return max(1, policy.first_pairs + policy.first_repeats + policy.counted_runs)


def campaign_seconds(repository: Repository) -> int:
    """Bound the time of one campaign by its pairs in flight, the jobs' time limits and cadences, and its own limit."""
    turns = math.ceil(_runs(repository.policy) / repository.limits.pairs_in_flight)
    total = 0
    for job in repository.jobs:
        slots = _runs(repository.policy) * (job.cadence_seconds or 0) if is_paced(job) else 0
        total += max(turns * job.time_limit_seconds, slots)
    return min(total, repository.limits.campaign_seconds_max)


def _never(repository: Repository) -> Iterator[str]:
    for job in repository.jobs:
        if job.outputs_discover:
            yield f"{job.name} discovers its outputs: declare them"


def sentence(found: Reach) -> str:
    """Say it in one sentence."""
    if found.never:
        return f"GO is out of reach: {'; '.join(found.never)}"
    days = f" on {found.days} days" if found.days > 1 else ""
    asked = f"the policy asks for {counted(found.runs_needed, 'run')}{days} with none that went wrong"
    if found.campaigns == 1:
        return f"GO by this campaign alone: possible, with {counted(found.runs, 'candidate run')} a job; {asked}"
    cost = "price unknown" if found.price is None else f"price at most {found.price:.2f}"
    return (
        f"GO by this campaign alone: no, it gives {counted(found.runs, 'candidate run')} a job, and {asked}: at least "
        f"{found.campaigns} campaigns{days}, at most {found.seconds / _HOUR_SECONDS:.1f} h of runs, {cost}; "
        "what earlier campaigns showed counts"
    )
