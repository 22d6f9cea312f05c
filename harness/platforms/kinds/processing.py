"""Jobs that process data: SageMaker's processing jobs.

Numbers: SageMaker API 2017-07-24; a test compares them with the model that botocore ships. Those that the model does
not have are the developer guide's, and say so.
"""

from __future__ import annotations

from harness.platforms.kind import Kind
from harness.platforms.sagemaker.kind import SageMakerKind
from harness.platforms.sagemaker.limits import PROCESSING_ROOT
from harness.platforms.sagemaker.processing import request_of


def _input_path(name: str) -> str:
    return f"{PROCESSING_ROOT}/input/{name}"


def _output_path(name: str) -> str:
    return f"{PROCESSING_ROOT}/output/{name}"


KIND = Kind(
    name="processing",
    input_path=_input_path,
    output_path=_output_path,
    on={
        "sagemaker": SageMakerKind(
            job="ProcessingJob",
            instance_shape="ProcessingInstanceType",
            request=request_of,
            fetched="harness.backends.sagemaker.processing:outputs",
            output_folders=(PROCESSING_ROOT,),
            folder_is_output=False,
            input_root=PROCESSING_ROOT,
            inputs_max=10,
            outputs_max=10,
            metrics_max=None,
            seconds_max=9 * 86400,
            environment_value_max=256,
            keep_alive_seconds_max=0,
            retries=False,
            parameter_file=False,
        )
    },
)
