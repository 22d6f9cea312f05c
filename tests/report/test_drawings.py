"""Timelines and charts: geometry."""

from __future__ import annotations

from dataclasses import replace

import pytest
from report.campaign_sample import go_case, inconclusive_case

from harness.model.finding import Measure
from harness.report.charts import interval_plot, series_plot
from harness.report.findings import measure_view
from harness.report.timeline import WIDE, colour_of, draw, drawable, nice_step
from harness.report.values import PairView


def _pair(n: int = 0) -> PairView:
    return go_case().view().pairs[n]


def test_both_lanes_start_at_one_zero_point_and_share_one_scale() -> None:
    """Legacy is above candidate; equal times have equal places."""
    drawn = draw(_pair())
    assert [lane.name for lane in drawn.lanes] == ["legacy", "candidate"]
    assert [lane.bars[0].x for lane in drawn.lanes] == [WIDE.left, WIDE.left]
    legacy, candidate = (story.ended_at_seconds or 0.0 for story in _pair().stories)
    ends = [lane.bars[-1].x + lane.bars[-1].width for lane in drawn.lanes]
    assert (ends[0] - WIDE.left) / (ends[1] - WIDE.left) == pytest.approx(legacy / candidate, rel=0.01)


def test_the_second_run_of_a_pair_does_not_swap_the_lanes() -> None:
    """A pair whose candidate started first still has legacy on top."""
    assert [story.side for story in _pair(1).stories] == ["legacy", "candidate"]
    assert _pair(1).runs[0].endswith("candidate")


def test_an_unknown_end_is_drawn_open_and_a_known_one_closed() -> None:
    """Only the phase whose end nobody saw is open."""
    pair = inconclusive_case().view().pairs[2]
    ends = [[bar.end_known for bar in lane.bars] for lane in draw(pair).lanes]
    assert ends == [[True, True, True, True, False], [True] * 5]
    assert any(not move.legal for move in draw(pair).lanes[0].moves)


def test_the_mark_stands_at_the_end_of_the_run_that_disagrees() -> None:
    """`exit 0, job Failed` on the legacy lane, nothing on the candidate's."""
    legacy, candidate = draw(_pair()).lanes
    assert legacy.mark is not None
    assert legacy.mark.label == "exit 0, job Failed"
    assert legacy.mark.x == pytest.approx(legacy.bars[-1].x + legacy.bars[-1].width, abs=0.3)
    assert candidate.mark is None


def test_everything_stays_inside_the_drawing_whatever_the_times() -> None:
    """Negative starts, reversed phases, zero length and huge times never leave the picture."""
    pair = _pair()
    odd = replace(
        pair.stories[0],
        phases=(("run", -5.0, 3.0, 1e9, "x"), ("run", 9.0, 2.0, 0.0, "x"), ("run", 4.0, 4.0, 0.0, "x")),
        ended_at_seconds=1e12,
    )
    drawn = draw(replace(pair, stories=(odd,)))
    for bar in drawn.lanes[0].bars:
        assert bar.x >= WIDE.left
        assert bar.width >= 2
        assert bar.x + bar.width <= WIDE.width - WIDE.right + 3
    empty = draw(replace(pair, stories=(replace(odd, phases=(), transitions=(), ended_at_seconds=None),)))
    assert empty.lanes[0].bars == ()


def test_pairs_worth_a_look_come_first() -> None:
    """Disagreement before trouble before matches."""
    pairs = inconclusive_case().view().pairs
    assert drawable(pairs)[0].id == pairs[2].id
    marked = replace(pairs[1], mark="exit 0, job Failed")
    assert drawable((*pairs, marked))[0] == marked


@pytest.mark.parametrize(("span", "step"), [(1.0, 0.2), (70.0, 10.0), (3600.0, 500.0), (0.003, 0.0005)])
def test_axis_steps_are_round(span: float, step: float) -> None:
    """Steps are 1, 2 or 5 times a power of ten."""
    assert nice_step(span, 8) == pytest.approx(step)


def test_phases_of_both_platforms_share_colours() -> None:
    """A pull is a pull on both sides; an unknown word has its own colour."""
    assert colour_of("PULLING") == colour_of("image download") == "pull"
    assert colour_of("mystery") == "other"


def test_an_interval_outside_the_margin_is_drawn_outside_the_band() -> None:
    """The picture says what the verdict says, on either side."""
    outside = interval_plot(measure_view(Measure("", 1, 9, 8.0, 2.0, interval=(6.0, 10.0))))
    inside = interval_plot(measure_view(Measure("", 1, 1, 0.1, 2.0, interval=(-1.0, 1.2))))
    assert outside is not None
    assert inside is not None
    assert outside.band is not None
    assert inside.band is not None
    assert outside.rows[0].low > outside.band[1]
    assert inside.band[0] < inside.rows[0].low < inside.rows[0].high < inside.band[1]


@pytest.mark.parametrize("size", [0.0, 1e-300, 1e308])
def test_charts_survive_extreme_numbers(size: float) -> None:
    """Zero, tiny and huge values keep every coordinate inside the picture."""
    view = measure_view(
        Measure(
            "", size, size, size, size, interval=(-size, size), series_legacy=(-size, size), series_candidate=(size,)
        )
    )
    plot, series = interval_plot(view), series_plot(view)
    assert plot is not None
    assert series is not None
    assert all(0 <= x <= plot.width for row in plot.rows for x in (row.low, row.high))
    assert all(0 <= x <= series.width and 0 <= y <= series.height for x, y in (*series.legacy, *series.candidate))


def test_nothing_to_draw_draws_nothing() -> None:
    """No difference, no plot; one side's series alone, no curve."""
    view = measure_view(Measure("s", 1.0, 2.0, series_legacy=(1.0,)))
    assert interval_plot(view) is None
    assert series_plot(view) is None
