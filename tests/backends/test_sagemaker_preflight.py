"""What the service would refuse is refused on the laptop: each limit with a value at it and one beyond it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from backends.candidate_sample import IMAGE, processing, repository, training, transform, tuning

from harness.errors import Refused
from harness.model.job import Resources
from harness.platforms.sagemaker import instances, preflight
from harness.platforms.sagemaker.preflight import OPERATIONS, of_job, of_request

MAKERS = {
    "CreateTrainingJob": training,
    "CreateProcessingJob": processing,
    "CreateTransformJob": transform,
    "CreateHyperParameterTuningJob": tuning,
}


def refused(operation: str, **changes: Any) -> list[str]:
    """Name the fields that are refused, each once."""
    return list(dict.fromkeys(refusal.field for refusal in of_request("job", operation, MAKERS[operation](**changes))))


@pytest.mark.parametrize("operation", OPERATIONS.values())
def test_a_good_request_is_taken(operation: str) -> None:
    """The control of everything below."""
    assert refused(operation) == []


def many(count: int, length: int = 1) -> dict[str, str]:
    """Write so many entries with values of a length."""
    return {f"k{number}": "v" * length for number in range(count)}


def channels(count: int, **more: Any) -> list[dict[str, Any]]:
    """Write so many channels."""
    (one,) = training()["InputDataConfig"]
    return [{**one, "ChannelName": f"c{number}", **more} for number in range(count)]


def algorithm(**more: Any) -> dict[str, Any]:
    """Write the algorithm with more."""
    return {**training()["AlgorithmSpecification"], **more}


def resources(**more: Any) -> dict[str, Any]:
    """Write the resources with more."""
    return {**training()["ResourceConfig"], **more}


def metrics(count: int, regex: str = "(.)", name: str = "m") -> list[dict[str, str]]:
    """Write so many metric definitions."""
    return [{"Name": name, "Regex": regex}] * count


def tags(*keys: str) -> list[dict[str, str]]:
    """Write tags."""
    return [{"Key": key, "Value": "v"} for key in keys]


TRAINING_LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "name length": ({"TrainingJobName": "n" * 63}, {"TrainingJobName": "n" * 64}, "TrainingJobName"),
    "name alphabet": ({"TrainingJobName": "a-b"}, {"TrainingJobName": "a_b"}, "TrainingJobName"),
    "name end": ({"TrainingJobName": "a--b"}, {"TrainingJobName": "a-"}, "TrainingJobName"),
    "parameter count": ({"HyperParameters": many(100)}, {"HyperParameters": many(101)}, "HyperParameters"),
    "parameter length": (
        {"HyperParameters": many(1, 2500)}, {"HyperParameters": many(1, 2501)}, "HyperParameters.k0"),
    "parameter key": (
        {"HyperParameters": {"k" * 256: ""}}, {"HyperParameters": {"k" * 257: ""}}, f"HyperParameters.{'k' * 257}"),
    "parameter of one line": ({"HyperParameters": {"a": "b c"}}, {"HyperParameters": {"a": "b\nc"}},
                              "HyperParameters.a"),
    "environment count": (
        {"Environment": many(100)}, {"Environment": many(101)}, "Environment"),
    "environment value": ({"Environment": {"A": "v" * 512}}, {"Environment": {"A": "v" * 513}}, "Environment.A"),
    "environment key": (
        {"Environment": {"A" * 512: ""}}, {"Environment": {"A" * 513: ""}}, f"Environment.{'A' * 513}"),
    "channels": ({"InputDataConfig": channels(20)}, {"InputDataConfig": channels(21)}, "InputDataConfig"),
    "channel twice": (
        {"InputDataConfig": channels(2)}, {"InputDataConfig": channels(1) + channels(1)}, "InputDataConfig"),
    "channel mode": (
        {"InputDataConfig": channels(1, InputMode="FastFile")}, {"InputDataConfig": channels(1, InputMode="Tape")},
        "InputDataConfig[0].InputMode"),
    "entrypoint items": (
        {"AlgorithmSpecification": algorithm(ContainerEntrypoint=["a"] * 100)},
        {"AlgorithmSpecification": algorithm(ContainerEntrypoint=["a"] * 101)},
        "AlgorithmSpecification.ContainerEntrypoint"),
    "entrypoint item": (
        {"AlgorithmSpecification": algorithm(ContainerEntrypoint=["a" * 256])},
        {"AlgorithmSpecification": algorithm(ContainerEntrypoint=["a" * 257])},
        "AlgorithmSpecification.ContainerEntrypoint[0]"),
    "arguments": (
        {"AlgorithmSpecification": algorithm(ContainerArguments=["a"] * 100)},
        {"AlgorithmSpecification": algorithm(ContainerArguments=["a"] * 101)},
        "AlgorithmSpecification.ContainerArguments"),
    "image or name": (
        {"AlgorithmSpecification": algorithm()}, {"AlgorithmSpecification": algorithm(AlgorithmName="xgb")},
        "AlgorithmSpecification"),
    "metrics": (
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(40))},
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(41))},
        "AlgorithmSpecification.MetricDefinitions"),
    "metric expression": (
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(1, "(" + "a" * 498 + ")"))},
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(1, "(" + "a" * 499 + ")"))},
        "AlgorithmSpecification.MetricDefinitions[0].Regex"),
    "metric group": (
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(1, "a(.)"))},
        {"AlgorithmSpecification": algorithm(MetricDefinitions=metrics(1, "a."))},
        "AlgorithmSpecification.MetricDefinitions[m].Regex"),
    "instance type": (
        {"ResourceConfig": resources(InstanceType="ml.c5.xlarge")},
        {"ResourceConfig": resources(InstanceType="m5.large")}, "ResourceConfig.InstanceType"),
    "keep alive": (
        {"ResourceConfig": resources(KeepAlivePeriodInSeconds=3600)},
        {"ResourceConfig": resources(KeepAlivePeriodInSeconds=3601)}, "ResourceConfig.KeepAlivePeriodInSeconds"),
    "time limit": (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 2419200}},
        {"StoppingCondition": {"MaxRuntimeInSeconds": 2419201}}, "StoppingCondition.MaxRuntimeInSeconds"),
    "wait without spot": (
        {}, {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        "StoppingCondition.MaxWaitTimeInSeconds"),
    "spot wait": (
        {"EnableManagedSpotTraining": True,
         "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        {"EnableManagedSpotTraining": True,
         "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59}},
        "StoppingCondition.MaxWaitTimeInSeconds"),
    "spot without wait": (
        {"EnableManagedSpotTraining": False}, {"EnableManagedSpotTraining": True},
        "StoppingCondition.MaxWaitTimeInSeconds"),
    "spot pool": (
        {"ResourceConfig": resources(KeepAlivePeriodInSeconds=60)},
        {"EnableManagedSpotTraining": True, "ResourceConfig": resources(KeepAlivePeriodInSeconds=60),
         "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}},
        "ResourceConfig.KeepAlivePeriodInSeconds"),
    "pending time": (
        {"StoppingCondition": {"MaxPendingTimeInSeconds": 7200}}, {"StoppingCondition": {"MaxPendingTimeInSeconds": 1}},
        "StoppingCondition.MaxPendingTimeInSeconds"),
    "retries": ({"RetryStrategy": {"MaximumRetryAttempts": 30}}, {"RetryStrategy": {"MaximumRetryAttempts": 31}},
                "RetryStrategy.MaximumRetryAttempts"),
    "tags": ({"Tags": tags(*map(str, range(50)))}, {"Tags": tags(*map(str, range(51)))}, "Tags"),
    "tag key": ({"Tags": tags("k" * 128)}, {"Tags": tags("k" * 129)}, "Tags[0].Key"),
    "tag twice": ({"Tags": tags("a", "b")}, {"Tags": tags("a", "a")}, "Tags"),
    "tag of aws": ({"Tags": tags("awsome")}, {"Tags": tags("aws:x")}, "Tags"),
    "role": ({}, {"RoleArn": "arn:aws:iam::12:role/x-too-short"}, "RoleArn"),
    "subnets": (
        {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"] * 16}},
        {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"] * 17}}, "VpcConfig.Subnets"),
    "required": ({}, {"OutputDataConfig": None}, "OutputDataConfig"),
    "unknown field": ({}, {"Colour": "green"}, "Colour"),
}  # fmt: skip


@pytest.mark.parametrize("case", TRAINING_LIMITS)
def test_a_training_request_is_refused_beyond_a_limit_and_taken_at_it(case: str) -> None:
    """One field at its limit is good, one step beyond it is named."""
    at, beyond, field = TRAINING_LIMITS[case]
    assert refused("CreateTrainingJob", **at) == []
    assert refused("CreateTrainingJob", **beyond) == [field]


def source(number: int, path: str = "") -> dict[str, Any]:
    """Write one processing input."""
    s3 = {"S3Uri": "s3://bucket/in/", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": f"i{number}", "S3Input": {**s3, "LocalPath": path or f"/opt/ml/processing/i{number}"}}


def target(number: int, path: str = "") -> dict[str, Any]:
    """Write one processing output."""
    s3 = {"S3Uri": "s3://bucket/out/", "S3UploadMode": "EndOfJob"}
    return {"OutputName": f"o{number}", "S3Output": {**s3, "LocalPath": path or f"/opt/ml/processing/o{number}"}}


def outputs(*each: dict[str, Any]) -> dict[str, Any]:
    """Write the outputs."""
    return {"ProcessingOutputConfig": {"Outputs": list(each)}}


PROCESSING_LIMITS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "inputs": (
        {"ProcessingInputs": [source(n) for n in range(10)]}, {"ProcessingInputs": [source(n) for n in range(11)]},
        "ProcessingInputs"),
    "outputs": (
        outputs(*map(target, range(10))), outputs(*map(target, range(11))), "ProcessingOutputConfig.Outputs"),
    "environment value": ({"Environment": {"A": "v" * 256}}, {"Environment": {"A": "v" * 257}}, "Environment.A"),
    "time limit": (
        {"StoppingCondition": {"MaxRuntimeInSeconds": 777600}}, {"StoppingCondition": {"MaxRuntimeInSeconds": 777601}},
        "StoppingCondition.MaxRuntimeInSeconds"),
    "local path": (
        {"ProcessingInputs": [source(0)]}, {"ProcessingInputs": [source(0, "/opt/ml/model")]},
        "ProcessingInputs[i0].LocalPath"),
    "path upwards": (
        outputs(target(0)), outputs(target(0, "/opt/ml/processing/../x")), "ProcessingOutputConfig[o0].LocalPath"),
    "path twice": (
        {"ProcessingInputs": [source(0), source(1)]},
        {"ProcessingInputs": [source(0, "/opt/ml/processing/x"), source(1, "/opt/ml/processing/x")]}, "LocalPath"),
    "name twice": (
        outputs(target(0), target(1)),
        outputs(target(0, "/opt/ml/processing/x"), target(0, "/opt/ml/processing/y")), "OutputName"),
    "volume": (
        {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1,
                                                   "VolumeSizeInGB": 16384}}},
        {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1,
                                                   "VolumeSizeInGB": 16385}}},
        "ProcessingResources.ClusterConfig.VolumeSizeInGB"),
    "image": ({"AppSpecification": {"ImageUri": "i" * 255}}, {"AppSpecification": {"ImageUri": "i" * 256}},
              "AppSpecification.ImageUri"),
}  # fmt: skip


@pytest.mark.parametrize("case", PROCESSING_LIMITS)
def test_a_processing_request_is_refused_beyond_a_limit_and_taken_at_it(case: str) -> None:
    """The same for the other kind that runs under the shim."""
    at, beyond, field = PROCESSING_LIMITS[case]
    assert refused("CreateProcessingJob", **at) == []
    assert refused("CreateProcessingJob", **beyond) == [field]


LINES = {"DataSource": transform()["TransformInput"]["DataSource"]}


@pytest.mark.parametrize(
    ("operation", "at", "beyond", "field"),
    [
        ("CreateTransformJob", {"MaxPayloadInMB": 100}, {"MaxPayloadInMB": 101},
         "MaxPayloadInMB"),
        ("CreateTransformJob", {"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 2},
         {"MaxPayloadInMB": 50, "MaxConcurrentTransforms": 3}, "MaxConcurrentTransforms"),
        ("CreateTransformJob", {"BatchStrategy": "MultiRecord"},
         {"BatchStrategy": "MultiRecord", "TransformInput": LINES}, "TransformInput.SplitType"),
        ("CreateTransformJob", {"Environment": many(16)}, {"Environment": many(17)}, "Environment"),
        ("CreateHyperParameterTuningJob", {"HyperParameterTuningJobName": "t" * 32},
         {"HyperParameterTuningJobName": "t" * 33}, "HyperParameterTuningJobName"),
        ("CreateHyperParameterTuningJob", {},
         {"HyperParameterTuningJobConfig": {"Strategy": "Bayesian", "ResourceLimits": {
             "MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 3}}},
         "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"),
        ("CreateHyperParameterTuningJob", {},
         {"TrainingJobDefinition": {**tuning()["TrainingJobDefinition"],
                                    "ResourceConfig": resources(KeepAlivePeriodInSeconds=60)}},
         "TrainingJobDefinition.ResourceConfig.KeepAlivePeriodInSeconds"),
    ],
    ids=["payload", "together", "records", "environment", "name", "parallel", "pool"],
)  # fmt: skip
def test_jobs_without_a_shim_are_checked_as_well(
    operation: str, at: dict[str, Any], beyond: dict[str, Any], field: str
) -> None:
    """Batch transform and tuning have no pair of their own, and their requests are checked."""
    assert refused(operation, **at) == []
    assert field in refused(operation, **beyond)


def test_a_refusal_names_job_field_limit_source_and_way_out(tmp_path: Path) -> None:
    """Everything that its owner needs, in one line."""
    wine = repository(tmp_path, {"environment": {"NOTE": "v" * 600}})
    job = wine.jobs[0]
    assert of_job(wine, job) == (), "under the shim the environment travels through S3"
    bare = repository(tmp_path, {"environment": {"NOTE": "v" * 400}, "shim": "off"})
    assert of_job(bare, bare.jobs[0]) == ()
    [said] = of_request("wine/train", "CreateTrainingJob", training(Environment={"NOTE": "v" * 513}))
    assert str(said) == (
        "wine/train: Environment.NOTE: 513 characters, the service takes at most 512 "
        "[SageMaker API 2017-07-24, shape TrainingEnvironmentValue (botocore 1.44.5)]; "
        "shim: on carries them through S3, typed and with a digest"
    )


def test_an_instance_that_is_too_small_is_refused_with_the_smallest_that_fits(tmp_path: Path) -> None:
    """An m5.large has 2 CPUs and 8 GiB."""
    wine = repository(tmp_path, {"resources": {"cpu": 3, "memory": "10Gi"}})
    [said] = of_job(wine, wine.jobs[0])
    assert (said.field, said.found) == (
        "InstanceType", "a job that asks for 3 CPUs, ml.m5.large has 2; asks for 10 GiB, ml.m5.large has 8",
    )  # fmt: skip
    assert said.way_out == "the smallest that fits: ml.m4.xlarge"
    with pytest.raises(Refused, match=r"asks for 3 CPUs, ml\.m5\.large has 2"):
        preflight.check(wine, wine.jobs[0])
    fits = repository(tmp_path, {"resources": {"cpu": 2, "memory": "8Gi"}})
    preflight.check(fits, fits.jobs[0])


def test_the_smallest_that_fits_is_the_cheapest_where_prices_are_given() -> None:
    """Without a price the smallest by size; a GPU is never offered to a job that asks for none."""
    asked, allowed = Resources(cpu=4, memory_bytes=8 * 1024**3), frozenset(instances.CAPACITY)
    plain = instances.fit(asked, "ml.m5.4xlarge", allowed, {})
    assert plain == instances.Fit("ml.m5.4xlarge", True, "ml.c5.xlarge", 4.0, 8.0, None)
    priced = instances.fit(asked, "ml.m5.xlarge", allowed, {"ml.m5.xlarge": 0.2, "ml.m5.2xlarge": 0.1})
    assert priced == instances.Fit("ml.m5.xlarge", True, "ml.m5.2xlarge", 1.0, 2.0, 0.2)
    gpu = instances.fit(Resources(gpu=1), "ml.m5.large", allowed, {})
    assert gpu is not None
    assert (gpu.fits, gpu.smallest) == (False, "ml.g4dn.xlarge")


def test_an_instance_of_unknown_size_is_not_judged(tmp_path: Path) -> None:
    """What is not in the table is not guessed."""
    odd = repository(tmp_path, {"candidate": {"instance_type": "ml.trn1.2xlarge"}, "resources": {"cpu": 400}})
    assert preflight.fit_of(odd, odd.jobs[0]) is None
    assert of_job(odd, odd.jobs[0]) == ()


def test_only_types_of_the_service_are_offered() -> None:
    """EC2 has ml-less types that SageMaker lacks: whatever is asked for, what is offered exists."""
    allowed = preflight._allowed("training")
    assert "ml.c5.large" not in allowed
    small = instances.fit(Resources(cpu=2, memory_bytes=1024**3), "ml.m5.large", allowed, {})
    assert small is not None
    assert small.smallest in allowed


def test_an_image_pinned_by_a_long_name_is_measured_as_it_will_be_sent(tmp_path: Path) -> None:
    """The digest of 71 characters counts, the tag does not."""
    host = IMAGE.partition("/")[0]
    fits, longer = "n" * (255 - len(host) - 1 - 72), "n" * (255 - len(host) - 72)
    good = repository(tmp_path, {"image": f"{host}/{fits}:1"})
    assert of_job(good, good.jobs[0]) == ()
    bad = repository(tmp_path, {"image": f"{host}/{longer}:1"})
    assert [refusal.field for refusal in of_job(bad, bad.jobs[0])] == ["AlgorithmSpecification.TrainingImage"]
