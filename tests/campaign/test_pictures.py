"""A metric's picture: pairs by day, bad runs, what is still possible, and how close that is to an answer."""

from __future__ import annotations

from judge import cases

from harness.campaign.pictures import pictures_of
from harness.model.finding import Dimension, Finding, Measure, Outcome, Sample
from harness.report.pictures import drawn
from harness.report.values import Dot, MetricPicture

DAY = 86_400.0
METRICS = Dimension.METRICS


def judged(candidate: tuple[float, ...], submitted: tuple[float, ...], bad: tuple[Sample, ...] = ()) -> MetricPicture:
    """Picture a metric with a margin of 0.5, of which every legacy run gave 10."""
    legacy = (10.0,) * len(candidate)
    measure = Measure("", 10.0, series_legacy=legacy, series_candidate=candidate, submitted=submitted, scale=0.5)
    found = (
        Finding(
            "metrics.equivalence", Dimension.METRICS, "train/rmse", None, Outcome.INCONCLUSIVE, "", measure=measure
        ),
        Finding("metrics.runs", Dimension.METRICS, "train/bad-runs", None, Outcome.MATCH, "", samples=bad),
    )
    (picture,) = pictures_of(cases.case().plan, cases.REPOSITORY, found, ())
    return picture


def test_pairs_stand_by_day_and_a_bad_run_is_marked_where_it_is() -> None:
    """Two days; a pair whose candidate run is off; a run in no pair that is off too."""
    bad = (Sample("rmse", "10 to 10", "20", "1970-01-02"), Sample("rmse", "10 to 10", "12", "1970-01-01"))
    picture = judged((10.0, 10.25, 9.75, 20.0), (0.0, 60.0, DAY, DAY + 60), bad)
    assert picture.days == ("1970-01-01", "1970-01-02")
    assert picture.dots == (
        Dot(0, 0.0, newest=True, bad=False),
        Dot(0, 0.5, newest=True, bad=False),
        Dot(1, -0.5, newest=True, bad=False),
        Dot(1, 20.0, newest=True, bad=True),
        Dot(0, 4.0, newest=True, bad=True, alone=True),
    )


def test_how_close_the_evidence_is_grows_to_one() -> None:
    """One pair is little, six that are the same are all that is asked for."""
    few, enough = judged((10.0,), (0.0,)), judged((10.0,) * 6, tuple(range(6)))
    names = [name for name, _ in few.progress]
    assert names == ["no shift upwards", "no shift downwards", "by the newest image's own pairs", "days"]
    assert all(0 < share < 1 for _, share in few.progress[:3])
    assert dict(enough.progress) == dict.fromkeys(names, 1.0)


def test_a_drawing_holds_every_pair_within_its_frame_and_says_the_same_in_words() -> None:
    """A run that is far off stands at the edge."""
    picture = judged((10.0, 10.25, 20.0), (0.0, 60.0, DAY), (Sample("rmse", "10 to 10", "20", "1970-01-02"),))
    found = drawn(picture)
    assert [(mark.kind, mark.edge) for mark in found.marks] == [("pair", False), ("pair", False), ("bad", True)]
    assert all(0 <= mark.y <= found.height and 0 <= mark.x <= found.right for mark in found.marks)
    assert found.band[0] < found.zero < found.band[1]
    assert found.marks[2].title == "1970-01-02: a bad run, +20.00 margins"
    assert found.text == "3 pairs on 2 days, 1 bad run; any shift is still possible"
