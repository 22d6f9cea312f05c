"""Parameters as SageMaker delivers them: a file of its own, in which every value is a string. Pure."""

from __future__ import annotations

from harness.model import strict_json
from harness.model.job import Delivery, FileFormat, Job, Side
from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker.kind import on_sagemaker
from harness.platforms.sagemaker.limits import (
    HYPERPARAMETER_KEY_MAX,
    HYPERPARAMETER_VALUE_MAX,
    HYPERPARAMETERS_FILE,
    HYPERPARAMETERS_MAX,
)


def platform_delivers(job: Job, side: Side) -> bool:
    """Tell whether SageMaker itself writes the parameter file: the job reads that one, and all values fit its caps."""
    reading = job.sides[side].reading
    return (
        (facts := on_sagemaker(KINDS.get(job.kind))) is not None
        and facts.parameter_file
        and reading.delivery is Delivery.FILE
        and reading.path == HYPERPARAMETERS_FILE
        and reading.format is FileFormat.STRINGS
        and fits_hyperparameters(as_strings(job.sides[side].parameters))
    )


def fits_hyperparameters(values: dict[str, str]) -> bool:
    """Tell whether string values fit CreateTrainingJob's caps."""
    return len(values) <= HYPERPARAMETERS_MAX and all(
        0 < len(name) <= HYPERPARAMETER_KEY_MAX and len(value) <= HYPERPARAMETER_VALUE_MAX
        for name, value in values.items()
    )


def as_strings(values: object) -> dict[str, str]:
    """Write typed parameters as the flat strings that SageMaker keeps: JSON text for everything but strings."""
    assert isinstance(values, dict)  # noqa: S101 # nosec B101 # parameters are a map by their type
    return {
        name: value if isinstance(value, str) else strict_json.write(value).decode().strip()
        for name, value in values.items()
    }
