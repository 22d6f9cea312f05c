"""`parity run --sandbox --image`: a team's own job on both sides, with nothing else set up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

IMAGE = Path(__file__).parent / "own_image"
REPOS = """\
repositories:
  own:
    owner: team
    tier: trial
    policy: {preset: trial, bad_runs_max: 0.97, pairs: 1, repeats: 1}
    legacy: {namespace: team, staging: s3://acme-stage/own/legacy}
    candidate:
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/team
      staging: s3://acme-stage/own/candidate
    jobs:
      count:
        kind: processing
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/own:1
        command: [python, job.py]
        time_limit: 5m
        effects: []
        outputs: {counts: {path: {legacy: /work/counts}}}
        legacy: {command: [python, job.py, /work/counts], environment: {SIDE: legacy}}
        candidate:
          command: [python, job.py, /opt/ml/processing/output/counts]
          environment: {SIDE: candidate, FAIL_ON: candidate}
          instance_type: ml.m5.large
"""


def test_a_job_of_ones_own_runs_on_both_sides_and_says_why_it_failed_as_it_happens(tmp_path: Path) -> None:
    """With one command, to a verdict; the line has exit code and what the log says."""
    (tmp_path / "repos.yaml").write_text(REPOS, encoding="utf-8")
    command = [str(Path(sys.executable).with_name("parity")), "run", "own", "--sandbox", "--image", f"own:1={IMAGE}"]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert "own-count-01-legacy-1 fetched" in found.stderr, found.stderr
    assert not [line for line in found.stderr.splitlines() if "legacy-1 failed" in line]
    (line,) = (line for line in found.stderr.splitlines() if "own-count-01-candidate-1 failed" in line)
    assert line.endswith("own-count-01-candidate-1 failed (exit code 1): ValueError: no luck today")
    assert found.returncode == 1, found.stdout
