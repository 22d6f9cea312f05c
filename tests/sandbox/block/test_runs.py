"""A job with five effects on both halves of a sandbox: blocked, none is done and all are named; else all are done."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from backends import candidate_sample as sample
from sandbox.block.production import Production, address, running

from harness import shim
from harness.backends.aws import Account, Clients
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.staging import Staging
from harness.cli.sandboxes import pointed_at
from harness.compare.effects import check_effects
from harness.model.clock import SystemClock
from harness.model.finding import Outcome
from harness.model.job import Effect, EffectKind, EffectPolicy, Job, Side
from harness.model.observation import Attempt, OutsideLog, PlaceSeen
from harness.model.order import Order
from harness.runner.collect import not_submitted
from harness.runner.outside_log import read_outside
from harness.sandbox import stack
from harness.sandbox.block import network

IMAGE = Path(__file__).parent / "image"
WAIT_SECONDS = 120.0
NAMES = ("object", "hook", "mail", "model", "row")
BLOCK = tuple(Effect(kind, target, EffectPolicy.BLOCK) for kind, target in (
    (EffectKind.HTTP, "hooks"), (EffectKind.BUCKET, "s3://production/"),
))  # fmt: skip
SAFE = (Effect(EffectKind.BUCKET, "s3://production/", EffectPolicy.DUPLICATE_SAFE),)
KIND, REST = "AWS4-HMAC-SHA256", "SignedHeaders=host, Signature=00"
BEFORE = b"what production has"

pytestmark = pytest.mark.skipif(bool(network.trouble()), reason=f"nothing can be blocked here: {network.trouble()}")


@dataclass(frozen=True)
class Both:
    """A sandbox with both backends, and what lies outside."""

    candidate: SageMakerBackend
    legacy: KubernetesBackend
    clients: Clients
    key: str
    production: Production
    folder: Path

    def environment(self, host: str, mail: int) -> dict[str, str]:
        """Tell the job where everything is."""
        web = f"http://{host}:{self.production.web}"
        scope = f"{self.key}/20261201/us-east-1/s3/aws4_request"
        where = {
            "host": host, "mail": mail, "database": self.production.database, "hook": f"{web}/hook",
            "registry": f"{web}/api/2.0/mlflow/model-versions/create",
            "object": f"{self.clients('s3').meta.endpoint_url}/production/scores.csv",
            "headers": {"Content-Type": "text/csv", "Authorization": f"{KIND} Credential={scope}, {REST}"},
        }  # fmt: skip
        return {"WHERE": json.dumps(where)}

    def order(self, side: Side, name: str, job: Callable[[Job], Job]) -> Order:
        """Order a run of the job as it is changed."""
        loaded = sample.repository(self.folder, {"command": ["python", "work.py"], "shim": "off", "outputs": {}})
        made = replace(sample.order(loaded, side, shim=False), job=job(loaded.jobs[0]))
        return sample.shadow(made, id=f"{name}-{side.value}", name=f"pblock-{name}-{side.value}")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Run a sandbox in a process of its own."""
    folder = tmp_path_factory.mktemp("block")
    found = stack.up(folder / "sandbox", images=(f"wine:1={IMAGE}",), options=("--time-scale", "0.001"))
    try:
        with pointed_at(found), running() as production:
            clients = Clients(Account("123456789012", "us-east-1", None, found.aws["AWS_ENDPOINT_URL"]))
            for bucket in ("staging", "production"):
                clients("s3").create_bucket(Bucket=bucket)
            clients("s3").put_object(Bucket="production", Key="scores.csv", Body=BEFORE)
            candidate = SageMakerBackend("campaign-block", "pblock-", clients, shim.source(), clock=SystemClock())
            legacy = KubernetesBackend(None, "default", "campaign-block", shim.source(), clock=SystemClock())
            loaded = sample.repository(folder, {})
            candidate.add_repository("wine", loaded.candidate, Staging(clients, "s3://staging/candidate/", "00"))
            legacy.add_repository(
                "wine", replace(loaded.legacy, service_account=None), Staging(clients, "s3://staging/legacy/", "00")
            )
            yield Both(candidate, legacy, clients, found.aws["AWS_ACCESS_KEY_ID"], production, folder)
            legacy.close()
    finally:
        stack.down(folder / "sandbox")


def until(ask: Callable[[], Any]) -> Any:
    """Wait within bounds for an answer that is not empty."""
    ends = time.monotonic() + WAIT_SECONDS
    while not (found := ask()):
        assert time.monotonic() < ends
        time.sleep(0.1)
    return found


@dataclass(frozen=True)
class Seen:
    """What is known of one run."""

    lines: list[str]
    outside: OutsideLog | None
    places: tuple[PlaceSeen, ...]


def run(both: Both, name: str, job: Callable[[Job], Job]) -> dict[Side, Seen]:
    """Run the job on both sides; give its log's lines, what was written down of what it tried, and what changed."""
    orders = {side: both.order(side, name, job) for side in Side}
    backends = {Side.LEGACY: both.legacy, Side.CANDIDATE: both.candidate}
    handles = {side: backends[side].submit(order) for side, order in orders.items()}
    pod = handles[Side.LEGACY].native["name"]
    batch, sagemaker = both.legacy._cluster.batch, both.clients("sagemaker")
    until(lambda: batch.read_namespaced_job_status(pod, "default").status.completion_time)
    training = orders[Side.CANDIDATE].run.name
    until(lambda: sagemaker.describe_training_job(TrainingJobName=training)["TrainingJobStatus"] == "Completed")
    found = {}
    for side, handle in handles.items():
        fetched = backends[side].fetch(handle, orders[side].job, both.folder / name / side.value)
        outside, notes = read_outside(fetched.outside)
        assert notes == ()
        found[side] = Seen((fetched.log or b"").decode().splitlines(), outside, fetched.places)
    return found


def test_five_effects_of_a_blocked_job_are_stopped_and_named_on_both_sides(both: Both) -> None:
    """Production has what it had, and the pair's finding names all five."""
    host = address()
    environment = both.environment(host, 25)

    def blocked(job: Job) -> Job:
        sides = {side: replace(mine, environment=environment) for side, mine in job.sides.items()}
        return replace(job, effects=BLOCK, sides=sides)

    before = list(both.production.done)
    found = run(both, "blocked", blocked)
    web = f"{host}:{both.production.web}"
    stopped = (
        Attempt("PUT", "s3://production/scores.csv", 1),
        Attempt("POST", f"http://{web}/hook", 1),
        Attempt("mail to", f"example.org by {host}:25", 1),
        Attempt("POST", f"http://{web}/api/2.0/mlflow/model-versions/create", 1),
        Attempt("connect (postgresql)", f"{host}:{both.production.database}/scores", 1),
    )
    for seen in found.values():
        assert [line.split()[:2] for line in seen.lines] == [["stopped", name] for name in NAMES]
        assert seen.outside == OutsideLog(stopped)
        assert seen.places == (PlaceSeen("s3://production/", (), ()),)
    assert both.clients("s3").get_object(Bucket="production", Key="scores.csv")["Body"].read() == BEFORE
    assert both.production.done == before
    order = both.order(Side.LEGACY, "blocked", blocked)
    pair = [replace(not_submitted(order.run, ""), outside=found[side].outside) for side in Side]
    (finding,) = check_effects(order.job, "p1", *pair)
    assert finding.outcome is Outcome.MATCH
    assert finding.summary == (
        "both sides tried the same 5 things outside, and were stopped: "
        + ", ".join(f"{attempt.verb} {attempt.place}" for attempt in stopped)
    )


def test_the_same_job_does_all_five_where_nothing_is_blocked(both: Both) -> None:
    """The negative control: what was untouched above is changed, and nobody writes anything down."""
    before = len(both.production.done)
    environment = both.environment("127.0.0.1", both.production.mail)

    def bare(job: Job) -> Job:
        sides = {side: replace(mine, environment=environment) for side, mine in job.sides.items()}
        return replace(job, effects=SAFE, sides=sides)

    found = run(both, "bare", bare)
    for seen in found.values():
        assert [line.split() for line in seen.lines] == [["done", name] for name in NAMES]
        assert seen.outside is None
    written = {key for seen in found.values() for place in seen.places for key in place.written}
    assert written == {"scores.csv"}, "the run that wrote first, or both, by which was listed when"
    done = ["POST /api/2.0/mlflow/model-versions/create", "POST /hook", "mail", "row"]
    assert sorted(both.production.done[before:]) == sorted([*done, *done])
    assert both.clients("s3").get_object(Bucket="production", Key="scores.csv")["Body"].read() == b"new"
    both.clients("s3").put_object(Bucket="production", Key="scores.csv", Body=BEFORE)
