"""Interval plots with their margin band, and both sides' series. Geometry only, pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.values import MeasureView
from harness.report.wording import number, signed, with_unit

WIDTH, LEFT, RIGHT = 640.0, 150.0, 20.0
ROW, TOP = 24.0, 26.0
SERIES_HEIGHT, SERIES_MARGIN = 96.0, 12.0
POINTS_MAX = 120
_HEADROOM = 1.15
_LABEL_ROOM = 48.0
"""Pixels between two labels of the axis, so that they never touch."""


@dataclass(frozen=True, slots=True)
class Row:
    """One horizontal bar around or beside zero."""

    label: str
    y: float
    low: float
    high: float
    point: float | None
    kind: str
    """difference or noise."""
    title: str


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """A difference with its interval against the margin band, over the noise of both sides."""

    width: float
    height: float
    zero: float
    band: tuple[float, float] | None
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[Row, ...]
    text: str


@dataclass(frozen=True, slots=True)
class SeriesPlot:
    """Values of both sides by place in their series."""

    width: float
    height: float
    legacy: tuple[tuple[float, float], ...]
    candidate: tuple[tuple[float, float], ...]
    high: str
    low: str
    text: str


def interval_plot(measure: MeasureView) -> IntervalPlot | None:
    """Draw a difference against its margin; None where there is no difference to draw."""
    if measure.difference is None:
        return None
    widest = _widest(measure)
    middle, half = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - LEFT - RIGHT) / 2 / _HEADROOM

    def x(value: float) -> float:
        return round(middle + value / widest * half, 1)

    low, high = measure.interval or (measure.difference, measure.difference)
    words = dict(measure.words)
    rows = [Row("difference", TOP + ROW / 2, x(low), x(high), x(measure.difference), "difference", words["difference"])]
    for label, noise in (("legacy vs legacy", measure.noise_legacy), ("candidate vs cand.", measure.noise_candidate)):
        if noise is not None:
            y = TOP + ROW * (len(rows) + 0.5)
            rows.append(
                Row(
                    label,
                    y,
                    x(-abs(noise)),
                    x(abs(noise)),
                    None,
                    "noise",
                    f"up to {with_unit(number(noise), measure.unit)}",
                )
            )
    band = (x(-measure.margin), x(measure.margin)) if measure.margin is not None else None
    roomy = measure.margin is not None and measure.margin / widest * half >= _LABEL_ROOM
    marks = [-measure.margin, 0.0, measure.margin] if measure.margin is not None and roomy else [0.0]
    ticks = tuple((x(mark), signed(mark) if mark else "0") for mark in marks)
    text = ", ".join(f"{label} {value}" for label, value in measure.words)
    return IntervalPlot(WIDTH, TOP + ROW * len(rows) + 8, x(0), band, ticks, tuple(rows), text)


def _widest(measure: MeasureView) -> float:
    """Give the largest distance from zero that is drawn; where all is zero there still is an axis."""
    drawn = [
        measure.difference,
        measure.margin,
        measure.noise_legacy,
        measure.noise_candidate,
        *(measure.interval or ()),
    ]
    return max(abs(item) for item in drawn if item is not None) or 1.0


def series_plot(measure: MeasureView) -> SeriesPlot | None:
    """Draw both series on one scale; None where one of them is missing."""
    legacy, candidate = _thinned(measure.series_legacy), _thinned(measure.series_candidate)
    if not legacy or not candidate:
        return None
    values = [each for _, each in (*legacy, *candidate)]
    low, high = min(values), max(values)
    longest = max(len(measure.series_legacy), len(measure.series_candidate))
    sizes = f"legacy {len(measure.series_legacy)} values, candidate {len(measure.series_candidate)}"
    text = f"{sizes}, from {number(low)} to {number(high)}"
    return SeriesPlot(
        WIDTH,
        SERIES_HEIGHT,
        _points(legacy, longest, low, high),
        _points(candidate, longest, low, high),
        number(high),
        number(low),
        text,
    )


def _thinned(values: Sequence[float]) -> list[tuple[int, float]]:
    step = max(1, -(-len(values) // POINTS_MAX))
    return list(enumerate(values))[::step]


def _points(
    series: Sequence[tuple[int, float]], longest: int, low: float, high: float
) -> tuple[tuple[float, float], ...]:
    across = (WIDTH - LEFT - RIGHT) / max(1, longest - 1)
    room = SERIES_HEIGHT - 2 * SERIES_MARGIN
    half = high / 2 - low / 2  # halved first: the span of two huge values would overflow

    def y(value: float) -> float:
        part = (value / 2 - low / 2) / half if half else 0.5
        return round(SERIES_HEIGHT - SERIES_MARGIN - part * room, 1)

    return tuple((round(LEFT + place * across, 1), y(value)) for place, value in series)
