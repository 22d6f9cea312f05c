"""What SageMaker takes at most, and where it looks for files: the only place of these numbers.

Numbers: SageMaker API 2017-07-24; a test compares them with the model that botocore ships. Those that the model does
not have are the developer guide's, and say so.
"""

from __future__ import annotations

from harness.model.job import JobKind

GIB = 1024**3
CHANNELS_MAX = {JobKind.TRAINING: 20, JobKind.PROCESSING: 10}
PROCESSING_OUTPUTS_MAX = 10
TRAINING_SECONDS_MAX = 28 * 86400
"""Developer guide, quotas."""
TIME_MAX_SECONDS = {JobKind.TRAINING: TRAINING_SECONDS_MAX, JobKind.PROCESSING: 9 * 86400}
METRICS_MAX = 40
HYPERPARAMETERS_MAX = 100
HYPERPARAMETER_KEY_MAX = 256
HYPERPARAMETER_VALUE_MAX = 2500
ENVIRONMENT_MAX = 100
ENVIRONMENT_VALUE_MAX = {JobKind.TRAINING: 512, JobKind.PROCESSING: 256}
ARGUMENTS_MAX = 100
ARGUMENT_MAX = 256
VOLUME_MAX_BYTES = 16384 * GIB
KEEP_ALIVE_MAX_SECONDS = 3600
"""Developer guide, warm pools; the API model says 21600, the smaller one is safe."""

SHIM_CHANNEL = "parity"
"""Name of the harness's own input."""
HYPERPARAMETERS_FILE = "/opt/ml/input/config/hyperparameters.json"
"""SageMaker's own parameter file of training jobs: a flat map, every value a string (container contract)."""
MODEL_FOLDER = "/opt/ml/model"
OUTPUT_FOLDER = "/opt/ml/output/data"
PROCESSING_ROOT = "/opt/ml/processing"
OUTPUT_FOLDERS = {JobKind.TRAINING: (MODEL_FOLDER, OUTPUT_FOLDER), JobKind.PROCESSING: (PROCESSING_ROOT,)}
"""What SageMaker uploads when the container ends."""


def output_path(kind: JobKind, name: str) -> str:
    """Say where SageMaker picks up an output whose path is not written."""
    if kind is JobKind.PROCESSING:
        return f"{PROCESSING_ROOT}/output/{name}"
    return MODEL_FOLDER if name == "model" else f"{OUTPUT_FOLDER}/{name}"


def input_path(kind: JobKind, name: str) -> str:
    """Say where SageMaker puts an input."""
    return f"{PROCESSING_ROOT}/input/{name}" if kind is JobKind.PROCESSING else f"/opt/ml/input/data/{name}"
