"""Many Jobs of one campaign, by the harness's real backend: submitted, watched on any way, decided, removed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cluster import own
from cluster.following import Follower, History, word
from observed import IDENTITY, declared

from harness.backends.aws import Account, Clients
from harness.backends.base import Handle
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.staging import Staging
from harness.model.clock import SystemClock
from harness.model.event import Kind
from harness.model.job import Delivery, Job, ParameterReading, Resources, Side, SideJob
from harness.model.order import Order
from harness.model.plan import ImageIdentity, Run
from harness.platforms.kubernetes.home import KubernetesHome

NAMESPACE = "default"
STAGING = "s3://staging/legacy/"
NOWHERE = Account("123456789012", "eu-west-1", None, "http://127.0.0.1:9")
"""Runs without shim and outputs stage nothing."""
AT_ONCE = 8
"""Calls, as a campaign's pools make them."""
SMALL = Resources(cpu=0.001, memory_bytes=24 * 1024**2)
"""So that the scheduler takes 300 at once, and a starting container has room: with 6 MiB one of 300 failed."""
LOOK_SECONDS = 0.5
_METRIC = re.compile(r"^(apiserver_longrunning_requests|apiserver_request_total)\{([^}]*)\} ([0-9.e+]+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """What the API server itself counted of a campaign."""

    watches: int
    """Streams that were open at once, at most."""
    lists: int


@dataclass
class Campaign:
    """Jobs that are on their way."""

    name: str
    image: str
    calls: KubernetesBackend
    watched: KubernetesBackend
    """The same, unless the watch takes another way."""
    follower: Follower
    wanted: dict[str, str] = field(default_factory=dict)
    """Run → the word of truth that it must have."""
    handles: dict[str, Handle] = field(default_factory=dict)

    def submit(self, count: int, seconds: float = 1.0) -> None:
        """Start Jobs; every third fails with 3."""
        begun = len(self.wanted)
        runs = {f"{self.name}-{number}": number % 3 == 1 for number in range(begun, begun + count)}
        self.wanted |= {run: "failed failed -" if fails else "ok ok -" for run, fails in runs.items()}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for handle in pool.map(lambda each: self._start(each, seconds, fails=runs[each]), runs):
                self.handles[handle.run.id] = handle

    def _start(self, run: str, seconds: float, *, fails: bool) -> Handle:
        handle = self.calls.submit(self._order(run, work(f"sleep {seconds}; exit {3 if fails else 0}")))
        self.watched.expect(handle)
        return handle

    def _order(self, run: str, job: Job) -> Order:
        planned = Run(run, run, "repo", job.name, Side.LEGACY, 1, shim=False)
        return Order(self.name, planned, job, replace(IDENTITY, image=ImageIdentity(self.image, "")))

    def words(self, seconds: float) -> dict[str, str]:
        """Decide every run once nothing is unknown, or the time is over."""
        ends, open_ = time.monotonic() + seconds, set(self.wanted)
        while open_ and time.monotonic() < ends:
            open_ = {name for name in open_ if "unknown" in (said := word(self.of(name))) or " none " in said}
            time.sleep(LOOK_SECONDS)
        return {name: word(self.of(name)) for name in self.wanted}

    def wrong(self, seconds: float) -> dict[str, tuple[str, list[str]]]:
        """Give every run that is not decided as it should be, with what was heard of it."""
        found = self.words(seconds)
        return {
            run: (found[run], [f"{event.label} {event.native.get('exitCode', '')}" for event in self.of(run)])
            for run, wanted in self.wanted.items()
            if found[run] != wanted
        }

    def of(self, run: str) -> History:
        """Give one run's history."""
        return self.follower.of(run)

    def gaps(self) -> dict[str, set[tuple[str, str]]]:
        """Give every run's gaps: the kind that was not watched, and why."""
        return {
            run: {(event.native["kind"], event.label) for event in self.of(run) if event.kind is Kind.GAP}
            for run in self.wanted
        }

    def finish(self) -> list[str]:
        """Fetch every run's log and remove it, as a campaign does; give what the fetches remarked."""

        def one(handle: Handle) -> tuple[str, ...]:
            with TemporaryDirectory() as folder:
                fetched = self.calls.fetch(handle, work("true"), Path(folder))
            self.calls.remove(handle)
            return fetched.notes

        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [note for notes in pool.map(one, self.handles.values()) for note in notes]


def work(script: str) -> Job:
    """Write a small job."""
    side = SideJob(("sh", "-c", script), {}, {}, ParameterReading(Delivery.ENV))
    planned = declared(outputs=(), resources=SMALL, time_limit_seconds=3600)
    return replace(planned, sides=dict.fromkeys(Side, side))


@contextmanager
def campaign(running: own.Running, image: str, name: str, port: int | None = None) -> Iterator[Campaign]:
    """Open a campaign; its watches go by a port of their own, if one is given."""
    calls = opened(running.kubeconfig, name)
    watched = opened(elsewhere(running.kubeconfig, port), name) if port else calls
    follower = Follower(watched)
    try:
        yield Campaign(name, image, calls, watched, follower)
    finally:
        follower.close()
        for kubernetes_backend in {id(calls): calls, id(watched): watched}.values():
            kubernetes_backend.close()


def opened(kubeconfig: Path, name: str) -> KubernetesBackend:
    """Open the backend as a campaign does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(kubeconfig))
        backend = KubernetesBackend(None, NAMESPACE, name, "", clock=SystemClock())
    legacy = KubernetesHome(None, NAMESPACE, None, STAGING, None, None)
    backend.add_repository("repo", legacy, Staging(Clients(NOWHERE), STAGING, "00"))
    return backend


def elsewhere(kubeconfig: Path, port: int) -> Path:
    """Write a kubeconfig whose server is reached by another port."""
    told = json.loads(kubeconfig.read_text(encoding="utf-8"))
    told["clusters"][0]["cluster"]["server"] = f"https://127.0.0.1:{port}"
    path = kubeconfig.with_name(f"kubeconfig-{port}")
    path.touch(mode=0o600)
    path.write_text(json.dumps(told), encoding="utf-8")
    return path


def counted(running: own.Running) -> Load:
    """Ask the API server for its own counts of one namespace's Jobs, pods and Events.

    The kubelet and the controllers watch and list those of all namespaces.
    """
    found = {"WATCH": 0, "LIST": 0}
    for metric, labels, value in _METRIC.findall(running.kubectl("get", "--raw=/metrics")):
        facts = dict(re.findall(r'(\w+)="([^"]*)"', labels))
        verb = {"apiserver_longrunning_requests": "WATCH", "apiserver_request_total": "LIST"}[metric]
        mine = facts["scope"] == "namespace" and facts["resource"] in {"jobs", "pods", "events"}
        if mine and facts["verb"] == verb:
            found[verb] += int(float(value))
    return Load(found["WATCH"], found["LIST"])


def over_at_once(histories: Sequence[History]) -> int:
    """Count the Jobs that were there without a verdict at one time, at most."""
    moments = sorted(
        (each.at.seconds, step)
        for history in histories
        for kind, step in ((Kind.SUBMITTED, 1), (Kind.SUCCEEDED, -1), (Kind.FAILED, -1))
        for each in [event for event in history if event.kind is kind][:1]
    )
    most = now = 0
    for _, step in moments:
        now += step
        most = max(most, now)
    return most
