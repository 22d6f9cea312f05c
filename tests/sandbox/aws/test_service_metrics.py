"""Metrics that SageMaker itself reads from a log, brought home by the candidate backend through official clients."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from backends.candidate_watch import PREFIX, order, watching

from harness.backends.aws import Account, Clients
from harness.model.observation import Observation
from harness.runner.collect import observe
from harness.scrub.scrubber import Scrubber

if TYPE_CHECKING:
    from conftest import Cloud

PROGRAM = "print('auc=0.5'); print('auc=0.89'); print('f1=0.75'); print('f1=nan')"


def metric(name: str, source: str, **more: Any) -> dict[str, Any]:
    """Write a metric whose candidate is read from a service."""
    looked_for = {"regex": f"{name}=([0-9.]+)", "better": "higher", "margin": {"absolute": 0.01}}
    return {**looked_for, "source": {"candidate": source}, **more}


METRICS = {
    "auc": metric("auc", "final_metrics"),
    "f1": metric("f1", "final_metrics"),
    "absent": metric("absent", "final_metrics"),
}


@pytest.fixture
def clients(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Clients:
    """Reach the AWS half as a user's own settings would."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    return Clients(Account("123456789012", "us-east-1", None, cloud.url))


def fetched(cloud: Cloud, clients: Clients, folder: Path, name: str, job: Mapping[str, Any]) -> Observation:
    """Run a job to its end, fetch it, and observe it."""
    given = order(cloud.image.reference, folder, name, **job)
    place = folder / "runs" / name
    place.mkdir(parents=True)
    with watching(clients, folder) as (backend, _):
        handle = backend.submit(given)
        assert cloud.end(PREFIX + name)["TrainingJobStatus"] == "Completed"
        home = backend.fetch(handle, given.job, place / "fetched")
    return observe(handle, given.job, (), home, folder=place, scrub=Scrubber())


def values(seen: Observation) -> dict[str, list[float | None]]:
    """Give the values of each metric."""
    return {name: [point.value for point in points] for name, points in seen.metrics.items()}


def test_what_the_service_kept_is_brought_home_and_read(cloud: Cloud, clients: Clients, tmp_path: Path) -> None:
    """The last value; a NaN that came after it leaves none; what was never reported has none. All of it is evidence."""
    job = {"command": ["python", "-c", PROGRAM], "metrics": METRICS}
    seen = fetched(cloud, clients, tmp_path, "final", job)
    assert values(seen) == {"auc": [0.89], "absent": []}
    assert "'nan' is reported last" in seen.metrics_unread["f1"]
    assert set(seen.curves_unknown) == {"auc"}
    (kept,) = [name for name in seen.files if name.endswith("payload/metrics/final_metrics.json")]
    described = json.loads((tmp_path / kept).read_text())["described"]
    assert [entry["MetricName"] for entry in described["FinalMetricDataList"]] == ["auc", "f1"]
    assert [entry["Name"] for entry in described["MetricDefinitions"]] == ["auc", "f1", "absent"]


def test_a_series_of_cloudwatch_gives_its_best(cloud: Cloud, clients: Clients, tmp_path: Path) -> None:
    """All values of a minute have no order, and the largest of them is known."""
    job = {"command": ["python", "-c", PROGRAM], "metrics": {"auc": metric("auc", "cloudwatch", take="best")}}
    seen = fetched(cloud, clients, tmp_path, "series", job)
    assert values(seen) == {"auc": [0.89]}, seen.metrics_unread
