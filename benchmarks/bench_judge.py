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
from harness.judge.batch import decide_metrics
from harness.judge.equivalence import Margin, decide_metric
from harness.judge.gate import Case, decide
from harness.judge.looks import Allowance
from harness.model.verdict import Judgement
from harness.store import codec

ALPHA = 0.05 / 3
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


def scipy_one_by_one(legacy: np.ndarray, candidate: np.ndarray, margin: float) -> None:
    """Run the same tests by SciPy: both one-sided t tests, both sign tests, correlation, Brown-Forsythe."""
    for one, other in zip(legacy, candidate, strict=True):
        moved = other - one
        stats.ttest_1samp(moved, -margin, alternative="greater")
        stats.ttest_1samp(moved, margin, alternative="less")
        stats.binomtest(int((moved > -margin).sum()), moved.size, alternative="greater")
        stats.binomtest(int((moved < margin).sum()), moved.size, alternative="greater")
        stats.pearsonr(one, other)
        stats.levene(one, other, center="median")


def scipy_bootstrap(legacy: np.ndarray, candidate: np.ndarray) -> None:
    """Run a percentile bootstrap of the mean difference."""
    for one, other in zip(legacy, candidate, strict=True):
        stats.bootstrap((other - one,), np.mean, n_resamples=1000, method="percentile", rng=1)


def comparisons(count: int) -> None:
    """Measure metric comparisons of 8 pairs and 2 repeats a side."""
    random = np.random.default_rng(1)
    legacy, candidate = random.normal(10, 1, (count, 8)), random.normal(10, 1, (count, 8))
    repeats = np.concatenate([legacy, random.normal(10, 1, (count, 2))], axis=1)
    other = np.concatenate([candidate, random.normal(10, 1, (count, 2))], axis=1)
    margins = np.full(count, 4.0)
    batch = timed(lambda: decide_metrics(legacy, candidate, margins, ALPHA, repeats, other), count)
    few = min(PEERS, count)

    def scalar() -> None:
        for i in range(few):
            decide_metric(
                legacy[i],
                candidate[i],
                Margin(4.0),
                ALPHA,
                legacy_repeats=repeats[i],
                candidate_repeats=other[i],
            )

    print(f"| {count} metric comparisons, all tests, batch | {batch:.2f} µs each |")
    print(f"| the same one by one (decide_metric, {few} of them) | {timed(scalar, few):.0f} µs each |")
    slow = timed(lambda: scipy_one_by_one(legacy[:few], candidate[:few], 4.0), few)
    print(f"| the same tests by SciPy, one by one ({few} of them) | {slow:.0f} µs each |")
    boot = timed(lambda: scipy_bootstrap(legacy[:50], candidate[:50]), 50)
    print(f"| SciPy's bootstrap, 1,000 resamples (50 of them) | {boot:.0f} µs each |")


def verdicts(count: int) -> None:
    """Measure whole verdicts from stored findings: read the stored bytes, decide."""
    repository = repository_of(POLICY)
    plan = plan_of(repository)
    drafts = drafts_of(ROWS[0], plan, np.random.default_rng(1))
    seen = {run.id: observed(run, drafts[run.id], "0" * 64) for run in plan.runs}
    findings = evidence.findings_of(plan, repository, seen, lambda _: None, allowance=Allowance())
    head = ("parity.judgement/1", repository.name, plan.campaign, SUBMITTED_AT, "bench")
    stored = codec.encode(Judgement(*head, evidence={}, attempts=1, findings=findings))
    start = time.perf_counter()
    for _ in range(count):
        decide(Case(plan, repository, codec.decode(stored, Judgement, "bench"), (), {}))
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
