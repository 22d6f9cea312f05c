"""One picture a metric: margin as a band, pairs as dots by day, bad runs as crosses, what is possible: geometry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.report.values import Dot, MetricPicture
from harness.report.wording import counted

WIDTH, HEIGHT = 640.0, 190.0
LEFT, RIGHT, TOP, BOTTOM = 72.0, 90.0, 10.0, 28.0
LEAST, MOST = 1.5, 4.0
"""Margins that are drawn at least, and at most; what lies further out stands at the edge and says so."""
DOTS_MAX = 400
LABELS_MAX = 8
_SPREAD = 0.6
"""Of a day's width that its dots fill."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One pair, or one bad run."""

    x: float
    y: float
    kind: str
    """pair, older or bad."""
    edge: bool
    """It lies further out than is drawn."""
    title: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A metric's evidence, drawn."""

    subject: str
    outcome: str
    width: float
    height: float
    left: float
    right: float
    band: tuple[float, float]
    """Top and bottom of the margin."""
    zero: float
    ticks: tuple[tuple[float, str], ...]
    days: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    possible: tuple[float, float] | None
    bar: float
    """Where the possible shifts stand."""
    progress: tuple[tuple[str, int], ...]
    """What is to be shown, and how much of it is, in percent."""
    text: str


def drawn(picture: MetricPicture) -> Picture:
    """Draw one."""
    reach = _reach(picture)
    middle, half = TOP + (HEIGHT - TOP - BOTTOM) / 2, (HEIGHT - TOP - BOTTOM) / 2

    def y(margins: float) -> float:
        return round(middle - max(-reach, min(reach, margins)) / reach * half, 1)

    days = max(1, len(picture.days))
    wide = (WIDTH - LEFT - RIGHT) / days
    every = -(-days // LABELS_MAX)
    labels = (
        (round(LEFT + (day + 0.5) * wide, 1), text[5:]) for day, text in enumerate(picture.days) if day % every == 0
    )
    return Picture(
        subject=picture.subject,
        outcome=picture.outcome,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        right=WIDTH - RIGHT,
        band=(y(1.0), y(-1.0)),
        zero=y(0.0),
        ticks=((y(1.0), "+1 margin"), (y(0.0), "0"), (y(-1.0), "−1 margin")),
        days=tuple(labels),
        marks=tuple(
            Mark(x, y(dot.margins), _kind(dot), abs(dot.margins) > reach, _title(picture, dot))
            for x, dot in _placed(picture, wide)
        ),
        possible=None if picture.possible is None else (y(picture.possible[1]), y(picture.possible[0])),
        bar=WIDTH - RIGHT / 2,
        progress=tuple((words, int(100 * share)) for words, share in picture.progress),
        text=_text(picture),
    )


def _reach(picture: MetricPicture) -> float:
    drawn = [abs(dot.margins) for dot in picture.dots] + [abs(end) for end in picture.possible or ()]
    return max(LEAST, min(MOST, 1.1 * max(drawn, default=0.0)))


def _placed(picture: MetricPicture, wide: float) -> Iterator[tuple[float, Dot]]:
    """Lay a day's dots beside each other, in their order."""
    step = max(1, -(-len(picture.dots) // DOTS_MAX))
    kept = [dot for number, dot in enumerate(picture.dots) if dot.bad or number % step == 0]
    by_day: dict[int, list[Dot]] = {}
    for dot in kept:
        by_day.setdefault(dot.day, []).append(dot)
    for day, dots in sorted(by_day.items()):
        for place, dot in enumerate(dots, 1):
            part = place / (len(dots) + 1) - 0.5
            yield round(LEFT + (day + 0.5 + _SPREAD * part) * wide, 1), dot


def _kind(dot: Dot) -> str:
    return "bad" if dot.bad else "pair" if dot.newest else "older"


def _title(picture: MetricPicture, dot: Dot) -> str:
    what = "a bad run" if dot.bad else "a pair" if dot.newest else "a pair of an earlier image"
    return f"{picture.days[dot.day]}: {what}, {dot.margins:+.2f} margins"


def _text(picture: MetricPicture) -> str:
    """Say the same in words, for who can't see it."""
    pairs, bad = sum(not dot.alone for dot in picture.dots), sum(dot.bad for dot in picture.dots)
    over = f"{counted(pairs, 'pair')} on {counted(len(picture.days), 'day')}, {counted(bad, 'bad run')}"
    if picture.possible is None:
        return f"{over}; any shift is still possible"
    low, high = picture.possible
    return f"{over}; possible shifts are {low:+.2f} to {high:+.2f} margins, allowed are −1 to +1"
