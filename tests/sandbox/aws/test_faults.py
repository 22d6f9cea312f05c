"""The nemesis file and the record of what was committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.sandbox.faults import Fault, FaultFileError, Faults, fired, load

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fault_fires_as_often_as_planned_and_is_recorded(tmp_path: Path) -> None:
    """Each firing is a line; afterwards nothing is left."""
    fault = Fault("lost", "legacy", match="job", at="Running", count=2)
    plan = Faults((fault,), tmp_path / "faults.jsonl", lambda: 7.0)
    assert plan.waiting("lost")
    assert [plan.take("lost", "a-job-1", "Running") is not None for _ in range(3)] == [True, True, False]
    assert not plan.waiting("lost")
    assert fired(tmp_path) == {("legacy", 0): 2}
    lines = [json.loads(line) for line in (tmp_path / "faults.jsonl").read_text(encoding="utf-8").splitlines()]
    expected = {"time": 7.0, "index": 0, "name": "lost", "side": "legacy", "subject": "a-job-1", "moment": "Running"}
    assert lines == [expected, expected]


@pytest.mark.parametrize(
    ("name", "subject", "moment"), [("other", "job", "Running"), ("lost", "x", "Running"), ("lost", "job", "Ended")]
)
def test_a_fault_waits_for_its_own_name_subject_and_moment(
    tmp_path: Path, name: str, subject: str, moment: str
) -> None:
    """One that never fired is seen: it has no record."""
    plan = Faults((Fault("lost", "legacy", match="job", at="Running"),), tmp_path / "faults.jsonl")
    assert plan.take(name, subject, moment) is None
    assert fired(tmp_path) == {}


def test_a_file_is_read_with_its_options(tmp_path: Path) -> None:
    """Known keys have their places, all others are options; no file means no fault."""
    file = tmp_path / "nemesis.json"
    file.write_text('{"faults": [{"name": "late", "side": "candidate", "delay_seconds": 3}]}', encoding="utf-8")
    [fault] = load(file, tmp_path).planned
    assert (fault.name, fault.match, fault.at, fault.count) == ("late", "*", None, 1)
    assert (fault.number("delay_seconds", 1.0), fault.number("other", 1.0)) == (3.0, 1.0)
    assert load(None, tmp_path).planned == ()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "not JSON"),
        ("[]", "expected"),
        ('{"faults": [1]}', r"faults\[0\]: found 1"),
        ('{"faults": [{"side": "legacy"}]}', r"faults\[0\].name: found None"),
        ('{"faults": [{"name": "a", "side": "left"}]}', r"faults\[0\].side: found 'left'"),
        ('{"faults": [{"name": "a", "side": "legacy", "match": ""}]}', r"faults\[0\].match"),
        ('{"faults": [{"name": "a", "side": "legacy", "at": true}]}', r"faults\[0\].at"),
        ('{"faults": [{"name": "a", "side": "legacy", "count": 0}]}', r"faults\[0\].count"),
    ],
)
def test_a_file_that_says_nonsense_is_refused_with_the_place(tmp_path: Path, text: str, place: str) -> None:
    """Entry, key and what was found."""
    file = tmp_path / "nemesis.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FaultFileError, match=place):
        load(file, tmp_path)
