"""Warm pools seen by the candidate backend over HTTP: what proves a warm start, and what a quota of zero looks like."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backends.candidate_watch import PREFIX, order, watching

from harness.backends.aws import Account, Clients
from harness.model.event import WARM_START

if TYPE_CHECKING:
    from conftest import Cloud

KEPT = {"candidate": {"instance_type": "ml.m5.large", "keep_alive": "1h"}}
NO_QUOTA = ({"name": "warm-pool-quota", "at": "ml.m5.large", "count": 2},)


def run_twice(cloud: Cloud, folder: Path, wait: Callable[..., Any]) -> dict[str, list[str]]:
    """Run one job twice, one after the other; give all that is said of pools and warm starts, by run."""
    clients = Clients(Account("123456789012", "us-east-1", None, cloud.url))

    def pools() -> dict[str, list[str]]:
        told = {run: [event.label for event in events if "warm" in event.label] for run, events in seen.items()}
        return {run: list(dict.fromkeys(labels)) for run, labels in told.items()}

    with watching(clients, folder) as (backend, seen):
        for name in ("first", "second"):
            backend.submit(order(cloud.image.reference, folder, name, **KEPT))
            wait(lambda: pools().get(name), bool)  # noqa: B023 - asked within the round
            assert cloud.end(PREFIX + name)["TrainingJobStatus"] == "Completed"
        settled: dict[str, list[str]] = wait(pools, lambda found: found["first"][-1] != "warm pool Available")
        return settled


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give what a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")


def test_the_second_run_is_proven_warm_by_the_status_of_the_first(
    start: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """The pool's status says who took it over; nothing is told from how fast anything was."""
    with start(tmp_path, scale=0.02) as cloud:  # kept for 72 s
        said = run_twice(cloud, tmp_path, wait)
        pool = cloud.describe(f"{PREFIX}first")["WarmPoolStatus"]
    assert said["first"][0] == "warm pool Available"
    assert said["first"][-1].startswith("warm pool Reused, ")
    assert WARM_START in said["second"]
    assert pool["ReusedByJob"] == f"{PREFIX}second"


def test_a_quota_of_zero_is_cold_without_a_word_and_proves_nothing(
    start: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """Create takes keep-alive as ever, nothing is retained or billed, and no run counts as warm."""
    with start(tmp_path, scale=0.02, planned=NO_QUOTA) as cloud:
        said = run_twice(cloud, tmp_path, wait)
        fired = [json.loads(line) for line in (tmp_path / "faults.jsonl").read_text(encoding="utf-8").splitlines()]
    never = ["warm pool Terminated, 0 s kept and billed"]
    assert said == {"first": never, "second": never}
    assert [item["subject"] for item in fired] == [f"{PREFIX}first", f"{PREFIX}second"]
