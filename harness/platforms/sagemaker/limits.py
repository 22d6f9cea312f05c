"""What SageMaker takes at most of any job, and where it looks for files; what differs by kind stands with the kind.

Numbers: SageMaker API 2017-07-24; a test compares them with the model that botocore ships. Those that the model does
not have are the developer guide's, and say so.
"""

from __future__ import annotations

GIB = 1024**3
TRAINING_SECONDS_MAX = 28 * 86400
"""Developer guide, quotas."""
HYPERPARAMETERS_MAX = 100
HYPERPARAMETER_KEY_MAX = 256
HYPERPARAMETER_VALUE_MAX = 2500
ENVIRONMENT_MAX = 100
ARGUMENTS_MAX = 100
ARGUMENT_MAX = 256
VOLUME_MAX_BYTES = 16384 * GIB
KEEP_ALIVE_MAX_SECONDS = 3600
"""Developer guide, warm pools; the API model says 21600, the smaller one is safe."""

SHIM_CHANNEL = "parity"
ONLY_BELOW = "parity-harness/writes-only-below"
"""Tag of a job that may do nothing outside but write below this s3:// place."""
"""Name of the harness's own input."""
HYPERPARAMETERS_FILE = "/opt/ml/input/config/hyperparameters.json"
"""SageMaker's own parameter file of training jobs: a flat map, every value a string (container contract)."""
MODEL_FOLDER = "/opt/ml/model"
OUTPUT_FOLDER = "/opt/ml/output/data"
PROCESSING_ROOT = "/opt/ml/processing"
