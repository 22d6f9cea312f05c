"""How well a run was witnessed: every kind of trouble of every stream is named, counted, and changes no truth."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from build import LATER, T0, event, history, job, pod, stamp
from observed import CANDIDATE, LEGACY, declared, observed, record
from sagemaker_cases import NORMAL, training
from sagemaker_cases import T0 as S0

from harness.backends.sagemaker.reducer import Reducer
from harness.campaign.explaining import ExplainedJob, explain_all
from harness.compare.startup import first_instruction_sample
from harness.compare.streams import anomalies_of
from harness.compare.witnessed import check_witnesses
from harness.model.anomaly import Anomaly, AnomalyKind, Stream
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.finding import Outcome
from harness.model.lifecycle import replay
from harness.model.observation import ObservedPair
from harness.platforms.sagemaker import translate

Line = dict[str, Any]
Lines = list[Line]
Cell = tuple[str, str]
"""Stream and kind."""


def told(lines: Sequence[Line]) -> ExplainedJob:
    """Explain some documents, one a line; the first answer is that of the job."""
    data = b"\n".join(json.dumps(line).encode() for line in lines)
    return explain_all("records.jsonl", data, T0 + LATER).jobs[0]


def cells(found: Sequence[Anomaly]) -> set[Cell]:
    """Write anomalies as the table does."""
    return {(anomaly.stream.value, anomaly.kind.value) for anomaly in found}


# -- Kubernetes: a recorded watch --------------------------------------------------------------------------------------


def line(what: str, item: Line, version: int) -> Line:
    """Write one line of a watch."""
    return {"type": what, "object": {**item, "metadata": {**item["metadata"], "resourceVersion": str(version)}}}


COMPLETE = job("complete@30")
DONE = pod("main 12-20 0")
WATCH: Lines = [
    line("ADDED", job(), 1),
    line("ADDED", pod(), 2),
    line("ADDED", event("Pulling", 3), 3),
    line("ADDED", event("Started", 12), 4),
    line("MODIFIED", pod("main 12-"), 5),
    line("MODIFIED", DONE, 6),
    line("MODIFIED", COMPLETE, 7),
]
ERROR = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}
OTHER = {"kind": "Job", "name": "train", "uid": "job-0"}


def about(kind: str, name: str, at: float = 5, **more: Any) -> Line:
    """Make an event about an object of another uid."""
    made = {**event("Killing", at), **more}
    return {**made, "involvedObject": {**made["involvedObject"], "kind": kind, "name": name, "uid": "of-another-run"}}


def taken(reason: str, at: float, seconds: float) -> Line:
    """Make a kubelet's event that the API server took so many seconds after the kubelet's time."""
    made = event(reason, at)
    return {**made, "metadata": {**made["metadata"], "creationTimestamp": stamp(at + seconds)}}


def without(*places: int) -> Lines:
    """Leave lines out."""
    return [each for place, each in enumerate(WATCH) if place not in places]


def node_off(seconds: int) -> Lines:
    """Move the clock of the node; scheduler, controller and API server keep theirs."""
    done = copy.deepcopy(DONE)
    done["status"]["containerStatuses"][0]["state"]["terminated"] |= {
        "startedAt": stamp(12 + seconds), "finishedAt": stamp(20 + seconds),
    }  # fmt: skip
    return [*WATCH[:2], line("MODIFIED", done, 6), WATCH[6]]


def kubelet_off(seconds: int) -> Lines:
    """Move the clock of the node, which writes events as well."""
    notes = [taken("Pulling", 3 + seconds, -seconds), taken("Started", 12 + seconds, -seconds)]
    lines = node_off(seconds)
    return [*lines[:2], *(line("ADDED", note, 3 + place) for place, note in enumerate(notes)), *lines[2:]]


GONE = line("DELETED", DONE, 8)
RETRIED = {"template": {"spec": {"restartPolicy": "OnFailure"}}, "backoffLimit": 6}
KUBERNETES: dict[str, tuple[Lines, set[Cell]]] = {
    "Job, illegal: Complete, then Failed as well": (
        [*WATCH, line("MODIFIED", job("complete@30;failed@31 BackoffLimitExceeded"), 8)], {("Job watch", "illegal")},
    ),
    "Job, illegal: a counter falls": ([*WATCH, line("MODIFIED", job(), 8)], {("Job watch", "illegal")}),
    "Job, lost: it changed while nobody watched": (
        [*WATCH[:6], ERROR, line("ADDED", DONE, 6), WATCH[6] | {"type": "ADDED"}], {("Job watch", "lost")},
    ),
    "Job, duplicate": ([*WATCH, WATCH[6]], {("Job watch", "duplicate")}),
    "Job, late: came after its deletion": (
        [*WATCH, line("DELETED", COMPLETE, 8), line("MODIFIED", COMPLETE, 9)], {("Job watch", "late")},
    ),
    "Job, out of order": ([*WATCH, WATCH[0] | {"type": "MODIFIED"}], {("Job watch", "out of order")}),
    "Pod, illegal: a phase that is over goes on": (
        [*WATCH[:6], line("MODIFIED", pod("main 12-", phase="Running"), 7), line("MODIFIED", COMPLETE, 8)],
        {("Pod watch", "illegal")},
    ),
    "Pod, lost: it changed while nobody watched": (
        [*WATCH[:5], ERROR, line("ADDED", job(), 1), line("ADDED", DONE, 6), WATCH[6]], {("Pod watch", "lost")},
    ),
    "Pod, lost: a run of its container": (
        [
            line("ADDED", job(spec=RETRIED), 1),
            line("ADDED", pod("main 2-3 1", policy="OnFailure", phase="Running"), 2),
            line("MODIFIED", pod("main 12-20 0 restarts=3", policy="OnFailure"), 6),
            line("MODIFIED", job("complete@30", spec=RETRIED), 7),
        ],
        {("Pod watch", "lost")},
    ),
    "Pod, lost: its deletion": (
        [*WATCH, ERROR, line("ADDED", COMPLETE, 7)], {("Pod watch", "lost")},
    ),
    "Pod, duplicate": ([*WATCH[:5], WATCH[4], *WATCH[5:]], {("Pod watch", "duplicate")}),
    "Pod, duplicate: its deletion": ([*WATCH, GONE, GONE], {("Pod watch", "duplicate")}),
    "Pod, late: came after its deletion": ([*WATCH, GONE, line("MODIFIED", DONE, 9)], {("Pod watch", "late")}),
    "Pod, late: its end after the verdict that counts it": (
        [*WATCH[:5], WATCH[6], WATCH[5]], {("Pod watch", "late")},
    ),
    "Pod, out of order": ([*WATCH, WATCH[4]], {("Pod watch", "out of order")}),
    "Pod, foreign: labelled with the Job's name, owned by another": (
        [*WATCH, line("ADDED", pod("main 2-8 0", name="z", metadata={
            "labels": {"job-name": "train"}, "ownerReferences": [OTHER],
        }), 9)],
        {("Pod watch", "foreign")},
    ),
    "Pod, skew: its node is ahead": (node_off(300), {("Pod watch", "skew")}),
    "Pod, skew: its node is behind": (node_off(-300), {("Pod watch", "skew")}),
    "Pod, skew: its node's kubelet writes events ahead": (kubelet_off(120), {("Pod watch", "skew")}),
    "Pod, skew: its node's kubelet writes events behind": (kubelet_off(-300), {("Pod watch", "skew")}),
    "Event, lost: the start of a container": (without(3), {("Event watch", "lost")}),
    "Event, lost: similar ones were merged": (
        [*WATCH, line("ADDED", event("BackOff", 9, message="(combined from similar events): Back-off"), 9)],
        {("Event watch", "lost")},
    ),
    "Event, duplicate": ([*WATCH[:4], WATCH[3], *WATCH[4:]], {("Event watch", "duplicate")}),
    "Event, late: taken minutes after it happened": (
        [*WATCH, line("ADDED", taken("Unhealthy", 19, 200), 9)], {("Event watch", "late")},
    ),
    "Event, out of order": (
        [*WATCH[:4], line("MODIFIED", WATCH[3]["object"] | {"count": 2}, 8), WATCH[3] | {"type": "MODIFIED"},
         *WATCH[4:]],
        {("Event watch", "out of order")},
    ),
    "Event, foreign: about a Job of the same name": (
        [*WATCH, line("ADDED", about("Job", "train"), 9)], {("Event watch", "foreign")},
    ),
    "Event, foreign: about a pod of the same name": (
        [*WATCH, line("ADDED", about("Pod", "train-a"), 9)], {("Event watch", "foreign")},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", KUBERNETES)
def test_each_trouble_of_a_recorded_watch_is_named_and_no_other(name: str) -> None:
    """A cell of the table: stream and kind, with a count of at least one and a detail."""
    lines, wanted = KUBERNETES[name]
    found = told(lines).anomalies
    assert cells(found) == wanted
    assert all(anomaly.count >= 1 and anomaly.unit and anomaly.detail for anomaly in found)


@pytest.mark.parametrize("name", [name for name in KUBERNETES if "illegal" not in name and "a run of" not in name])
def test_a_trouble_that_adds_no_fact_changes_no_truth(name: str) -> None:
    """Duplicates, delays, losses that another word closes, other runs, clocks: the sound watch's answer stands."""
    sound, troubled = told(WATCH).truth, told(KUBERNETES[name][0]).truth
    assert (troubled.work, troubled.platform, troubled.klass) == (sound.work, sound.platform, sound.klass)


@pytest.mark.parametrize(
    "lines",
    [
        WATCH,
        [*WATCH, line("DELETED", DONE, 8)],
        [*WATCH, {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "9"}}}],
        [*WATCH, ERROR, line("ADDED", COMPLETE, 7), line("ADDED", DONE, 6)],
        [entry["object"] for entry in WATCH],
        [{"kind": "List", "items": [COMPLETE, DONE, event("Started", 12)]}],
    ],
)
def test_a_sound_stream_is_not_accused(lines: Lines) -> None:
    """The control: a whole watch, one that is listed again with nothing missed, several looks, a list."""
    assert told(lines).anomalies == ()


@pytest.mark.parametrize("seconds", [300, -300])
@pytest.mark.parametrize("clock", [node_off, kubelet_off])
def test_a_node_whose_clock_is_off_makes_no_legal_move_illegal(clock: Callable[[int], Lines], seconds: int) -> None:
    """The offset is measured, named, and taken out before the moves are looked at; the events stay as they came."""
    found = told(clock(seconds))
    assert not [step for step in found.steps if step.after is None]
    (skew,) = (anomaly for anomaly in found.anomalies if anomaly.kind is AnomalyKind.SKEW)
    assert skew.seconds is not None
    assert skew.seconds * seconds > 0
    assert abs(skew.seconds) <= abs(seconds) + 1


# -- SageMaker: events that a queue delivered, and a description -------------------------------------------------------

DESCRIBED = training("Completed", *NORMAL)
ARN = "arn:aws:sagemaker:eu-west-1:{}:training-job/train"
DESCRIBED["TrainingJobArn"] = ARN.format("123456789012")


def on_the_bus(place: int, *, seconds: float = 0.0, sent: float = 1.0, account: str = "123456789012") -> Line:
    """Make the event of a change: its times `seconds` off, sent so long after the change by the bus's clock."""
    steps = NORMAL[: place + 1]
    word = steps[-1]
    status = "Completed" if word == "Completed" else "InProgress"
    detail = training(status, *steps, secondary=word)
    detail["LastModifiedTime"] = _ms(10 * place + seconds)
    for entry in detail["SecondaryStatusTransitions"]:
        entry["StartTime"] = _ms(translate.read_time(entry["StartTime"]).seconds - S0 + seconds)  # type: ignore[union-attr]
    detail["CreationTime"] = _ms(seconds)
    detail["TrainingJobArn"] = ARN.format(account)
    return {
        "detail-type": "SageMaker Training Job State Change", "id": f"e{place}", "detail": detail,
        "time": stamp(S0 - T0 + 10 * place + seconds + sent),
    }  # fmt: skip


def _ms(at: float) -> int:
    return round((S0 + at) * 1000)


BUS: Lines = [on_the_bus(place) for place in range(len(NORMAL))]
STARTS_AGAIN = {**training("InProgress", *NORMAL, secondary="Training"), "TrainingJobArn": DESCRIBED["TrainingJobArn"]}
STARTS_AGAIN["LastModifiedTime"] = _ms(900)
TURNED = training("Completed", "Starting", "Training", "Downloading", "Uploading", "Completed")
GOES_ON = copy.deepcopy(BUS[2])
GOES_ON["detail"]["LastModifiedTime"], GOES_ON["time"] = _ms(900), stamp(S0 - T0 + 901)
SAGEMAKER: dict[str, tuple[Lines, set[Cell]]] = {
    "bus, illegal: a job goes on after its end": ([*BUS, GOES_ON, DESCRIBED], {("event bus", "illegal")}),
    "bus, lost: one of five changes": ([*BUS[:2], *BUS[3:], DESCRIBED], {("event bus", "lost")}),
    "bus, lost: the ending, which a description told": ([*BUS[:4], DESCRIBED], {("event bus", "lost")}),
    "bus, lost: known by the events' own list": ([BUS[0], BUS[2], *BUS[3:]], {("event bus", "lost")}),
    "bus, duplicate: delivered twice": ([*BUS[:3], BUS[2], *BUS[3:], DESCRIBED], {("event bus", "duplicate")}),
    "bus, duplicate: the same change under another id": (
        [*BUS[:3], {**BUS[2], "id": "other"}, *BUS[3:], DESCRIBED], {("event bus", "duplicate")},
    ),
    "bus, late: after the end": ([*BUS[:2], *BUS[3:], BUS[2], DESCRIBED], {("event bus", "late")}),
    "bus, late: sent minutes after the change": (
        [*BUS[:2], on_the_bus(2, sent=240), *BUS[3:], DESCRIBED], {("event bus", "late")},
    ),
    "bus, out of order": ([BUS[0], BUS[2], BUS[1], *BUS[3:], DESCRIBED], {("event bus", "out of order")}),
    "bus, foreign: another account's job of the same name": (
        [*BUS, on_the_bus(4, account="210987654321"), DESCRIBED], {("event bus", "foreign")},
    ),
    "bus, skew: its times are 120 s ahead of the description": (
        [*(on_the_bus(place, seconds=120) for place in range(5)), DESCRIBED], {("event bus", "skew")},
    ),
    "bus, skew: its times are 300 s behind": (
        [*(on_the_bus(place, seconds=-300) for place in range(5)), DESCRIBED], {("event bus", "skew")},
    ),
    "bus, skew: it stamps 120 s ahead": (
        [*(on_the_bus(place, sent=120) for place in range(5)), DESCRIBED], {("event bus", "skew")},
    ),
    "bus, skew: it stamps 300 s behind": (
        [*(on_the_bus(place, sent=-300) for place in range(5)), DESCRIBED], {("event bus", "skew")},
    ),
    "descriptions, illegal: a job goes on after its end": (
        [DESCRIBED, STARTS_AGAIN], {("descriptions", "illegal")},
    ),
    "descriptions, illegal: phases that turn back": ([TURNED], {("descriptions", "illegal")}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAGEMAKER)
def test_each_trouble_of_a_bus_is_named_and_no_other(name: str) -> None:
    """A cell of the table."""
    lines, wanted = SAGEMAKER[name]
    found = told(lines).anomalies
    assert cells(found) == wanted
    assert all(anomaly.count >= 1 and anomaly.unit and anomaly.detail for anomaly in found)


@pytest.mark.parametrize("name", [name for name in SAGEMAKER if "phases" not in name and "own list" not in name])
def test_a_trouble_of_the_bus_changes_no_truth(name: str) -> None:
    """The description is believed, whatever the bus did."""
    sound, troubled = told([*BUS, DESCRIBED]).truth, told(SAGEMAKER[name][0]).truth
    assert (troubled.work, troubled.platform, troubled.klass) == (sound.work, sound.platform, sound.klass)


@pytest.mark.parametrize("lines", [[*BUS, DESCRIBED], BUS, [DESCRIBED], [BUS[4], DESCRIBED]])
def test_a_sound_bus_is_not_accused(lines: Lines) -> None:
    """The control: all events, all without a description, a description alone, one event that somebody kept."""
    assert told(lines).anomalies == ()


@pytest.mark.parametrize("seconds", [120, -300])
def test_a_bus_whose_clock_is_off_bends_no_lifecycle(seconds: int) -> None:
    """Times of entry are the service's: submitted and running when the description says so."""
    found = told([*(on_the_bus(place, seconds=seconds) for place in range(5)), DESCRIBED])
    assert not [step for step in found.steps if step.after is None]
    (skew,) = found.anomalies
    assert (skew.seconds, skew.detail.partition(" is ")[0]) == (seconds, "the clock of the event bus")
    plain, entered = replay(translate.events_from_describe(DESCRIBED, S0)).entered, _entered(seconds)
    assert {state: at.seconds for state, at in entered.items()} == {state: at.seconds for state, at in plain.items()}


def _entered(seconds: float) -> Any:
    bus = [on_the_bus(place, seconds=seconds)["detail"] for place in range(5)]
    events = [event for detail in bus for event in translate.events_from_bus(detail, S0)]
    return replay((*events, *translate.events_from_describe(DESCRIBED, S0))).entered


# -- in a campaign: histories as the harness heard them ----------------------------------------------------------------


def heard(seconds: float, events: Sequence[Event]) -> tuple[Event, ...]:
    """Let everything be heard one second after it happened, by a watcher whose clock is off."""
    return tuple(replace(event, received_seconds=event.at.seconds + 1 + seconds) for event in events)


ON_TIME = heard(0, history(job("complete@30"), DONE, event("Started", 12)))


def anomalies(events: Sequence[Event]) -> tuple[Anomaly, ...]:
    """Look at a history that was heard live."""
    return anomalies_of(events, replay(events).steps, "kubernetes")


@pytest.mark.parametrize(("seconds", "way"), [(-300, "behind"), (300, "ahead")])
def test_a_watcher_whose_clock_is_off_is_measured_and_accuses_nobody_else(seconds: float, way: str) -> None:
    """Nothing is heard before it happened, and not everything is late by the same time."""
    (found,) = anomalies(heard(seconds, ON_TIME))
    assert (found.stream, found.kind) == (Stream.WATCHER, AnomalyKind.SKEW)
    assert found.detail.startswith("the clock of the watcher is about ")
    assert found.detail.endswith(way)
    assert abs((found.seconds or 0) - seconds) <= 1


def test_a_watcher_whose_clock_is_right_is_not_accused() -> None:
    """The control."""
    assert anomalies(ON_TIME) == ()


def test_what_was_heard_minutes_after_it_happened_is_late() -> None:
    """One stream was behind; the others were in time."""
    late = tuple(
        replace(event, received_seconds=event.at.seconds + 200) if event.witness is Witness.CONTAINER else event
        for event in ON_TIME
    )
    assert cells(anomalies(late)) == {("Pod watch", "late")}


def shim(at: float, what: Kind) -> Event:
    """Make the shim's word by the container's clock."""
    label = "exit" if what is Kind.EXITED else "first instruction"
    return Event(label, what, Witness.SHIM, Time(at, ClockName.CONTAINER, 0.0, 1.0), at, role=Role.MAIN, label=label)


@pytest.mark.parametrize(("seconds", "way"), [(120, "ahead"), (-300, "behind")])
@pytest.mark.parametrize("side", [LEGACY, CANDIDATE])
def test_a_container_whose_clock_is_off_gives_no_startup(side: Any, seconds: float, way: str) -> None:
    """The shim's times must lie between the platform's start of the work and its end; else no wait is told."""
    begun, over = (T0 + 2, T0 + 8) if side is LEGACY else (S0 + 21, S0 + 29)
    off = shim(begun + seconds, Kind.FIRST_INSTRUCTION), shim(over + seconds, Kind.EXITED)
    right = shim(begun, Kind.FIRST_INSTRUCTION), shim(over, Kind.EXITED)
    partner = observed(CANDIDATE if side is LEGACY else LEGACY, more_events=right[:1], record=record())
    for events, usable in ((right, True), (off, False)):
        run = observed(side, more_events=events, run="x")
        pair = (run, partner) if side is LEGACY else (partner, run)
        found = [
            anomaly
            for anomaly in anomalies_of(run.events, (), run.run.platform, live=False)
            if anomaly.kind is AnomalyKind.SKEW
        ]
        assert bool(found) is not usable
        assert all(anomaly.detail.endswith(way) and anomaly.stream is Stream.SHIM for anomaly in found)
        sample = first_instruction_sample((ObservedPair("p", *pair),), [run] if side is LEGACY else [], [])
        assert (sample.legacy_repeats == ()) is (side is not LEGACY or not usable)


def test_the_figures_of_the_bus_are_a_finding_beside_the_truth() -> None:
    """What came twice or late is folded away and told; a loss keeps the finding from being a match."""
    reducer = Reducer()
    for name, word, at in (("j", "Starting", 1), ("j", "Training", 3), ("j", "Training", 3), ("j", "Downloading", 2)):
        reducer.event(name, "InProgress", word, at, received_ms=at)
    reducer.foreign("j")
    counts = reducer.describe("j", "Completed", "Completed", 9, changes=5, now=0.0)
    assert counts is not None
    native = {name: str(value) for name, value in counts.figures().items()}
    at = Time(S0 + 60, ClockName.HARNESS)
    figures = Event("r:bus", Kind.NOTICED, Witness.HARNESS, at, S0 + 60, label="bus", native=native)
    (found,) = check_witnesses(declared(), "p1", observed(LEGACY), observed(CANDIDATE, more_events=(figures,)))
    assert (found.check, found.outcome, found.required) == ("witnesses", Outcome.INCONCLUSIVE, False)
    assert found.summary == (
        "candidate: event bus: lost, 2 changes of state: of 5 messages; "
        "event bus: duplicate, 1 message: of 5 messages; event bus: out of order, 1 message: of 5 messages; "
        "event bus: foreign, 1 message: of 5 messages"
    )


def test_a_pair_that_was_witnessed_well_has_no_such_finding() -> None:
    """The control."""
    assert check_witnesses(declared(), "p1", observed(LEGACY), observed(CANDIDATE)) == ()


def test_the_table_has_forty_cells_and_more() -> None:
    """Streams and kinds that a stream can show; each is a test above."""
    campaign = {("watcher", "skew"), ("shim", "skew")}
    assert len(KUBERNETES) + len(SAGEMAKER) >= 40
    shown = {cell for _, wanted in (*KUBERNETES.values(), *SAGEMAKER.values()) for cell in wanted} | campaign
    assert {kind for _, kind in shown} == {kind.value for kind in AnomalyKind}
    assert {stream for stream, _ in shown} == {stream.value for stream in Stream}
