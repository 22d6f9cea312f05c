"""A campaign whose evidence is in a bucket: killed, taken over from another machine, gated from an empty spool."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3
import pytest

from harness.cli import sandboxes
from harness.sandbox import stack
from harness.store import journal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]
PROJECT = Path(__file__).parents[2]
RUN_SECONDS = 1200
BUCKET, PLACE = "evidence", "s3://evidence/team"
ELSEWHERE = """
from harness.store import archive, fence
archive.this_writer = lambda: fence.Writer("runner-2", 7, "7", "another machine")
from harness.__main__ import main
main()
"""
"""The command line on a machine that can't see the processes of the first one."""


@dataclass(frozen=True)
class Machine:
    """Somebody with AWS settings, a kubeconfig and a spool of their own."""

    folder: Path
    environment: Mapping[str, str]
    command: tuple[str, ...] = ("-m", "harness")

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, *self.command, *arguments, "--reports", PLACE], cwd=self.folder, text=True,
            env={**self.environment, "PARITY_SPOOL": str(self.folder / "spool")},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=RUN_SECONDS)
            return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@dataclass(frozen=True)
class Ended:
    """What the two machines and an auditor saw."""

    campaign: str
    refused: subprocess.CompletedProcess[str]
    resumed: subprocess.CompletedProcess[str]
    auditor: Machine
    objects: Mapping[str, bytes]
    audit: tuple[Mapping[str, object], ...]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    """Run the smallest repository; kill it while its runs are in flight; take it over elsewhere."""
    folder = tmp_path_factory.mktemp("shared")
    found = stack.up(folder / "sandbox", images=sandboxes.demo_images())
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KUBE", "PARITY_"))}
    settings = {**kept, **sandboxes.environment(found), "PYTHONPATH": str(PROJECT)}
    machines = []
    for name, command in (("first", ("-m", "harness")), ("second", ("-c", ELSEWHERE)), ("auditor", ("-m", "harness"))):
        (folder / name).mkdir()
        machines.append(Machine(folder / name, settings, command))
    first, second, auditor = machines
    s3 = boto3.session.Session(found.aws["AWS_ACCESS_KEY_ID"], found.aws["AWS_SECRET_ACCESS_KEY"]).client(
        "s3", endpoint_url=found.aws["AWS_ENDPOINT_URL"], region_name="us-east-1"
    )
    s3.create_bucket(Bucket=BUCKET)
    try:
        campaign = _killed(first)
        refused = second.run("resume", campaign)
        resumed = second.run("resume", campaign, "--take-over")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [entry["Key"] for page in pages for entry in page["Contents"]]
        objects = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}
        lines = (folder / "sandbox" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        yield Ended(campaign, refused, resumed, auditor, objects, tuple(json.loads(line) for line in lines))
    finally:
        stack.down(folder / "sandbox")


def _killed(machine: Machine) -> str:
    """Start the campaign, and kill it once a run was brought home."""
    with machine.start("run", "features", "--config", str(PROJECT / "repos.yaml")) as process:
        ends = time.monotonic() + RUN_SECONDS
        saved: list[Path] = []
        while not saved and time.monotonic() < ends and process.poll() is None:
            time.sleep(0.2)
            saved = [*(machine.folder / "spool").glob("evidence/team/*/runs/*/payload")]
        process.send_signal(signal.SIGKILL)
        said = process.communicate(timeout=60)
    assert saved, said
    return saved[0].parents[2].name


def test_another_machine_is_refused_while_the_lease_may_be_held(ended: Ended) -> None:
    """Exit 4, with the holder and what to type."""
    assert ended.refused.returncode == 4, ended.refused.stderr
    assert f"campaign {ended.campaign} is written by process" in ended.refused.stderr
    assert "--take-over" in ended.refused.stderr


def test_the_campaign_is_taken_over_with_a_word_and_ends_as_it_must(ended: Ended) -> None:
    """NO-GO, as without the kill; the take-over is an amendment of the schedule."""
    assert ended.resumed.returncode == 1, ended.resumed.stdout + ended.resumed.stderr
    assert "taken over from process" in ended.resumed.stderr
    verdict = json.loads(ended.objects[f"team/{ended.campaign}/verdict/features.json"])
    assert verdict["decision"] == "NO-GO"
    prefix = f"team/{ended.campaign}/journal/"
    reading = journal.parse(b"".join(ended.objects[key] for key in sorted(ended.objects) if key.startswith(prefix)))
    assert reading.torn is None
    told = [record["amendment"] for record in reading.records if record.get("kind") == "take-over"]
    assert [amendment["by"] for amendment in told if isinstance(amendment, dict)] == ["process 7 on runner-2"]


def test_no_job_was_started_twice(ended: Ended) -> None:
    """By the records of both API servers."""
    made = Counter(
        (entry["verb"], entry["name"])
        for entry in ended.audit
        if entry["status"] in {200, 201}
        and (
            entry["verb"] == "CreateProcessingJob"
            or (entry["verb"] == "create" and entry["resource"] == "jobs" and "dry_run" not in entry)
        )
    )
    assert made
    assert set(made.values()) == {1}


def test_an_auditor_with_an_empty_spool_derives_the_same(ended: Ended) -> None:
    """Gate, rejudge, report and explain-verdict read the bucket alone."""
    config = ("--config", str(PROJECT / "repos.yaml"))
    gate = ended.auditor.run("gate", ended.campaign, "--allow-synthetic", *config)
    assert (gate.returncode, gate.stdout.partition(":")[0]) == (1, "features"), gate.stderr
    rejudged = ended.auditor.run("rejudge", ended.campaign)
    assert rejudged.stdout.encode() == ended.objects[f"team/{ended.campaign}/verdict/features.json"]
    report = ended.auditor.run("report", ended.campaign, "--format", "text")
    assert "NO-GO" in report.stdout
    explained = ended.auditor.run("explain-verdict", "features")
    assert explained.stdout.startswith("features: NO-GO")
    assert "damaged" not in gate.stderr + report.stderr + explained.stdout
    assert f"team/{ended.campaign}/report/features.html" in ended.objects


def test_the_sandbox_of_a_command_stays_out_of_the_bucket(ended: Ended) -> None:
    """Only evidence, pages and the ledger."""
    kinds = {key.removeprefix(f"team/{ended.campaign}/").partition("/")[0] for key in ended.objects}
    assert kinds == {"plan.json", "journal", "runs", "judgement", "verdict", "report", "writers", "team"}
    assert [key for key in sorted(ended.objects) if key.startswith("team/ledger/")] == [
        "team/ledger/0000000000.json",
        "team/ledger/0000000001.json",
    ]
