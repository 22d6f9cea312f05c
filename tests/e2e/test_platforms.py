"""Moves other than Kubernetes to SageMaker, end to end on the sandbox: an upgrade of a cluster, and the way back."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.conftest import Parity, decisions

from harness.model.job import Side
from harness.sandbox import stack
from harness.store.archive import Archive

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
IMAGE = Path(__file__).parent / "platforms_image"
CONFIG = """
defaults:
  owner: platform-team
  tier: test
  policy: {preset: trial, bad_runs_max: 0.65}
  candidate: {platform: kubernetes}
  every_job:
    kind: training
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/moves/image:1
    command: [python, work.py]
    parameters: {depth: 4}
    environment: {OUT_DIR: /work/model}
    outputs: {model: {path: /work/model}}
    metrics: {score: {better: higher, margin: 1%}}
repositories:
  upgrade:
    legacy: {namespace: before, staging: s3://moves/a, staging_owner: "123456789012", region: us-east-1}
    candidate: {namespace: after, staging: s3://moves/b}
    jobs: {train: {effects: []}}
  upgrade-changed:
    legacy: {namespace: shared, staging: s3://moves/c, staging_owner: "123456789012", region: us-east-1}
    candidate: {namespace: shared, staging: s3://moves/d}
    jobs: {train: {effects: [], candidate: {parameters: {depth: 5}}}}
  back:
    legacy:
      platform: sagemaker
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/moves
      staging: s3://moves/e
    candidate: {namespace: after, staging: s3://moves/f}
    jobs:
      train:
        effects: []
        outputs: {model: {path: {legacy: /opt/ml/model, candidate: /work/model}}}
        legacy: {instance_type: ml.m5.large, environment: {OUT_DIR: /opt/ml/model}}
  back-changed:
    legacy:
      platform: sagemaker
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/moves
      staging: s3://moves/g
    candidate: {namespace: after, staging: s3://moves/h}
    jobs:
      train:
        effects: []
        outputs: {model: {path: {legacy: /opt/ml/model, candidate: /work/model}}}
        legacy: {instance_type: ml.m5.large, environment: {OUT_DIR: /opt/ml/model}}
        candidate: {parameters: {depth: 5}}
"""


@dataclass(frozen=True)
class Ended:
    """A campaign that came to its end."""

    archive: Archive
    said: str
    parity: Parity

    def platforms(self, repository: str) -> Mapping[Side, str]:
        """Say where the runs of a repository's first pair ran."""
        plan = self.archive.load_plan()
        pair = next(pair for pair in plan.pairs if pair.repository == repository)
        seen = (self.archive.load_observation(run) for run in pair.runs)
        return {observation.run.side: observation.run.platform for observation in seen if observation is not None}


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Run one campaign of all four repositories."""
    folder = tmp_path_factory.mktemp("moves")
    found = stack.up(folder / "sandbox", images=(f"moves/image:1={IMAGE}",))
    try:
        (folder / "repos.yaml").write_text(CONFIG, encoding="utf-8")
        parity = Parity(folder, {**os.environ, "KUBECONFIG": str(found.kubeconfig), **found.aws})
        said = parity.run("run", "--all", "--config", "repos.yaml", "--reports", "reports")
        assert said.returncode == 1, said.stdout + said.stderr
        (root,) = [path for path in (folder / "reports").iterdir() if (path / "plan.json").exists()]
        yield Ended(Archive(root), said.stdout + said.stderr, parity)
    finally:
        stack.down(folder / "sandbox")


def test_equal_sides_are_go_and_a_changed_parameter_is_no_go_whatever_the_platforms(ended: Ended) -> None:
    """The planted fault, another depth, turns each of the two moves red."""
    wanted = {"upgrade": "GO", "upgrade-changed": "NO-GO", "back": "GO", "back-changed": "NO-GO"}
    assert decisions(ended.archive.root) == wanted, ended.said


def test_each_run_names_the_platform_that_it_ran_on(ended: Ended) -> None:
    """Two Kubernetes sides, and the way back."""
    assert ended.platforms("upgrade") == {Side.LEGACY: "kubernetes", Side.CANDIDATE: "kubernetes"}
    assert ended.platforms("back") == {Side.LEGACY: "sagemaker", Side.CANDIDATE: "kubernetes"}


def test_the_verdict_names_what_differs(ended: Ended) -> None:
    """Parameter and output, on both moves."""
    for name in ("upgrade-changed", "back-changed"):
        said = (ended.archive.root / "verdict" / f"{name}.json").read_text(encoding="utf-8")
        assert "depth" in said


def test_a_verdict_is_derived_again_offline(ended: Ended) -> None:
    """Rejudging knows the platforms from the plan alone."""
    again = ended.parity.run("rejudge", ended.archive.root.name)
    assert again.returncode == 1, again.stdout + again.stderr
