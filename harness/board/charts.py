"""Numbers to shapes of labelled pictures: geometry only, drawn by one macro. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 24
"""Room for the labels of the axes."""
COLOURS: Mapping[str, str] = {
    "good": "var(--good, #0a5c4b)",
    "bad": "var(--bad, #a3230f)",
    "open": "var(--open, #7a4b00)",
    "told": "var(--told, #0b5394)",
    "waived": "var(--waived, #6b3fa0)",
    "notrun": "var(--notrun, #4d555e)",
    "legacy": "var(--legacy, #6b3fa0)",
    "candidate": "var(--candidate, #a85200)",
    "muted": "var(--muted, #57606a)",
    "line": "var(--line, #d0d7de)",
}
DASHES: Mapping[str, str] = {"legacy": "6 3", "told": "2 3", "open": "6 3", "waived": "8 3 2 3"}
"""Lines of one picture differ by more than their colour."""
_LABELS_MAX = 6


@dataclass(frozen=True, slots=True)
class Shape:
    """One path with what it says."""

    d: str
    fill: str = "none"
    stroke: str = "none"
    dash: str = ""
    opacity: float = 1.0
    title: str = ""
    width: float = 2


@dataclass(frozen=True, slots=True)
class Text:
    """One label."""

    x: float
    y: float
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Legend:
    """One line of the legend."""

    name: str
    colour: str
    dash: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture; `label` says in words what it shows."""

    label: str
    shapes: tuple[Shape, ...]
    texts: tuple[Text, ...]
    legend: tuple[Legend, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    small: bool = False
    """One of many with the same legend, which the page shows once."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one part of each bar."""

    name: str
    klass: str
    values: Sequence[float | None]


def ceiling(value: float) -> float:
    """Give the next round number: 1, 2 or 5 times a power of ten."""
    if value <= 0 or not math.isfinite(value):
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= value * (1 - 1e-9)))


@dataclass(frozen=True, slots=True)
class Scale:
    """The values between the lower and the upper edge of a picture."""

    low: float
    high: float

    def y(self, value: float) -> int:
        """Give the height of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM))


def from_zero(values: Iterable[float]) -> Scale:
    """Begin at zero and end at a round number above all values."""
    return Scale(0.0, ceiling(max(values, default=0.0)))


def around(values: Sequence[float]) -> Scale:
    """Leave a little room around the values; equal ones lie in the middle."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = (high - low) * 0.1 or abs(high) * 0.1 or 1.0
    return Scale(low - room, high + room)


def _frame(scale: Scale, labels: Sequence[str], unit: str) -> tuple[list[Shape], list[Text]]:
    """Draw the axes: three heights, and as many labels as there is room for."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    heights = [scale.low + (scale.high - scale.low) * part for part in (0, 0.5, 1)]
    grid = "".join(f"M{LEFT} {scale.y(value)}H{WIDTH - RIGHT}" for value in heights)
    texts = [Text(LEFT - 5, scale.y(value) + 4, f"{value:.4g}{unit}", "end") for value in heights]
    every = math.ceil(len(labels) / _LABELS_MAX)
    for place, label in enumerate(labels):
        if place % every == 0:
            texts.append(Text(round(LEFT + step * (place + 0.5)), HEIGHT - 6, label))
    return [Shape(grid, stroke=COLOURS["line"])], texts


def bars(label: str, names: Sequence[str], series: Sequence[Series], unit: str = "") -> Plot:
    """Stack the series of each name."""
    scale = from_zero(sum(part.values[place] or 0 for part in series) for place in range(len(names)))
    shapes, texts = _frame(scale, names, unit)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(names))
    for place, name in enumerate(names):
        below, x, wide = 0.0, round(LEFT + step * (place + 0.15), 1), round(step * 0.7, 1)
        for part in series:
            value = part.values[place] or 0
            if value:
                path = f"M{x} {scale.y(below)}V{scale.y(below + value)}h{wide}V{scale.y(below)}z"
                shapes.append(Shape(path, fill=COLOURS[part.klass], title=f"{name}: {value:g}{unit} {part.name}"))
                below += value
    return Plot(label, tuple(shapes), tuple(texts), _legend(series))


def _legend(series: Iterable[Series | Climb]) -> tuple[Legend, ...]:
    return tuple(Legend(part.name, COLOURS[part.klass], DASHES.get(part.klass, "")) for part in series)


def lines(
    label: str,
    names: Sequence[str],
    series: Sequence[Series],
    unit: str = "",
    *,
    zero: bool = True,
    small: bool = False,
) -> Plot:
    """Draw each series as a line with dots, broken where nothing is known; `zero`: the axis begins there."""
    known = [value for part in series for value in part.values if value is not None and math.isfinite(value)]
    scale = from_zero(known) if zero else around(known)
    shapes, texts = _frame(scale, names, unit)
    step = (WIDTH - LEFT - RIGHT) / max(1, len(names))
    for part in series:
        points = [
            None if value is None or not math.isfinite(value) else (round(LEFT + step * (place + 0.5)), scale.y(value))
            for place, value in enumerate(part.values)
        ]
        dash, colour = DASHES.get(part.klass, ""), COLOURS[part.klass]
        shapes.append(Shape(_path(points), stroke=colour, dash=dash, title=part.name))
        dots = "".join(f"M{point[0]} {point[1]}h0" for point in points if point)
        shapes.append(Shape(dots, stroke=colour, width=5))
    return Plot(label, tuple(shapes), tuple(texts), _legend(series), small=small)


def _path(points: Iterable[tuple[int, int] | None]) -> str:
    parts, pen = [], "M"
    for point in points:
        if point is not None:
            parts.append(f"{pen}{point[0]} {point[1]}")
        pen = "M" if point is None else "L"
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Climb:
    """How many repositories had reached a milestone at each time."""

    name: str
    klass: str
    times: Sequence[float]


@dataclass(frozen=True, slots=True)
class Span:
    """The time that a picture covers, and what is marked in it."""

    start: float
    end: float
    now: float
    target: float | None
    ticks: Sequence[tuple[float, str]]

    def x(self, at: float) -> int:
        """Give the place of a time."""
        part = (at - self.start) / max(1.0, self.end - self.start)
        return round(LEFT + min(1.0, max(0.0, part)) * (WIDTH - LEFT - RIGHT))


@dataclass(frozen=True, slots=True)
class Fan:
    """The range of a forecast: how many there are today, and when all are at both ends; None: never."""

    count: int
    early: float
    late: float | None


def climbs(label: str, total: int, series: Sequence[Climb], span: Span, *, fan: Fan | None) -> Plot:
    """Draw counts that only grow against a total, with the range in which the rest is expected."""
    scale = from_zero([float(total)])
    shapes, texts = _frame(scale, (), "")
    texts += [Text(span.x(at), HEIGHT - 6, name) for at, name in span.ticks]
    shapes.append(Shape(f"M{LEFT} {scale.y(total)}H{WIDTH - RIGHT}", stroke=COLOURS["muted"], title=f"all {total}"))
    if fan is not None:
        shapes.append(_fan(total, scale, span, fan))
    for part in series:
        dash = DASHES.get(part.klass, "")
        shapes.append(Shape(_steps(part.times, scale, span), stroke=COLOURS[part.klass], dash=dash, title=part.name))
    for at, name in ((span.now, "today"), *(((span.target, "target"),) if span.target else ())):
        path = f"M{span.x(at)} {TOP}V{HEIGHT - BOTTOM}"
        shapes.append(Shape(path, stroke=COLOURS["muted"], dash="3 3", title=name, width=1))
        texts.append(Text(span.x(at), TOP - 2, name))
    return Plot(label, tuple(shapes), tuple(texts), _legend(series))


def _steps(times: Sequence[float], scale: Scale, span: Span) -> str:
    parts = [f"M{span.x(span.start)} {scale.y(0)}"]
    for count, at in enumerate(sorted(times), 1):
        parts.append(f"H{span.x(at)}V{scale.y(count)}")
    return "".join((*parts, f"H{span.x(span.now)}"))


def _fan(total: int, scale: Scale, span: Span, fan: Fan) -> Shape:
    """Draw the range; a slow end beyond the picture leaves it at the height of that time."""
    top, edge = scale.y(total), span.x(span.end)
    path = f"M{span.x(span.now)} {scale.y(fan.count)}L{span.x(fan.early)} {top}"
    if fan.late is not None and fan.late <= span.end:
        path += f"H{span.x(fan.late)}z"
    else:
        share = 0.0 if fan.late is None else (span.end - span.now) / (fan.late - span.now)
        path += f"H{edge}V{scale.y(fan.count + (total - fan.count) * share)}z"
    return Shape(path, fill=COLOURS["told"], opacity=0.18, title="forecast")


def strip(label: str, marks: Sequence[tuple[str, bool]]) -> Plot:
    """Draw a bar a campaign, the newest last, those in a row as one; the flag: something was changed before it."""
    paths: dict[str, list[str]] = {}
    begin = 0
    for place, (klass, changed) in enumerate(marks):
        if changed:
            paths.setdefault("muted", []).append(f"M{place * _MARK} 0h{_MARK - 1}l-2.5 5z")
        if place + 1 == len(marks) or marks[place + 1][0] != klass:
            wide = (place + 1 - begin) * _MARK - 1
            paths.setdefault(klass, []).append(f"M{begin * _MARK} 6h{wide}v14h-{wide}z")
            begin = place + 1
    shapes = tuple(Shape("".join(parts), fill=COLOURS[klass]) for klass, parts in paths.items())
    return Plot(label, shapes, (), width=max(1, len(marks)) * _MARK, height=22)


_MARK = 6
"""Width of one campaign."""
