"""`parity init` on the command line: what it prints, how many lines of it, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from harness.cli.main import parity

LIVE_JOB = """\
{"apiVersion":"batch/v1","kind":"Job","metadata":{"annotations":{"batch.kubernetes.io/cronjob-scheduled-timestamp":
"2026-11-01T03:00:00Z","batch.kubernetes.io/job-tracking":""},"creationTimestamp":"2026-11-01T03:00:00Z","generation":1,
"labels":{"batch.kubernetes.io/controller-uid":"5a1b","batch.kubernetes.io/job-name":"nightly-29400000","controller-uid":
"5a1b","job-name":"nightly-29400000"},"name":"nightly-29400000","namespace":"ml","ownerReferences":[{"apiVersion":
"batch/v1","blockOwnerDeletion":true,"controller":true,"kind":"CronJob","name":"nightly","uid":"77aa"}],
"resourceVersion":"123","uid":"5a1b"},"spec":{"backoffLimit":6,"completionMode":"NonIndexed","completions":1,
"manualSelector":false,"parallelism":1,"podReplacementPolicy":"TerminatingOrFailed","selector":{"matchLabels":
{"batch.kubernetes.io/controller-uid":"5a1b"}},"suspend":false,"template":{"metadata":{"creationTimestamp":null,"labels":
{"controller-uid":"5a1b","job-name":"nightly-29400000"}},"spec":{"containers":[{"command":["python","train.py"],"env":
[{"name":"EPOCHS","value":"5"}],"image":"123456789012.dkr.ecr.eu-west-1.amazonaws.com/nightly:7","imagePullPolicy":
"IfNotPresent","name":"main","resources":{"limits":{"cpu":"2","memory":"4Gi"},"requests":{"cpu":"2","memory":"4Gi"}},
"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst",
"restartPolicy":"Never","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}},
"status":{"completionTime":"2026-11-01T03:10:00Z","conditions":[{"type":"Complete","status":"True"}],"ready":0,
"startTime":"2026-11-01T03:00:00Z","succeeded":1,"terminating":0,"uncountedTerminatedPods":{}}}
"""
ANSWER = """\
{"TrainingJobName":"boost-2026-11-01","TrainingJobArn":"arn:aws:sagemaker:us-west-2:123456789012:training-job/boost",
"AlgorithmSpecification":{"AlgorithmName":null,"TrainingImage":"123456789012.dkr.ecr.us-west-2.amazonaws.com/boost:1",
"TrainingInputMode":"File","EnableSageMakerMetricsTimeSeries":false,"MetricDefinitions":[{"Name":"validation:auc",
"Regex":".*validation-auc:([-+]?[0-9]*\\\\.?[0-9]+).*"}]},"HyperParameters":{"eta":"0.2","max_depth":"5"},
"InputDataConfig":[{"ChannelName":"train","CompressionType":"None","ContentType":"text/csv","InputMode":null,
"RecordWrapperType":"None","ShuffleConfig":null,"DataSource":{"FileSystemDataSource":null,"S3DataSource":
{"AttributeNames":null,"S3DataDistributionType":"FullyReplicated","S3DataType":"S3Prefix","S3Uri":
"s3://boost-data/train"}}}],"OutputDataConfig":{"KmsKeyId":"","S3OutputPath":"s3://boost-data/out","CompressionType":
"GZIP"},"ResourceConfig":{"InstanceCount":1,"InstanceType":"ml.m4.xlarge","VolumeKmsKeyId":null,"VolumeSizeInGB":5},
"RoleArn":"arn:aws:iam::123456789012:role/Exec","StoppingCondition":{"MaxRuntimeInSeconds":86400,
"MaxWaitTimeInSeconds":null},"CheckpointConfig":null,"DebugHookConfig":null,"EnableManagedSpotTraining":false,
"EnableNetworkIsolation":false,"Environment":null,"ExperimentConfig":null,"ProfilerConfig":null,"TuningJobArn":null,
"VpcConfig":null,"AutoMLJobArn":null,"LabelingJobArn":null,"BillableTimeInSeconds":null,"CreationTime":
"2026-11-01T05:49:40Z","LastModifiedTime":"2026-11-01T05:52:46Z","SecondaryStatus":"Completed",
"SecondaryStatusTransitions":[],"TrainingJobStatus":"Completed"}
"""
WHERE = ("account", "region", "role", "staging")
MANY = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: many}\nspec: {completions: 3}\n"


def run(*arguments: str, given: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(parity, arguments, input=given)


@pytest.mark.parametrize(("document", "most"), [(LIVE_JOB, 5), (ANSWER, 8)], ids=["live job", "describe answer"])
def test_what_is_to_do_fits_a_few_lines(document: str, most: int) -> None:
    """Of a live Job at most five, of an answer at most eight: what a server adds is a count."""
    found = run("init", "--from", "-", given=document)
    assert found.exit_code == 0
    assert len(found.stderr.splitlines()) <= most, found.stderr
    assert found.stderr.splitlines()[-1].startswith("lost, and it does not matter: ")


def test_a_live_job_is_called_what_its_cronjob_is() -> None:
    """And its three lists are these."""
    found = run("init", "--from", "-", given=LIVE_JOB)
    assert "  nightly:  # from CronJob ml/nightly\n" in found.stdout
    assert found.stderr.splitlines() == [
        "decide who answers for it: owner, tier, policy",
        f"decide where its runs live: legacy.staging, {', '.join(f'candidate.{key}' for key in WHERE)}",
        "decide what it is: kind, outputs, time_limit, candidate.instance_type",
        "decide what it does besides its outputs: effects",
        "lost, and it does not matter: 42 of 57 values",
    ]


def test_a_folder_gives_what_it_can_and_ends_with_2_where_a_job_is_refused(tmp_path: Path) -> None:
    """The others are written, and each line says whose it is."""
    (tmp_path / "live.json").write_text(LIVE_JOB)
    (tmp_path / "many.yaml").write_text(MANY)
    (tmp_path / "answer.json").write_text(ANSWER)
    (tmp_path / "values.yaml").write_text("replicas: 1\n")
    found = run("init", "--from", str(tmp_path))
    assert found.exit_code == 2
    assert [line for line in found.stdout.splitlines() if "# from" in line] == [
        "  boost:  # from TrainingJob boost", "  nightly:  # from CronJob ml/nightly"
    ]  # fmt: skip
    assert "many.yaml:4:21: Job many: spec.completions: expected 1" in found.stderr
    assert "nightly/main: decide who answers for it" in found.stderr
    assert found.stderr.splitlines()[-1] == "no jobs, left out: something else (1)"


def test_a_chart_is_to_be_rendered_first(tmp_path: Path) -> None:
    """The command that does it is printed."""
    (tmp_path / "Chart.yaml").write_text("name: c\n")
    found = run("init", "--from", str(tmp_path))
    assert found.exit_code == 2
    assert f"render it first: helm template {tmp_path} | parity init --from -" in found.stderr


def test_entries_go_into_a_file_once(tmp_path: Path) -> None:
    """Made where it is not there, added to where it is, unchanged the second time."""
    file = tmp_path / "repos.yaml"
    assert run("init", "--from", "-", "--into", str(file), given=LIVE_JOB).stdout == f"{file}: made, with nightly\n"
    assert run("init", "--from", "-", "--into", str(file), given=ANSWER).stdout == f"{file}: added boost\n"
    text = file.read_text()
    again = run("init", "--from", "-", "--into", str(file), given=ANSWER)
    assert again.stdout == f"{file}: unchanged, there already: boost\n"
    assert file.read_text() == text
    problems = run("check-config", "--config", str(file)).stderr
    assert problems.count("nobody but a person can say") == 2


def test_without_a_source_it_says_what_to_type() -> None:
    """A usage error."""
    found = run("init")
    assert found.exit_code == 2
    assert "--from FILE, --from FOLDER or --from -" in found.stderr


MANIFEST = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: ml}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      activeDeadlineSeconds: 3600
      template:
        spec:
          restartPolicy: Never
          nodeSelector: {pool: a}
          containers:
          - name: main
            image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/n:1
            command: [python, train.py]
            env: [{name: T, valueFrom: {secretKeyRef: {name: s, key: k}}}]
            resources: {requests: {cpu: 2, memory: 4Gi}}
"""
REQUEST = """\
{"TrainingJobName": "boost", "RoleArn": "arn:aws:iam::123456789012:role/Exec", "AlgorithmSpecification": {
"TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/boost:1", "TrainingInputMode": "File",
"ContainerEntrypoint": ["python"]}, "OutputDataConfig": {"S3OutputPath": "s3://acme/out"},
"ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5},
"StoppingCondition": {"MaxRuntimeInSeconds": 60}}
"""


def test_an_entry_stands_on_the_document_that_is_a_file(tmp_path: Path) -> None:
    """By its path from repos.yaml: what the document says is not repeated, and what is lost the other side lacks."""
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s" / "jobs.yaml").write_text(f"{MANIFEST}---\n{MANIFEST.replace('nightly', 'weekly')}")
    (tmp_path / "train.json").write_text(REQUEST)
    file = tmp_path / "repos.yaml"
    found = run("init", "--from", str(tmp_path / "k8s"), "--from", str(tmp_path / "train.json"), "--into", str(file))
    assert found.exit_code == 0, found.output
    text = file.read_text()
    assert [line.strip() for line in text.splitlines() if "manifest:" in line] == [
        'manifest: "k8s/jobs.yaml#nightly"', 'manifest: "k8s/jobs.yaml#weekly"'
    ]  # fmt: skip
    assert "request: train.json\n" in text
    assert not any(word in text for word in ("image:", "memory:", "retries:", "time_limit:"))
    assert "nightly/main: lost, and it matters: on candidate, where it runs (nodeSelector)" in found.stderr
    decided = text.replace("effects: CHANGE-ME", "effects: []").replace("s3://change-me", "s3://acme-stage")
    file.write_text(decided.replace("CHANGE-ME", "ours"))
    checked = run("check-config", "--config", str(file))
    assert checked.exit_code == 0, checked.output
