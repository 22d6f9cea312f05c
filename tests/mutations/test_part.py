"""A seeded part of the session that mutates records: `nox -s mutations` runs the whole."""

from __future__ import annotations

import random

import pytest
from mutations.records import BASES, changed, explained, faults


@pytest.mark.parametrize("seed", range(4))
def test_no_mutation_crashes_or_turns_a_word_round(seed: int) -> None:
    """Fields removed and retyped, objects swapped and doubled, strangers and helpers added, parents taken away."""
    draw = random.Random(seed)
    for _ in range(60):
        base = draw.choice(BASES)
        change = changed(base, draw)
        assert not list(faults(base, change)), (change.what, change.items)


def test_a_file_says_the_same_in_any_order() -> None:
    """Every file, its objects in five other orders."""
    draw = random.Random(7)
    for base in BASES:
        want = sorted((answer.name, answer.work, answer.platform, answer.klass or "") for answer in explained([*base]))
        for _ in range(5):
            items = draw.sample(base, len(base))
            found = [(answer.name, answer.work, answer.platform, answer.klass or "") for answer in explained(items)]
            assert sorted(found) == want, items
