"""The rest of the reference's limits, kind by kind: the value at the limit is taken, the next one is named."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import botocore.session
import pytest
from backends.candidate_sample import processing, training, transform, tuning
from botocore.validate import ParamValidator

from harness.backends.sagemaker import bus_places
from harness.backends.sagemaker.bus import LONG_POLL_SECONDS, MESSAGE_BYTES_MAX, RECEIVE_MAX
from harness.platforms.sagemaker.preflight import of_request

MAKERS = {
    "CreateTrainingJob": training,
    "CreateProcessingJob": processing,
    "CreateTransformJob": transform,
    "CreateHyperParameterTuningJob": tuning,
}
ROLE = "arn:aws:iam::123456789012:role/"
URI = "s3://bucket/"
CHANNEL = "InputDataConfig[0]"
S3 = f"{CHANNEL}.DataSource.S3DataSource"
GROUP = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "g"}
CLUSTER = "ProcessingResources.ClusterConfig"
TUNING = "HyperParameterTuningJobConfig"
CHILD = "TrainingJobDefinition"


def words(count: int, length: int = 1) -> dict[str, str]:
    """Write so many entries with values of a length."""
    return {f"k{number}": "v" * length for number in range(count)}


def sources(**more: str) -> list[dict[str, Any]]:
    """Write one processing input."""
    s3 = {"S3Uri": URI, "S3DataType": "S3Prefix", "S3InputMode": "File", "LocalPath": "/opt/ml/processing/i", **more}
    return [{"InputName": "i", "S3Input": s3}]


def targets(**more: str) -> list[dict[str, Any]]:
    """Write one processing output."""
    s3 = {"S3Uri": URI, "S3UploadMode": "EndOfJob", "LocalPath": "/opt/ml/processing/o", **more}
    return [{"OutputName": "o", "S3Output": s3}]


def ranges(count: int, values: int = 1) -> dict[str, Any]:
    """Write so many categorical ranges of so many values."""
    one = {"Name": "r", "Values": [f"v{number}" for number in range(values)]}
    return {"CategoricalParameterRanges": [one] * count}


def parents(count: int) -> dict[str, Any]:
    """Write a warm start from so many tuning jobs."""
    names = [{"HyperParameterTuningJobName": f"t{number}"} for number in range(count)]
    return {"ParentHyperParameterTuningJobs": names, "WarmStartType": "TransferLearning"}


LOCAL = "/opt/ml/processing/"
LIMITS: dict[str, list[tuple[str, Any, Any, str]]] = {
    "CreateTrainingJob": [
        ("RoleArn", ROLE + "r" * (2048 - len(ROLE)), ROLE + "r" * (2049 - len(ROLE)), ""),
        ("Tags", [{"Key": "k", "Value": "v" * 256}], [{"Key": "k", "Value": "v" * 257}], "Tags[0].Value"),
        ("VpcConfig", {"SecurityGroupIds": ["sg-1"] * 5, "Subnets": ["subnet-1"]},
         {"SecurityGroupIds": ["sg-1"] * 6, "Subnets": ["subnet-1"]}, "VpcConfig.SecurityGroupIds"),
        ("VpcConfig", {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}, {"SecurityGroupIds": ["sg-1"]},
         "VpcConfig.Subnets"),
        (f"{S3}.S3Uri", URI + "k" * (1024 - len(URI)), URI + "k" * (1025 - len(URI)), ""),
        (f"{S3}.S3DataType", "ManifestFile", "Folder", ""),
        (f"{S3}.S3DataDistributionType", "ShardedByS3Key", "Striped", ""),
        (f"{CHANNEL}.ChannelName", "c" * 64, "c" * 65, ""),
        (f"{CHANNEL}.ChannelName", "a.b_c-d", "a b", ""),
        ("AlgorithmSpecification.TrainingImage", "i" * 255, "i" * 256, ""),
        ("AlgorithmSpecification.MetricDefinitions", [{"Name": "m" * 255, "Regex": "(.)"}],
         [{"Name": "m" * 256, "Regex": "(.)"}], "AlgorithmSpecification.MetricDefinitions[0].Name"),
        ("AlgorithmSpecification.ContainerArguments", ["a" * 256], ["a" * 257],
         "AlgorithmSpecification.ContainerArguments[0]"),
        ("OutputDataConfig.CompressionType", "NONE", "ZIP", ""),
        ("ResourceConfig.VolumeSizeInGB", 0, -1, ""),
        ("ResourceConfig", {"InstanceGroups": [GROUP] * 5}, {"InstanceGroups": [GROUP] * 6},
         "ResourceConfig.InstanceGroups"),
        ("ResourceConfig", {"InstanceGroups": [GROUP]}, {"InstanceGroups": [GROUP], "InstanceType": "ml.m5.large"},
         "ResourceConfig.InstanceGroups"),
        ("ResourceConfig", {"InstanceGroups": [GROUP]}, {"InstanceGroups": [GROUP], "KeepAlivePeriodInSeconds": 60},
         "ResourceConfig.KeepAlivePeriodInSeconds"),
        ("StoppingCondition.MaxRuntimeInSeconds", 1, 0, ""),
        ("StoppingCondition.MaxPendingTimeInSeconds", 1800, 1799, ""),
        ("StoppingCondition.MaxPendingTimeInSeconds", 2419200, 2419201, ""),
        ("RetryStrategy.MaximumRetryAttempts", 1, 0, ""),
        ("CheckpointConfig", {"S3Uri": URI}, {"LocalPath": "/opt/ml/checkpoints"}, "CheckpointConfig.S3Uri"),
    ],
    "CreateProcessingJob": [
        ("ProcessingJobName", "n" * 63, "n" * 64, ""),
        (f"{CLUSTER}.InstanceCount", 100, 101, ""),
        ("ProcessingResources", {"ClusterConfig": processing()["ProcessingResources"]["ClusterConfig"]}, {},
         "ProcessingResources.ClusterConfig"),
        ("Environment", words(100), words(101), ""),
        ("Environment", {"A" * 256: ""}, {"A" * 257: ""}, f"Environment.{'A' * 257}"),
        ("ProcessingInputs", sources(S3InputMode="Pipe"), sources(S3InputMode="FastFile"),
         "ProcessingInputs[0].S3Input.S3InputMode"),
        ("ProcessingInputs", sources(LocalPath=LOCAL + "p" * (256 - len(LOCAL))),
         sources(LocalPath=LOCAL + "p" * (257 - len(LOCAL))), "ProcessingInputs[0].S3Input.LocalPath"),
        ("ProcessingOutputConfig.Outputs", targets(S3UploadMode="Continuous"), targets(S3UploadMode="Sometimes"),
         "ProcessingOutputConfig.Outputs[0].S3Output.S3UploadMode"),
        ("AppSpecification.ContainerEntrypoint", ["a" * 256] * 100, ["a"] * 101, ""),
    ],
    "CreateTransformJob": [
        ("TransformJobName", "n" * 63, "n" * 64, ""),
        ("Environment", {"A" * 1024: ""}, {"A" * 1025: ""}, f"Environment.{'A' * 1025}"),
        ("Environment", {"A": "v" * 10240}, {"A": "v" * 10241}, "Environment.A"),
        ("ModelClientConfig.InvocationsTimeoutInSeconds", 3600, 3601, ""),
        ("ModelClientConfig.InvocationsTimeoutInSeconds", 1, 0, ""),
        ("ModelClientConfig.InvocationsMaxRetries", 3, 4, ""),
        ("BatchStrategy", "SingleRecord", "AnyRecord", ""),
        ("TransformInput.SplitType", "TFRecord", "Comma", ""),
        ("TransformOutput.AssembleWith", "Line", "RecordIO", ""),
        ("DataProcessing.InputFilter", "$" * 63, "$" * 64, ""),
    ],
    "CreateHyperParameterTuningJob": [
        (f"{TUNING}.Strategy", "Hyperband", "Guess", ""),
        (f"{TUNING}.ParameterRanges", ranges(30), ranges(31), f"{TUNING}.ParameterRanges.CategoricalParameterRanges"),
        (f"{TUNING}.ParameterRanges", ranges(1, 30), ranges(1, 31),
         f"{TUNING}.ParameterRanges.CategoricalParameterRanges[0].Values"),
        (f"{TUNING}.ResourceLimits.MaxRuntimeInSeconds", 120, 119, ""),
        (f"{TUNING}.ResourceLimits.MaxRuntimeInSeconds", 15768000, 15768001, ""),
        ("WarmStartConfig", parents(5), parents(6), "WarmStartConfig.ParentHyperParameterTuningJobs"),
        (f"{CHILD}.Environment", words(48), words(49), ""),
        (f"{CHILD}.StoppingCondition", {"MaxRuntimeInSeconds": 60},
         {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}, f"{CHILD}.StoppingCondition.MaxWaitTimeInSeconds"),
    ],
}  # fmt: skip
ROWS = [(operation, *row) for operation, rows in LIMITS.items() for row in rows]


def given(operation: str, path: str, value: object) -> dict[str, Any]:
    """Write a good request with one value in its place."""
    request = deepcopy(MAKERS[operation]())
    *folders, last = path.replace("[0]", ".0").split(".")
    at: Any = request
    for folder in folders:
        at = at[int(folder)] if folder.isdigit() else at.setdefault(folder, {})
    at[last] = value
    return request


def refused(operation: str, path: str, value: object) -> list[str]:
    """Name the fields that are refused, each once."""
    return list(dict.fromkeys(refusal.field for refusal in of_request("job", operation, given(operation, path, value))))


@pytest.mark.parametrize(("operation", "path", "at", "beyond", "field"), ROWS)
def test_each_limit_of_the_reference_is_refused_beyond_and_taken_at_it(
    operation: str, path: str, at: object, beyond: object, field: str
) -> None:
    """The field that breaks the limit is the only one that is named."""
    assert refused(operation, path, at) == []
    assert refused(operation, path, beyond) == [field or path]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("InputDataConfig", {"a": 1}, "a map, the service takes a list"),
        ("HyperParameters", [None], "a list, the service takes a map"),
        ("HyperParameters", {"depth": 3}, "3, the service takes text"),
        ("RoleArn", ["r"], "a list, the service takes text"),
        ("ResourceConfig.InstanceCount", True, "True, the service takes a whole number"),
        ("ResourceConfig.InstanceCount", "two", "text 'two', the service takes a whole number"),
        ("EnableNetworkIsolation", 1, "1, the service takes true or false"),
        ("Tags", [{"Key": ["a"], "Value": "b"}, {"Key": ["a"], "Value": "b"}], "a list, the service takes text"),
    ],
)
def test_a_value_of_another_form_is_refused_by_name(path: str, value: object, said: str) -> None:
    """A list where a map belongs ended the check with an error of our own."""
    found = [
        str(refusal) for refusal in of_request("job", "CreateTrainingJob", given("CreateTrainingJob", path, value))
    ]
    assert any(said in name for name in found), found


def test_ten_definitions_of_a_tuning_job_are_the_most() -> None:
    """They stand instead of the single one."""
    (child,), rest = [tuning()["TrainingJobDefinition"]], {key: tuning()[key] for key in tuning() if key != CHILD}
    counted = {
        count: [
            refusal.field for refusal in of_request("job", "CreateHyperParameterTuningJob", rest | _many(child, count))
        ]
        for count in (10, 11)
    }
    assert counted == {10: [], 11: ["TrainingJobDefinitions"]}


def _many(child: dict[str, Any], count: int) -> dict[str, Any]:
    return {"TrainingJobDefinitions": [child] * count}


@pytest.mark.parametrize(
    ("path", "beyond", "checked"),
    [
        ("TrainingJobName", "a_b", False),
        ("TrainingJobName", "n" * 64, False),
        (f"{S3}.S3DataType", "Folder", False),
        ("Environment", words(101), False),
        ("StoppingCondition.MaxRuntimeInSeconds", 0, True),
        ("OutputDataConfig", None, True),
    ],
)
def test_the_client_library_leaves_maximum_pattern_and_enum_to_the_service(
    path: str,
    beyond: object,
    checked: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Why there is a pre-flight at all: it refuses each of these, the library only a minimum and what is required."""
    service = botocore.session.get_session().get_service_model("sagemaker")
    shape = service.operation_model("CreateTrainingJob").input_shape
    request = given("CreateTrainingJob", path, beyond)
    sent = {name: value for name, value in request.items() if value is not None}
    assert ParamValidator().validate(sent, shape).has_errors() is checked
    assert of_request("job", "CreateTrainingJob", sent) != ()


def test_what_is_asked_of_rule_and_queues_lies_within_their_limits() -> None:
    """Names, times, batches and sizes; the longest campaign's name included."""
    places = bus_places.BusPlaces("123456789012", "us-east-1", "p12345678", "p12345678-")
    queue, dead = bus_places.queue_attributes(places), bus_places.dead_queue_attributes(places)
    assert 0 <= int(str(queue["VisibilityTimeout"])) <= 43_200
    assert all(60 <= int(str(entry["MessageRetentionPeriod"])) <= 1_209_600 for entry in (queue, dead))
    assert int(str(dead["MessageRetentionPeriod"])) > int(str(queue["MessageRetentionPeriod"]))
    assert (len(places.dead_name) <= 80, RECEIVE_MAX <= 10, LONG_POLL_SECONDS <= 20) == (True, True, True)
    assert MESSAGE_BYTES_MAX <= 1024 * 1024
