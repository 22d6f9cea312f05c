"""What a campaign may cost at most, before anything is submitted. Pure.

A run is charged for its whole time limit: the bound that a hard cap needs, not a forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.config.problems import did_you_mean
from harness.model.cadence import is_paced
from harness.model.job import Job, Side
from harness.model.policy import Policy
from harness.model.repository import Repository
from harness.platforms import platform_of
from harness.platforms.fault import Fault

_NEAR = 0.85
"""Types of other families are alike in half of their letters."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that the plan of one repository can take, in the currency of its prices."""

    runs: int
    price: float | None
    """None: no price is known for some run."""
    unpriced: tuple[str, ...]
    """Sides and jobs without a price, such as `candidate train: ml.m5.large`."""


def price_of_run(repository: Repository, job: Job, side: Side) -> float | None:
    """Bound the price of one run; retries share its time limit on both platforms. None: no price is known."""
    home = repository.home(side)
    return platform_of(home.platform).price_of_run(home, job, side)


def price_of(repository: Repository, runs: Mapping[tuple[str, Side], int]) -> float | None:
    """Bound the price of so many runs of each job and side; None: no price is known for some of them."""
    total = 0.0
    for job in repository.jobs:
        for side in Side:
            count = runs.get((job.name, side), 0)
            each = price_of_run(repository, job, side) if count else 0.0
            if each is None:
                return None
            total += count * each
    return total


def runs_of(policy: Policy, side: Side) -> int:
    """Count the runs of a job on one side that the plan may start: pairs, repeats, runs that count, without shim."""
    whole = policy.pairs + policy.first_repeats
    if side is Side.CANDIDATE:
        whole = max(whole, policy.first_pairs + policy.first_repeats + policy.counted_runs)
    return whole + policy.shim_off_pairs


def estimate(repositories: Iterable[Repository]) -> float | None:
    """Bound the price of one campaign of these repositories; None: some price is not known."""
    total = 0.0
    for repository in repositories:
        each = estimate_of(repository).price
        if each is None:
            return None
        total += each
    return total


def estimate_of(repository: Repository) -> Estimate:
    """Bound one campaign of all jobs; replaced void pairs come on top and are capped as they come."""
    runs = {(job.name, side): runs_of(repository.policy, side) for job in repository.jobs for side in Side}
    unpriced = tuple(
        f"{side.value} {job.name}: {job.sides[side].instance_type or 'cpu and memory'}"
        for job in repository.jobs
        for side in Side
        if price_of_run(repository, job, side) is None
    )
    return Estimate(sum(runs.values()), price_of(repository, runs), unpriced)


def _rhythm_faults(repository: Repository) -> Iterator[Fault]:
    """Refuse a campaign that has no time for one cycle a slot: every pair, and every more run for A/A, takes a slot."""
    policy, most = repository.policy, repository.limits.campaign_seconds_max
    slots = policy.pairs + len(Side) * (policy.first_repeats + policy.shim_off_pairs)
    for job in repository.jobs:
        needed = slots * (job.cadence_seconds or 0)
        if is_paced(job) and needed > most:
            found = f"{most} s, but {slots} slots of {job.cadence_seconds} s of {job.name} take {needed} s"
            yield Fault(("limits", "campaign_time_max"), found, f"at least {needed} s, or a smaller policy")


def faults(repository: Repository) -> Iterator[Fault]:
    """Refuse a plan that its own caps forbid, and a cap that nothing can be compared with."""
    yield from _rhythm_faults(repository)
    limits, most = repository.limits, estimate_of(repository)
    if most.runs > limits.runs_max:
        found = f"{limits.runs_max}, but the plan may take {most.runs} runs"
        yield Fault(("limits", "runs_max"), found, f"at least {most.runs}, or a smaller policy")
    caps = {
        "price_max": limits.price_max,
        "price_month": limits.price_month,
        "owner_price_month": limits.owner_price_month,
    }
    for key, cap in caps.items():
        if cap is not None:
            yield from _price_faults(repository, key, cap, most)


def _price_faults(repository: Repository, key: str, cap: float, most: Estimate) -> Iterator[Fault]:
    if any(not typed for _, _, typed in _instance_types(repository)):
        return  # that is complained of by itself, and what has no type has no price
    if most.price is None:
        found = f"a cap, but no price of {', '.join(most.unpriced[:3])}"
        hint = "; ".join((_price_keys(repository), *_meant(repository)))
        yield Fault(("limits", key), found, f"prices for every side and job, or no {key}", hint)
    elif most.price > cap:
        found = f"{cap:g}, but the plan may cost {most.price:.2f}"
        yield Fault(("limits", key), found, "at least what the plan may cost", "time limits bound what a run may cost")


def _meant(repository: Repository) -> Iterator[str]:
    """Name the priced instance type that was likely meant by one that has no price."""
    for side, priced, chosen in dict.fromkeys(_instance_types(repository)):
        del side
        if chosen not in priced and (meant := did_you_mean(chosen, priced, _NEAR)):
            yield f"{chosen}: {meant}"


def _instance_types(repository: Repository) -> Iterator[tuple[Side, tuple[str, ...], str]]:
    """Give of each job and side whose platform prices by instance type: the types with a price, and the chosen one."""
    for side in Side:
        home = repository.home(side)
        priced = platform_of(home.platform).priced_types(home)
        for job in repository.jobs if priced is not None else ():
            yield side, priced or (), job.sides[side].instance_type or ""


def _price_keys(repository: Repository) -> str:
    """Name the keys of both sides that prices are written under."""
    *others, last = (
        f"{side.value}.{key}"
        for side in (Side.CANDIDATE, Side.LEGACY)
        for key in platform_of(repository.home(side).platform).price_keys
    )
    return f"{', '.join(others)} and {last}" if others else last
