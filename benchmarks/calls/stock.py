"""The same calls by the stock clients alone: `stock.py TABLE.json ROUNDS` makes each call of the table so often.

The table maps the name of a call, as the sandbox's audit has it, to how many of it one pair cost.
"""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from kubernetes import client, config, watch

SHIM = (Path(__file__).parents[2] / "harness" / "shim" / "shim.py").read_text(encoding="utf-8")
NAMESPACE, BUCKET, REGION = "stock", "stock", "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/benchmark"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/calls/image:1"


def kubernetes_calls() -> dict[str, Callable[[str], object]]:
    """Each call with models in and out, as the client's documentation shows it."""
    config.load_kube_config()
    core, batch = client.CoreV1Api(), client.BatchV1Api()
    with suppress(client.exceptions.ApiException):  # a shorter run made it
        core.create_namespace({"metadata": {"name": NAMESPACE}})
    for kind in (core.list_namespaced_pod, core.list_namespaced_event, batch.list_namespaced_job):
        threading.Thread(target=_follow, args=(kind,), daemon=True).start()

    def job(name: str) -> object:
        container = {"name": "main", "image": IMAGE, "command": ["python", "-c", "print('score=1.0')"]}
        spec = {"backoffLimit": 0, "template": {"spec": {"restartPolicy": "Never", "containers": [container]}}}
        return batch.create_namespaced_job(NAMESPACE, {"metadata": {"name": name}, "spec": spec})

    pods: dict[str, str] = {}

    def find(name: str) -> None:
        found = core.list_namespaced_pod(NAMESPACE, label_selector=f"batch.kubernetes.io/job-name={name}").items
        pods.update((name, each.metadata.name) for each in found)

    metadata = lambda name: {"name": name}  # noqa: E731
    return {
        "create configmaps": lambda n: core.create_namespaced_config_map(
            NAMESPACE, {"metadata": metadata(n), "data": {"shim.py": SHIM, "spec.json": "{}" * 800}}
        ),
        "get secrets": lambda n: core.read_namespaced_secret(n, NAMESPACE),
        "create secrets": lambda n: core.create_namespaced_secret(
            NAMESPACE, {"metadata": metadata(n), "stringData": {"grants.json": "x" * 4000}}
        ),
        "create jobs": job,
        "list pods": find,
        "get pods": lambda n: core.read_namespaced_pod(pods.get(n, n), NAMESPACE),
        "get pods/log": lambda n: core.read_namespaced_pod_log(pods.get(n, n), NAMESPACE),
        "delete jobs": lambda n: batch.delete_namespaced_job(n, NAMESPACE, propagation_policy="Background"),
        "delete configmaps": lambda n: core.delete_namespaced_config_map(n, NAMESPACE),
        "delete secrets": lambda n: core.delete_namespaced_secret(n, NAMESPACE),
    }


def _follow(kind: Callable[..., Any]) -> None:
    for _ in watch.Watch().stream(kind, NAMESPACE, timeout_seconds=300):
        pass


def aws_calls() -> dict[str, Callable[[str], object]]:
    """Each call with the arguments it needs."""
    make = lambda service: boto3.client(service, region_name=REGION, config=Config(retries={"mode": "adaptive"}))  # noqa: E731
    s3, sqs, sagemaker, logs = map(make, ("s3", "sqs", "sagemaker", "logs"))
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="there", Body=b"x" * 2000)
    queue = sqs.create_queue(QueueName="stock")["QueueUrl"]
    group, stream = "/aws/sagemaker/TrainingJobs", "stock/algo-1"
    with suppress(ClientError):  # the first campaign made it
        logs.create_log_group(logGroupName=group)
    with suppress(ClientError):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)

    def create(name: str) -> object:
        return sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            RoleArn=ROLE,
            OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/out"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )

    return {
        "PutObject": lambda n: s3.put_object(Bucket=BUCKET, Key=n, Body=io.BytesIO(SHIM.encode())),
        "GetObject": lambda n: s3.get_object(Bucket=BUCKET, Key="there")["Body"].read(),  # noqa: ARG005
        "DeleteObject": lambda n: s3.delete_object(Bucket=BUCKET, Key=n),
        "CreateMultipartUpload": lambda n: s3.create_multipart_upload(Bucket=BUCKET, Key=n),
        "ListObjectsV2": lambda n: s3.list_objects_v2(Bucket=BUCKET, Prefix=n),
        "CreateTrainingJob": create,
        "DescribeTrainingJob": lambda n: sagemaker.describe_training_job(TrainingJobName=n),
        "DescribeLogStreams": lambda n: logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=n),
        "GetLogEvents": lambda n: logs.get_log_events(logGroupName=group, logStreamName=stream),  # noqa: ARG005
        "GetQueueAttributes": lambda n: sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"]),  # noqa: ARG005
        "ReceiveMessage": lambda n: sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10),  # noqa: ARG005
        "DeleteMessageBatch": lambda n: sqs.delete_message_batch(  # noqa: ARG005
            QueueUrl=queue, Entries=[{"Id": "1", "ReceiptHandle": "AQEB"}]
        ),
    }


def main() -> None:
    """Make the calls; a call that the table asks for and nobody knows is an error."""
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    rounds = int(sys.argv[2])
    calls = {**kubernetes_calls(), **aws_calls()}
    unknown = sorted(set(table) - set(calls))
    if unknown:
        sys.exit(f"no stock call for {unknown}")
    made = dict.fromkeys(table, 0)
    for number in range(1, rounds + 1):
        for name in (call for call in calls if call in table):
            while made[name] < round(table[name] * number):
                made[name] += 1
                with suppress(ClientError, client.exceptions.ApiException):  # a no costs what the harness paid for it
                    calls[name](f"s{number}-{rounds}")


if __name__ == "__main__":
    main()
