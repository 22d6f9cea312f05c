"""The measured rates as a page, and in short. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.campaign.selfcheck.defects import Row
from harness.campaign.selfcheck.measure import Result, missed_interval
from harness.campaign.selfcheck.measured import Measured
from harness.campaign.selfcheck.trials import Count, nominal_coverage
from harness.campaign.selfcheck.weekly import NO_GO, WeekRow


def page(results: Sequence[Result], seed: int, tool: str, day: str) -> str:
    """Write the tables with seed, version and date."""
    verdict = "Every limit holds." if passed(results) else "LIMITS ARE BROKEN: see the last column."
    whole = [result for result in results if not isinstance(result.row, WeekRow)]
    weeks = [result for result in results if isinstance(result.row, WeekRow)]
    lines = [
        "# Selfcheck",
        "",
        f"Made by `nox -s selfcheck`, seed {seed}, {tool}, {day}. {verdict}",
        "",
        "## Repositories over ten weeks",
        "",
        "Each repository is judged after every unit of evidence by the judge's own bets and rates: eight pairs and",
        "two more runs a side a week, over four days if nothing else is said, under `standard` if no preset is named.",
        "*sd* is the standard deviation of a paired difference in margins. What is counted is GO unless the name says",
        "otherwise; the interval is the exact 95 % one of its share.",
        "",
        "| repositories | trials | counted | 95 % interval | mean pairs | limit |",
        "| --- | ---: | ---: | --- | ---: | --- |",
        *(_week_line(week) for week in weeks),
        "",
        "## Whole campaigns",
        "",
        "Each trial is a whole campaign that never ran: 8 pairs (or as many as the row says), its observations",
        "through every check, the judge and the gate under `trial`. *Missed* are verdicts of GO. Coverage is how often",
        f"what the finding leaves possible held the true shift; {nominal_coverage():.1%} is promised at all times.",
        "",
        "| seeded | trials | detected | missed | 95 % interval | NO-GO | INCONCLUSIVE | coverage | limit |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |",
        *(_line(result) for result in whole),
        "",
    ]
    return "\n".join(lines)


def _week_line(result: Result) -> str:
    count, row = result.count, result.row
    low, high = missed_interval(count.go, count.trials)
    no_go = isinstance(row, WeekRow) and row.counts == NO_GO and not row.after
    cells = (
        row.name,
        count.trials,
        count.go,
        f"{low:.1%} to {high:.1%}",
        f"{count.pairs / count.trials:.1f}" if no_go else "–",
        _said(result),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _said(result: Result) -> str:
    return f"**broken: {'; '.join(result.broken)}**" if result.broken else _limit(result)


def fleet_page(results: Sequence[Result], seed: int, tool: str, day: str) -> str:
    """Write the fleet's table with seed, version and date."""
    verdict = "Every limit holds." if passed(results) else "LIMITS ARE BROKEN: see the last column."
    lines = [
        "# Fleet",
        "",
        f"Made by `nox -s fleet`, seed {seed}, {tool}, {day}. {verdict}",
        "",
        "Fleets of 120 repositories over 39 weeks that never ran: hourly to monthly cadence, a new image every week",
        "on the cell's base, six cells of which some change their base once, three metrics each, half of the",
        "repositories with noise (the kinds of whole campaigns in [selfcheck.md](selfcheck.md); a paired",
        "difference varies by 0.25, 0.5 or 0.75 margins), 1 % of the runs of each side cut by its platform, 2 % of",
        "the legacy runs marked failed by a sidecar. A campaign is a day: hourly repositories have two a week, daily",
        "and weekly ones one, the others four in a week of their slot. Each goes through the planner, every check, the",
        "judge and the gate under `standard`, with what the ledger would hold. A repository that reaches GO ends.",
        "",
        "A single bad repository is judged beside the sound fleet's evidence for up to 15 campaigns; where its newest",
        "images are bad, they come after the campaign that would have been GO. *GO* counts repositories that reach it.",
        "",
        "| repositories | trials | GO | 95 % interval of GO | NO-GO | INCONCLUSIVE | limit |",
        "| --- | ---: | ---: | --- | ---: | ---: | --- |",
    ]
    return "\n".join([*lines, *(_fleet_line(result) for result in results), "", *FLEET_NOTES])


FLEET_NOTES = (
    "A repository whose states disagree exactly at the policy's bound (10 %) can be pooled with a sound cell once 20",
    "own runs in a row are clean, which chance grants to 12 %. Pooling cannot be had without this: with",
    "`state_pairs_own` at the runs that the policy needs it is off, and own runs alone keep 5 %.",
    "",
)


def _fleet_line(result: Result) -> str:
    count = result.count
    low, high = missed_interval(count.go, count.trials)
    cells = (
        result.row.name,
        count.trials,
        count.go,
        f"{low:.1%} to {high:.1%}",
        count.no_go,
        count.inconclusive,
        _said(result),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _line(result: Result) -> str:
    count = result.count
    low, high = missed_interval(count.go, count.trials)
    coverage = f"{count.covered / count.with_interval:.1%}" if count.with_interval else "–"
    cells = (
        result.row.name,
        count.trials,
        count.trials - count.go,
        count.go,
        f"{low:.1%} to {high:.1%}",
        count.no_go,
        count.inconclusive,
        coverage,
        _said(result),
    )
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _limit(result: Result) -> str:
    row = result.row
    limits = (("GO", row.go_max), ("NO-GO", row.no_go_max), ("INCONCLUSIVE", row.inconclusive_max))
    told = [f"{word} ≤ {share:.1%}" for word, share in limits if share < 1]
    told += [f"GO ≥ {row.go_min:.0%}"] if row.go_min else []
    told += [f"coverage ≥ {nominal_coverage():.0%} but for chance"] if row.coverage else []
    if isinstance(row, WeekRow):
        told = [name.replace("GO", "counted") for name in told]
        told += [f"mean pairs ≤ {row.pairs_max:g}"] if row.pairs_max else []
    return ", ".join(told) or "none: the rate is reported"


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
    for result in results:
        if wanted(result.row):
            total = total.plus(result.count)
    return total


def passed(results: Sequence[Result]) -> bool:
    """Tell whether every row keeps its limits."""
    return not any(result.broken for result in results)
