"""SIGINT with runs in flight, then resume, with real processes: the verdict is the one of a campaign left alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.cli import sandboxes
from harness.report.wording import moment
from harness.sandbox import stack
from harness.store import journal

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
PROJECT = Path(__file__).parents[2]
STEP_SECONDS = 300.0
HALT_SECONDS = 30.0
"""What an interrupted command may take to end (its own bounds add up to 25 s)."""
WORK = """\
import json, os, pathlib, time
early, nap = os.environ["EARLY"] == "yes", float(os.environ["NAP"])
if early:
    print("score=0.5", flush=True)
time.sleep(nap)
out = pathlib.Path(os.environ["OUT_DIR"])
out.mkdir(parents=True, exist_ok=True)
(out / "model.json").write_text(json.dumps({"w": [1, 2, 3]}))
if not early:
    print("score=0.5", flush=True)
"""
CONFIG = """\
repositories:
  tiny:
    owner: reliability
    tier: test
    policy: {preset: trial, pairs: 3, repeats: 2, bad_runs_max: 0.65}
    limits: {pairs_in_flight: 2, runs_max: 100}
    legacy: {namespace: tiny, staging: s3://tiny/legacy}
    candidate:
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/tiny
      staging: s3://tiny/candidate
    jobs:
      work:
        kind: training
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/tiny/image:1
        command: [python, work.py]
        environment: {EARLY: "@EARLY@", NAP: "@NAP@"}
        legacy: {environment: {OUT_DIR: /work/model}}
        candidate: {environment: {OUT_DIR: /opt/ml/model}, instance_type: ml.m5.large}
        outputs: {model: {path: {legacy: /work/model}}}
        metrics: {score: {better: higher, margin: 1%, regex: "score=([0-9.]+)"}}
        effects: []
"""


@dataclass(frozen=True)
class Tiny:
    """The smallest real campaign, on a sandbox of its own."""

    folder: Path
    environment: Mapping[str, str]

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "harness", *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def configured(self, *, early: bool, nap_seconds: float) -> None:
        """Say when a job reports its metric, and how long it works."""
        words = {"@EARLY@": "yes" if early else "no", "@NAP@": str(nap_seconds)}
        text = CONFIG
        for word, value in words.items():
            text = text.replace(word, value)
        (self.folder / "repos.yaml").write_text(text, encoding="utf-8")

    def interrupted(self, until: Callable[[], bool]) -> str:
        """Run it and interrupt it as soon as something is so; give what it said."""
        process = self.start("run", "tiny")
        ends = time.monotonic() + STEP_SECONDS
        while not until() and process.poll() is None and time.monotonic() < ends:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=HALT_SECONDS)
        assert process.returncode == 130, said
        return said

    def resumed(self) -> str:
        """Take it up until its end; give what it said."""
        process = self.start("resume", self.root.name)
        said, _ = process.communicate(timeout=STEP_SECONDS)
        assert process.returncode == 0, said
        return said

    @property
    def root(self) -> Path:
        """The campaign."""
        (plan,) = (self.folder / "reports").glob("*/plan.json")
        return plan.parent

    def records(self) -> tuple[Mapping[str, Any], ...]:
        """What its journal holds by now."""
        found = [*(self.folder / "reports").glob("*/journal.log")]
        return journal.read(found[0]).records if found else ()

    def verdict(self) -> Mapping[str, Any]:
        """What was decided."""
        found: Mapping[str, Any] = json.loads((self.root / "verdict" / "tiny.json").read_bytes())
        return found

    def made(self) -> Counter[str]:
        """How often each job was created, by its name, as the API servers wrote it down."""
        lines = (self.folder / "sandbox" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
        told = [json.loads(line) for line in lines]
        return Counter(
            item["name"]
            for item in told
            if item["verb"] == "CreateTrainingJob"
            or (item["verb"] == "create" and item["resource"] == "jobs" and "dry_run" not in item)
            if item["status"] in {200, 201}
        )


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    """Start a sandbox with the job's image."""
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "work.py").write_text(WORK, encoding="utf-8")
    options = ("--isolation", "relocated")
    found = stack.up(tmp_path / "sandbox", images=(f"tiny/image:1={tmp_path / 'image'}",), options=options)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "KUBE"))}
    try:
        yield Tiny(tmp_path, {**kept, **sandboxes.environment(found), "PYTHONPATH": str(PROJECT)})
    finally:
        stack.down(tmp_path / "sandbox")


def test_an_interrupt_and_a_resume_give_the_verdict_of_a_campaign_left_alone(tiny: Tiny) -> None:
    """Two pairs in flight told nothing: both are stopped, printed with who and when, and run again."""
    tiny.configured(early=False, nap_seconds=8)
    tiny.interrupted(lambda: sum(record["record"] == "submitted" for record in tiny.records()) >= 4)
    stops = [record["amendment"] for record in tiny.records() if record.get("kind") == "stop"]
    assert sorted(stop["pair"] for stop in stops) == ["tiny-work-01", "tiny-work-02"]
    said = tiny.resumed()
    verdict = tiny.verdict()
    assert (verdict["decision"], verdict["pairs"]["clean"], verdict["pairs"]["stopped"]) == ("GO", 3, 2)
    for stop in stops:
        assert f"stopped: {stop['pair']} by {stop['who']} at {stop['at']} (interrupted)" in said
    page = (tiny.root / "report" / "tiny.html").read_text(encoding="utf-8")
    assert f"stopped by <strong>{stops[0]['who']}</strong> at <time>{moment(stops[0]['at'])}</time>" in page
    made = tiny.made()
    assert set(made.values()) == {1}
    assert len(made) == 2 * 3 + 2 * 2


def test_a_pair_that_reported_its_metric_goes_on_through_an_interrupt(tiny: Tiny) -> None:
    """It is named, stopped by nobody, taken up by the resume, and counts."""
    tiny.configured(early=True, nap_seconds=15)

    def reported() -> bool:
        logs = [*(tiny.folder / "sandbox").rglob("*.log")]
        return sum(b"score=" in log.read_bytes() for log in logs if log.is_file()) >= 4

    said = tiny.interrupted(reported)
    assert "these runs go on" in said
    assert [record for record in tiny.records() if record.get("kind") == "stop"] == []
    tiny.resumed()
    verdict = tiny.verdict()
    assert (verdict["decision"], verdict["pairs"]["clean"], verdict["pairs"]["stopped"]) == ("GO", 3, 0)
    made = tiny.made()
    assert (set(made.values()), len(made)) == ({1}, 6)
