"""Laws of watching under trouble, on watches that a real Kubernetes 1.34.4 gave, through the harness's own streams.

TLS keeps a proxy from dropping or doubling single messages, so that is done here, behind it.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from build import LATER, T0, job, pod
from cluster.scenarios import SCENARIOS, Scenario
from cluster.scripted import SCRIPTED
from hypothesis import given, settings
from hypothesis import strategies as st
from replayed import KINDS, Connection, Message, follow, labelled, recorded

from harness.compare import truth
from harness.model.event import Event, Kind
from harness.model.lifecycle import replay
from harness.model.skew import offsets_of
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
    return truth.decide(events, None, (), None, job=None, platform="kubernetes")


def word(events: tuple[Event, ...]) -> str:
    """Say work, platform and class."""
    found = decide(events)
    return f"{found.work} {found.platform} {found.klass or '-'}"


def whole(record: Record) -> Ways:
    """Lose nothing, on one connection that ends as it should."""
    return {kind: (Connection(record[kind], len(record[kind])),) for kind in KINDS}


def doubled(draw: random.Random, messages: list[Message]) -> list[Message]:
    """Let some messages come twice."""
    return [message for message in messages for _ in range(draw.choice([1, 1, 2]))]


def swapped(draw: random.Random, messages: list[Message]) -> list[Message]:
    """Let some messages come behind the next."""
    found = list(messages)
    for place in range(len(found) - 1):
        if draw.random() < 0.2:
            found[place : place + 2] = reversed(found[place : place + 2])
    return found


def arriving(draw: random.Random, messages: Sequence[Message], *, lossy: bool) -> list[Message]:
    """Spoil messages: some are lost and some come twice; or none is lost, some come twice and some late."""
    if not lossy:
        return swapped(draw, doubled(draw, list(messages)))
    keep = draw.choice([0.2, 0.8])
    return doubled(draw, [message for message in messages if draw.random() < keep])


@st.composite
def ways(draw: st.DrawFn, record: Record, *, lossy: bool) -> Ways:
    """Cut each watch anywhere, spoil what arrives, and end with a trouble: after it the streams list anew."""
    by = draw(st.randoms(use_true_random=False))
    found: Ways = {}
    for kind in KINDS:
        messages = record[kind]
        cuts = sorted(draw(st.sets(st.integers(0, len(messages)), max_size=3)) | {len(messages)})
        spans = zip([0, *cuts], cuts, strict=False)
        found[kind] = tuple(
            Connection(
                tuple(arriving(by, messages[begin:end], lossy=lossy)),
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
    assert not [event for event in history if event.kind is Kind.GAP]


def same(scenario: Scenario) -> set[str]:
    """Give the words that are the record's; where nothing named the unknown, a gap may."""
    work, platform, klass = scenario.watched.split()
    gaps = ("K42", "K43") if (work, klass) == ("unknown", "-") else ()
    return {scenario.watched, *(f"{work} {platform} {gap}" for gap in gaps)}


@settings(max_examples=60)
@given(st.sampled_from(EVERY), st.data())
def test_doubled_and_swapped_messages_and_cuts_change_no_truth(scenario: Scenario, data: st.DataObject) -> None:
    """Nothing is lost, so nothing may differ; a cut that is no normal end is a gap, which a list closes."""
    record = record_of(scenario.name)
    chosen = data.draw(ways(record, lossy=False))
    history = follow(record, chosen, TAKEN[scenario.name])
    assert word(history) in same(scenario)
    troubles = sum(connection.end != "close" for connections in chosen.values() for connection in connections)
    assert 0 < sum(event.kind is Kind.GAP for event in history) <= troubles


@settings(max_examples=60)
@given(st.sampled_from(EVERY), st.data())
def test_lost_messages_and_a_list_give_the_same_truth_or_unknown(scenario: Scenario, data: st.DataObject) -> None:
    """Where a list has it all, the truth is the same; where objects are gone, a word may be lost, never changed."""
    record = record_of(scenario.name)
    history = follow(record, data.draw(ways(record, lossy=True)), TAKEN[scenario.name])
    work, platform, _ = scenario.watched.split()
    if scenario.listed == scenario.watched:
        assert word(history) in same(scenario)
    assert decide(history).platform in {platform, Platform.NONE}
    assert decide(history).work in {work, Work.UNKNOWN}


@pytest.mark.parametrize("end", TROUBLES)
def test_a_gap_reaches_from_what_was_heard_last_to_the_list_that_closes_it(end: str) -> None:
    """The Job ended in between: K44 says so."""
    record = record_of("success")
    jobs = record["Job"]
    blind = whole(record) | {"Job": (Connection(jobs[:1], len(jobs), end),)}
    history = follow(record, blind, TAKEN["success"])
    gaps = [event.native for event in history if event.kind is Kind.GAP]
    assert {gap["from"] for gap in gaps} == {str(jobs[0].at)}
    assert max(float(gap["to"]) for gap in gaps) == jobs[-1].at
    assert "K44" in decide(history).also
    assert "K44" not in decide(follow(record, whole(record), TAKEN["success"])).also


def deaf(record: Record) -> Ways:
    """Lose all after the first message of each kind, on one connection that ends as it should: nothing is listed."""
    return {kind: (Connection(record[kind][:1], len(record[kind])),) for kind in KINDS}


@pytest.mark.parametrize(
    "scenario", [scenario for scenario in EVERY if " none " not in scenario.watched], ids=lambda each: each.name
)
def test_the_same_losses_without_a_list_leave_no_truth(scenario: Scenario) -> None:
    """The control: it is the list that recovers."""
    record = record_of(scenario.name)
    found = decide(follow(record, deaf(record), TAKEN[scenario.name]))
    assert (found.work, found.platform) == (Work.UNKNOWN, Platform.NONE)


# -- clocks -----------------------------------------------------------------------------------------------------------

SURE_SECONDS = 60
"""Past every error bar, and past what these pods waited between creation and start."""


def skewed(record: Record, seconds: int) -> Record:
    """Move the clock of the node: what the kubelet wrote, not what scheduler, controllers and API server did."""
    found = {kind: tuple(copy.deepcopy(messages)) for kind, messages in record.items()}
    for message in found["Pod"]:
        status = message.object["status"]
        move(status, seconds, "startTime")
        for condition in status.get("conditions", []):
            if condition["type"] != "PodScheduled":
                move(condition, seconds, "lastTransitionTime")
        for container in [*status.get("containerStatuses", []), *status.get("initContainerStatuses", [])]:
            for state in [*container["state"].values(), *container.get("lastState", {}).values()]:
                move(state, seconds, "startedAt", "finishedAt")
    for message in found["Event"]:
        if message.object.get("source", {}).get("component") == "kubelet":
            move(message.object, seconds, "firstTimestamp", "lastTimestamp")
    return found


def move(item: dict[str, Any], seconds: int, *names: str) -> None:
    """Move times."""
    for name in names:
        if item.get(name):
            item[name] = (datetime.fromisoformat(item[name]) + timedelta(seconds=seconds)).strftime(
                "%Y-%m-%dT%H:%M:%SZ"
            )


def ran(record: Record) -> bool:
    """Tell whether any container has a time."""
    return '"startedAt": "' in json.dumps([message.object for message in record["Pod"]])


@settings(max_examples=60)
@given(st.sampled_from(EVERY), st.integers(-3600, 3600))
def test_a_node_whose_clock_is_off_changes_no_truth_and_is_told(scenario: Scenario, seconds: int) -> None:
    """An hour either way: words and class stay. Beyond the error bars K52 stands beside them."""
    record = skewed(record_of(scenario.name), seconds)
    found = decide(history := follow(record, whole(record), TAKEN[scenario.name]))
    assert word(history) == scenario.watched
    if ran(record) and abs(seconds) > SURE_SECONDS:
        assert "K52" in found.also


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_a_real_kubelet_whose_clock_is_right_is_not_accused(scenario: Scenario) -> None:
    """The control of the clocks."""
    record = record_of(scenario.name)
    assert "K52" not in decide(follow(record, whole(record), TAKEN[scenario.name])).also


@pytest.mark.parametrize("seconds", [-3600, -300, 120, 3600])
def test_a_node_whose_clock_is_off_makes_no_legal_move_illegal(seconds: int) -> None:
    """The offset is measured by what the kubelet wrote and the API server took, and named; the moves stay legal."""
    record = skewed(record_of("success"), seconds)
    history = follow(record, whole(record), TAKEN["success"])
    assert not replay(history).illegal
    way = "ahead" if seconds > 0 else "behind"
    assert [offset.text for offset in offsets_of(history)] == [
        f"the clock of node node-a is about {abs(seconds)} s {way}"
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_a_clock_that_is_right_is_not_corrected(scenario: Scenario) -> None:
    """The control: what a real cluster told in time is left as it is."""
    record = record_of(scenario.name)
    assert offsets_of(follow(record, whole(record), TAKEN[scenario.name])) == ()


# -- attempts ---------------------------------------------------------------------------------------------------------


def test_pods_that_are_first_seen_in_a_list_are_attempts_by_age_not_by_name() -> None:
    """The API server lists by name; the younger pod, whose name comes first, decides."""
    young, old = pod("main 22-28 0", name="a", created=21), pod("main 2-8 1", name="b", created=1)
    done = job("complete@30", spec={"backoffLimit": 1}, failed=1)
    items = {"Job": (done,), "Pod": (old, young), "Event": ()}
    record = {
        kind: tuple(Message("ADDED", labelled(entry), T0 + LATER) for entry in mine) for kind, mine in items.items()
    }
    missed = {kind: (Connection((), len(mine), "reset"),) for kind, mine in record.items()}
    assert word(follow(record, missed, T0 + LATER)) == "ok ok -"
