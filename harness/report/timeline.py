"""Two-lane timelines: legacy above candidate on one zero point, the submit of each side. Geometry only, pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.report.runs import disagreement
from harness.report.values import PairView, RunStory
from harness.report.wording import seconds

LANE_HEIGHT = 26.0
_CHARACTER = 6.6
"""Width of one character of a bar's label, at 11 px."""
_LABEL_ROOM = 8.0
PHASE_WORDS = (
    ("submit", ("submit", "accept")),
    ("queue", ("queue", "pend", "sched", "wait")),
    ("provision", ("provision", "launch", "prepar", "capacity")),
    ("pull", ("pull", "download", "image", "input")),
    ("start", ("start", "init", "boot", "first")),
    ("run", ("run", "train", "work", "process")),
    ("finish", ("upload", "finish", "final", "clean", "complet", "stop")),
)
"""Colour of a phase by the first word that is part of its name; anything else is drawn as `other`."""


@dataclass(frozen=True, slots=True)
class Canvas:
    """How much room a timeline has."""

    width: float
    left: float
    right: float
    top: float
    gap: float
    """Between two lanes."""
    ticks: int
    """Labels of the axis, at most."""
    name_above: bool = False
    """A lane's name stands above it and not left of it."""


WIDE = Canvas(940.0, 92.0, 20.0, 30.0, 34.0, 8)
NARROW = Canvas(330.0, 4.0, 6.0, 44.0, 52.0, 3, name_above=True)


@dataclass(frozen=True, slots=True)
class Whisker:
    """Error of a bar's end; an end that leaves the drawing has an arrow and no cap."""

    low: float
    high: float
    low_leaves: bool
    high_leaves: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One phase on its lane."""

    x: float
    width: float
    colour: str
    label: str
    """Empty where it does not fit."""
    title: str
    end_known: bool
    error: Whisker | None
    """Where it is wide enough to be seen."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark on a lane or on the axis."""

    x: float
    label: str
    legal: bool = True


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the container's exit and the job's label disagree."""

    x: float
    label: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One run."""

    name: str
    y: float
    name_x: float
    name_y: float
    name_anchor: str
    bars: tuple[Bar, ...]
    moves: tuple[Tick, ...]
    mark: Mark | None
    end: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """One pair, drawn."""

    width: float
    height: float
    left: float
    right: float
    """Where the axis begins and ends."""
    axis_y: float
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    text: str
    """The same in one sentence, for those who can't see the drawing."""


def draw(pair: PairView, canvas: Canvas = WIDE) -> Timeline:
    """Lay out a pair's runs; both lanes share one scale."""
    last = max((_last(story) for story in pair.stories), default=0.0)
    end = last if last > 0 else 1.0
    scale = (canvas.width - canvas.left - canvas.right) / (end * 1.02)
    step = LANE_HEIGHT + canvas.gap
    lanes = tuple(
        _lane(story, canvas.top + n * step, scale, end, canvas=canvas) for n, story in enumerate(pair.stories)
    )
    axis = canvas.top + len(lanes) * step - canvas.gap + 24
    text = "; ".join(f"{lane.name} {lane.end}" + (f", {lane.mark.label}" if lane.mark else "") for lane in lanes)
    edge = canvas.width - canvas.right
    return Timeline(canvas.width, axis + 24, canvas.left, edge, axis, _axis(end, scale, canvas), lanes, text)


def colour_of(phase: str) -> str:
    """Give the colour's name of a phase."""
    lowered = phase.lower()
    return next((colour for colour, words in PHASE_WORDS if any(word in lowered for word in words)), "other")


def legend(pairs: Iterable[PairView]) -> tuple[tuple[str, str], ...]:
    """List colours in use, each with the phases drawn in it."""
    names: dict[str, dict[str, None]] = {colour: {} for colour, _ in (*PHASE_WORDS, ("other", ()))}
    for pair in pairs:
        for story in pair.stories:
            for name, *_ in story.phases:
                names[colour_of(name)][name] = None
    return tuple((colour, ", ".join(phases)) for colour, phases in names.items() if phases)


def _last(story: RunStory) -> float:
    times = [at for at, *_ in story.transitions]
    times += [time for _, start, end, *_ in story.phases for time in (start, end) if time is not None]
    if story.ended_at_seconds is not None:
        times.append(story.ended_at_seconds)
    return max(times, default=0.0)


def _x(at: float, scale: float, canvas: Canvas) -> float:
    return round(canvas.left + max(0.0, at) * scale, 1)


def _lane(story: RunStory, y: float, scale: float, end: float, *, canvas: Canvas) -> Lane:
    known_end = story.ended_at_seconds
    open_until = end if known_end is None else known_end
    bars = tuple(_bar(phase, scale, open_until, canvas) for phase in story.phases)
    moves = tuple(
        Tick(
            _x(at, scale, canvas),
            f"{seconds(at)}: {witness} says {label}" + ("" if legal else " (not a legal move)"),
            legal,
        )
        for at, witness, label, legal in story.transitions
    )
    mark = _mark(disagreement(story), _x(known_end if known_end is not None else _last(story), scale, canvas), canvas)
    ended = f"ended after {seconds(known_end)}" if known_end is not None else "has no known end"
    if canvas.name_above:
        return Lane(story.side, y, canvas.left, y - 22, "start", bars, moves, mark, ended)
    return Lane(story.side, y, canvas.left - 8, y + 17, "end", bars, moves, mark, ended)


def _bar(phase: tuple[str, float, float | None, float, str], scale: float, open_until: float, canvas: Canvas) -> Bar:
    name, start, end, error, source = phase
    until = max(start, open_until if end is None else end)
    x, width = _x(start, scale, canvas), max(2.0, round((until - max(0.0, start)) * scale, 1))
    length = "end unknown" if end is None else seconds(end - start)
    half = error * scale
    whisker = _whisker(_x(until, scale, canvas), half, canvas) if half >= 1 and end is not None else None
    room = width - _LABEL_ROOM - (half if whisker else 0)
    label = next((text for text in (f"{name} {length}", name) if len(text) * _CHARACTER <= room), "")
    title = f"{name}: from {seconds(start)}, {length}, ± {seconds(error)}, seen by {source}"
    return Bar(x, width, colour_of(name), label, title, end is not None, whisker)


def _whisker(end: float, half: float, canvas: Canvas) -> Whisker:
    low, high, edge = end - half, end + half, canvas.width - canvas.right
    return Whisker(
        round(max(canvas.left, low), 1),
        round(min(edge, high), 1),
        low_leaves=low < canvas.left,
        high_leaves=high > edge,
    )


def _mark(label: str, x: float, canvas: Canvas) -> Mark | None:
    if not label:
        return None
    return Mark(x, label, "end" if x > (canvas.width + canvas.left) / 2 else "start")


def _axis(end: float, scale: float, canvas: Canvas) -> tuple[Tick, ...]:
    step = nice_step(end, canvas.ticks)
    count = math.floor(end / step)
    return tuple(Tick(_x(n * step, scale, canvas), seconds(n * step) if n else "submit") for n in range(count + 1))


def nice_step(span: float, most: int) -> float:
    """Give the smallest step of 1, 2 or 5 × 10ⁿ that cuts a span into at most `most` parts."""
    rough = span / most
    base = 10.0 ** math.floor(math.log10(rough))
    return next(factor * base for factor in (1.0, 2.0, 5.0, 10.0) if factor * base >= rough)


def drawable(pairs: Sequence[PairView]) -> tuple[PairView, ...]:
    """List pairs that have a story, those worth a look first: disagreement, then not clean, then plan order."""
    quiet = {"MATCH": 3, "EXPLAINED": 1, "WAIVED": 1, "": 4}
    told = [pair for pair in pairs if any(story.phases or story.transitions for story in pair.stories)]
    return tuple(sorted(told, key=lambda pair: (not pair.mark, quiet.get(pair.outcome, 0))))
