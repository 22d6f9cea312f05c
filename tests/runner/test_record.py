"""The shim's record is read strictly: what has another type than it should have is damage, not an absent fact."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.backends.base import Fetched
from harness.model.metric import Better, Metric
from harness.runner.log import read_log
from harness.runner.log_lines import LogLines, lines_of
from harness.runner.metrics import curve_of
from harness.runner.shim_record import RECORD_SCHEMA, read_record
from harness.scrub.scrubber import Scrubber

WHOLE: dict[str, Any] = {
    "schema": RECORD_SCHEMA,
    "run": "r",
    "exit_code": 0,
    "signal": None,
    "started_seconds": 1,
    "troubles": ["input: 403"],
    "parameters": {"lr": {"type": "float", "value": 0.1}},
    "environment": {"A": "1"},
    "inputs": {"d": {"sha256": "1"}},
    "outputs": {"model": {"files": [{"path": "m", "sha256": "2"}]}},
}


def read(**changes: object) -> tuple[object, str]:
    """Read a record with fields changed."""
    return read_record(json.dumps(WHOLE | changes).encode(), expected=True)


def test_a_whole_record_is_read() -> None:
    """The control; a field that is absent is no damage."""
    record, damage = read()
    assert damage == ""
    assert record is not None
    assert read(exit_code=None)[1] == ""


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("exit_code", "1", "expected an integer, found '1'"),
        ("exit_code", True, "expected an integer, found 'True'"),
        ("started_seconds", "now", "expected a number, found 'now'"),
        ("run", 7, "expected text, found '7'"),
        ("troubles", "upload failed", "expected a list, found 'upload failed'"),
        ("troubles", [1], "expected text, found '1'"),
        ("parameters", {"lr": 0.1}, "expected a map, found '0.1'"),
        ("environment", ["A=1"], "expected a map, found \"['A=1']\""),
        ("outputs", {"model": {"files": ["m"]}}, "expected a map, found 'm'"),
    ],
)
def test_a_field_of_another_type_is_damage(field: str, value: object, said: str) -> None:
    """An exit code that is text is none that nobody knows: without this it would count as not told."""
    assert read(**{field: value}) == (None, f"record.json: {said}")


def test_of_very_many_values_of_a_metric_the_first_and_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one is judged, and how many there were can be told."""
    monkeypatch.setattr("harness.runner.metrics.POINTS_MAX", 3)
    metric = Metric("loss", r"loss=(\S+)", Better.LOWER, 0.1, None)
    found = curve_of(LogLines(lines_of("".join(f"loss={number}\n" for number in range(10)))), metric)
    assert [(metric_point.value, metric_point.step) for metric_point in found] == [(0.0, 0), (1.0, 1), (9.0, 9)]
    assert [metric_point.step for metric_point in curve_of(LogLines(lines_of("loss=1\nx\nloss=2\n")), metric)] == [0, 1]


def test_a_metric_that_is_not_read_costs_its_own_curve_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line over the limit leaves every metric of the log unread, by name; without it all are read."""
    folder = tmp_path / "runs" / "r"
    slow = Metric("slow", r"(?=slow)slow=((?:1+)+)!", Better.LOWER, 0.1, None)
    loss = Metric("loss", r"loss=(\S+)", Better.LOWER, 0.1, None)
    fetched = Fetched(record=None, log=b"loss=0.5\n", outputs=(), log_cut=False, notes=())
    curves, unread, _ = read_log(fetched, (slow, loss), folder, Scrubber())
    assert ({name: len(curve) for name, curve in curves.items()}, unread) == ({"slow": 0, "loss": 1}, {})
    monkeypatch.setattr("harness.bounded.pattern.LINE_CHARACTERS_MAX", 8)
    fetched = replace(fetched, log=b"loss=0.5\nnine signs\n")
    curves, unread, facts = read_log(fetched, (slow, loss), folder, Scrubber())
    said = "line 2 of the log has 10 characters, more than 8"
    assert (curves, unread, facts and facts.lines) == ({}, {"slow": said, "loss": said}, 2)


def test_the_last_lines_of_a_log_are_kept_scrubbed_without_what_launchers_put_around_them(tmp_path: Path) -> None:
    """A crash can be told without the log: the newest eight lines that are not empty, cut, and no secret among them."""
    lines = [f"epoch {number}" for number in range(9)]
    lines += ["[1,mpirank:0,algo-1]<stdout>:Traceback (most recent call last):", "", f"KeyError: 'a'{'!' * 400}"]
    lines += ["token=ghp_" + "a1B2" * 9 + "  "]
    fetched = Fetched(record=None, log="\n".join(lines).encode(), outputs=(), log_cut=False, notes=())
    _, _, facts = read_log(fetched, (), tmp_path / "runs" / "r", Scrubber())
    assert facts is not None
    assert facts.tail[:6] == (*(f"epoch {n}" for n in range(4, 9)), "Traceback (most recent call last):")
    assert facts.tail[6] == f"KeyError: 'a'{'!' * 400}"[:300]
    assert "ghp_" not in facts.tail[7]
    assert len(facts.tail) == 8
