"""The schedule: a plan and its amendments, in any order and told any number of times, give the same pairs and runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import EvidenceDamaged
from harness.model.job import Side
from harness.model.plan import Grade, Pair, Plan, Run
from harness.model.schedule import Amendment, Cause, Replacement, RunAtStop, Schedule, Stop, Wave, evidence_files
from harness.store.schedules import record_of, schedule_of


def run(name: str, side: Side, attempt: int = 1) -> Run:
    """One run; its platform name is its id."""
    return Run(name, name, "wine", "train", side, attempt)


def launched(name: str, attempt: int = 1, wave: int = 1, replaces: str | None = None) -> tuple[Pair, tuple[Run, ...]]:
    """One pair, legacy first."""
    runs = tuple(run(f"{name}-{side.value}", side, attempt) for side in Side)
    return Pair(name, "wine", "train", Grade.LAUNCHED, tuple(run.id for run in runs), wave, replaces), runs


PLANNED = (launched("p1"), launched("p2"), launched("p3", wave=2))
REPEAT = Pair("r1", "wine", "train", Grade.REPEAT, ("r1-legacy",))
BARE = Pair("b1", "wine", "train", Grade.BARE, ("b1-legacy",))
PLAN = Plan(
    schema="parity.plan/1",
    campaign="c1",
    created_at="2026-11-25T10:00:00Z",
    tool="tool",
    seed=1,
    synthetic=True,
    config_digest="sha256:0",
    repositories=(),
    identities={},
    runs=(
        *(each for _, runs in PLANNED for each in runs),
        run("r1-legacy", Side.LEGACY),
        replace(run("b1-legacy", Side.LEGACY), shim=False),
    ),
    pairs=(*(pair for pair, _ in PLANNED), REPEAT, BARE),
    endpoints={},
    price=None,
)


def replaced(void: str, name: str = "") -> Replacement:
    """Stand for a pair."""
    return Replacement(*launched(name or f"{void}-r", 2, replaces=void), Cause.VOID, "legacy: the platform cut it")


FIRST = Wave(1, ("p1", "p2", "r1", "b1"), "always runs")
SECOND = Wave(2, ("p3",), "runs of one side of wine/train differ from each other")


def stopped(pair: str, *, ended: bool = False, reported: bool | None = False) -> Stop:
    """Stop a pair whose legacy run had told so much; the candidate told nothing."""
    runs = (
        RunAtStop(f"{pair}-legacy", submitted=True, ended=ended, reported=reported),
        RunAtStop(f"{pair}-candidate", submitted=False, ended=False, reported=False),
    )
    return Stop(pair, runs, "ada@host", "2026-11-25T11:00:00Z", "interrupted")


def names(schedule: Schedule) -> list[str]:
    """List the pairs."""
    return [pair.id for pair in schedule.pairs]


ALL: tuple[Amendment, ...] = (
    FIRST, SECOND, stopped("p1"), replaced("p2"), replace(replaced("p1"), cause=Cause.STOPPED), replaced("p2-r"),
)  # fmt: skip


def test_a_plan_alone_has_the_pairs_that_always_run() -> None:
    """The later wave may never begin."""
    schedule = Schedule(PLAN)
    assert names(schedule) == ["p1", "p2", "r1", "b1"]
    assert [run.id for run in schedule.runs] == [
        "p1-legacy", "p1-candidate", "p2-legacy", "p2-candidate", "r1-legacy", "b1-legacy",
    ]  # fmt: skip
    assert schedule.run("p3-legacy") == run("p3-legacy", Side.LEGACY)


def test_amendments_add_pairs_after_the_planned_ones_in_plan_order() -> None:
    """Replacements stand in the order of what they replace, each followed by its own; stopped pairs ran too."""
    schedule = Schedule(PLAN, ALL)
    assert names(schedule) == ["p1", "p2", "p3", "r1", "b1", "p1-r", "p2-r", "p2-r-r"]
    assert [pair.id for pair in schedule.pairs_of("wine", "train")] == ["p2", "p3", "p1-r", "p2-r", "p2-r-r"]
    assert schedule.run("p2-r-r-legacy").attempt == 2
    assert schedule.waves == {1, 2}


def test_runs_of_one_side_with_one_identity_are_those_of_pairs_and_repeats() -> None:
    """Replacements too; a run without the shim is alike to none."""
    schedule = Schedule(PLAN, ALL)
    alike = [run.id for run in schedule.alike("wine", "train", Side.LEGACY)]
    assert alike == [f"{name}-legacy" for name in ("p2", "p3", "r1", "p1-r", "p2-r", "p2-r-r")]
    assert [run.id for run in schedule.repeats("wine", "train", Side.LEGACY)] == ["r1-legacy"]
    assert [run.id for run in schedule.bare("wine", "train", Side.LEGACY)] == ["b1-legacy"]
    assert schedule.repeats("wine", "train", Side.CANDIDATE) == ()


def test_every_run_of_the_schedule_must_have_left_an_observation() -> None:
    """Of a wave that never began: none; of another repository: none; of a replacement: one a run."""
    schedule = Schedule(PLAN, (replaced("p1"),))
    runs = ("p1-legacy", "p1-candidate", "p2-legacy", "p2-candidate", "r1-legacy", "b1-legacy")
    wanted = [f"runs/{name}/observation.json" for name in (*runs, "p1-r-legacy", "p1-r-candidate")]
    assert evidence_files(schedule, "wine") == ("plan.json", "journal.log", *wanted)
    assert evidence_files(schedule, "beer") == ("plan.json", "journal.log")


@pytest.mark.parametrize(
    ("ended", "reported", "blind"),
    [(False, False, True), (True, False, False), (False, True, False), (False, None, False)],
    ids=["told nothing", "ended", "reported", "nobody can tell"],
)
def test_a_stopped_pair_is_set_aside_only_where_it_told_nothing(
    *, ended: bool, reported: bool | None, blind: bool
) -> None:
    """What nobody can tell counts as told; compared is neither."""
    schedule = Schedule(PLAN, (stopped("p1", ended=ended, reported=reported),))
    assert schedule.set_aside == (frozenset({"p1"}) if blind else frozenset())
    assert [pair.id for pair in schedule.pairs_of("wine", "train")] == ["p2"]
    assert [run.id for run in schedule.alike("wine", "train", Side.LEGACY)] == ["p2-legacy", "r1-legacy"]
    assert schedule.stopped_runs == {"p1-legacy", "p1-candidate"}
    assert {"p1-legacy", "p1-candidate"} <= {run.id for run in schedule.runs}


def test_a_pair_is_replaced_once_for_being_void_and_as_often_as_it_is_stopped() -> None:
    """The stopped replacement of a void pair has one of its own, and that one still stands for a void pair."""
    again = replace(replaced("p1-r"), cause=Cause.STOPPED)
    schedule = Schedule(PLAN, (replaced("p1"), stopped("p1-r"), again))
    by_id = {pair.id: pair for pair in schedule.pairs}
    told = {name: schedule.stands_for_void(by_id[name]) for name in ("p1", "p1-r", "p1-r-r")}
    assert told == {"p1": False, "p1-r": True, "p1-r-r": True}
    only_stopped = Schedule(PLAN, (stopped("p1"), replace(replaced("p1"), cause=Cause.STOPPED)))
    assert not any(only_stopped.stands_for_void(pair) for pair in only_stopped.pairs)


def test_the_first_replacement_of_a_pair_holds() -> None:
    """Another one for the same pair is no second chance."""
    schedule = Schedule(PLAN, (replaced("p1"),)).amended([replaced("p1", "p1-other")])
    assert names(schedule) == ["p1", "p2", "r1", "b1", "p1-r"]


def test_a_circle_of_replacements_ends() -> None:
    """A forged journal may hold one; it costs no endless loop."""
    forged = (replaced("p1"), replaced("p1-r", "p1"))
    assert names(Schedule(PLAN, forged)) == ["p1", "p2", "r1", "b1", "p1-r"]


@given(st.permutations(ALL))
def test_the_order_of_amendments_changes_nothing(order: list[Amendment]) -> None:
    """Pairs and runs are the same, in the same order."""
    schedule, whole = Schedule(PLAN).amended(order), Schedule(PLAN, ALL)
    assert (schedule.pairs, schedule.runs) == (whole.pairs, whole.runs)


@given(st.lists(st.sampled_from(ALL), max_size=12))
def test_an_amendment_told_again_changes_nothing(told: list[Amendment]) -> None:
    """A resumed campaign asks its waves again, and replays its journal."""
    schedule = Schedule(PLAN).amended([*ALL, *told])
    assert schedule.amended(told) is schedule
    assert schedule == schedule_of(PLAN, [record_of(each) for each in (*ALL, *told)]) == Schedule(PLAN, ALL)


@given(st.integers(0, len(ALL)))
def test_a_cut_journal_has_no_pair_that_the_whole_one_lacks(length: int) -> None:
    """What is amended is only ever added."""
    records = [record_of(each) for each in ALL]
    cut, whole = schedule_of(PLAN, records[:length]), schedule_of(PLAN, records)
    assert set(names(cut)) <= set(names(whole))
    assert cut.amended(ALL) == whole


def test_other_records_of_the_journal_say_nothing_of_the_schedule() -> None:
    """Events and intents lie between."""
    records = [{"record": "intent", "run": "p1-legacy"}, record_of(SECOND), {"record": "done", "run": "p1-legacy"}]
    assert schedule_of(PLAN, records) == Schedule(PLAN, (SECOND,))


@pytest.mark.parametrize(
    ("record", "told"),
    [
        ({"record": "amendment", "kind": "miracle", "amendment": {}}, "'miracle' is not known to this version"),
        ({"record": "amendment", "kind": "wave", "amendment": {"number": 2}}, "missing required field"),
        (record_of(Wave(2, ("p9",), "")), "pairs that are not in the plan: p9"),
        (record_of(stopped("p9")), "pairs that are not in the plan: p9"),
        (record_of(replaced("p9")), "pairs that are not in the plan: p9"),
    ],
)
def test_an_amendment_that_can_t_be_read_is_damage(record: dict[str, object], told: str) -> None:
    """Never skipped: what it added would be missed by nobody."""
    with pytest.raises(EvidenceDamaged, match=told):
        schedule_of(PLAN, [record])
