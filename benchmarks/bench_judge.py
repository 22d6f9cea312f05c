"""The judge's speed: metric comparisons against SciPy called one by one, and whole verdicts from stored findings.

python benchmarks/bench_judge.py [comparisons] [verdicts]
"""

from __future__ import annotations

import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
from scipy import stats

from harness.campaign import evidence
from harness.campaign.selfcheck.defects import ROWS
from harness.campaign.selfcheck.trials import drafts_of
from harness.campaign.selfcheck.world import POLICY, SUBMITTED_AT, observed, plan_of, repository_of
from harness.judge import bets
from harness.judge.gate import Case, decide
from harness.model.schedule import Schedule
from harness.model.verdict import Judgement
from harness.store import codec

ALPHA = 0.05
PAIRS = 24
PEERS = 500
"""Comparisons that the slow peers are measured on."""


def timed(work: Callable[[], object], count: int) -> float:
    """Give microseconds for one of `count`: the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best / count * 1e6


def scipy_tost(units: np.ndarray) -> None:
    """Run the usual test of equivalence by SciPy: two one-sided t tests against a margin either way."""
    for row in units:
        stats.ttest_1samp(row, -1.0, alternative="greater")
        stats.ttest_1samp(row, 1.0, alternative="less")


def scipy_bootstrap(units: np.ndarray) -> None:
    """Run a percentile bootstrap of the mean."""
    for row in units:
        stats.bootstrap((row,), np.mean, n_resamples=1000, method="percentile", rng=1)


def comparisons(count: int) -> None:
    """Measure metric comparisons of 24 pairs whose noise is half a margin."""
    units = np.random.default_rng(1).normal(0, 0.5, (count, PAIRS))
    few = units[: min(PEERS, count)]
    starts = [0, 8, 16]
    batch = timed(lambda: bets.decide(units, units, starts, 1, alpha=ALPHA), count)
    whole = batch + timed(lambda: bets.interval(units, ALPHA), count)

    def scalar() -> None:
        for row in few:
            bets.decide(row[None, :], row[None, :], starts, 1, alpha=ALPHA)

    print(f"| {count} metric comparisons of {PAIRS} pairs, batch (goal: 50 µs) | {batch:.2f} µs each |")
    print(f"| the same with their intervals (goal: 120 µs) | {whole:.2f} µs each |")
    print(f"| the same one by one, without interval ({len(few)} of them) | {timed(scalar, len(few)):.0f} µs each |")
    slow = timed(lambda: scipy_tost(few), len(few))
    print(f"| two one-sided t tests by SciPy, one by one ({len(few)} of them) | {slow:.0f} µs each |")
    boot = timed(lambda: scipy_bootstrap(few[:50]), len(few[:50]))
    print(f"| SciPy's bootstrap of a mean, 1,000 resamples ({len(few[:50])} of them) | {boot:.0f} µs each |")


def verdicts(count: int) -> None:
    """Measure whole verdicts from stored findings: read the stored bytes, decide."""
    repository = repository_of(POLICY)
    plan = plan_of(repository)
    drafts = drafts_of(ROWS[0], plan, np.random.default_rng(1))
    seen = {run.id: observed(run, drafts[run.id], "0" * 64) for run in plan.runs}
    schedule = Schedule.whole(plan)
    findings = evidence.findings_of(schedule, repository, seen, lambda _: None)
    head = ("parity.judgement/1", repository.name, plan.campaign, SUBMITTED_AT, "bench")
    stored = codec.encode(Judgement(*head, evidence={}, attempts=1, findings=findings))
    start = time.perf_counter()
    for _ in range(count):
        decide(Case(schedule, repository, codec.decode(stored, Judgement, "bench"), (), {}))
    spent = time.perf_counter() - start
    print(f"| {count} whole verdicts from stored findings ({len(findings)} each) | {spent:.1f} s, one core |")


def main() -> None:
    """Print one table."""
    count, whole = (int(argument) for argument in [*sys.argv[1:3], "10000", "10000"][:2])
    print(f"numpy {version('numpy')}, scipy {version('scipy')}, Python {platform.python_version()}\n")
    print("| what | measured |\n| --- | ---: |")
    comparisons(count)
    verdicts(whole)


if __name__ == "__main__":
    main()
