"""Reuse of kept instances is proven by status; what is not proven is cold."""

from __future__ import annotations

from typing import Any

import pytest

from harness.backends.sagemaker.warm_pools import PoolWatch

RUNS = {"first": "run-1", "second": "run-2"}


def reply(status: str | None, **more: Any) -> dict[str, Any]:
    """A Describe reply of the job that asked to keep its instances."""
    pool = {} if status is None else {"WarmPoolStatus": {"Status": status, **more}}
    return {"TrainingJobName": "first", "TrainingJobStatus": "Completed", **pool}


def told(watch: PoolWatch, facts: dict[str, Any], now: float = 0.0) -> list[tuple[str, str]]:
    """Say what a reply tells, by run."""
    return [(run, event.label) for run, event in watch.told("run-1", facts, now, 100.0, runs=RUNS)]


def test_a_reused_pool_proves_the_warm_start_of_the_run_that_used_it() -> None:
    """The holder tells what it cost, the user that it started warm; then nobody is asked any more."""
    watch = PoolWatch()
    assert told(watch, reply("Available")) == [("run-1", "warm pool Available")]
    assert watch.due(0.1) == ("first",)
    facts = reply("Reused", ReusedByJob="second", ResourceRetainedBillableTimeInSeconds=41)
    assert told(watch, facts) == [("run-1", "warm pool Reused, 41 s kept and billed"), ("run-2", "warm start")]
    assert watch.due(1000.0) == ()


def test_a_pool_that_was_never_kept_is_told_and_proves_nothing() -> None:
    """A quota of zero: Terminated at once, with nothing billed; no run starts warm."""
    watch = PoolWatch()
    facts = reply("Terminated", ResourceRetainedBillableTimeInSeconds=0)
    assert told(watch, facts) == [("run-1", "warm pool Terminated, 0 s kept and billed")]
    assert watch.held == {}


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        ({"ml.m5.large": 0.12}, "warm pool Reused, 900 s kept and billed, 0.06 at 0.12 an hour"),
        ({"ml.m5.xlarge": 0.24}, "warm pool Reused, 900 s kept and billed"),
        ({}, "warm pool Reused, 900 s kept and billed"),
    ],
    ids=["priced", "another type", "no prices"],
)
def test_the_time_that_idle_instances_were_kept_has_its_price(prices: dict[str, float], said: str) -> None:
    """Of both instances, and only where the file gives a price for their type."""
    held = {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}
    facts = reply("Reused", ReusedByJob="second", ResourceRetainedBillableTimeInSeconds=900) | held
    assert told(PoolWatch(prices_per_hour=prices), facts)[0] == ("run-1", said)


def test_a_run_that_was_submitted_before_the_pool_was_available_is_not_warm() -> None:
    """The race: it started on instances of its own, and the pool waits for the next one, which is warm."""
    watch, runs = PoolWatch(), RUNS | {"third": "run-3"}
    facts = [reply("InUse"), reply("Available"), reply("Reused", ReusedByJob="third")]
    labels = {run: event.label for fact in facts for run, event in watch.told("run-1", fact, 0.0, 100.0, runs=runs)}
    assert labels == {"run-1": "warm pool Reused", "run-3": "warm start"}


def test_reuse_by_a_strangers_job_is_nobodys_warm_start() -> None:
    """It is not one of our runs; the pool is gone all the same."""
    watch = PoolWatch()
    assert told(watch, reply("Reused", ReusedByJob="somebody")) == [("run-1", "warm pool Reused")]


def test_a_job_without_a_pool_is_not_asked_about() -> None:
    """The control."""
    watch = PoolWatch()
    assert told(watch, reply(None)) == []
    assert watch.due(1000.0) == ()


def test_a_pool_is_asked_about_at_a_pace() -> None:
    """By when it was asked last."""
    watch = PoolWatch()
    told(watch, reply("InUse"), now=50.0)
    assert watch.due(50.0) == ()
    assert watch.due(50.1) == ("first",)
