"""`parity pair`: two runs that are over, from records to findings; it may find a difference, never equality."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import parity

SIDES = ("legacy", "candidate")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/boost:1"
STAMP = "2026-11-01T0"
JOB: dict[str, Any] = {
    "apiVersion": "batch/v1", "kind": "Job",
    "metadata": {"name": "boost", "namespace": "ml", "uid": "j1", "creationTimestamp": f"{STAMP}3:00:00Z"},
    "spec": {
        "backoffLimit": 0, "completions": 1, "parallelism": 1,
        "template": {"spec": {"restartPolicy": "Never", "containers": [
            {"name": "main", "image": IMAGE, "command": ["python", "train.py"]}
        ]}},
    },
    "status": {
        "succeeded": 1, "startTime": f"{STAMP}3:00:00Z", "completionTime": f"{STAMP}3:10:00Z",
        "conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": f"{STAMP}3:10:00Z"}],
    },
}  # fmt: skip
POD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Pod",
    "metadata": {
        "name": "boost-x", "namespace": "ml", "uid": "p1", "creationTimestamp": f"{STAMP}3:00:00Z",
        "ownerReferences": [{"apiVersion": "batch/v1", "kind": "Job", "name": "boost", "uid": "j1"}],
    },
    "spec": {"nodeName": "n1", "restartPolicy": "Never", "containers": [{"name": "main", "image": IMAGE}]},
    "status": {"phase": "Succeeded", "startTime": f"{STAMP}3:00:01Z", "containerStatuses": [{
        "name": "main", "restartCount": 0, "imageID": IMAGE.replace(":1", "@sha256:" + "a" * 64),
        "state": {"terminated": {
            "exitCode": 0, "reason": "Completed", "containerID": "c1",
            "startedAt": f"{STAMP}3:00:20Z", "finishedAt": f"{STAMP}3:09:58Z",
        }},
    }]},
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "TrainingJobName": "boost-1",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/boost-1",
    "TrainingJobStatus": "Completed", "SecondaryStatus": "Completed",
    "SecondaryStatusTransitions": [
        {"Status": "Starting", "StartTime": f"{STAMP}4:00:00Z", "EndTime": f"{STAMP}4:01:00Z"},
        {"Status": "Training", "StartTime": f"{STAMP}4:01:00Z", "EndTime": f"{STAMP}4:10:00Z"},
        {"Status": "Completed", "StartTime": f"{STAMP}4:10:00Z", "EndTime": f"{STAMP}4:10:00Z"},
    ],
    "CreationTime": f"{STAMP}4:00:00Z", "TrainingStartTime": f"{STAMP}4:01:00Z",
    "TrainingEndTime": f"{STAMP}4:10:00Z", "LastModifiedTime": f"{STAMP}4:10:00Z",
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
    "RoleArn": "arn:aws:iam::123456789012:role/E", "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "OutputDataConfig": {"S3OutputPath": "s3://acme-out/y"},
}  # fmt: skip
FAILED = {**ANSWER, "TrainingJobStatus": "Failed", "SecondaryStatus": "Failed",
          "FailureReason": "AlgorithmError: ExecuteUserScriptError: ExitCode 1, exit code: 1"}  # fmt: skip


class Desk:
    """A folder with records and outputs of two runs."""

    def __init__(self, folder: Path) -> None:
        """Write both runs with the same outputs."""
        self.folder = folder
        self.write("legacy.json", {"apiVersion": "v1", "kind": "List", "items": [JOB, POD]})
        self.write("candidate.json", ANSWER)
        for side in ("old", "new"):
            self.write(f"{side}/model.json", {"depth": 3})

    def write(self, name: str, value: object) -> Path:
        """Write a document."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value))
        return path

    def pair(self, *more: str, outputs: bool = True) -> Result:
        """Run the command."""
        words = [
            "pair",
            "--legacy",
            str(self.folder / "legacy.json"),
            "--candidate",
            str(self.folder / "candidate.json"),
        ]
        words += ["--outputs", str(self.folder / "old"), str(self.folder / "new")] if outputs else []
        return CliRunner().invoke(parity, [*words, "--into", str(self.folder / "pair"), *more])

    def verdict(self) -> Any:
        """Read the verdict that was kept."""
        (file,) = (self.folder / "pair").glob("*/verdict/*.json")
        return json.loads(file.read_text())


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Lay records and outputs out."""
    return Desk(tmp_path)


def test_two_equal_runs_are_inconclusive_with_the_reason(desk: Desk) -> None:
    """The page is there, what was assumed is shown, and nothing that was given was touched."""
    given = {path: path.read_bytes() for path in desk.folder.rglob("*") if path.is_file()}
    found = desk.pair()
    assert found.exit_code == 3, found.output
    assert found.stdout.splitlines()[:2] == [
        "legacy: Job boost, work ok: container main ended with 0, and the job is marked succeeded",
        "candidate: TrainingJob boost-1, work ok: the service says Completed, and the job is marked succeeded",
    ]
    assert "assumed, without an entry of repos.yaml: policy trial; no metrics" in found.stderr
    verdict = desk.verdict()
    assert (verdict["decision"], verdict["reasons"][0]["code"]) == ("INCONCLUSIVE", "inconclusive:observed")
    assert verdict["totals"]["MISMATCH"] == 0
    assert len(list((desk.folder / "pair").glob("*/report/index.html"))) == 1
    assert {path: path.read_bytes() for path in given} == given


def test_outputs_that_differ_are_no_go(desk: Desk) -> None:
    """With file and value."""
    desk.write("new/model.json", {"depth": 1})
    found = desk.pair()
    assert found.exit_code == 1, found.output
    assert "$.depth is 3 on legacy and 1 on candidate" in desk.verdict()["reasons"][0]["sentence"]


def test_a_run_that_failed_is_no_go(desk: Desk) -> None:
    """Whatever it left."""
    desk.write("candidate.json", FAILED)
    found = desk.pair()
    assert found.exit_code == 1, found.output
    assert "candidate: TrainingJob boost-1, work failed" in found.stdout


def test_without_outputs_the_endings_are_compared_still(desk: Desk) -> None:
    """The first answer that a team can have, from two commands."""
    assert desk.pair(outputs=False).exit_code == 3
    assert any("declares no outputs" in reason["sentence"] for reason in desk.verdict()["reasons"])


ENTRY = """\
repositories:
  boost:
    owner: a
    tier: b
    policy: {preset: trial, bad_runs_max: 0.97}
    legacy: {namespace: ml, staging: s3://acme-stage/boost/legacy}
    candidate:
      account: "123456789012"
      region: us-east-1
      role: arn:aws:iam::123456789012:role/p
      staging: s3://acme-stage/boost/candidate
    jobs:
      train:
        kind: training
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/boost:1
        command: [python, train.py]
        outputs:
          model: {path: {legacy: /work/model}, rules: [{files: "*.json", tolerance: {"$.depth": {absolute: 2}}}]}
        effects: []
        candidate: {instance_type: ml.m5.large}
"""


def test_an_entry_gives_its_rules_and_no_policy_makes_it_go(desk: Desk) -> None:
    """One run that ends well is all that this policy asks for; an observed pair is none."""
    (desk.folder / "repos.yaml").write_text(ENTRY)
    desk.write("new/model.json", {"depth": 1})
    found = desk.pair("--as", "boost/train", "--config", str(desk.folder / "repos.yaml"))
    assert found.exit_code == 3, found.output
    assert desk.verdict()["reasons"][0]["code"] == "inconclusive:observed"
    assert "assumed" not in found.stderr


def test_two_images_are_named(desk: Desk) -> None:
    """By what each document says."""
    desk.write("candidate.json", {**ANSWER, "AlgorithmSpecification": {"TrainingImage": IMAGE.replace(":1", ":2")}})
    assert desk.pair().exit_code == 3
    sentences = [reason["sentence"] for reason in desk.verdict()["reasons"]]
    assert any(f"two images: legacy ran {IMAGE}, candidate {IMAGE[:-1]}2" in sentence for sentence in sentences)


def test_records_of_several_jobs_need_a_name(desk: Desk) -> None:
    """A usage error that says what to type; named, the pair is judged."""
    other = json.loads(json.dumps([JOB, POD]).replace("boost", "other").replace("j1", "j2").replace("p1", "p2"))
    desk.write("legacy.json", {"apiVersion": "v1", "kind": "List", "items": [*other, JOB, POD]})
    found = desk.pair()
    assert (found.exit_code, "choose one: --job" in found.stderr) == (2, True), found.output
    assert desk.pair("--job", "boost").exit_code == 3


def test_one_run_given_twice_is_refused(desk: Desk) -> None:
    """It would agree with itself."""
    desk.write("candidate.json", {"apiVersion": "v1", "kind": "List", "items": [JOB, POD]})
    found = desk.pair()
    assert (found.exit_code, "both records tell of the same run" in found.stderr) == (2, True), found.output


def test_records_that_hold_no_run_are_a_usage_error(desk: Desk) -> None:
    """A request is none: it was never answered."""
    desk.write("candidate.json", {"kind": "ConfigMap"})
    assert desk.pair().exit_code == 2
