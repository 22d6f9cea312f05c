"""Cadence: a job's cycles start one a slot, never beside the one before; what was left out stands in the history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report.campaign_sample import job, plan, repository
from runner.simulated import BEGAN, Simulation, every_quarter

from harness.model.event import SLOT
from harness.model.plan import Pair, Run
from harness.runner import inbox
from harness.runner.slots import Slots

P1, P2, P3 = (f"wine.train.p{n}" for n in (1, 2, 3))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the fold look often: time is simulated."""
    monkeypatch.setattr(inbox, "_TICK_SECONDS", 0.001)


def test_three_cycles_start_one_a_slot(tmp_path: Path) -> None:
    """Both runs of a pair share their slot; nothing starts before its slot begins."""
    campaign = Simulation(tmp_path, every_quarter(3))
    campaign.drive()
    assert campaign.slots() == {
        f"{pair}-{side}": (number, 900.0 * (number - 1), [])
        for number, pair in enumerate((P1, P2, P3), start=1)
        for side in ("legacy", "candidate")
    }


def test_pairs_without_a_short_cadence_start_at_once(tmp_path: Path) -> None:
    """The control: a daily job's pairs wait for no slot and have none."""
    campaign = Simulation(tmp_path, every_quarter(3, cadence_seconds=86400))
    campaign.drive()
    labels = [event.label for observation in campaign.seen().values() for event in observation.events]
    assert (len(campaign.seen()), SLOT in labels) == (6, False)
    assert campaign.clock.seconds - BEGAN < 900


def test_a_cycle_that_outlasts_its_slot_leaves_the_next_one_empty(tmp_path: Path) -> None:
    """Nothing starts beside it; its history, and not its partner's, names the slot; the next cycle keeps the grid."""
    campaign = Simulation(tmp_path, every_quarter(3), {f"{P2}-candidate": 950.0})
    campaign.drive()
    assert campaign.slots() == {
        f"{P1}-legacy": (1, 0.0, []),
        f"{P1}-candidate": (1, 0.0, []),
        f"{P2}-legacy": (2, 900.0, []),
        f"{P2}-candidate": (2, 900.0, [3]),
        f"{P3}-legacy": (4, 2700.0, []),
        f"{P3}-candidate": (4, 2700.0, []),
    }


def test_the_grid_outlives_the_process(tmp_path: Path) -> None:
    """Interrupted in slot 2, taken up in slot 5: what ran is adopted in its own slot, the next cycle takes slot 6."""
    campaign = Simulation(tmp_path, every_quarter(3), halts_at=f"{P2}-candidate RUNNING")
    campaign.drive()
    campaign.halt.clear()
    campaign.clock.under_way, campaign.clock.timers = 0, []
    campaign.clock.seconds = BEGAN + 4 * 900 + 450
    campaign.drive()
    assert {name: (slot, left_out) for name, (slot, _, left_out) in campaign.slots().items()} == {
        f"{pair}-{side}": (slot, []) for pair, slot in ((P1, 1), (P2, 2), (P3, 6)) for side in ("legacy", "candidate")
    }
    assert campaign.slots()[f"{P3}-legacy"][1] == 4500.0


def test_other_jobs_of_the_repository_do_not_wait_for_slots(tmp_path: Path) -> None:
    """A job without a cadence fills the time between two slots."""
    retrain = replace(job("train", "rmse", 0.1), cadence_seconds=900)
    both = repository("wine", "owner", "demo", (retrain, job("score", "rmse", 0.1)))
    campaign = Simulation(tmp_path, plan([both], pairs_each=2, repeats=False))
    campaign.drive()
    submits = [call.rpartition("-")[0] for call in campaign.backend.told if call.startswith("submit")]
    assert set(submits[:-2]) == {f"submit wine.{name}" for name in ("train.p1", "score.p1", "score.p2")}
    assert set(submits[-2:]) == {"submit wine.train.p2"}


@given(st.lists(st.integers(1, 2000), max_size=30), st.integers(0, 5))
def test_whatever_the_times_no_slot_is_used_twice_and_none_early(steps: list[int], long: int) -> None:
    """The law, over any moments at which the fold looks: slots grow, and each start lies inside its own slot."""
    the_plan = every_quarter(8)
    runs = {run.id: run for run in the_plan.runs}
    slots, waiting, now = Slots.of(the_plan), list(the_plan.pairs), BEGAN
    used: list[tuple[int, float]] = []
    flying: list[Run] = []
    for number, step in enumerate(steps):
        now += step
        ready, left_out = slots.ready(waiting, {("wine", "train"): flying}, now)
        assert bool(left_out) <= bool(flying)
        assert not (ready and flying)
        for pair in ready[:1]:
            used += started(slots, pair, runs, now)
            waiting.remove(pair)
        flying = [runs[run] for run in (ready[0].runs if ready else ())] if number % 6 < long else []
    assert [slot for slot, _ in used] == sorted({slot for slot, _ in used})
    first = used[0][1] if used else BEGAN
    assert all((slot - 1) * 900 <= at - first < slot * 900 for slot, at in used)


def started(slots: Slots, pair: Pair, runs: dict[str, Run], now: float) -> list[tuple[int, float]]:
    """Start a pair; give its slot and time."""
    noted = slots.start(pair, [runs[run] for run in pair.runs], now)
    return [(int(event.native["slot"]), now) for _, event in noted[:1]]
