"""Startup as one waterfall a job: medians by phase on both sides, warm starts apart, error bars inside the drawing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.campaign_sample import go_case

from harness.report.timeline import NARROW as NARROW_LANES
from harness.report.timeline import WIDE as WIDE_LANES
from harness.report.timeline import draw
from harness.report.values import PairView, RunStory
from harness.report.waterfall import NARROW, WIDE, PhaseOfSide, WaterfallCanvas, draw_waterfall, waterfalls


def _story(side: str, *ends: float | None, error: float = 0.5, start: str = "cold") -> RunStory:
    """Tell a run whose phases queued, pulling, running end at these seconds."""
    like, names, at = go_case().view().pairs[0].stories[0], ("queued", "pulling", "running"), 0.0
    phases = []
    for name, end in zip(names, ends, strict=False):
        phases.append((name, at, end, error, "status"))
        at = at if end is None else end
    return replace(like, side=side, phases=tuple(phases), start=start)


def _pairs(*stories: RunStory) -> tuple[PairView, ...]:
    pair = replace(go_case().view().pairs[0], job="train")
    return tuple(replace(pair, stories=(story,)) for story in stories)


def test_phases_are_medians_and_end_with_the_first_instruction() -> None:
    """Three legacy runs and one of the candidate; what follows the first instruction is no startup."""
    legacy = [_story("legacy", first, second, 100.0) for first, second in ((1.0, 5.0), (2.0, 4.0), (9.0, 19.0))]
    (found,) = waterfalls(_pairs(*legacy, _story("candidate", 30.0, 70.0, 90.0, error=2.0)))
    assert found.phases == (
        (
            "queued",
            {"legacy": PhaseOfSide(0.0, 2.0, 0.5, 3, 0), "candidate": PhaseOfSide(0.0, 30.0, 2.0, 1, 0)},
        ),
        (
            "pulling",
            {"legacy": PhaseOfSide(2.0, 4.0, 0.5, 3, 0), "candidate": PhaseOfSide(30.0, 40.0, 2.0, 1, 0)},
        ),
    )
    assert found.text == (
        "median from submit to the first instruction: legacy 5 s ± 0.5 s (3 runs), candidate 70 s ± 2 s (1 run)"
    )


def test_warm_starts_have_a_waterfall_of_their_own() -> None:
    """Their short waits never pull a cold median down."""
    found = waterfalls(_pairs(_story("candidate", 1.0, 60.0), _story("candidate", 0.1, 2.0, start="warm")))
    assert [(fall.start, fall.totals["candidate"].length) for fall in found] == [("cold", 60.0), ("warm", 2.0)]


def test_a_phase_whose_end_nobody_saw_is_drawn_open_to_the_edge() -> None:
    """It has no length, and so no median."""
    (found,) = waterfalls(_pairs(_story("legacy", 4.0, 8.0), _story("candidate", 4.0, None)))
    drawn = draw_waterfall(found, WIDE)
    last = drawn.rows[-1].bars[-1]
    assert (last.known, last.words, last.error) == (False, "candidate end unknown", None)
    assert last.x + last.width == pytest.approx(WIDE.width - WIDE.right, abs=0.2)


@pytest.mark.parametrize("canvas", [WIDE, NARROW])
@pytest.mark.parametrize("error", [0.0, 0.5, 60.0, 1e9])
def test_an_error_bar_that_leaves_the_plot_ends_in_an_arrow_at_its_edge(canvas: WaterfallCanvas, error: float) -> None:
    """And one that does not has its cap where it was measured."""
    (found,) = waterfalls(_pairs(_story("legacy", 50.0, 100.0, error=error)))
    drawn = draw_waterfall(found, canvas)
    scale = (canvas.width - canvas.left - canvas.right) / 108.0
    for row, end in zip(drawn.rows, (50.0, 100.0), strict=True):
        whisker = row.bars[0].error
        if error * scale < 1:
            assert whisker is None
            continue
        assert whisker is not None
        assert whisker.low_leaves == (error > end)
        assert whisker.high_leaves == (end + error > 108.0 + 1e-6)
        assert canvas.left <= whisker.low <= whisker.high <= canvas.width - canvas.right
        if not whisker.high_leaves:
            assert whisker.high == pytest.approx(canvas.left + (end + error) * scale, abs=0.2)


@pytest.mark.parametrize("canvas", [WIDE_LANES, NARROW_LANES])
def test_a_timelines_error_that_leaves_the_drawing_is_marked_too(canvas: object) -> None:
    """Both ends of a huge error lie at the axis' ends and have arrows; control: a small one has caps."""
    pair = replace(go_case().view().pairs[0], stories=(_story("legacy", 50.0, 100.0, error=1e6),))
    known = draw(pair, canvas)  # type: ignore[arg-type]  # both are canvases
    whisker = known.lanes[0].bars[0].error
    assert whisker is not None
    assert (whisker.low, whisker.high) == (known.left, known.right)
    assert whisker.low_leaves
    assert whisker.high_leaves
    small = draw(replace(pair, stories=(_story("legacy", 50.0, 100.0, error=1.0),)), canvas)  # type: ignore[arg-type]
    capped = small.lanes[0].bars[0].error
    assert capped is not None
    assert (capped.low_leaves, capped.high_leaves) == (False, False)
