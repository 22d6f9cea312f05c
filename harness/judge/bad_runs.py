"""Runs that are off by more than a margin: counted over all campaigns, their rate bounded, printed and gated. Pure.

Bets clip what a single run may say, so a shift that sits in few runs is not theirs to see. It is looked for here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.judge.rates import above, below, off, runs_needed, upper_bound
from harness.model.carry import Runs
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Side
from harness.model.policy import Policy
from harness.model.sample import Repeat, Stratum
from harness.model.target import NEVER
from harness.model.wording import counted as how_many
from harness.model.wording import hosts_text

CHECK = "metrics.runs"
SUBJECT = "bad-runs"
RANGE_MAX = 6.0
"""Margins; in a wider range of legacy's runs nothing would be off."""
LEGACY_MIN = 10
"""Legacy runs from which on their range is wide enough to say that bad runs are too frequent."""
SHOWN_MAX = 10
Lines = Sequence[Runs]


@dataclass(frozen=True, slots=True)
class CountedRuns:
    """Candidate runs of one job, of all campaigns that count together."""

    runs: int
    bad: int
    """At most so many: a run that is off in two metrics may be counted twice."""
    bad_surely: int
    """At least so many: of the metric with the most."""
    days: int
    bad_days: int
    legacy: int
    """Runs that bound the range."""
    wide: tuple[str, ...] = ()
    """Metrics whose range of legacy's runs is too wide."""
    named: tuple[Sample, ...] = ()
    listed: tuple[str, ...] = ()
    """Day of each legacy run that bounds the range, of this line; empty where it is not known."""
    hosts: tuple[str, ...] = ()
    """On which these runs ran, as far as a platform names them."""


def joined(lines: Lines, here: Mapping[Side, Mapping[str, Sequence[Repeat]]]) -> tuple[Runs, ...]:
    """Add this campaign's runs to those that are comparable with them."""
    first, rest = (lines[0], lines[1:]) if lines else (Runs({}), ())
    own = {
        side: {name: (*first.values.get(side, {}).get(name, ()), *runs) for name, runs in here[side].items()}
        for side in Side
    }
    return (Runs(own), *rest)


@dataclass(frozen=True, slots=True)
class AllowedRange:
    """How far a run of one metric may be off."""

    margin: float
    shift: float = 0.0
    """A difference that is proven, so that what is looked for is a run that is off from all others."""


def count(lines: Lines, margins: Mapping[str, AllowedRange]) -> CountedRuns:
    """Count the runs that lie more than a margin outside the range of all comparable legacy runs.

    `margins`: of each critical metric, in its unit.
    """
    total = CountedRuns(0, 0, 0, 0, 0, 0)
    for number, line in enumerate(lines):
        found = [_metric(line, name, allowed, wide=not number) for name, allowed in margins.items()]
        if found:
            total = _plus(total, _together(found))
    return total


def _metric(line: Runs, name: str, allowed: AllowedRange, *, wide: bool) -> CountedRuns:
    legacy, candidate = (line.values.get(side, {}).get(name, ()) for side in Side)
    if not (legacy and candidate):
        return CountedRuns(0, 0, 0, 0, 0, len(legacy))
    known = np.array([run.value for run in legacy])
    margin = allowed.margin
    bad = off(np.array([run.value - allowed.shift for run in candidate]), known, np.asarray(margin))
    days = {run.strata.get(Stratum.DAY, "") for run in candidate}
    bad_days = {run.strata.get(Stratum.DAY, "") for run, is_bad in zip(candidate, bad, strict=True) if is_bad}
    between = f"{known.min():.6g} to {known.max():.6g}"
    named = tuple(
        Sample(name, between, f"{run.value:.6g}" if run.value < NEVER else "never", run.strata.get(Stratum.DAY, ""))
        for run, is_bad in zip(candidate, bad, strict=True)
        if is_bad
    )
    broad = (name,) if wide and float(np.ptp(known)) > RANGE_MAX * margin and margin > 0 else ()
    listed = tuple(run.strata.get(Stratum.DAY, "") for run in legacy) if wide else ()
    return CountedRuns(
        len(candidate), int(bad.sum()), int(bad.sum()), len(days), len(bad_days), len(legacy), broad, named, listed,
        hosts_of((*legacy, *candidate)),
    )  # fmt: skip


def hosts_of(runs: Iterable[Repeat]) -> tuple[str, ...]:
    """Name the hosts that runs ran on; SageMaker names none."""
    return tuple(sorted({run.strata[Stratum.NODE] for run in runs if Stratum.NODE in run.strata}))


def _together(found: Sequence[CountedRuns]) -> CountedRuns:
    """Put the metrics of the same runs together: a run is bad where any of its metrics is."""
    runs = min(counted.runs for counted in found)
    return CountedRuns(
        runs,
        min(runs, sum(counted.bad for counted in found)),
        max(counted.bad_surely for counted in found),
        max(counted.days for counted in found),
        max(counted.bad_days for counted in found),
        min(counted.legacy for counted in found),
        tuple(name for counted in found for name in counted.wide),
        tuple(sample for counted in found for sample in counted.named),
        min((counted.listed for counted in found), key=len),
        found[0].hosts,
    )


def _plus(one: CountedRuns, other: CountedRuns) -> CountedRuns:
    return CountedRuns(*(getattr(one, name) + getattr(other, name) for name in CountedRuns.__slots__))


def finding(job: str, counted: CountedRuns, policy: Policy) -> Finding:
    """Say how frequent bad runs may be, and name those that were seen."""
    outcome = _outcome(counted, policy)
    return Finding(
        check=CHECK,
        dimension=Dimension.METRICS,
        subject=f"{job}/{SUBJECT}",
        pair=None,
        outcome=outcome,
        summary=" ".join(_sentences(counted, policy, outcome)),
        samples=counted.named[:SHOWN_MAX],
        samples_left_out=max(0, len(counted.named) - SHOWN_MAX),
        remedy=_remedy(counted, policy, outcome),
    )


def _outcome(counted: CountedRuns, policy: Policy) -> Outcome:
    units, bad = (counted.days, counted.bad_days) if policy.days > 1 else (counted.runs, counted.bad_surely)
    if counted.legacy >= LEGACY_MIN and above(units, bad, policy.bad_runs_max):
        return Outcome.MISMATCH
    if counted.wide or not below(counted.runs, counted.bad, policy.bad_runs_max):
        return Outcome.INCONCLUSIVE
    return Outcome.MATCH


def _sentences(counted: CountedRuns, policy: Policy, outcome: Outcome) -> Iterator[str]:
    how = "of 1 candidate run" if counted.runs == 1 else f"of {counted.runs} candidate runs"
    many = {0: "None", 1: "1"}.get(counted.bad, f"{counted.bad}")
    are = "is" if counted.bad <= 1 else "are"
    yield f"{many} {how} {are} off by more than a margin from all {counted.legacy} runs of legacy;"
    bound = upper_bound(counted.runs, counted.bad)
    yield f"so fewer than {bound:.1%} of runs can be, and the policy asks for fewer than {policy.bad_runs_max:.0%}."
    by_day = ""
    if counted.days > 1:
        bad = "none" if not counted.bad_days else str(counted.bad_days)
        most = upper_bound(counted.days, counted.bad_days)
        by_day = f", of which {bad} had one, so that fewer than {most:.0%} of days can be bad ones,"
    if counted.days:
        yield f"They ran on {how_many(counted.days, 'day')}{by_day} and on {hosts_text(len({*counted.hosts}))}."
    if counted.listed:
        days = Counter(counted.listed)
        told = (f"{count} on {day or 'an unknown day'}" for day, count in sorted(days.items()))
        yield f"Legacy's range is that of its runs: {', '.join(told)}."
    if outcome is Outcome.MISMATCH:
        yield "That is too many, beyond chance."
    if counted.wide:
        names = ", ".join(counted.wide)
        yield f"Legacy's own runs lie more than {RANGE_MAX:g} margins apart in {names}, so no run could be off."


def _remedy(counted: CountedRuns, policy: Policy, outcome: Outcome) -> str:
    if outcome is Outcome.MATCH:
        return ""
    if counted.wide:
        return "find out why legacy's runs differ so much"
    if outcome is Outcome.MISMATCH:
        return "find out what the bad runs have in common"
    more = max(1, runs_needed(policy.bad_runs_max, counted.bad) - counted.runs)
    return f"run {'1 more candidate run' if more == 1 else f'{more} more candidate runs'}, none of them bad"
