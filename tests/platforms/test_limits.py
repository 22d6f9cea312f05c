"""The one table of SageMaker's limits says what the API model of botocore says."""

from __future__ import annotations

import pytest

from harness.model.job import JobKind
from harness.platforms.sagemaker import limits
from harness.platforms.sagemaker.service_model import limit_of

TRAINING, PROCESSING = JobKind.TRAINING, JobKind.PROCESSING
SHAPES = {
    "InputDataConfig": limits.CHANNELS_MAX[TRAINING],
    "ProcessingInputs": limits.CHANNELS_MAX[PROCESSING],
    "ProcessingOutputs": limits.PROCESSING_OUTPUTS_MAX,
    "ProcessingMaxRuntimeInSeconds": limits.TIME_MAX_SECONDS[PROCESSING],
    "MetricDefinitionList": limits.METRICS_MAX,
    "HyperParameters": limits.HYPERPARAMETERS_MAX,
    "HyperParameterKey": limits.HYPERPARAMETER_KEY_MAX,
    "HyperParameterValue": limits.HYPERPARAMETER_VALUE_MAX,
    "TrainingEnvironmentMap": limits.ENVIRONMENT_MAX,
    "ProcessingEnvironmentMap": limits.ENVIRONMENT_MAX,
    "TrainingEnvironmentValue": limits.ENVIRONMENT_VALUE_MAX[TRAINING],
    "ProcessingEnvironmentValue": limits.ENVIRONMENT_VALUE_MAX[PROCESSING],
    "TrainingContainerEntrypoint": limits.ARGUMENTS_MAX,
    "ContainerEntrypoint": limits.ARGUMENTS_MAX,
    "TrainingContainerEntrypointString": limits.ARGUMENT_MAX,
    "ContainerEntrypointString": limits.ARGUMENT_MAX,
    "ProcessingVolumeSizeInGB": limits.VOLUME_MAX_BYTES // limits.GIB,
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_limit_is_that_of_the_api_model(shape: str) -> None:
    """A new botocore that says otherwise is noticed here."""
    assert limit_of(shape, "max") == SHAPES[shape]


def test_what_is_kept_warm_is_bounded_below_the_model() -> None:
    """The developer guide allows less than the API model, and the smaller one is safe."""
    assert limit_of("KeepAlivePeriodInSeconds", "max") == 21_600
    assert limits.KEEP_ALIVE_MAX_SECONDS == 3_600
