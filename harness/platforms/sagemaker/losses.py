"""What is lost of a SageMaker document with a field that nothing was made of: what it was for, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.fields.paths import Path
from harness.model.job import Json

DATA = "how its data reaches it"
FILES = "files that it is given"
PROTECTION = "keys and isolation"
COST = "spot capacity and checkpoints"
WATCHED = "what watches it"
MACHINES = "the machines it runs on"
VARIABLES = "environment and parameters that can't be written"
METRICS = "metrics whose expressions can't be read"
ALGORITHM = "the algorithm it names in place of an image"
OTHER = "settings that are not known here"

_NOTHING = ""
_EMPTY: tuple[Json, ...] = (None, "", {}, [], False)
_TOP: Mapping[str, str] = {
    **dict.fromkeys(("InputDataConfig", "ProcessingInputs", "ProcessingOutputConfig"), DATA),
    "ExperimentConfig": _NOTHING,
    "Tags": _NOTHING,
    **dict.fromkeys(("CheckpointConfig", "EnableManagedSpotTraining", "StoppingCondition", "RetryStrategy"), COST),
    **dict.fromkeys(
        ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "NetworkConfig", "VpcConfig"), PROTECTION),
    **dict.fromkeys(
        ("DebugHookConfig", "DebugRuleConfigurations", "ProfilerConfig", "ProfilerRuleConfigurations",
         "TensorBoardOutputConfig", "RemoteDebugConfig", "InfraCheckConfig"), WATCHED),
    **dict.fromkeys(("ResourceConfig", "ProcessingResources", "TrainingPlanArn"), MACHINES),
    **dict.fromkeys(("Environment", "HyperParameters"), VARIABLES),
    "AlgorithmSpecification": ALGORITHM,
    "AppSpecification": ALGORITHM,
}  # fmt: skip
_ANSWERED = frozenset(
    {"ModelArtifacts", "FinalMetricDataList", "SecondaryStatus", "SecondaryStatusTransitions", "FailureReason",
     "ExitMessage", "BillableTimeInSeconds", "TrainingTimeInSeconds", "CreationTime", "LastModifiedTime",
     "TrainingStartTime", "TrainingEndTime", "ProcessingStartTime", "ProcessingEndTime", "TrainingJobStatus",
     "ProcessingJobStatus", "TrainingJobArn", "ProcessingJobArn", "TuningJobArn", "AutoMLJobArn", "LabelingJobArn",
     "MonitoringScheduleArn", "DebugRuleEvaluationStatuses", "ProfilerRuleEvaluationStatuses", "ProfilingStatus",
     "WarmPoolStatus", "OutputDataConfig", "ResponseMetadata", "apiVersion", "kind", "metadata", "status",
     "MlflowDetails", "ModelPackageConfig", "ProgressInfo", "OutputModelPackageArn"}
)  # fmt: skip
"""What only an answer has, or where the harness puts its own place: the outputs of a run go to staging."""
_DEFAULTS: Mapping[str, tuple[Json, ...]] = {
    "CompressionType": ("None",),
    "RecordWrapperType": ("None",),
    "S3DataType": ("S3Prefix",),
    "S3DataDistributionType": ("FullyReplicated",),
    "S3InputMode": ("File",),
    "S3CompressionType": ("None",),
    "S3UploadMode": ("EndOfJob",),
    "InputMode": ("File",),
    "TrainingInputMode": ("File",),
    "S3Uri": (),
    "InstanceCount": (1,),
    "DisableProfiler": (True,),
}
"""What the service does where nobody says anything (API reference), and what the harness asks for anyhow."""
_OF_OUTPUTS = ("ProcessingOutputConfig", "Outputs")
_NEVER = frozenset({"KmsKeyId", "VolumeKmsKeyId"})


def lost(path: Path, value: Json) -> str:
    """Say what is lost with a leaf; empty: nothing that matters."""
    top, name = str(path[0]), str(path[-1])
    if value in _EMPTY or top in _ANSWERED or value in _DEFAULTS.get(name, ()):
        return _NOTHING
    if name in _NEVER:
        return PROTECTION
    if path[:2] == _OF_OUTPUTS and name == "S3Uri":
        return _NOTHING  # the outputs of a run go to staging
    if "MetricDefinitions" in path:
        return METRICS
    if name in {"EnableSageMakerMetricsTimeSeries", "RuleEvaluatorImage"} or top == "ProfilerConfig":
        return _NOTHING
    if "FileSystemDataSource" in path or "DatasetDefinition" in path or "FeatureStoreOutput" in path:
        return FILES
    return _TOP.get(top, OTHER)
