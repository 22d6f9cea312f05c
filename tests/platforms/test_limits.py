"""The one table of SageMaker's limits says what the API model of botocore says."""

from __future__ import annotations

import pytest

from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker import limits
from harness.platforms.sagemaker.kind import on_sagemaker
from harness.platforms.sagemaker.service_model import limit_of

TRAINING, PROCESSING = (on_sagemaker(kind) for kind in KINDS)
assert TRAINING is not None
assert PROCESSING is not None
SHAPES = {
    "InputDataConfig": TRAINING.inputs_max,
    "ProcessingInputs": PROCESSING.inputs_max,
    "ProcessingOutputs": PROCESSING.outputs_max,
    "ProcessingMaxRuntimeInSeconds": PROCESSING.seconds_max,
    "MetricDefinitionList": TRAINING.metrics_max,
    "HyperParameters": limits.HYPERPARAMETERS_MAX,
    "HyperParameterKey": limits.HYPERPARAMETER_KEY_MAX,
    "HyperParameterValue": limits.HYPERPARAMETER_VALUE_MAX,
    "TrainingEnvironmentMap": limits.ENVIRONMENT_MAX,
    "ProcessingEnvironmentMap": limits.ENVIRONMENT_MAX,
    "TrainingEnvironmentValue": TRAINING.environment_value_max,
    "ProcessingEnvironmentValue": PROCESSING.environment_value_max,
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
