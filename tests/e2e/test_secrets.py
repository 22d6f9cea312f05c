"""Secrets on the sandbox, end to end: delivered on both sides, and written nowhere; where one lacks, no job starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import kubernetes
import pytest
from e2e.conftest import Parity
from planted_secrets import forms

from harness.model.job import Side
from harness.model.observation import Observation
from harness.sandbox import stack
from harness.store.archive import Archive

if TYPE_CHECKING:
    import subprocess

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
IMAGE = Path(__file__).parent / "secrets_image"
SEED = 41
CONFIG = """
defaults:
  owner: reliability
  tier: test
  policy: {preset: trial, pairs: 1, repeats: 1, bad_runs_max: 0.97}
  legacy: {namespace: spill}
  candidate: {account: "123456789012", region: us-east-1, role: "arn:aws:iam::123456789012:role/tiny"}
  every_job:
    kind: training
    image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/spill/image:1
    environment: {PLANTED: "41"}
    legacy: {command: [python, work.py, legacy], environment: {OUT_DIR: /work/rows}}
    candidate:
      command: [python, work.py, candidate]
      environment: {OUT_DIR: /opt/ml/model}
      instance_type: ml.m5.large
    outputs: {rows: {path: {legacy: /work/rows, candidate: /opt/ml/model}, rules: [{files: "*.csv", key: [id]}]}}
    metrics: {score: {better: higher, margin: 1%, regex: "score=([0-9.]+)"}}
repositories:
  spilling:
    legacy: {staging: s3://spill/a}
    candidate: {staging: s3://spill/b}
    jobs:
      work:
        effects: []
        secrets:
          HUB_TOKEN: {legacy: {secret: hub, key: token}, candidate: {secrets_manager: prod/hub, key: token}}
          DSN: {legacy: {secret: hub, key: dsn}, candidate: {parameter: /prod/dsn}}
  lacking:
    legacy: {staging: s3://spill/c}
    candidate: {staging: s3://spill/d}
    jobs:
      work:
        effects: []
        secrets:
          HUB_TOKEN: {legacy: {secret: gone, key: token}, candidate: {secrets_manager: prod/gone}}
"""
HUB, DSN = forms(77)["hugging face token"].secret, "q7!" + "Zp2Lw9" + "Xv4"
SECRETS = (*(planted.secret for planted in forms(SEED).values()), HUB, DSN)


COMMANDS = (
    ("recompare",), ("rejudge",), ("rejudge", "--now"), ("gate", "--allow-synthetic"), ("report",),
    *(("report", "--format", form) for form in ("json", "junit", "markdown", "text")),
)  # fmt: skip


@dataclass(frozen=True)
class Ended:
    """A campaign that came to its end."""

    archive: Archive
    said: subprocess.CompletedProcess[str]
    parity: Parity

    def holding(self) -> set[tuple[str, str]]:
        """Name every file below the reports that holds a planted secret, artifacts of jobs aside."""
        runs = [run for name in ("spilling", "lacking") for run in self.runs(name).values()]
        artifacts = {self.archive.root / file.stored for run in runs for out in run.outputs for file in out.files}
        assert len(artifacts) == 2
        files = [path for path in self.archive.root.parent.rglob("*") if path.is_file() and path not in artifacts]
        return {
            (path.relative_to(self.archive.root.parent).as_posix(), secret)
            for path in files
            for secret in SECRETS
            if secret.encode() in path.read_bytes() or secret in str(path)
        }

    def runs(self, repository: str) -> dict[Side, Observation]:
        """Give what was seen of a repository's first pair."""
        plan = self.archive.load_plan()
        first = next(pair for pair in plan.pairs if pair.repository == repository)
        seen = [self.archive.load_observation(run) for run in first.runs]
        return {observation.run.side: observation for observation in seen if observation is not None}


def fill_stores(found: stack.Endpoints) -> None:
    """Put the secrets where each side keeps them, as their owner would; the harness has no part in it."""
    api = kubernetes.config.new_client_from_config(str(found.kubeconfig))
    core = kubernetes.client.CoreV1Api(api)
    core.create_namespace({"metadata": {"name": "spill"}})
    core.create_namespaced_secret("spill", {"metadata": {"name": "hub"}, "stringData": {"token": HUB, "dsn": DSN}})
    api.close()
    given: dict[str, Any] = {
        "endpoint_url": found.aws["AWS_ENDPOINT_URL"],
        "aws_access_key_id": found.aws["AWS_ACCESS_KEY_ID"],
        "aws_secret_access_key": found.aws["AWS_SECRET_ACCESS_KEY"],
        "region_name": "us-east-1",
    }
    boto3.client("secretsmanager", **given).create_secret(Name="prod/hub", SecretString=f'{{"token": "{HUB}"}}')
    boto3.client("ssm", **given).put_parameter(Name="/prod/dsn", Value=DSN, Type="SecureString")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Run one campaign of two repositories."""
    folder = tmp_path_factory.mktemp("spill")
    image = folder / "image"
    shutil.copytree(IMAGE, image)
    shutil.copy(Path(__file__).parents[1] / "planted_secrets.py", image)
    found = stack.up(folder / "sandbox", images=(f"spill/image:1={image}",))
    try:
        fill_stores(found)
        (folder / "repos.yaml").write_text(CONFIG, encoding="utf-8")
        parity = Parity(folder, {**os.environ, "KUBECONFIG": str(found.kubeconfig), **found.aws})
        said = parity.run("run", "--all", "--config", "repos.yaml", "--reports", "reports")
        assert said.returncode in {1, 3}, said.stdout + said.stderr
        (root,) = [path for path in (folder / "reports").iterdir() if path.is_dir()]
        yield Ended(Archive(root), said, parity)
    finally:
        stack.down(folder / "sandbox")


def test_what_a_job_spills_is_in_nothing_that_is_written_or_said(ended: Ended) -> None:
    """Ten forms in log, exception and rows, and both delivered secrets: only the artifact itself keeps its bytes."""
    assert ended.holding() == set()
    assert not any(secret in ended.said.stdout + ended.said.stderr for secret in SECRETS)


def test_no_command_over_the_campaign_brings_one_back(ended: Ended) -> None:
    """Each says no secret and writes none; `recompare` reads the artifacts, with the secrets in them, again."""
    for words in COMMANDS:
        ran = ended.parity.run(words[0], ended.archive.root.name, *words[1:])
        assert ran.returncode in {0, 1, 3}, (words, ran.stdout + ran.stderr)
        assert not any(secret in ran.stdout + ran.stderr for secret in SECRETS), words
    for words in (("explain-verdict", "spilling"), ("accept", "spilling"), ("ledger", "export", "reports/ledger.json")):
        ran = ended.parity.run(*words)
        assert ran.returncode in {0, 1, 5}, (words, ran.stdout + ran.stderr)
        assert not any(secret in ran.stdout + ran.stderr for secret in SECRETS), words
    assert ended.holding() == set()


def test_the_page_names_how_many_were_scrubbed_by_place(ended: Ended) -> None:
    """Logs and findings: the rows that differ are shown, without their secrets."""
    page = (ended.archive.report / "spilling.html").read_text(encoding="utf-8")
    assert "Scrubbed before it was stored" in page
    assert "in logs" in page
    assert "in findings" in page
    assert "[scrubbed: " in page
    assert all(run.log and run.log.scrubbed >= 30 for run in ended.runs("spilling").values())


def test_both_sides_got_the_same_secrets(ended: Ended) -> None:
    """Equal keyed hashes and shapes, and the job itself saw the same value."""
    runs = ended.runs("spilling")
    records = [run.record for run in runs.values() if run.record]
    assert len(records) == 2
    for name in ("HUB_TOKEN", "DSN"):
        hashes = {record.environment[name] for record in records}
        assert len(hashes) == 1
        assert hashes.pop().startswith("hmac-sha256:")
        assert len({record.secrets[name] for record in records}) == 1
    findings = ended.archive.load_judgement("spilling").findings
    (environment,) = [finding for finding in findings if finding.check == "configuration.environment"]
    assert environment.outcome.value == "MATCH", environment


def test_where_a_secret_lacks_both_sides_end_before_the_job_and_nobody_can_say(ended: Ended) -> None:
    """No first instruction, the cause by name, the pair void, the verdict INCONCLUSIVE."""
    runs = ended.runs("lacking")
    assert {side: each.record and each.record.refused for side, each in runs.items()} == {
        Side.LEGACY: "credentials unavailable: HUB_TOKEN: the Secret or its key is not there",
        Side.CANDIDATE: "credentials unavailable: HUB_TOKEN: secretsmanager answered ResourceNotFoundException",
    }
    assert all(run.record and run.record.first_instruction_seconds is None for run in runs.values())
    verdict = ended.archive.load_verdict("lacking")
    assert verdict.decision.value == "INCONCLUSIVE"
    assert verdict.pairs.void >= 1
    page = (ended.archive.report / "lacking.html").read_text(encoding="utf-8")
    assert "credentials unavailable: HUB_TOKEN" in page
