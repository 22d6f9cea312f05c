"""The legacy backend on a real cluster: one Job from submit to removal, and what a lost reply may do to it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cluster.following import Follower, judged, word
from cluster.scenarios import QUANTITIES, TRAPPED
from observed import IDENTITY, declared

from harness.backends.aws import Account, Clients
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.staging import Staging
from harness.errors import Conflict
from harness.model.clock import SystemClock
from harness.model.event import Event, Kind
from harness.model.job import Delivery, Job, ParameterReading, Resources, Side, Sidecar, SideJob
from harness.model.order import Order
from harness.model.plan import ImageIdentity, Run
from harness.platforms.kubernetes.home import KubernetesHome

NAMESPACE = "default"
STAGING = "s3://staging/legacy/"
LEGACY = KubernetesHome(None, NAMESPACE, None, STAGING, None, None)
NOWHERE = Account("123456789012", "eu-west-1", None, "http://127.0.0.1:9")
"""Runs without shim and outputs stage nothing."""


@pytest.fixture
def backend(cluster: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[KubernetesBackend]:
    """Open the backend as a campaign does."""
    monkeypatch.setenv("KUBECONFIG", str(cluster))
    made = KubernetesBackend(None, NAMESPACE, "campaign-1", "", clock=SystemClock())
    made.prepare()
    made.add_repository("repo", LEGACY, Staging(Clients(NOWHERE), STAGING, "00"))
    yield made
    made.close()


def job(script: str, *sidecars: Sidecar) -> Job:
    """Write a job of the busybox image, with a whole CPU and scratch."""
    reading = ParameterReading(Delivery.ENV)
    side = SideJob(("sh", "-c", script), {"WORD": "seen"}, {"epochs": 3}, reading, sidecars=sidecars,
                   scratch={"tmp": "/scratch"})  # fmt: skip
    planned = declared(outputs=(), resources=Resources(cpu=1.0, memory_bytes=64 * 1024**2), time_limit_seconds=90)
    return replace(planned, sides=dict.fromkeys(Side, side))


def order(name: str, planned: Job, image: str) -> Order:
    """Write the order of one run without shim."""
    run = Run(name, f"parity-{name}", "repo", planned.name, Side.LEGACY, 1, shim=False)
    return Order("campaign-1", run, planned, replace(IDENTITY, image=ImageIdentity(image, "")))


@pytest.fixture
def onlooker(backend: KubernetesBackend) -> Iterator[Follower]:
    """Watch the campaign."""
    made = Follower(backend)
    yield made
    made.close()


def is_removal(event: Event) -> bool:
    """Tell whether an event is the Job's own removal, as the API server reports it."""
    return event.kind is Kind.DELETED and event.native["kind"] == "Job"


def test_a_job_runs_is_watched_fetched_and_removed(
    backend: KubernetesBackend, onlooker: Follower, image: str, tmp_path: Path
) -> None:
    """Submit, adopt after a lost reply, history, log, removal (twice is fine); then nothing is left to adopt."""
    wanted = order("plain", job("echo $WORD $EPOCHS; echo kept > /scratch/file; sleep 1"), image)
    first = backend.submit(wanted)
    again = backend.submit(wanted)
    assert (first.adopted, again.adopted) == (False, True)
    assert first.native == again.native
    history = onlooker.until("plain", judged)
    assert word(history) == "ok ok -"
    fetched = backend.fetch(first, wanted.job, tmp_path)
    assert fetched.log is not None
    assert (fetched.log, fetched.log_cut, fetched.notes) == (b"seen 3\n", False, ())
    for _ in range(2):
        assert [event.kind for event in backend.remove(first)] == [Kind.REMOVED_BY_US]
    onlooker.until("plain", lambda seen: any(map(is_removal, seen)))
    renewed = backend.submit(wanted)
    assert renewed.adopted is False
    assert renewed.native["uid"] != first.native["uid"]
    backend.stop(renewed)
    backend.stop(renewed)


def test_a_job_that_somebody_else_removes_is_seen_to_be_gone(
    backend: KubernetesBackend, onlooker: Follower, image: str, cluster: Path
) -> None:
    """K50 while it happens: no verdict was seen, and the campaign knows why none will come."""
    handle = backend.submit(order("taken-away", job(TRAPPED), image))
    onlooker.until("taken-away", lambda seen: any(event.kind is Kind.RUNNING for event in seen))
    command = ["kubectl", f"--kubeconfig={cluster}", f"--namespace={NAMESPACE}", "delete", "job", handle.run.name]
    subprocess.run([*command, "--wait=false"], check=True, capture_output=True)
    history = onlooker.until("taken-away", lambda seen: any(map(is_removal, seen)) and any(map(is_end, seen)))
    assert word(history) == "unknown none K50"  # it ended with 0 after SIGTERM: done or cut
    backend.remove(handle)


def is_end(event: Event) -> bool:
    """Tell whether an event is a container's end."""
    return event.kind is Kind.EXITED


def test_another_job_of_the_same_name_is_never_adopted(backend: KubernetesBackend, image: str) -> None:
    """The control of adoption: one word of the command differs."""
    handle = backend.submit(order("taken", job("sleep 30"), image))
    with pytest.raises(Conflict, match="is another one"):
        backend.submit(order("taken", job("sleep 31"), image))
    backend.remove(handle)


def test_a_sidecar_that_fails_after_the_work_is_named(
    backend: KubernetesBackend, onlooker: Follower, image: str
) -> None:
    """K08 through the backend's own watch, on the manifest that the harness writes."""
    handle = backend.submit(order("beside", job("sleep 1", Sidecar("proxy", ("sh", "-c", "sleep 4; exit 1"))), image))
    assert word(onlooker.until("beside", judged)) == "ok failed K08"
    backend.remove(handle)


@pytest.mark.parametrize("written", [each for _, each in QUANTITIES])
def test_a_quantity_is_stored_as_the_harness_writes_it(cluster: Path, written: str) -> None:
    """The real API server's canonical form; with another one a lost reply would end in a conflict."""
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "any"},
        "spec": {"hard": {"cpu": written}},
    }
    command = ["kubectl", f"--kubeconfig={cluster}", "create", "--dry-run=server", "-o", "json", "-f", "-"]
    said = subprocess.run(command, input=json.dumps(quota), check=True, capture_output=True, text=True)
    assert json.loads(said.stdout)["spec"]["hard"] == {"cpu": written}
