"""A run's log → the curve of one metric, or why it was not read. A number is read whole, or not at all."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.bounded.pattern import NotSearched, PatternMatch, PatternRefused, last_matches
from harness.model.metric import Metric, NumberForm, Take
from harness.model.observation import MetricPoint
from harness.model.target import NEVER, reached
from harness.runner.log_lines import ESCAPED, LogLine, LogLines

POINTS_MAX = 100_000
_CONTINUES = re.compile(
    r"[eE][-+]?(?:[0-9]|\Z)|[dD][-+]?[0-9]|\s?[x*×]\s?10(?![0-9.])|\*\^"
    r"|[.,][0-9]|[0-9_]|[-/:][0-9]|(?:min|[hms])[0-9]|['\u2019\u00a0\u202f\u2009][0-9]{3}(?![0-9])"
)
"""What follows a capture and makes it a part of something longer: an exponent (Fortran's and one that a line's end cut
too), a comma or point with a digit, a digit, `_`, the next part of a date, a time, a fraction or a range, or three more
digits after what some languages put between thousands."""
_IN_FORM = {
    NumberForm.COMMA: re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d*)?(?:[eE][-+]?\d+)?"),
    NumberForm.THOUSANDS: re.compile(r"[-+]?(?:\d{1,3}(?:[,_]\d{3})+|\d*)(?:\.\d*)?(?:[eE][-+]?\d+)?"),
}
"""Numbers of a declared form: marks between thousands stand between groups of three, so 1.5 is none with a comma."""
_SPACED = re.compile(r" [0-9]{3}(?:\Z|[.,][0-9]|\s)")
"""Three more digits after a blank: of a number of one to three digits `1 234.5` may be the rest."""
_SCALED = re.compile(r"(?:[kKMGTP](?:F|Hz)?|bn|mn|B|m|min|h|\s?(?:[kKMGTP]i?B|[mun\u00b5\u03bc]s))(?![A-Za-z0-9_])")
"""A unit that a printer chooses by size, such as `900ms` beside `1.1s`, or `12k`: the number alone says nothing."""
_BELOW_THOUSAND = re.compile(r"[-+]?[0-9]{1,3}")
_RADIX = re.compile(r"[xXbBoO][0-9a-fA-F]")
"""What follows the 0 of a number that is written in another base."""
_SENTENCE = re.compile(r"\s+[a-z]+\W*\Z")
"""A lone word up to the end of the line: `loss: 10 warnings` reports no loss."""
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NO_NUMBER = re.compile(r"[-+]?(?:nan|inf|infinity|none|null|n/a|na)|[-\u2013\u2014?]+\Z", re.IGNORECASE)
_NUMBER_LIKE = re.compile(r"[-+<>~\u2212\u2013\u2248]*\.?\d")
"""How a report begins that is meant as a number, whatever this tool makes of it: a printed minus, `<0.001`, `~0.5`."""
_LOOSE = r"([^\s,;|'\"()\[\]{}]+)"
"""What stands where a number is expected."""
_SHOWN = 120
START_LOST = "the first lines of its log are lost"
"""The node keeps the newest file of a long log only, or the service forgot its oldest events."""
_STEP = re.compile(
    r"(?<![a-z])(?:global[_ ]?step|step|epoch|iteration|iter|round)s?[\"']?\s*[=:#/ ]\s*(\d{1,18})(?![\d.]*\d)"
    r"|\A\s*\[(\d{1,18})\]",
    re.IGNORECASE,
)
"""How frameworks name a step: `step 12`, `epoch=3`, `"global_step": 500`, `Epoch 3/10`, and XGBoost's [12]."""


@dataclass(frozen=True, slots=True)
class _Report:
    number: int
    line: LogLine
    value: float | None
    """None: what was reported is no finite number."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a log says of one metric."""

    points: tuple[MetricPoint, ...]
    """In log order; the value that is judged stands last."""
    line: int = 0
    """Where that value stands, from 1 on; 0: the metric was never reported."""
    text: str = ""
    """The line, cut to what a reader needs."""
    reports: int = 0


def curve_of(log: LogLines, metric: Metric) -> tuple[MetricPoint, ...]:
    """Read one metric's values in log order; the last report of a line counts.

    The value that is judged stands last: `take` chooses it, and where it is not the log's last it is put there. Of more
    than `POINTS_MAX` the first are kept and the one that is judged.

    Raises:
        NotSearched: a number goes on after what the expression takes, the last report is one that the expression does
            not take, several ranks report, a line is too long, the expression needs more CPU time than it may have, or
            the value that counts may stand in what is missing of the log.
    """
    return reading_of(log, metric).points


def reading_of(log: LogLines, metric: Metric) -> Reading:
    """Read one metric's values as `curve_of` does, and say where the one that is judged stands.

    Raises:
        NotSearched: see `curve_of`.
    """
    metric = replace(metric, regex=unescaped(metric.regex))
    lines = log.lines
    found = last_matches(metric.regex, [line.text for line in lines], metric.name)
    every = [
        _report(metric, number, line, match)
        for number, (line, match) in enumerate(zip(lines, found, strict=True), 1)
        if match is not None
    ]
    reports = list(_of_one_rank(metric, every))
    _refuse_unread(metric, lines, every[-1].number if every else 0)
    _refuse_missing(metric, reports, log)
    if not reports:
        return Reading(())
    if metric.target:
        return _until(metric, log, reports)
    chosen = _chosen(metric, log, reports)
    points = [MetricPoint(report.value, step) for step, report in enumerate(reports)]
    kept = _judged_last(metric, points, reports.index(chosen))
    return Reading(kept, chosen.number, chosen.line.text.strip()[:_SHOWN], len(reports))


def _refuse_missing(metric: Metric, reports: Sequence[_Report], log: LogLines) -> None:
    """Refuse a value that may not be the one that counts: what is missing of the log may hold another report.

    A last report is the last one, and the last one at a step is that, whatever was written before it.
    """
    if log.start_lost:
        _refuse_rest(metric, reports)
    gap = log.gap
    if gap is None:
        return
    if metric.take is not Take.LAST or metric.target:
        message = f"{gap.bytes} bytes in the middle of its log were not kept, and {_asked(metric)} asks for all"
        raise NotSearched(message)
    if not reports or reports[-1].number <= gap.before:
        message = f"{gap.bytes} bytes of its log were not kept, and nothing after them reports it"
        raise NotSearched(message)


def _refuse_rest(metric: Metric, reports: Sequence[_Report]) -> None:
    if metric.take not in {Take.LAST, Take.STEP} or metric.target:
        message = f"{START_LOST}, and {_asked(metric)} asks for all"
        raise NotSearched(message)
    if not reports:
        message = f"{START_LOST}, and nothing after them reports it"
        raise NotSearched(message)


def _asked(metric: Metric) -> str:
    return f"target: {metric.target}" if metric.target else f"take: {metric.take}"


def _report(metric: Metric, number: int, line: LogLine, match: PatternMatch) -> _Report:
    """Read the first group that took part and is a number."""
    chosen = next((n for n, group in enumerate(match.groups) if group is not None and _is_number(group)), 0)
    text = (match.groups[chosen] or "").strip() if match.groups else ""
    after = match.after[chosen] if match.after else ""
    longer = _CONTINUES.match(after) or (text.lstrip("+-") == "0" and _RADIX.match(after))
    if longer and "." in text and after.startswith(",") and _closed_by_comma(metric.regex):
        longer = None  # a table's separator, by the word of the expression
    longer = longer or (_BELOW_THOUSAND.fullmatch(text) and _SPACED.match(after))
    if longer and not _NO_NUMBER.match(text):
        raise NotSearched(_shown(number, line, f"the number goes on after {text!r}, where the expression ends"))
    value = value_of(text, metric.number)
    if value is None and metric.number in _IN_FORM and _is_number(text):
        raise NotSearched(_shown(number, line, f"{text!r} is no number in the form {metric.number}"))
    if value is not None and (unit := _unit_of(metric, after)):
        why = f"{text!r} is followed by {unit!r}, a unit that may change with the size: write it into the expression"
        raise NotSearched(_shown(number, line, why))
    if value is not None and value.is_integer() and "." not in text and _SENTENCE.fullmatch(after):
        raise NotSearched(_shown(number, line, f"{text!r} stands in a sentence, and may be no report"))
    return _Report(number, line, value)


def _unit_of(metric: Metric, after: str) -> str:
    """Give the unit behind a number that the expression does not name; empty where there is none."""
    found = _SCALED.match(after)
    unit = found[0].strip() if found else ""
    start = _first_group(metric.regex)
    return "" if start is not None and unit in metric.regex[start:] else unit


def unescaped(regex: str) -> str:
    """Undo in an expression what is undone in a log: public ones write `#011`, as CloudWatch shows a tab."""
    return ESCAPED.sub(lambda match: f"\\x{int(match[1], 8):02x}", regex)


def _is_number(text: str) -> bool:
    return _NUMBER.match(text.strip()) is not None


def value_of(text: str, form: NumberForm) -> float | None:
    """Read a number in its written form; None for what is none, or is not finite."""
    bare = text.strip().strip("'\"").rstrip(",;.)}]'\"")
    if form in _IN_FORM and not _IN_FORM[form].fullmatch(bare):
        return None
    match form:
        case NumberForm.POINT:
            pass
        case NumberForm.COMMA:
            bare = bare.replace(".", "").replace(",", ".")
        case NumberForm.THOUSANDS:
            bare = bare.replace(",", "").replace("_", "")
        case NumberForm.PERCENT:
            bare = bare.rstrip("%")
    try:
        value = float(bare) if "_" not in bare else math.nan
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    return value / 100 if form is NumberForm.PERCENT else value


def _of_one_rank(metric: Metric, reports: Sequence[_Report]) -> Iterator[_Report]:
    """Keep the reports of one process: the rank that is asked for, the only one, or rank 0 of SageMaker's launcher."""
    ranks = {report.line.rank for report in reports if report.line.rank is not None}
    wanted = metric.rank
    workers = {report.line.worker for report in reports if report.line.worker}
    if len(workers) > 1:
        message = (
            f"{len(workers)} processes of Ray report it, in no order and without a rank: let one of them report it"
        )
        raise NotSearched(message)
    if wanted is None and len(ranks) > 1:
        if not all(report.line.by_mpi for report in reports if report.line.rank is not None):
            message = f"{len(ranks)} ranks report it, in no order: say which one counts (rank: 0)"
            raise NotSearched(message)
        wanted = 0
    return (report for report in reports if wanted is None or report.line.rank in {wanted, None})


def _refuse_unread(metric: Metric, lines: Sequence[LogLine], last: int) -> None:
    """Refuse a log whose last report the expression does not take: an older value must not stand for it."""
    loose = loosened(metric.regex)
    if loose is None:
        return
    later = lines[last:]
    try:
        found = last_matches(loose, [line.text for line in later], metric.name)
    except PatternRefused:
        return  # what stands before the group is no expression of its own, such as one half of an alternative
    for number, (line, match) in enumerate(zip(later, found, strict=True), last + 1):
        told = (match.groups[0] or "") if match is not None and match.groups else ""
        if match is not None and (_NUMBER_LIKE.match(told) or _NO_NUMBER.match(told)):
            raise NotSearched(_shown(number, line, f"{told!r} is reported last, and the expression does not take it"))


def loosened(regex: str) -> str | None:
    """Put anything that can stand for a number in the place of the first group; None where that can't be told."""
    start = _first_group(regex)
    return None if start is None else f"{regex[:start]}{_LOOSE}"


def _closed_by_comma(regex: str) -> bool:
    """Tell whether an expression names a comma right behind its first group, which has no group inside."""
    start = _first_group(regex)
    end = regex.find(")", start or 0)
    return start is not None and "(" not in regex[start + 1 : end] and regex[end + 1 : end + 2] == ","


def _first_group(regex: str) -> int | None:
    """Find the first capturing bracket; None where there is none, or where it lies inside another group."""
    at, depth, in_class = 0, 0, False
    while at < len(regex):
        character = regex[at]
        if character == "\\":
            at += 1
        elif in_class:
            in_class = character != "]"
        elif character == "[":
            in_class = True
        elif character == "(" and not regex.startswith("(?", at):
            return None if depth else at
        elif character in "()":
            depth += 1 if character == "(" else -1
        at += 1
    return None


def _chosen(metric: Metric, log: LogLines, reports: Sequence[_Report]) -> _Report:
    """Choose the report that counts; one that is no number blocks the choice of a best."""
    if metric.take is Take.STEP:
        return _at_step(metric, log, reports)
    if metric.take is Take.LAST or any(report.value is None for report in reports):
        return reports[-1]
    low = metric.take is Take.MIN or (metric.take is Take.BEST and metric.better.value == "lower")
    return (min if low else max)(reports, key=lambda report: report.value or 0.0)


def _until(metric: Metric, log: LogLines, reports: Sequence[_Report]) -> Reading:
    """Find the first report that reaches the target: its step, or which report it is where the log names no steps."""
    steps, value, at = _steps(log), NEVER, reports[-1]
    for count, report in enumerate(reports, 1):
        if report.value is not None and reached(metric.target, report.value):
            value, at = float(steps.get(report.number, count)), report
            break
    return Reading((MetricPoint(value, 0),), at.number, at.line.text.strip()[:_SHOWN], len(reports))


def _steps(log: LogLines) -> dict[int, int]:
    """Give the step of each line, from 1 on: the one named in it, or in the nearest line before it."""
    steps: dict[int, int] = {}
    named: int | None = None
    for number, line in enumerate(log.lines, 1):
        told = _STEP.findall(line.text)
        named = int("".join(told[-1])) if told else named
        if named is not None:
            steps[number] = named
    return steps


def _at_step(metric: Metric, log: LogLines, reports: Sequence[_Report]) -> _Report:
    """Find the last report at the step that counts."""
    steps = _steps(log)
    found = [report for report in reports if steps.get(report.number) == metric.step]
    if not found:
        last = f", the last one it names is {steps[len(log.lines)]}" if steps else ", and it names none"
        lost = f"{START_LOST}, and the rest" if log.start_lost else "its log"
        message = f"{lost} has no report at step {metric.step}{last}"
        raise NotSearched(message)
    return found[-1]


def _judged_last(metric: Metric, points: list[MetricPoint], at: int) -> tuple[MetricPoint, ...]:
    """Put the value that counts last."""
    kept = points[: POINTS_MAX - 1] if len(points) > POINTS_MAX else points
    if kept[-1:] == [points[at]]:
        return tuple(kept)
    if len(points) > POINTS_MAX or metric.take is not Take.LAST:
        return (*kept, points[at])
    return tuple(kept)


def _shown(number: int, line: LogLine, what: str) -> str:
    return f"line {number}: {what}: {line.text.strip()[:_SHOWN]}"
