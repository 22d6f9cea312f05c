"""What `parity plan` and the page say of the way to GO: cost by preset, weeks by how often images change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from statistics import stdev

from harness.campaign.forecast import (
    CADENCES,
    SHARE,
    USUAL_NOISE,
    WEEKS_MAX,
    Cadence,
    Work,
    bound_of,
    candidate_runs,
    cure_of,
    forecast,
)
from harness.config.price import estimate_of, price_of
from harness.judge.classify import CHECK as METRIC_CHECK
from harness.judge.metric import EXACT
from harness.model.finding import Finding, Measure
from harness.model.job import Job, Side
from harness.model.policy import PRESETS, Policy
from harness.model.repository import Repository
from harness.model.wording import counted
from harness.statistics.results import SAMPLE_MIN

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Budget:
    """What somebody is ready to spend: candidate runs, or an amount in the currency of the prices."""

    runs: int | None = None
    amount: float | None = None


def work_of(repository: Repository, noise: float = USUAL_NOISE) -> Work:
    """Describe the repository's most demanding job; a sandbox's startup times never decide, those of `plan` may."""
    critical = max((sum(metric.critical for metric in job.metrics) for job in repository.jobs), default=1)
    policy = repository.policy
    return Work(noise if critical else 0.0, max(1, critical), policy.startup_required, max(1, policy.days))


def noise_seen(repository: Repository, findings: Iterable[Finding]) -> float | None:
    """Give the largest standard deviation of a paired difference among critical metrics, in margins; None: not known.

    0 where every critical metric is compared exactly.
    """
    critical = {f"{job.name}/{metric.name}" for job in repository.jobs for metric in job.metrics if metric.critical}
    seen = [
        _spread(finding.measure) if finding.rule != EXACT else 0.0
        for finding in findings
        if finding.check == METRIC_CHECK and finding.subject in critical and finding.measure
    ]
    known = [spread for spread in seen if spread is not None]
    return max(known) if known and len(known) == len(seen) else None


def _spread(measure: Measure) -> float | None:
    pairs = list(zip(measure.series_legacy, measure.series_candidate, strict=True))
    if len(pairs) < SAMPLE_MIN or not measure.scale:
        return None
    return stdev((candidate - legacy) / measure.scale for legacy, candidate in pairs)


def noise_words(noise: float) -> str:
    """Say what noise the simulated repositories have."""
    if not noise:
        return "runs of one side that are all the same"
    return f"pairs that differ by {noise:.2g} margins (standard deviation)"


# -- weeks to GO ------------------------------------------------------------------------------------------------------


def by_cadence(policy: Policy, work: Work) -> tuple[Row, ...]:
    """Say of each cadence of images within how many weeks 80 % of sound repositories are GO, or what cures it."""
    return tuple((cadence.title, _weeks(policy, work, cadence)) for cadence in CADENCES)


def assumptions(policy: Policy, work: Work) -> str:
    """Say what the weeks rest on."""
    days = work.campaigns_a_week
    pace = "one campaign a week" if days == 1 else f"one campaign a day on {days} days a week"
    return (
        f"{SHARE:.0%} of simulated repositories whose sides are equal are GO by then under {policy.preset}, "
        f"with {pace} of {policy.pairs} pairs and {noise_words(work.noise)}"
    )


def _weeks(policy: Policy, work: Work, cadence: Cadence) -> str:
    found = forecast(policy, work, cadence)
    if found.weeks is not None:
        return counted(found.weeks, "week") + _slower(policy, work, cadence)
    cure = cure_of(policy, work, cadence)
    if cure is None:
        return f"never within {WEEKS_MAX} weeks: find what makes runs of one side differ so much"
    title, better = cure
    return f"never within {WEEKS_MAX} weeks: {title}, then {counted(better.weeks or 0, 'week')}"


def _slower(policy: Policy, work: Work, cadence: Cadence) -> str:
    """Say how long it takes with one campaign a week, where more were assumed."""
    if work.campaigns_a_week == 1:
        return ""
    weeks = forecast(policy, replace(work, campaigns_a_week=1), cadence).weeks
    return f" ({'never' if weeks is None else weeks} with one campaign a week)"


# -- cost -------------------------------------------------------------------------------------------------------------


def by_preset(repository: Repository) -> Iterator[Row]:
    """Say what each preset needs until GO if nothing is wrong: candidate runs, days, campaigns, price."""
    for name, preset in PRESETS.items():
        own = name == repository.policy.preset
        policy = repository.policy if own else preset
        yield f"{name} (this policy)" if own else name, _cost(replace(repository, policy=policy))


def _cost(repository: Repository) -> str:
    policy, work = repository.policy, work_of(repository)
    needed = f"{policy.runs_needed} candidate runs without a bad one"
    days = f" on {policy.days} days or more" if policy.days > 1 else ""
    campaigns = forecast(policy, work).campaigns
    if campaigns is None:
        return f"{needed}{days}; no number of campaigns is in sight"
    price = estimate_of(repository).price
    cost = "price unknown" if price is None else f"at most {campaigns * price:.2f}"
    return f"{needed}{days}: {counted(campaigns, 'campaign')} of {policy.pairs} pairs, {cost}"


# -- budget -----------------------------------------------------------------------------------------------------------


def of_budget(repository: Repository, budget: Budget) -> Iterator[str]:
    """Say what a budget would prove if none of its runs is bad."""
    for job in repository.jobs:
        runs = budget.runs if budget.runs is not None else _affordable(repository, job, budget.amount or 0.0)
        if runs is None:
            yield f"{repository.name}/{job.name}: what it buys is unknown, for a run has no price"
            continue
        yield f"{repository.name}/{job.name}: {proven(runs, repository.policy)}"


def _affordable(repository: Repository, job: Job, amount: float) -> int | None:
    """Count the candidate runs that an amount pays, each beside its share of legacy runs; shared among the jobs."""
    policy = repository.policy
    runs = candidate_runs(policy, work_of(repository))
    price = price_of(repository, {(job.name, side): runs for side in Side})
    if price is None:
        return None
    return int(amount / len(repository.jobs) / price * runs) if price else None


def proven(runs: int, policy: Policy) -> str:
    """Say what so many clean candidate runs prove, and which presets they are enough for."""
    if runs < 1:
        return "buys no candidate run, so it proves nothing"
    enough = [name for name, preset in PRESETS.items() if runs >= preset.runs_needed]
    text = (
        f"{counted(runs, 'clean candidate run')} would prove that fewer than {_percent(bound_of(runs))} of runs are bad"
    )
    asked = f"{policy.preset} asks for {_percent(policy.bad_runs_max)}, that is {policy.runs_needed} runs"
    return f"{text}; {asked}; enough for {', '.join(enough) or 'no preset'}"


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
