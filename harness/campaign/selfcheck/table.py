"""The measured rates as a page, and in short. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.campaign.selfcheck.defects import Row
from harness.campaign.selfcheck.measure import Result, missed_interval
from harness.campaign.selfcheck.measured import Measured
from harness.campaign.selfcheck.trials import Count, nominal_coverage


def page(results: Sequence[Result], seed: int, tool: str, day: str) -> str:
    """Write the table with seed, version and date."""
    verdict = "Every limit holds." if passed(results) else "LIMITS ARE BROKEN: see the last column."
    lines = [
        "# Selfcheck",
        "",
        f"Made by `nox -s selfcheck`, seed {seed}, {tool}, {day}. {verdict}",
        "",
        "Each trial is a whole campaign that never ran: 8 pairs and 2 repeats a side, its observations through every",
        "check, the judge and the gate. *Missed* are verdicts of GO. The interval is the exact 95 % one of that share.",
        f"Coverage is how often the metric's interval held the true shift; nominal is {nominal_coverage():.1%}.",
        "",
        "| seeded | trials | detected | missed | 95 % interval | NO-GO | INCONCLUSIVE | coverage | limit |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    return "\n".join([*lines, *(_line(each) for each in results), ""])


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
    return (
        ", ".join([*told, *(["coverage ± 2 points and 3 standard errors"] if row.coverage else [])])
        or "none: the rate is reported"
    )


def measured(results: Sequence[Result], seed: int, tool: str, day: str) -> Measured:
    """Shorten the table to what a report has room for."""
    margin = _total(results, lambda row: row.margin)
    never = _total(results, lambda row: row.go_max == 0)
    sound = _total(results, lambda row: row.sound)
    return Measured(
        tool=tool,
        seed=seed,
        day=day,
        limits_hold=passed(results),
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


def passed(results: Sequence[Result]) -> bool:
    """Tell whether every row keeps its limits."""
    return not any(each.broken for each in results)
