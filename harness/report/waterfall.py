"""One waterfall of startup a job: median start and length of each phase on both sides. Numbers and geometry, pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median

from harness.model.job import Side
from harness.report.timeline import Whisker, nice_step
from harness.report.values import PairView, RunStory
from harness.report.wording import counted, seconds

WORK = "running"
"""Name of the phase that startup ends with: from the first instruction on."""
_HEADROOM = 1.08
"""The axis ends this much behind the last bar; an error bar that is longer leaves the plot."""
_TICK_ROOM = 90.0
"""Pixels between two labels of the axis, at least."""
_NEGLIGIBLE = 100
"""An error of less than this part of a length, and of a second, is not worth a word."""
_BAR, _BETWEEN = 12.0, 3.0


@dataclass(frozen=True, slots=True)
class PhaseOfSide:
    """One phase of one side over all runs, in seconds after submit."""

    start: float
    length: float | None
    """None: its end is unknown in every run."""
    error: float
    """The largest error of a run."""
    runs: int
    open_runs: int
    """Runs in which its end is unknown."""


@dataclass(frozen=True, slots=True)
class Waterfall:
    """Startup of a job's runs that began alike."""

    job: str
    start: str
    """On what they began: cold, warm, or mixed."""
    phases: tuple[tuple[str, Mapping[str, PhaseOfSide]], ...]
    """By name, in order of the later of their starts; each by side."""
    totals: Mapping[str, PhaseOfSide]
    """From submit to the first instruction, by side."""

    @property
    def text(self) -> str:
        """Say the totals in one sentence."""
        parts = [f"{side} {_length(total)} ({counted(total.runs, 'run')})" for side, total in self.totals.items()]
        return f"median from submit to the first instruction: {', '.join(parts)}" if parts else "no end was seen"


@dataclass(frozen=True, slots=True)
class WaterfallCanvas:
    """How much room a waterfall has."""

    width: float
    left: float
    right: float
    """Of which the numbers stand in."""
    name_above: bool
    """A phase's name stands above its bars and not left of them."""


WIDE = WaterfallCanvas(1080.0, 130.0, 230.0, name_above=False)
NARROW = WaterfallCanvas(330.0, 4.0, 180.0, name_above=True)


@dataclass(frozen=True, slots=True)
class WaterfallBar:
    """One phase of one side, drawn."""

    side: str
    x: float
    y: float
    width: float
    known: bool
    error: Whisker | None
    words: str
    """Its length with the error, to stand at the right."""


@dataclass(frozen=True, slots=True)
class WaterfallRow:
    """One phase of both sides, drawn."""

    name: str
    x: float
    y: float
    anchor: str
    bars: tuple[WaterfallBar, ...]


@dataclass(frozen=True, slots=True)
class WaterfallDrawing:
    """A waterfall, drawn."""

    width: float
    height: float
    values_x: float
    rows: tuple[WaterfallRow, ...]
    ticks: tuple[tuple[float, str], ...]
    axis_y: float
    text: str


def waterfalls(pairs: Iterable[PairView]) -> tuple[Waterfall, ...]:
    """Gather startup by job and by what its runs began on, cold first; runs that told no phase count nowhere."""
    groups: dict[tuple[str, str], list[RunStory]] = {}
    for pair in pairs:
        for story in pair.stories:
            if _startup(story):
                groups.setdefault((pair.job, story.start), []).append(story)
    jobs = {job: place for place, job in enumerate(dict.fromkeys(job for job, _ in groups))}
    ordered = sorted(groups, key=lambda key: (jobs[key[0]], key[1]))
    return tuple(_waterfall(job, start, groups[job, start]) for job, start in ordered)


def _startup(story: RunStory) -> list[tuple[str, float, float | None, float]]:
    """List a run's phases up to its first instruction."""
    found = []
    for name, start, end, error, _ in story.phases:
        if name == WORK:
            break
        found.append((name, start, end, error))
    return found


def _waterfall(job: str, start: str, stories: Iterable[RunStory]) -> Waterfall:
    seen: dict[str, dict[str, list[tuple[float, float | None, float]]]] = {}
    totals: dict[str, list[tuple[float, float | None, float]]] = {}
    for story in stories:
        listed = _startup(story)
        for name, begin, end, error in listed:
            seen.setdefault(name, {}).setdefault(story.side, []).append((begin, end, error))
        _, _, end, error = listed[-1]
        totals.setdefault(story.side, []).append((0.0, end, error))
    phases = {name: found for name, sides in seen.items() if (found := _by_side(sides))}
    ordered = sorted(phases, key=lambda name: max(phase.start for phase in phases[name].values()))
    return Waterfall(job, start, tuple((name, phases[name]) for name in ordered), _by_side(totals))


def _by_side(sides: Mapping[str, list[tuple[float, float | None, float]]]) -> dict[str, PhaseOfSide]:
    return {side.value: _of_side(sides[side.value]) for side in Side if side.value in sides}


def _of_side(seen: list[tuple[float, float | None, float]]) -> PhaseOfSide:
    lengths = [max(0.0, end - start) for start, end, _ in seen if end is not None]
    start = max(0.0, median(start for start, _, _ in seen))
    error = max(error for _, _, error in seen)
    return PhaseOfSide(start, median(lengths) if lengths else None, error, len(seen), len(seen) - len(lengths))


def _length(phase: PhaseOfSide) -> str:
    if phase.length is None:
        return "end unknown"
    worth_saying = phase.error * _NEGLIGIBLE > max(phase.length, 1.0)
    return f"{seconds(phase.length)} ± {seconds(phase.error)}" if worth_saying else seconds(phase.length)


# -- geometry ---------------------------------------------------------------------------------------------------------


def draw_waterfall(waterfall: Waterfall, canvas: WaterfallCanvas) -> WaterfallDrawing:
    """Lay out a waterfall; zero is the submit of each side, and both share one scale."""
    ends = [phase.start + (phase.length or 0.0) for _, sides in waterfall.phases for phase in sides.values()]
    span = (max(ends, default=0.0) or 1.0) * _HEADROOM
    scale = (canvas.width - canvas.left - canvas.right) / span
    head = 15.0 if canvas.name_above else 4.0
    height = head + len(Side) * (_BAR + _BETWEEN) + 8.0
    rows = tuple(
        _row(name, sides, canvas, scale, top=6.0 + place * height + head)
        for place, (name, sides) in enumerate(waterfall.phases)
    )
    axis = 6.0 + len(rows) * height + 2.0
    step = nice_step(span, max(2, math.floor((canvas.width - canvas.left - canvas.right) / _TICK_ROOM)))
    ticks = tuple(
        (round(canvas.left + place * step * scale, 1), seconds(place * step) if place else "submit")
        for place in range(math.floor(span / step) + 1)
    )
    values = canvas.width - canvas.right + 12.0
    return WaterfallDrawing(canvas.width, axis + 20.0, values, rows, ticks, axis, waterfall.text)


def _row(
    name: str, sides: Mapping[str, PhaseOfSide], canvas: WaterfallCanvas, scale: float, *, top: float
) -> WaterfallRow:
    bars = tuple(
        _bar(side.value, sides[side.value], canvas, scale, top=top + place * (_BAR + _BETWEEN))
        for place, side in enumerate(Side)
        if side.value in sides
    )
    if canvas.name_above:
        return WaterfallRow(name, canvas.left, top - 4.0, "start", bars)
    return WaterfallRow(name, canvas.left - 10.0, top + _BAR + 4.0, "end", bars)


def _bar(side: str, phase: PhaseOfSide, canvas: WaterfallCanvas, scale: float, *, top: float) -> WaterfallBar:
    edge = canvas.width - canvas.right
    x = round(canvas.left + phase.start * scale, 1)
    width = max(2.0, round((phase.length or 0.0) * scale, 1)) if phase.length is not None else round(edge - x, 1)
    half = phase.error * scale
    error = None
    if phase.length is not None and half >= 1:
        low, high = x + width - half, x + width + half
        ends = round(max(low, canvas.left), 1), round(min(high, edge), 1)
        error = Whisker(*ends, low_leaves=low < canvas.left, high_leaves=high > edge)
    words = f"{side} {_length(phase)}"
    return WaterfallBar(side, x, top, width, phase.length is not None, error, words)
