"""A platform of another distribution is written, checked, planned and stored without an edit of the harness."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

TOY = Path(__file__).parent / "toy"
ENTRY = {
    "owner": "a",
    "tier": "b",
    "policy": "trial",
    "legacy": {"namespace": "ml", "staging": "s3://moves/a", "staging_owner": "123456789012", "region": "us-east-1"},
    "candidate": {"platform": "toy", "queue": "night", "staging": "s3://moves/b"},
    "jobs": {
        "train": {
            "kind": "training",
            "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1",
            "command": ["python", "work.py"],
            "outputs": {"model": {"path": "/work/model"}},
            "effects": [],
            "resources": {"cpu": 2},
        }
    },
}
PROGRAM = """
import sys
from pathlib import Path
from harness.backends.connecting import CONNECTORS
from harness.config.load import load
from harness.model.job import Side
from harness.model.plan import ImageIdentity
from harness.model.repository import Repository
from harness.runner.plan import Header, make_plan
from harness.store import codec
repositories = load(Path(sys.argv[1]))
again = codec.decode(codec.encode(repositories[0]), Repository, "plan.json")
assert again == repositories[0], again
header = Header("c1", "2026-06-01T00:00:00Z", "t", 1, "d")
plan = make_plan(header, repositories, resolve=lambda *_: ImageIdentity("a@sha256:0", "d"), endpoints={}, price=None)
print(type(again.candidate).__name__, again.candidate.queue, CONNECTORS.get("toy").name)
print(*sorted({f"{run.side.value}={run.platform}" for run in plan.runs}))
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, in which the other distribution is installed."""
    path = os.pathsep.join(filter(None, (str(TOY), os.environ.get("PYTHONPATH", ""))))
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )


def written(folder: Path, **job: object) -> Path:
    """Write a file with one repository whose candidate runs on the toy."""
    entry = {**ENTRY, "jobs": {"train": {**ENTRY["jobs"]["train"], **job}}}  # type: ignore[index]
    (folder / "repos.yaml").write_text(json.dumps({"repositories": {"wine": entry}}), encoding="utf-8")
    return folder / "repos.yaml"


def test_its_side_is_read_stored_and_planned(tmp_path: Path) -> None:
    """The home is its own kind, the runs carry its name, its connector is found."""
    found = python("-c", PROGRAM, str(written(tmp_path)))
    assert found.stdout.splitlines() == ["ToyHome night toy", "candidate=toy legacy=kubernetes"], found.stderr


def test_what_it_refuses_of_a_job_is_told_like_any_other_problem(tmp_path: Path) -> None:
    """The planted fault: more CPUs than its queue has slots, and a key that only another platform has."""
    many = python("-m", "harness", "check-config", "--config", str(written(tmp_path, resources={"cpu": 9})))
    assert (many.returncode, "at most 8, the slots of a queue" in many.stdout + many.stderr) == (2, True)
    other = python(
        "-m", "harness", "check-config", "--config", str(written(tmp_path, candidate={"instance_type": "ml.m5.large"}))
    )
    said = other.stdout + other.stderr
    assert (other.returncode, "one of: command, environment, parameters, read_parameters" in said) == (2, True), said


def test_without_the_distribution_its_name_is_refused_where_it_stands(tmp_path: Path) -> None:
    """The control: nothing stands in for it."""
    found = subprocess.run(
        [sys.executable, "-m", "harness", "check-config", "--config", str(written(tmp_path))],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 2
    assert "wine.candidate.platform: expected one of: kubernetes, sagemaker" in found.stdout + found.stderr
