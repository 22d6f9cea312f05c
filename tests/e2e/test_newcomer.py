"""A team's own jobs on the sandbox, with what they read: inputs, a claim, a ConfigMap and a Secret from local files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
REPOS = """\
defaults:
  owner: team
  tier: trial
  policy: {preset: trial, bad_runs_max: 0.97, pairs: 1, repeats: 1}
  legacy: {context: prod-eks, namespace: team}
  candidate:
    account: "222233334444"
    region: us-east-1
    profile: ml-prod
    role: arn:aws:iam::222233334444:role/team
repositories:
  script:
    legacy: {staging: s3://acme-stage/script/legacy}
    candidate: {staging: s3://change-me/script/candidate}
    jobs:
      train:
        kind: training
        layout: sagemaker
        image: 222233334444.dkr.ecr.us-east-1.amazonaws.com/team/script:1
        command: [python, train.py]
        parameters: {epochs: 3, learning-rate: 0.1, shuffle: true}
        inputs: {train: {uri: "s3://acme-data/train", pin: "1", bucket_owner: "222233334444"}}
        outputs: {model: {}, report: {}}
        time_limit: 5m
        effects: []
        candidate: {instance_type: ml.m5.large}
  chart:
    legacy: {staging: s3://acme-stage/chart/legacy}
    candidate: {staging: s3://change-me/chart/candidate}
    jobs:
      train:
        kind: training
        command: [python, /app/train.py]
        outputs: {model: {path: {legacy: /out}}}
        time_limit: 5m
        effects: []
        legacy: {manifest: rendered.yaml}
        candidate: {instance_type: ml.m5.large}
"""
RENDERED = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {train.ini: "[model]\\nrounds = 3\\n", LEARNING_RATE: "0.1"}
---
apiVersion: v1
kind: Secret
metadata: {name: database}
stringData: {DB_USER: reader}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: trainer}
---
apiVersion: batch/v1
kind: Job
metadata: {name: train}
spec:
  template:
    spec:
      serviceAccountName: trainer
      restartPolicy: Never
      containers:
      - name: train
        image: 222233334444.dkr.ecr.us-east-1.amazonaws.com/team/chart:2
        command: [python, /app/train.py]
        envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: database}}]
        volumeMounts:
        - {name: settings, mountPath: /etc/train}
        - {name: data, mountPath: /data, readOnly: true}
        - {name: out, mountPath: /out}
      volumes:
      - {name: settings, configMap: {name: settings}}
      - {name: data, persistentVolumeClaim: {claimName: rows}}
      - {name: out, emptyDir: {}}
"""


def parity(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of ours in a folder."""
    command = [str(Path(sys.executable).with_name("parity")), *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=420, check=False)


def test_jobs_that_read_something_reach_a_first_pair_with_one_command(tmp_path: Path) -> None:
    """Though context, profile, account and staging are those of real platforms, or not even decided.

    A script in SageMaker's script mode runs on both sides by `layout: sagemaker`; a chart's Job finds its ConfigMap,
    Secret, service account and claim. The candidate of the chart lacks them, and says so.
    """
    (tmp_path / "repos.yaml").write_text(REPOS, encoding="utf-8")
    (tmp_path / "rendered.yaml").write_text(RENDERED, encoding="utf-8")
    for name, text in (("train/a.csv", "1.5\n2.5\n3.0\n"), ("rows/rows.txt", "1\n2\n")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text)
    checked = parity(tmp_path, "check-config", "--sandbox")
    assert (checked.returncode, checked.stderr) == (0, "")
    objects = "--objects FILE  # FILE: ConfigMap settings, Secret database, ServiceAccount trainer"
    assert checked.stdout.splitlines()[1:] == [
        "parity run script --sandbox --image team/script:1=PATH --data s3://acme-data/train=PATH",
        f"parity run chart --sandbox --image team/chart:2=PATH --data claim:rows=PATH {objects}",
    ]
    given = ["--image", f"team/script:1={HERE / 'script_image'}", "--image", f"team/chart:2={HERE / 'chart_image'}"]
    given += ["--data", "s3://acme-data/train=train", "--data", "claim:rows=rows", "--objects", "rendered.yaml"]
    found = parity(tmp_path, "run", "--all", "--sandbox", *given)
    failed = [
        line
        for line in found.stderr.splitlines()
        if (" failed " in line or "could not" in line) and "NO-GO" not in line  # the verdict's line tells it again
    ]
    assert [line.split()[1] for line in failed] == ["chart-train-01-candidate-1"], found.stderr
    assert "DB_USER" in failed[0] or "rows.txt" in failed[0] or "train.ini" in failed[0]
    (campaign,) = (tmp_path / "reports").glob("2*")
    judged = json.loads((campaign / "judgement/script.json").read_text(encoding="utf-8"))["findings"]
    outcomes = {finding["check"]: finding["outcome"] for finding in judged}
    parts = ("parameters", "environment", "libraries", "process", "mounts")
    assert {outcomes[f"configuration.{part}"] for part in parts} == {"MATCH"}
    assert (outcomes["outputs.files"], outcomes["outputs.json"], outcomes["identity.pair"]) == ("MATCH",) * 3
    assert "configuration.endpoints" not in outcomes
