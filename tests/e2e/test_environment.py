"""What surrounds a process, on the sandbox: three planted differences are found by name, and equal pairs have none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

JOB = """\
import pathlib, sys
folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "counts.json").write_text('{"rows": 3}')
"""
JOBS = """\
      {name}:
        kind: processing
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/around:1
        command: [python, job.py, /opt/ml/processing/output/counts]
        effects: []
        outputs: {{counts: {{path: {{legacy: /work/counts}}}}}}
        legacy: {{manifest: {name}.yaml}}
        candidate: {{instance_type: ml.m5.large}}
"""
REPOS = """\
repositories:
  around:
    owner: team
    tier: trial
    policy: {preset: trial, bad_runs_max: 0.97, pairs: 1, repeats: 1}
    legacy: {namespace: team, staging: s3://acme-stage/around/legacy}
    candidate:
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/team
      staging: s3://acme-stage/around/candidate
    jobs:
"""
MANIFEST = """\
apiVersion: batch/v1
kind: Job
metadata: {{name: {name}}}
spec:
  backoffLimit: 0
  activeDeadlineSeconds: 300
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: main
          image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/around:1
          command: [python, job.py, /work/counts]
          env: [{variables}]
          volumeMounts:
            - {{name: counts, mountPath: /work/counts}}
{mount}
      volumes:
        - {{name: counts, emptyDir: {{}}}}
{volume}
"""


def manifest(name: str, *, planted: bool) -> str:
    """Write the Job that the team has; planted: with a variable, a library and a mount that the candidate has not."""
    variables = (
        "{name: NODE_ADDRESS, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}, {name: PYTHONPATH, value: added}"
    )
    return MANIFEST.format(
        name=name,
        variables=variables if planted else "",
        mount="            - {name: about, mountPath: /etc/about}" if planted else "",
        volume=(
            "        - {name: about, downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}}"
            if planted
            else ""
        ),
    )


def findings(folder: Path) -> list[dict[str, Any]]:
    """Read the findings of the one campaign."""
    (judgement,) = folder.glob("reports/*/judgement/around.json")
    found: list[dict[str, Any]] = json.loads(judgement.read_text(encoding="utf-8"))["findings"]
    return [finding for finding in found if finding["dimension"] == "configuration"]


def test_three_planted_differences_are_found_by_name_and_equal_pairs_have_none(tmp_path: Path) -> None:
    """One undeclared variable, one other version of a library, one missing mount; beside them a job without any."""
    image = tmp_path / "image"
    added = image / "added" / "numpy-0.0.1.dist-info"
    added.mkdir(parents=True)
    (added / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.0.1\n", encoding="utf-8")
    (image / "job.py").write_text(JOB, encoding="utf-8")
    names = {"equal": False, "planted": True}
    for name, planted in names.items():
        (tmp_path / f"{name}.yaml").write_text(manifest(name, planted=planted), encoding="utf-8")
    jobs = "".join(JOBS.format(name=name) for name in names)
    (tmp_path / "repos.yaml").write_text(REPOS + jobs, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("parity")), "run", "around", "--sandbox", "--image"]
    found = subprocess.run(
        [*command, f"around:1={image}"], cwd=tmp_path, capture_output=True, text=True, timeout=400, check=False
    )
    assert found.returncode == 1, found.stderr
    off = {
        (finding["subject"], sample["where"])
        for finding in findings(tmp_path)
        if finding["outcome"] == "MISMATCH"
        for sample in finding["samples"]
    }
    assert off == {
        ("planted/environment", "NODE_ADDRESS"),
        ("planted/environment", "PYTHONPATH"),
        ("planted/libraries", "numpy"),
        ("planted/mounts", "/etc/about"),
    }
    equal = {
        finding["check"]: finding["outcome"] for finding in findings(tmp_path) if finding["subject"].startswith("equal")
    }
    parts = ("parameters", "environment", "libraries", "process", "mounts")
    assert equal == {f"configuration.{part}": "MATCH" for part in parts}
