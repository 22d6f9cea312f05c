"""A log of any length is read to its end; beginning and end are kept, in whole lines, and the rest is counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import CANDIDATE, LEGACY, declared, observed

from harness.backends.base import Fetched
from harness.backends.log_capture import CapturedLog, LogCapture
from harness.bounded.pattern import NotSearched
from harness.compare.metrics import check_curves
from harness.config.defaults import metric_regex
from harness.model.finding import Outcome
from harness.model.metric import Better, Metric, Take
from harness.runner.log import read_log
from harness.runner.log_lines import lines_with_gap
from harness.runner.metrics import curve_of, reading_of
from harness.scrub.scrubber import Scrubber


def captured(log: bytes, head: int = 60, tail: int = 90, piece: int = 7) -> CapturedLog:
    """Take a log in small pieces."""
    capture = LogCapture(head, tail)
    for at in range(0, len(log), piece):
        capture.add(log[at : at + piece])
    return capture.captured()


def metric(**more: Take) -> Metric:
    """Declare `loss`."""
    return Metric("loss", metric_regex("loss"), Better.LOWER, 0.1, None, **more)  # type: ignore[arg-type]


LONG = b"".join(b"step %d loss=0.%03d\n" % (n, n) for n in range(1, 500))


@given(st.lists(st.text("ab\n", max_size=30)).map(lambda parts: "".join(parts).encode()), st.integers(1, 40))
def test_what_is_kept_is_a_beginning_and_an_end_of_whole_lines(log: bytes, piece: int) -> None:
    """Nothing is lost uncounted; a log within bounds is kept as it came."""
    found = captured(log, piece=piece)
    assert len(found.data) + found.left_out == len(log)
    head, tail = found.data[: found.gap_at], found.data[found.gap_at :]
    assert log.startswith(head)
    assert log.endswith(tail)
    assert found.left_out == 0 if len(log) <= 150 else True
    if found.left_out:
        assert not head or head.endswith(b"\n")
        assert not tail or log[: len(log) - len(tail)].endswith(b"\n")


def test_memory_holds_no_more_than_both_ends() -> None:
    """Whatever comes, and in whatever pieces."""
    capture = LogCapture(100, 200)
    for _ in range(10_000):
        capture.add(b"x" * 49 + b"\n")
        assert capture._held <= 200 + 50
    assert capture.total == 500_000


def test_the_last_value_of_a_very_long_log_is_read() -> None:
    """It stands in the end, which is kept; its line is told."""
    kept = captured(LONG)
    assert kept.left_out > 0
    read = lines_with_gap(kept.data, kept.left_out, kept.gap_at)
    found = reading_of(read, metric())
    assert (found.points[-1].value, found.text) == (0.499, "step 499 loss=0.499")


@pytest.mark.parametrize(
    ("log", "wanted", "why"),
    [
        (LONG, metric(take=Take.BEST), "were not kept, and take: best asks for all"),
        (LONG + b"the end\n" * 30, metric(), "were not kept, and nothing after them reports it"),
    ],
)
def test_a_value_that_may_stand_in_what_was_not_kept_is_not_read(log: bytes, wanted: Metric, why: str) -> None:
    """An older value never stands for it in silence."""
    kept = captured(log)
    read = lines_with_gap(kept.data, kept.left_out, kept.gap_at)
    with pytest.raises(NotSearched, match=why):
        curve_of(read, wanted)


def test_a_very_long_log_leaves_its_last_value_and_says_what_of_its_curve_is_missing(tmp_path: Path) -> None:
    """Through the reader of a campaign: the stored log shows the gap, and the curve is INCONCLUSIVE by name."""
    kept = captured(LONG)
    fetched = Fetched(kept.data, False, None, (), (), kept.left_out, kept.gap_at)
    folder = tmp_path / "campaign" / "runs" / "r"
    folder.mkdir(parents=True)
    curves, unread, log = read_log(fetched, (metric(),), folder, Scrubber())
    assert (curves["loss"][-1].value, unread) == (0.499, {})
    assert log is not None
    assert (log.bytes, log.left_out, log.cut) == (len(LONG), kept.left_out, False)
    assert f"[parity: {kept.left_out} bytes were not kept]" in (folder / "payload" / "log.txt").read_text()
    job = declared(metrics=("loss",))
    run = observed(LEGACY, metrics={"loss": curves["loss"]}, log=log)
    (found,) = check_curves(job, "p", run, observed(CANDIDATE, metrics={"loss": curves["loss"]}))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary == (
        f"how loss went is not known: {kept.left_out} bytes in the middle of the log of {LEGACY.value} were not kept"
    )
