"""The measured rates as a page, and in short. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.campaign.selfcheck.coverage import SLACK, Coverage
from harness.campaign.selfcheck.defects import Row
from harness.campaign.selfcheck.measure import Result, missed_interval
from harness.campaign.selfcheck.measured import Measured
from harness.campaign.selfcheck.trials import Count, nominal_coverage


def page(results: Sequence[Result], seed: int, tool: str, day: str, coverage: Sequence[Coverage] = ()) -> str:
    """Write the tables with seed, version and date."""
    verdict = "Every limit holds." if passed(results, coverage) else "LIMITS ARE BROKEN: see the last column."
    lines = [
        "# Selfcheck",
        "",
        f"Made by `nox -s selfcheck`, seed {seed}, {tool}, {day}. {verdict}",
        "",
        "Each trial is a whole campaign that never ran: 8 pairs (or as many as the row says) and 2 repeats a side, its",
        "observations through every check, the judge and the gate. *Missed* are verdicts of GO. The interval is the",
        "exact 95 % one of that share.",
        f"Coverage is how often the metric's interval held the true shift; nominal is {nominal_coverage():.1%}.",
        "",
        "| seeded | trials | detected | missed | 95 % interval | NO-GO | INCONCLUSIVE | coverage | limit |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*lines, *(_line(each) for each in results), "", *SPREAD_NOTES, *_coverage_lines(coverage)])


SPREAD_NOTES = (
    "**Spread.** Its margin is the metric's: two runs of the candidate may differ by it. At twice the margin the",
    "standard deviation of a difference between two candidate runs is two margins, and 95 % must be detected. A",
    "variance that is only doubled, here from a quarter of the margin, stays inside it; the rows say how often it is",
    "seen all the same.",
    "",
)
COVERAGE_HEAD = (
    "## Coverage",
    "",
    "How often the interval holds the true shift, and how often a candidate exactly at the margin is called",
    "equivalent, by the vectorised judge: whole campaigns cost too much for the trials that two points ask for.",
    "Noise that both sides share makes differences symmetric. Noise of the candidate only does not, and is told apart",
    "by A/A where it can be: a side that is proven wider and skewed makes the metric INCONCLUSIVE.",
    "",
    "| noise | pairs | intervals | coverage | called equivalent | limit |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
)


def _coverage_lines(coverage: Sequence[Coverage]) -> list[str]:
    return [*COVERAGE_HEAD, *(_coverage_line(each) for each in coverage), ""] if coverage else []


def _coverage_line(found: Coverage) -> str:
    limits = "called equivalent ≤ 6.4%" if found.alone else f"coverage ± {100 * SLACK:.0f} points"
    cells = (
        f"{found.noise}, {'on the candidate only' if found.alone else 'shared'}",
        found.pairs,
        found.intervals,
        f"{found.covered / found.intervals:.1%}",
        f"{found.passed / found.intervals:.1%}",
        f"**broken: {found.broken}**" if found.broken else limits,
    )
    return f"| {' | '.join(str(each) for each in cells)} |"


def fleet_page(results: Sequence[Result], seed: int, tool: str, day: str) -> str:
    """Write the fleet's table with seed, version and date."""
    verdict = "Every limit holds." if passed(results) else "LIMITS ARE BROKEN: see the last column."
    lines = [
        "# Fleet",
        "",
        f"Made by `nox -s fleet`, seed {seed}, {tool}, {day}. {verdict}",
        "",
        "Fleets of 120 repositories over 39 weeks that never ran: hourly to monthly cadence, a new image every week",
        "on the cell's base, six cells of which some change their base once, half of the repositories with noise (all",
        "kinds of [selfcheck.md](selfcheck.md)), 1 % of the runs of each side cut by its platform, 2 % of the legacy",
        "runs marked failed by a sidecar. Each campaign goes through the planner, every check, the judge and the gate",
        "under `standard`, with what the ledger would hold. A repository that reaches GO is cut over and ends.",
        "",
        "A single bad repository is judged beside the sound fleet's evidence for up to 15 campaigns; where its newest",
        "images are bad, they come after the campaign that would have been GO. *GO* counts repositories that reach it.",
        "",
        "| repositories | trials | GO | 95 % interval of GO | NO-GO | INCONCLUSIVE | limit |",
        "| --- | ---: | ---: | --- | ---: | ---: | --- |",
    ]
    return "\n".join([*lines, *(_fleet_line(each) for each in results), "", *FLEET_NOTES])


FLEET_NOTES = (
    "A repository whose states disagree exactly at the policy's bound (10 %) can be pooled with a sound cell once 20",
    "own pairs in a row are clean, which chance grants to 12 %. Pooling cannot be had without this: with",
    "`state_pairs_own` equal to `state_pairs` it is off, and own pairs alone keep 5 % (`tests/judge/test_carry.py`).",
    "",
)


def _fleet_line(result: Result) -> str:
    count = result.count
    low, high = missed_interval(count.go, count.trials)
    said = "; ".join(result.broken)
    cells = (
        result.row.name,
        count.trials,
        count.go,
        f"{low:.1%} to {high:.1%}",
        count.no_go,
        count.inconclusive,
        f"**broken: {said}**" if said else _limit(result),
    )
    return f"| {' | '.join(str(each) for each in cells)} |"


def _line(result: Result) -> str:
    count = result.count
    low, high = missed_interval(count.go, count.trials)
    coverage = f"{count.covered / count.with_interval:.1%}" if count.with_interval else "–"
    said = "; ".join(result.broken) or _limit(result)
    cells = (
        result.row.name,
        count.trials,
        count.trials - count.go,
        count.go,
        f"{low:.1%} to {high:.1%}",
        count.no_go,
        count.inconclusive,
        coverage,
        f"**broken: {said}**" if result.broken else said,
    )
    return f"| {' | '.join(str(each) for each in cells)} |"


def _limit(result: Result) -> str:
    row = result.row
    limits = (("GO", row.go_max), ("NO-GO", row.no_go_max), ("INCONCLUSIVE", row.inconclusive_max))
    told = [f"{word} ≤ {share:.1%}" for word, share in limits if share < 1]
    told += [f"GO ≥ {row.go_min:.0%}"] if row.go_min else []
    return (
        ", ".join([*told, *(["coverage ± 2 points and chance"] if row.coverage else [])])
        or "none: the rate is reported"
    )


def measured(results: Sequence[Result], seed: int, tool: str, day: str, coverage: Sequence[Coverage] = ()) -> Measured:
    """Shorten the table to what a report has room for."""
    margin = _total(results, lambda row: row.margin)
    never = _total(results, lambda row: row.go_max == 0)
    sound = _total(results, lambda row: row.sound)
    return Measured(
        tool=tool,
        seed=seed,
        day=day,
        limits_hold=passed(results, coverage),
        margin_trials=margin.trials,
        margin_go=margin.go,
        never_trials=never.trials,
        never_go=never.go,
        sound_trials=sound.trials,
        sound_no_go=sound.no_go,
        sound_inconclusive=sound.inconclusive,
    )


def _total(results: Sequence[Result], wanted: Callable[[Row], bool]) -> Count:
    total = Count()
    for each in results:
        if wanted(each.row):
            total = total.plus(each.count)
    return total


def passed(results: Sequence[Result], coverage: Sequence[Coverage] = ()) -> bool:
    """Tell whether every row keeps its limits."""
    return not any(each.broken for each in results) and not any(each.broken for each in coverage)
