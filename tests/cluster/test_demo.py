"""The demo with its legacy side on the real cluster and its candidate side in real containers, from the same images."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cluster import engines, images, node_images
from demo_files import with_documents
from kubernetes import client, config

from harness.config.load import load
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.store.archive import Archive

ROOT = Path(__file__).parents[2]
NAMESPACE = "parity-demo"
RUN_SECONDS = 1800
NO_GO = 1
CADENCE = ("cadence: 15m", "cadence: 40s")
"""As the file says it, and here: a real cluster keeps real time, and three cycles would take half an hour."""


@dataclass(frozen=True)
class Demo:
    """A finished campaign and what was seen beside it."""

    archive: Archive
    plan: Plan
    code: int
    jobs: str
    """What `kubectl get jobs -w` printed meanwhile."""

    def observations(self, side: Side, *, shim: bool | None = None) -> list[Observation]:
        """Give one side's runs; of those with the shim or without it where that is said."""
        runs = [run for run in self.plan.runs if run.side is side and shim in {None, run.shim}]
        found = [self.archive.load_observation(run.id) for run in runs]
        return [observation for observation in found if observation is not None]


@pytest.fixture(scope="module")
def demo(cluster: Path, cloud: engines.Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run every repository of the demo once."""
    settings = client.Configuration()
    config.load_kube_config(config_file=str(cluster), client_configuration=settings)
    core = client.CoreV1Api(client.ApiClient(settings))
    core.create_namespace({"metadata": {"name": NAMESPACE}})
    reports = tmp_path_factory.mktemp("reports")
    told = (ROOT / "repos.yaml").read_text(encoding="utf-8")
    assert told.count(CADENCE[0]) == 1
    repositories = with_documents(tmp_path_factory.mktemp("config"))
    repositories.write_text(told.replace(*CADENCE), encoding="utf-8")
    environment = engines.environment(cluster, cloud)
    beside = ["kubectl", f"--namespace={NAMESPACE}", "get", "jobs", "--watch", "--no-headers"]
    seen = reports / "jobs.txt"
    with seen.open("wb") as out, subprocess.Popen(beside, stdout=out, env=environment) as watch:
        try:
            command = [sys.executable, "-m", "harness", "run", "--all", "--config", str(repositories)]
            ended = subprocess.run(
                [*command, "--reports", str(reports)], cwd=ROOT, env=environment, check=False, timeout=RUN_SECONDS
            )
        finally:
            watch.terminate()
    (root,) = (path for path in reports.iterdir() if path.is_dir())
    archive = Archive(root)
    yield Demo(archive, archive.load_plan(), ended.returncode, seen.read_text(encoding="utf-8"))
    core.delete_namespace(NAMESPACE)


def test_the_verdicts_are_those_of_the_sandbox(demo: Demo) -> None:
    """Four may move and two may not, and the command ends with the worst."""
    expected = {repository.name: repository.expected_verdict for repository in load(ROOT / "repos.yaml")}
    assert {name: demo.archive.load_verdict(name).decision.value for name in expected} == expected
    assert sorted(map(str, expected.values())) == ["GO"] * 4 + ["NO-GO"] * 2
    assert demo.code == NO_GO


def test_legacy_was_a_real_cluster_and_its_jobs_were_there_to_see(demo: Demo) -> None:
    """The plan says who answered, and kubectl beside it saw every job."""
    said = {name: facts["synthetic"] for name, facts in demo.plan.endpoints.items()}
    assert {value for name, value in said.items() if name.endswith("/legacy")} == {"no"}
    assert {value for name, value in said.items() if name.endswith("/candidate")} == {"yes"}
    shown = {line.split()[0] for line in demo.jobs.splitlines()}
    assert {observation.run.name for observation in demo.observations(Side.LEGACY)} <= shown


def test_outputs_left_the_pods_through_the_shim(demo: Demo) -> None:
    """Nothing else carries them: the pod has no credentials, and its volumes end with it."""
    runs = demo.observations(Side.LEGACY, shim=True)
    assert runs
    for run in runs:
        assert run.record is not None
        assert run.record.troubles == ()
        assert run.record.process["pid 1"] == "true"
        assert [(output.damage, bool(output.files)) for output in run.outputs] == [("", True)]


def test_both_engines_ran_the_planned_image(demo: Demo, cluster: Path, pinned: dict[str, str]) -> None:
    """The node names the manifest it was given; the configuration has one digest, in both engines and the plan."""
    planned = {identity.image.reference: identity.image.config_digest for identity in demo.plan.identities.values()}
    assert set(planned) == set(pinned.values())
    events = [event for observation in demo.observations(Side.LEGACY) for event in observation.events]
    assert {event.native["imageID"] for event in events if event.native.get("imageID")} == set(planned)
    manifests = node_images.manifest_digests(images.demo())
    for name, reference in pinned.items():
        config_digest = planned[reference]
        inspected = subprocess.run(
            ["podman", "image", "inspect", "--format={{.Id}}", f"{name}"], check=True, capture_output=True, text=True
        )
        assert f"sha256:{inspected.stdout.strip()}" == config_digest
        ctr = ["ctr", f"--address={cluster.parent}/containerd.sock", "--namespace=k8s.io", "content", "get"]
        kept = subprocess.run([*ctr, manifests[name]], check=True, capture_output=True)
        assert json.loads(kept.stdout)["config"]["digest"] == config_digest
