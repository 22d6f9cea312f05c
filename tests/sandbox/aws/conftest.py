"""One running AWS half for all tests, and what a test does with it through official clients."""

from __future__ import annotations

import io
import itertools
import json
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.sandbox import faults, process
from harness.sandbox.aws import server
from harness.sandbox.aws.front import Guard
from harness.sandbox.images import Image, ImageStore
from harness.sandbox.startup import StartupModel

T = TypeVar("T")
SCALE = 0.0005
WAIT_SECONDS = 30.0
POLL_SECONDS = 0.03
IMAGE = Path(__file__).with_name("image")
KEY = "sandbox"
"""The tests' own; a daemon draws one that nobody can guess."""
ROLE = "arn:aws:iam::123456789012:role/training"
TERMINAL = ("Completed", "Failed", "Stopped")
FAULTS = (
    {"name": "event-duplicate", "match": "twice", "at": "Training", "copies": 2},
    {"name": "event-late", "match": "belated", "at": "Downloading", "delay_seconds": 3.0},
    {"name": "event-reorder", "match": "swapped", "at": "Downloading", "hold_seconds": 120.0},
    {"name": "event-lost", "match": "lost-event", "at": "Training"},
    {"name": "event-lost", "match": "unheard", "at": "Training"},
    {"name": "throttle", "match": "throttled", "at": "DescribeTrainingJob", "count": 2},
    {"name": "lost-reply", "match": "lost-reply", "at": "CreateTrainingJob"},
    {"name": "upload-failure", "match": "no-upload"},
    {"name": "capacity", "match": "no-capacity"},
    {"name": "out-of-memory", "match": "too-large"},
    {"name": "out-of-memory", "match": "killed-by-size"},
    {"name": "upload-failure", "match": "denied-at-the-end"},
    {"name": "capacity", "match": "without-instances"},
    {"name": "internal-error", "match": "lost-once", "at": "Training"},
    {"name": "internal-error", "match": "lost-and-found", "at": "Training"},
    {"name": "capacity", "match": "no-spot"},
    {"name": "spot-interruption", "match": "taken-away", "after_seconds": 2.0},
    {"name": "spot-interruption", "match": "not-given-back", "after_seconds": 0.2, "wait_seconds": 60.0},
    {"name": "spot-interruption", "match": "on-demand"},
    {"name": "internal-error", "match": "lost-again", "at": "Training"},
    {"name": "internal-error", "match": "lost-for-good", "at": "Training"},
    {"name": "internal-error", "match": "lost-and-stopped", "at": "Training", "after_seconds": 60},
)
"""What the one server commits; a test wakes a fault by the name of its job."""


@dataclass
class Cloud:
    """A running AWS half with clients; `names` keeps the tests' names apart."""

    url: str
    image: Image
    folder: Path
    audit: list[Mapping[str, object]]
    stop: Callable[[], None]
    names: Iterator[int] = field(default_factory=itertools.count)

    def client(self, service: str, **settings: Any) -> Any:
        """Make a client that doesn't retry and sends what it is given."""
        config = Config(**{"retries": {"total_max_attempts": 1}, "parameter_validation": False, **settings})
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=KEY,
            aws_secret_access_key=KEY,
            config=config,
        )

    def __post_init__(self) -> None:
        """Make the clients once: they are slow to make."""
        self.s3, self.sqs, self.rules, self.sagemaker, self.logs, self.ecr = map(
            self.client, ("s3", "sqs", "events", "sagemaker", "logs", "ecr")
        )

    def fill(self) -> None:
        """Put the inputs in the bucket; safe to call twice."""
        self.s3.create_bucket(Bucket="bucket")
        self.s3.put_object(Bucket="bucket", Key="in/train/a.csv", Body=b"a,b")
        self.s3.put_object(Bucket="bucket", Key="in/train/sub/c.csv", Body=b"c")

    def name(self, hint: str) -> str:
        """Make a job name that no other test has."""
        return f"{hint}-{next(self.names)}"

    # -- requests -----------------------------------------------------------------------------------------------------

    def training(self, name: str, mode: str = "quiet", **changes: Any) -> dict[str, Any]:
        """Write a CreateTrainingJob request."""
        channel = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/train/"}
        return {
            "TrainingJobName": name,
            "HyperParameters": {"mode": mode},
            "RoleArn": ROLE,
            "AlgorithmSpecification": {
                "TrainingImage": self.image.reference,
                "TrainingInputMode": "File",
                "ContainerEntrypoint": ["python", "train.py"],
                "ContainerArguments": ["--data", "/opt/ml/input/data/train"],
                "MetricDefinitions": [
                    {"Name": "loss", "Regex": "loss=([0-9.]+);"},
                    {"Name": "absent", "Regex": "absent=([0-9.]+);"},
                ],
            },
            "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}],
            "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            "Environment": {"COLOUR": "green"},
            "Tags": [{"Key": "team", "Value": "blue"}],
            **changes,
        }

    def processing(self, name: str, mode: str, **changes: Any) -> dict[str, Any]:
        """Write a CreateProcessingJob request."""
        source = {"S3Uri": "s3://bucket/in/train/", "S3DataType": "S3Prefix", "S3InputMode": "File"}
        target = {"S3Uri": f"s3://bucket/processed/{name}", "S3UploadMode": "EndOfJob"}
        cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
        return {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {
                "ImageUri": self.image.reference,
                "ContainerEntrypoint": ["python", "process.py"],
                "ContainerArguments": [mode],
            },
            "ProcessingInputs": [{"InputName": "in", "S3Input": {**source, "LocalPath": "/opt/ml/processing/input"}}],
            "ProcessingOutputConfig": {
                "Outputs": [{"OutputName": "out", "S3Output": {**target, "LocalPath": "/opt/ml/processing/out"}}]
            },
            **changes,
        }

    def model(self, mode: str = "", data: bytes | None = None, **changes: Any) -> str:
        """Create a model of the tests' image; give its name."""
        name = self.name("model")
        container: dict[str, Any] = {"Image": self.image.reference, "Environment": {"MODE": mode, "COLOUR": "green"}}
        if data is not None:
            self.s3.put_object(Bucket="bucket", Key=f"models/{name}.tar.gz", Body=data)
            container["ModelDataUrl"] = f"s3://bucket/models/{name}.tar.gz"
        self.sagemaker.create_model(ModelName=name, PrimaryContainer={**container, **changes}, ExecutionRoleArn=ROLE)
        return name

    def transform(self, name: str, model: str, uri: str = "s3://bucket/in/train/", **changes: Any) -> dict[str, Any]:
        """Write a CreateTransformJob request."""
        source = {"DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
        return {
            "TransformJobName": name,
            "ModelName": model,
            "TransformInput": {**source, "ContentType": "text/csv", **changes.pop("TransformInput", {})},
            "TransformOutput": {
                "S3OutputPath": f"s3://bucket/transformed/{name}/", **changes.pop("TransformOutput", {}),
            },
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            **changes,
        }  # fmt: skip

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def create(self, hint: str, mode: str = "quiet", **changes: Any) -> str:
        """Create a training job; give its name."""
        name = self.name(hint)
        self.sagemaker.create_training_job(**self.training(name, mode, **changes))
        return name

    def run(self, hint: str, mode: str = "quiet", **changes: Any) -> dict[str, Any]:
        """Run a training job to its end; give its last description."""
        return self.end(self.create(hint, mode, **changes))

    def describe(self, name: str, kind: str = "training") -> dict[str, Any]:
        """Describe a job."""
        call = getattr(self.sagemaker, f"describe_{kind}_job")
        found: dict[str, Any] = call(**{f"{kind.title()}JobName": name})
        return found

    def end(self, name: str, kind: str = "training") -> dict[str, Any]:
        """Wait for a job's end; give its last description."""
        field_name = f"{kind.title()}JobStatus"
        return until(lambda: self.describe(name, kind), lambda said: said[field_name] in TERMINAL)

    def on_hosts(self, count: int) -> dict[str, Any]:
        """Change a training request to so many hosts."""
        return {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1}}

    def run_processing(self, hint: str, mode: str, **changes: Any) -> dict[str, Any]:
        """Run a processing job to its end; give its last description."""
        name = self.name(hint)
        self.sagemaker.create_processing_job(**self.processing(name, mode, **changes))
        return self.end(name, "processing")

    def run_transform(self, model: str, uri: str = "s3://bucket/in/train/", **changes: Any) -> dict[str, Any]:
        """Run a transform job to its end; give its last description."""
        name = self.name("transform")
        self.sagemaker.create_transform_job(**self.transform(name, model, uri, **changes))
        return self.end(name, "transform")

    # -- what a job leaves --------------------------------------------------------------------------------------------

    def keys(self, prefix: str) -> list[str]:
        """List the keys below a prefix, relative to it."""
        found = self.s3.list_objects_v2(Bucket="bucket", Prefix=prefix).get("Contents", [])
        return sorted(item["Key"].removeprefix(prefix) for item in found)

    def read(self, key: str) -> bytes:
        """Read an object."""
        data: bytes = self.s3.get_object(Bucket="bucket", Key=key)["Body"].read()
        return data

    def archive(self, key: str) -> dict[str, bytes]:
        """Read the files in a tar.gz."""
        with tarfile.open(fileobj=io.BytesIO(self.read(key))) as tar:
            members = {member.name: tar.extractfile(member) for member in tar.getmembers()}
            return {name: file.read() for name, file in members.items() if file is not None}

    def streams(self, name: str, word: str = "Training") -> list[str]:
        """List a job's log streams."""
        group = f"/aws/sagemaker/{word}Jobs"
        try:
            found = self.logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=name + "/")
        except ClientError:  # no group: no job of that kind has ever run
            return []
        return [stream["logStreamName"] for stream in found["logStreams"]]

    def lines(self, name: str, word: str = "Training") -> list[str]:
        """Read a job's log."""
        return [line for stream in self.streams(name, word) for line in self.stream_lines(stream, word)]

    def stream_lines(self, stream: str, word: str = "Training") -> list[str]:
        """Read one log stream."""
        asked = {"logGroupName": f"/aws/sagemaker/{word}Jobs", "logStreamName": stream, "startFromHead": True}
        return [event["message"] for event in self.logs.get_log_events(**asked)["events"]]

    def seen(self, name: str, file: str = "seen.json") -> dict[str, Any]:
        """Read what a program of mode `report` saw."""
        said: dict[str, Any] = json.loads(self.archive(f"out/{name}/output/model.tar.gz")[file])
        return said

    def started(self, name: str) -> str:
        """Wait until a program has said that it is ready; give the line."""
        lines = until(lambda: self.lines(name), lambda said: any(line.startswith("ready") for line in said))
        return next(line for line in lines if line.startswith("ready"))

    # -- events -------------------------------------------------------------------------------------------------------

    def listen(self, name: str, state: str = "ENABLED", pattern: Mapping[str, object] | None = None) -> Queue:
        """Put a queue behind a rule for one job's events."""
        queue = self.name("queue")
        url = self.sqs.create_queue(QueueName=queue)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        asked = {"source": ["aws.sagemaker"], "resources": [{"suffix": f"/{name}"}]} if pattern is None else pattern
        self.rules.put_rule(Name=queue, EventPattern=json.dumps(asked), State=state)
        self.rules.put_targets(Rule=queue, Targets=[{"Id": "queue", "Arn": arn}])
        return Queue(self.sqs, url)


@dataclass
class Queue:
    """A queue of events."""

    sqs: Any
    url: str
    events: list[dict[str, Any]] = field(default_factory=list)
    sent_seconds: list[float] = field(default_factory=list)
    """When each of the events was put in."""

    def receive(self) -> list[dict[str, Any]]:
        """Take what is there; give everything that ever came, in order of arrival."""
        asked = {"QueueUrl": self.url, "MaxNumberOfMessages": 10, "AttributeNames": ["SentTimestamp"]}
        found = self.sqs.receive_message(**asked).get("Messages", [])
        for message in found:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        self.events += [json.loads(message["Body"]) for message in found]
        self.sent_seconds += [int(message["Attributes"]["SentTimestamp"]) / 1000 for message in found]
        return self.events

    def await_count(self, count: int) -> list[dict[str, Any]]:
        """Wait until so many events have come; give them all."""
        return until(self.receive, lambda events: len(events) >= count)

    def steps(self, count: int) -> list[str]:
        """Wait for so many events; name their secondary statuses in order of arrival."""
        return [event["detail"]["SecondaryStatus"] for event in self.await_count(count)]


def until(look: Callable[[], T], good: Callable[[T], bool]) -> T:
    """Look again and again until it is good, within bounds."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        found = look()
        if good(found):
            return found
        time.sleep(POLL_SECONDS)
    pytest.fail(f"not within {WAIT_SECONDS} s; last: {found!r}")


@contextmanager
def serving(
    folder: Path,
    *,
    scale: float = SCALE,
    isolation: process.Isolation | None = None,
    planned: tuple[Mapping[str, object], ...] = (),
) -> Iterator[Cloud]:
    """Run one AWS half with the tests' image."""
    images, audit = ImageStore(), list[Mapping[str, object]]()
    image = images.add("demo/model", "1", IMAGE)
    plan = folder / "nemesis.json"
    plan.write_text(json.dumps({"faults": [{"side": "candidate", **mapping} for mapping in planned]}), encoding="utf-8")
    half = server.start(
        images,
        folder / "aws",
        StartupModel(0, scale),
        audit.append,
        faults=faults.load(plan, folder),
        guard=Guard(KEY),
        isolation=isolation,
    )
    try:
        cloud = Cloud(half.url, image, folder, audit, half.stop)
        cloud.fill()
        yield cloud
    finally:
        half.stop()


@pytest.fixture(scope="session")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Run the server that nearly all tests share."""
    with serving(tmp_path_factory.mktemp("cloud"), planned=FAULTS) as cloud:
        yield cloud


@pytest.fixture
def cloud(one_server: Cloud) -> Cloud:
    """Give the shared server with its inputs, which another server of this process may have forgotten."""
    one_server.fill()
    return one_server


@pytest.fixture(scope="session")
def start() -> Callable[..., Any]:
    """Give the way to run another server."""
    return serving


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Give the way to wait for something."""
    return until
