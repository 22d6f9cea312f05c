"""A tenth of `nox -s fuzz`: records, files and logs changed at random crash nothing, and no answer turns."""

from __future__ import annotations

import random

import pytest
from fuzz import files, records
from fuzz.session import CASES, FUZZED, SEED, TENTH, every, failed

from harness.campaign import explaining
from harness.campaign.answers import Answer

PARTS = 4


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("what", FUZZED)
def test_a_tenth_of_the_cases_holds(what: str, part: int) -> None:
    """Seeded, so that a failure is the same one tomorrow; the whole run's result stands in docs/explain.md."""
    make, check = FUZZED[what]
    size = CASES // TENTH // PARTS
    numbers = range(part * size, (part + 1) * size)
    assert [(number, failure) for number in numbers for failure in check(make(number, SEED))] == []


def test_a_reader_that_crashes_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a planted fault is found, and counted."""

    def crash(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(records, "explain", crash)
    monkeypatch.setattr(files, "explained", crash)
    assert failed({"record": every(range(6), SEED)["record"]}) == 6
    assert failed({"file": every(range(6), SEED)["file"]}) == 6


def test_a_file_that_reads_otherwise_in_another_order_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of files: an answer that hangs on which object comes first."""
    real = files.explained
    monkeypatch.setattr(files, "explained", lambda items: real(items[:1]))
    assert failed({"file": every(range(60), SEED)["file"]}) > 0


def test_an_answer_that_turns_with_a_helper_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of what may not change: work that is taken from another container."""
    real = explaining.explain

    def by_the_number_of_fields(name: str, data: bytes, taken: float) -> object:
        return () if b"injected" in data or b"x-parity" in data else real(name, data, taken)

    monkeypatch.setattr(records, "explain", by_the_number_of_fields)
    assert failed({"record": every(range(60), SEED)["record"]}) > 0


def test_a_file_says_the_same_in_any_order() -> None:
    """Every file, its objects in five other orders."""
    draw = random.Random(7)
    for base in files.BASES:
        want = sorted(map(_words, files.explained([*base])))
        for _ in range(5):
            items = draw.sample(base, len(base))
            assert sorted(map(_words, files.explained(items))) == want, items


def _words(answer: Answer) -> tuple[str, str, str, str]:
    return answer.name, answer.work, answer.platform, answer.klass or ""
