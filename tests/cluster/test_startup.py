"""The startup of real pods, phase by phase, against the wait that the harness itself measured."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import pytest
from cluster import engines, images, registry
from cluster.following import Follower, judged
from observed import IDENTITY, declared

from harness import shim
from harness.backends.aws import Account, Clients
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.staging import Staging, ensure_bucket
from harness.compare.startup import Phase, first_instruction, phases
from harness.model.clock import ClockName, Span, SystemClock, Time, between, surely_before
from harness.model.job import Delivery, Job, ParameterReading, Resources, Side, SideJob
from harness.model.observation import Observation
from harness.model.order import Order, S3Place
from harness.model.plan import ImageIdentity, Run
from harness.platforms.kubernetes.home import KubernetesHome
from harness.runner.collect import observe
from harness.scrub.scrubber import Scrubber

NAMESPACE = "default"
STAGING = "s3://startup-staging/legacy/"
REGION = "us-east-1"
PODS = 5
NAMES = ("queued", "provisioning", "pulling", "starting")
KUBELETS = ("PodScheduled", "Pulling", "Pulled", "Created", "started")
"""What ends schedule, sandbox, pull, create and start, in a kubelet's words; the shim ends the first instruction."""


@dataclass(frozen=True)
class Start:
    """One run with the moment at which its order left the harness."""

    asked: Time
    observation: Observation

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Cut its startup."""
        return phases(self.observation.events, self.observation.record, "kubernetes")

    def at(self, label: str) -> Time:
        """Give the time of the main container's event of that name."""
        return next(event.at for event in self.observation.events if event.label == label)


def work() -> Job:
    """Write work that is over at once."""
    side = SideJob(("python3", "-c", "print('done')"), {}, {}, ParameterReading(Delivery.ENV))
    small = Resources(cpu=0.05, memory_bytes=64 * 1024**2)
    return replace(declared(outputs=(), resources=small), sides=dict.fromkeys(Side, side))


@pytest.fixture(scope="module")
def starts(
    cluster: Path, cloud: engines.Cloud, pinned: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Start]]:
    """Run a few pods, each with an image that its node has to pull."""
    with pytest.MonkeyPatch.context() as patch, registry.serving(images.demo()) as host:
        for name, value in engines.environment(cluster, cloud).items():
            patch.setenv(name, value)
        clients = Clients(Account("123456789012", REGION, None, cloud.endpoint))
        ensure_bucket(clients, S3Place.of(STAGING).bucket, REGION)
        backend = KubernetesBackend(None, NAMESPACE, "campaign-startup", shim.source(), clock=SystemClock())
        legacy = KubernetesHome(None, NAMESPACE, None, STAGING, None, None)
        backend.add_repository("repo", legacy, Staging(clients, STAGING, "00"))
        follower = Follower(backend)
        digests = [reference.rpartition("@")[2] for reference in pinned.values()][:PODS]
        try:
            yield [
                _start(backend, follower, f"{host}/start/{number}@{digest}", tmp_path_factory.mktemp("run"), number)
                for number, digest in enumerate(digests)
            ]
        finally:
            follower.close()
            backend.close()


def _start(backend: KubernetesBackend, follower: Follower, image: str, folder: Path, number: int) -> Start:
    run = Run(f"start-{number}", f"start-{number}", "repo", "train", Side.LEGACY, 1)
    order = Order("campaign-startup", run, work(), replace(IDENTITY, image=ImageIdentity(image, "")))
    asked = Time(time.time(), ClockName.HARNESS)
    handle = backend.submit(order)
    history = follower.until(run.id, lambda seen: judged(seen) and {event.label for event in seen} >= set(KUBELETS))
    fetched = backend.fetch(handle, order.job, folder)
    (folder / "x").mkdir()
    observation = observe(handle, order.job, history, fetched, folder=folder / "x", scrub=Scrubber())
    backend.remove(handle)
    return Start(asked, observation)


def adds_up(parts: Iterable[tuple[Time, Time]], total: Span) -> bool:
    """Tell whether parts make the whole within the error bars of both."""
    spans = [between(*part) for part in parts]
    error = sum(span.error_seconds for span in spans) + total.error_seconds
    return abs(sum(span.seconds for span in spans) - total.seconds) <= error


def measured(start: Start) -> Span:
    """Give the wait from the order's leaving the harness to the shim's first instruction."""
    first = first_instruction(start.observation.events)
    assert first is not None
    return between(start.asked, first)


def test_the_phases_of_a_report_add_up_to_the_wait_that_the_harness_measured(starts: list[Start]) -> None:
    """None is missing, none ends before it begins, and together they are the whole."""
    assert len(starts) == PODS
    for start in starts:
        assert tuple(phase.name for phase in start.phases) == NAMES
        parts = [(phase.start, phase.end) for phase in start.phases if phase.start and phase.end]
        assert len(parts) == len(NAMES)
        assert not any(surely_before(end, begin) for begin, end in parts)
        assert adds_up(parts, measured(start))


def test_the_kubelets_six_steps_add_up_to_the_same_wait(starts: list[Start]) -> None:
    """Schedule, sandbox, pull, create, start, first instruction: each seen, in order, and together the whole."""
    for start in starts:
        first = first_instruction(start.observation.events)
        assert first is not None
        marks = [start.at("created"), *map(start.at, KUBELETS), first]
        assert not any(surely_before(later, earlier) for earlier, later in pairwise(marks))
        assert adds_up(pairwise(marks), measured(start))


def test_a_pull_that_took_long_is_missed_by_a_sum_without_it(starts: list[Start]) -> None:
    """The control: what a gap of a minute would do to the sum."""
    start = starts[0]
    late = replace(start.asked, seconds=start.asked.seconds - 60)
    parts = [(phase.start, phase.end) for phase in start.phases if phase.start and phase.end]
    assert not adds_up(parts, measured(replace(start, asked=late)))
