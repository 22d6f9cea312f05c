"""Laws of watching under trouble, on watches that a real Kubernetes 1.34.4 gave, through the harness's own streams.

TLS keeps a proxy from dropping or doubling single messages, so that is done here, behind it.
"""

from __future__ import annotations

import json
import random
from functools import cache
from pathlib import Path

import pytest
from cluster.scenarios import SCENARIOS, Scenario
from cluster.scripted import SCRIPTED
from hypothesis import given, settings
from hypothesis import strategies as st
from replayed import KINDS, Connection, Message, follow, recorded

from harness.compare import truth
from harness.model.event import Event, Kind
from harness.model.job import Side
from harness.model.truth import Platform, Truth, Work

RECORDED = Path(__file__).parents[1] / "recorded" / "cluster"
TAKEN = json.loads((RECORDED / "taken.json").read_bytes())
EVERY = (*SCENARIOS, *SCRIPTED)
TROUBLES = ("reset", "silence", "expired")
ENDS = ("close", *TROUBLES)

Record = dict[str, tuple[Message, ...]]
Ways = dict[str, tuple[Connection, ...]]


@cache
def record_of(name: str) -> Record:
    """Read a scenario's watch."""
    return recorded((RECORDED / f"{name}.jsonl").read_bytes(), TAKEN[name])


def decide(events: tuple[Event, ...]) -> Truth:
    """Decide a history."""
    return truth.decide(events, None, (), None, None, Side.LEGACY)


def word(events: tuple[Event, ...]) -> str:
    """Say work, platform and class."""
    found = decide(events)
    return f"{found.work} {found.platform} {found.klass or '-'}"


def whole(record: Record) -> Ways:
    """Lose nothing, on one connection that ends as it should."""
    return {kind: (Connection(record[kind], len(record[kind])),) for kind in KINDS}


def disorder(draw: random.Random, messages: list[Message]) -> list[Message]:
    """Double some messages, and swap some neighbours."""
    found = [each for each in messages for _ in range(draw.choice([1, 1, 2]))]
    for place in range(len(found) - 1):
        if draw.random() < 0.2:
            found[place : place + 2] = reversed(found[place : place + 2])
    return found


@st.composite
def ways(draw: st.DrawFn, record: Record, *, lossy: bool) -> Ways:
    """Cut each watch anywhere, spoil what arrives, and end with a trouble: after it the streams list anew."""
    by = draw(st.randoms(use_true_random=False))
    found: Ways = {}
    for kind in KINDS:
        messages = record[kind]
        cuts = sorted(draw(st.sets(st.integers(0, len(messages)), max_size=3)) | {len(messages)})
        spans = zip([0, *cuts], cuts, strict=False)
        keep = draw(st.sampled_from([0.2, 0.8])) if lossy else 1.0
        found[kind] = tuple(
            Connection(
                tuple(disorder(by, [each for each in messages[begin:end] if by.random() < keep])),
                end,
                draw(st.sampled_from(TROUBLES if end == len(messages) else ENDS)),
            )
            for begin, end in spans
        )
    return found


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
def test_without_trouble_the_streams_say_what_the_record_says(scenario: Scenario) -> None:
    """The control of all laws below: no gap, and the truth of the record."""
    record = record_of(scenario.name)
    history = follow(record, whole(record), TAKEN[scenario.name])
    assert word(history) == scenario.watched
    assert not [each for each in history if each.kind is Kind.GAP]


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
@settings(max_examples=12)
@given(st.data())
def test_doubled_and_swapped_messages_and_cuts_change_no_truth(scenario: Scenario, data: st.DataObject) -> None:
    """Nothing is lost, so nothing may differ; every cut that is no normal end is a gap in the history."""
    record = record_of(scenario.name)
    chosen = data.draw(ways(record, lossy=False))
    history = follow(record, chosen, TAKEN[scenario.name])
    assert word(history) == scenario.watched
    troubles = sum(each.end != "close" for connections in chosen.values() for each in connections)
    assert sum(each.kind is Kind.GAP for each in history) == troubles


@pytest.mark.parametrize("scenario", EVERY, ids=lambda each: each.name)
@settings(max_examples=12)
@given(st.data())
def test_lost_messages_and_a_list_give_the_same_truth_or_unknown(scenario: Scenario, data: st.DataObject) -> None:
    """A list recovers what is still there: a word may become unknown, never another."""
    record = record_of(scenario.name)
    history = follow(record, data.draw(ways(record, lossy=True)), TAKEN[scenario.name])
    before, after = decide(follow(record, whole(record), TAKEN[scenario.name])), decide(history)
    if scenario.listed == scenario.watched:
        assert word(history) == scenario.watched
    assert after.platform in {before.platform, Platform.NONE}
    assert after.work in {before.work, Work.UNKNOWN}
