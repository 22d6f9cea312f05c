"""Jobs that train a model: SageMaker's training jobs.

Numbers: SageMaker API 2017-07-24; a test compares them with the model that botocore ships. Those that the model does
not have are the developer guide's, and say so.
"""

from __future__ import annotations

from harness.platforms.kind import Kind
from harness.platforms.sagemaker.kind import SageMakerKind
from harness.platforms.sagemaker.limits import KEEP_ALIVE_MAX_SECONDS, MODEL_FOLDER, OUTPUT_FOLDER, TRAINING_SECONDS_MAX
from harness.platforms.sagemaker.training import request_of


def _input_path(name: str) -> str:
    return f"/opt/ml/input/data/{name}"


def _output_path(name: str) -> str:
    return MODEL_FOLDER if name == "model" else f"{OUTPUT_FOLDER}/{name}"


KIND = Kind(
    name="training",
    input_path=_input_path,
    output_path=_output_path,
    on={
        "sagemaker": SageMakerKind(
            job="TrainingJob",
            instance_shape="TrainingInstanceType",
            request=request_of,
            fetched="harness.backends.sagemaker.training:outputs",
            output_folders=(MODEL_FOLDER, OUTPUT_FOLDER),
            folder_is_output=True,
            input_root="",
            inputs_max=20,
            outputs_max=None,
            metrics_max=40,
            seconds_max=TRAINING_SECONDS_MAX,
            environment_value_max=512,
            keep_alive_seconds_max=KEEP_ALIVE_MAX_SECONDS,
            retries=True,
            parameter_file=True,
        )
    },
)
