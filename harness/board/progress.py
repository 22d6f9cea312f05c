"""How a fleet moves: burn-up with a forecast; verdicts, startup and cost by week; false failures; stages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from harness.board import charts
from harness.board.charts import Climb, Fan, Plot, Series, Span
from harness.board.fleet import age
from harness.board.forecast import Forecast, forecast
from harness.board.standing import Known, RepositoryState, standing_of
from harness.board.weeks import WEEK, day_of, start_of
from harness.cutover.stages import ORDER, Stage
from harness.model.policy import DAY
from harness.report.wording import counted, number

WEEKS_MAX = 26
"""Weeks that a picture shows; the table below it has the same."""
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Week:
    """What happened in one week, by campaigns."""

    week: int
    go: int = 0
    inconclusive: int = 0
    no_go: int = 0
    price: float = 0.0
    unpriced: int = 0
    """Campaigns without a price."""


@dataclass(frozen=True, slots=True)
class Startup:
    """Time to first instruction of one job in one campaign, in seconds."""

    week: int
    legacy: float | None
    candidate: float | None


@dataclass(frozen=True, slots=True)
class Counts:
    """What the index has of all campaigns."""

    weeks: tuple[Week, ...]
    startups: tuple[Startup, ...]
    false_failures: tuple[tuple[str, str, int], ...]
    """Class, month, runs."""


@dataclass(frozen=True, slots=True)
class StageTime:
    """How long repositories were in one stage."""

    stage: str
    now: int
    """Repositories that are in it."""
    passed: int
    median_days: float | None
    longest: str
    """Who is in it the longest, and for how long."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heads."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """The page of the migration as a whole: how far it is, and when it will be done."""

    sentence: str
    """When it will be done."""
    risk: str
    """How many of the GOs may be false."""
    burnup: Plot
    milestones: Table
    verdicts: Plot | None
    weeks: Table
    stages: tuple[StageTime, ...]
    false_failures: Table | None
    startup: Plot | None
    startup_weeks: Table
    cost: Plot | None
    cost_weeks: Table
    cost_note: str


def progress_view(known: Sequence[Known], counts: Counts, now: float, target: float | None) -> ProgressPage:
    """Make the page as of a time; `target`: the day on which all should be cut over."""
    reached = milestones(known)
    forecasts = {name: forecast(times, len(known), now) for name, times in reached.items()}
    weeks = counts.weeks[-WEEKS_MAX:]
    names = [day_of(start_of(week.week))[5:] for week in weeks]
    startups = _startups(counts.startups, [week.week for week in weeks])
    return ProgressPage(
        sentence=_sentence(forecasts[CUT_OVER], target),
        risk=risk_sentence(known, now),
        burnup=_burnup(len(known), reached, forecasts[CUT_OVER], (now, target)),
        milestones=Table(
            ("reached", "repositories", "in the last 28 days", "the rest, at this pace"),
            tuple(_milestone(name, found) for name, found in forecasts.items()),
        ),
        verdicts=_verdicts(names, weeks) if weeks else None,
        weeks=_weeks(weeks),
        stages=stage_times(known, now),
        false_failures=_false_failures(counts.false_failures),
        startup=_startup(names, startups) if any(startups) else None,
        startup_weeks=_startup_weeks(names, startups),
        cost=_cost(names, weeks) if any(week.price for week in weeks) else None,
        cost_weeks=Table(
            ("week from", "cost, at most"),
            tuple((day_of(start_of(week.week)), _price(week)) for week in reversed(weeks)),
        ),
        cost_note=_cost_note(weeks),
    )


# -- burn-up ----------------------------------------------------------------------------------------------------------

CUT_OVER = "cut over"
_STAGES = ((Stage.CANARY, "canary"), (Stage.CUT_OVER, CUT_OVER), (Stage.DONE, "done"))
_KLASSES: Mapping[str, str] = {
    "first GO": "told",
    "signed": "waived",
    "canary": "open",
    CUT_OVER: "good",
    "done": "legacy",
}


def milestones(known: Iterable[Known]) -> dict[str, list[float]]:
    """Give the times at which repositories first reached each milestone, on real evidence."""
    found: dict[str, list[float]] = {name: [] for name in _KLASSES}
    for repository in known:
        if repository.first_go_at:
            found["first GO"].append(repository.first_go_at)
        if repository.signed:
            found["signed"].append(min(signature.at for signature in repository.signed))
        for stage, name in _STAGES:
            times = [step.since for step in repository.steps if step.stage == stage.value and not step.synthetic]
            if times:
                found[name].append(min(times))
    return found


def _burnup(total: int, reached: Mapping[str, list[float]], pace: Forecast, times: tuple[float, float | None]) -> Plot:
    now, target = times
    every = [at for members in reached.values() for at in members]
    start = min([*every, now - 4 * WEEK])
    ahead = now + (now - start)
    ends = [at for at in (target, pace.late if pace.late and pace.late < ahead else pace.early) if at is not None]
    end = max([now + WEEK, *ends])
    ticks = [start + (end - start) * (place + 0.5) / _TICKS for place in range(_TICKS)]
    span = Span(start, end, now, target, [(at, day_of(at)) for at in ticks])
    fan = Fan(pace.reached, pace.early, pace.late) if pace.early is not None else None
    said = ", ".join(f"{name} {len(members)}" for name, members in reached.items())
    label = f"Repositories that reached each milestone, of {total}, by day: {said}."
    series = [Climb(name, klass, reached[name]) for name, klass in _KLASSES.items()]
    return charts.climbs(label, total, series, span, fan=fan)


def _sentence(pace: Forecast, target: float | None) -> str:
    left = pace.total - pace.reached
    wanted = f" The target is {day_of(target)}." if target else ""
    if not left:
        return f"All {counted(pace.total, 'repository', 'repositories')} are cut over.{wanted}"
    there = f"{pace.reached} of {counted(pace.total, 'repository', 'repositories')} are cut over"
    if not pace.recent or pace.early is None:
        return f"{there}; none in the last 28 days, so there is no pace to forecast from.{wanted}"
    return f"{there}, {pace.recent} of them in the last 28 days. At that pace the rest follow {_range(pace)}.{wanted}"


def _range(pace: Forecast) -> str:
    early = day_of(pace.early) if pace.early else ""
    late = day_of(pace.late) if pace.late else "no end"
    return f"between {early} and {late} (80 % range)"


def _milestone(name: str, pace: Forecast) -> tuple[str, ...]:
    rest = "no pace" if pace.early is None else _range(pace)
    if pace.total == pace.reached:
        rest = "all there"
    return name, f"{pace.reached} of {pace.total}", str(pace.recent), rest


_GO = frozenset({RepositoryState.READY, RepositoryState.SIGNED, RepositoryState.MOVING, RepositoryState.DONE})


def risk_sentence(known: Iterable[Known], now: float) -> str:
    """Say how many of a fleet's GOs may be false: the error rates that their policies allow, added up."""
    going = [
        repository.judged
        for repository in known
        if repository.judged and repository.judged.decision == "GO" and standing_of(repository, now) in _GO
    ]
    if not going:
        return "No repository is GO on real evidence, so that no GO can be false."
    most = sum(row.alpha for row in going)
    what = "GO verdict" if len(going) == 1 else f"{len(going)} GO verdicts"
    return (
        f"Of the {what} on real evidence expect at most {number(round(most, 3))} to be false, even if every candidate "
        "were exactly at its limit."
    )


# -- weeks ------------------------------------------------------------------------------------------------------------


def _verdicts(names: Sequence[str], weeks: Sequence[Week]) -> Plot:
    series = [
        Series("GO", "good", [week.go for week in weeks]),
        Series("INCONCLUSIVE", "open", [week.inconclusive for week in weeks]),
        Series("NO-GO", "bad", [week.no_go for week in weeks]),
    ]
    said = ", ".join(f"{part.name} {sum(value or 0 for value in part.values):g}" for part in series)
    return charts.bars(f"Verdicts by week: {said}.", names, series)


def _weeks(weeks: Sequence[Week]) -> Table:
    rows = (
        (day_of(start_of(week.week)), str(week.go), str(week.inconclusive), str(week.no_go), _price(week))
        for week in reversed(weeks)
    )
    return Table(("week from", "GO", "INCONCLUSIVE", "NO-GO", "cost, at most"), tuple(rows))


def _price(week: Week) -> str:
    campaigns = week.go + week.inconclusive + week.no_go
    if week.unpriced >= campaigns:
        return "no prices"
    return f"{week.price:.2f}" + (f", {week.unpriced} without a price" if week.unpriced else "")


def _cost(names: Sequence[str], weeks: Sequence[Week]) -> Plot:
    total = sum(week.price for week in weeks)
    label = f"Cost of campaigns by week, at most: {total:.2f} in all."
    return charts.bars(label, names, [Series("at most", "told", [round(week.price, 2) for week in weeks])])


def _cost_note(weeks: Sequence[Week]) -> str:
    unpriced = sum(week.unpriced for week in weeks)
    note = "Every planned run is counted at its time limit; the bill is lower."
    return f"{note} {counted(unpriced, 'campaign')} without a price." if unpriced else note


def _startups(found: Iterable[Startup], weeks: Sequence[int]) -> list[tuple[float, float] | None]:
    """Give the median of both sides by week, over jobs and campaigns of which both are known."""
    legacy, candidate = defaultdict(list), defaultdict(list)
    for startup in found:
        if startup.legacy is not None and startup.candidate is not None:
            legacy[startup.week].append(startup.legacy)
            candidate[startup.week].append(startup.candidate)
    return [(median(legacy[week]), median(candidate[week])) if legacy[week] else None for week in weeks]


def _startup(names: Sequence[str], weeks: Sequence[tuple[float, float] | None]) -> Plot:
    series = [
        Series("legacy", "legacy", [week[0] if week else None for week in weeks]),
        Series("candidate", "candidate", [week[1] if week else None for week in weeks]),
    ]
    last = next(week for week in reversed(weeks) if week)
    label = f"Median time to first instruction by week; last: legacy {last[0]:.4g} s, candidate {last[1]:.4g} s."
    return charts.lines(label, names, series, " s")


def _startup_weeks(names: Sequence[str], weeks: Sequence[tuple[float, float] | None]) -> Table:
    rows = ((name, f"{week[0]:.4g} s", f"{week[1]:.4g} s") for name, week in zip(names, weeks, strict=True) if week)
    return Table(("week from", "legacy p50", "candidate p50"), tuple(rows)[::-1])


# -- false failures and stages ----------------------------------------------------------------------------------------


def _false_failures(found: Iterable[tuple[str, str, int]]) -> Table | None:
    """Give classes by month, the class with most runs first."""
    runs: dict[str, dict[str, int]] = defaultdict(dict)
    for rule, month, count in found:
        runs[rule][month] = runs[rule].get(month, 0) + count
    if not runs:
        return None
    months = sorted({month for members in runs.values() for month in members})
    ordered = sorted(runs, key=lambda rule: (-sum(runs[rule].values()), rule))
    rows = [
        (rule, *(str(runs[rule].get(month, 0)) for month in months), str(sum(runs[rule].values()))) for rule in ordered
    ]
    return Table(("class", *months, "all"), tuple(rows))


def stage_times(known: Iterable[Known], now: float) -> tuple[StageTime, ...]:
    """Say of each stage how many are in it, and for how long repositories were."""
    passed: dict[str, list[float]] = defaultdict(list)
    inside: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for repository in known:
        steps = [step for step in repository.steps if not step.synthetic]
        for place, step in enumerate(steps):
            if place + 1 < len(steps) and steps[place + 1].stage != step.stage:
                passed[step.stage].append(steps[place + 1].since - step.since)
        if steps:
            inside[steps[-1].stage].append((now - steps[-1].since, repository.repository))
    return tuple(_stage_time(stage.value, passed[stage.value], inside[stage.value]) for stage in ORDER[1:])


def _stage_time(stage: str, passed: list[float], inside: list[tuple[float, str]]) -> StageTime:
    longest = max(inside, default=None)
    return StageTime(
        stage,
        len(inside),
        len(passed),
        round(median(passed) / DAY, 1) if passed else None,
        f"{longest[1]}, {age(longest[0])}" if longest else "",
    )
