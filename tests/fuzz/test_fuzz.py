"""A tenth of `nox -s fuzz`: records and logs changed at random crash nothing, and no answer turns."""

from __future__ import annotations

import pytest
from fuzz import logs, records
from fuzz.session import CASES, SEED, TENTH, both, failed

from harness.campaign import explaining


@pytest.mark.parametrize("part", range(4))
def test_a_tenth_of_the_cases_holds(part: int) -> None:
    """Seeded, so that a failure is the same one tomorrow; the whole run's result stands in docs/explain.md."""
    size = CASES // TENTH // 4
    numbers = range(part * size, (part + 1) * size)
    said = [f for n in numbers for f in records.failures(records.case(n, SEED))]
    assert said + [f for n in numbers for f in logs.failures(logs.case(n, SEED))] == []


def test_a_reader_that_crashes_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a planted fault is found, and counted."""

    def crash(*_: object) -> None:
        raise KeyError("planted")

    monkeypatch.setattr(records, "explain", crash)
    assert failed(both(6, SEED)) >= 6


def test_an_answer_that_turns_with_a_helper_turns_it_red(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of what may not change: work that is taken from another container."""
    real = explaining.explain

    def by_the_number_of_fields(name: str, data: bytes, taken: float) -> object:
        return () if b"injected" in data or b"x-parity" in data else real(name, data, taken)

    monkeypatch.setattr(records, "explain", by_the_number_of_fields)
    assert failed(both(60, SEED)) > 0
