"""What SageMaker knows of a kind of job: its API's words, its limits, its folders. Values only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.errors import Refused
from harness.model.job import Json
from harness.model.order import Order
from harness.platforms.kind import Kind
from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker.home import SageMakerHome

PLATFORM_NAME = "sagemaker"


@dataclass(frozen=True, slots=True)
class Locations:
    """Where one run's staged things lie."""

    channel: str
    """s3:// prefix with shim.py, spec.json and grants.json."""
    output: str
    """s3:// prefix that the service writes to."""
    folder: str = ""
    """s3:// prefix of all that is the run's own."""


@dataclass(frozen=True, slots=True)
class SageMakerKind:
    """A kind of job on SageMaker."""

    job: str
    """The API's word: `TrainingJob` for CreateTrainingJob, TrainingJobName and so on."""
    instance_shape: str
    """Shape of the API's model that lists the instance types."""
    request: Callable[[Order, SageMakerHome, Locations, str], dict[str, Json]]
    """Build the Create request; the last argument is the digest of the shim's spec."""
    fetched: str
    """`module:attribute` of what downloads its outputs: what is known stays apart from the client."""
    output_folders: tuple[str, ...]
    """What the service uploads when the container ends."""
    folder_is_output: bool
    """An output may be one of these folders itself."""
    input_root: str
    """Inputs may be anywhere below it; empty: the service puts each at the kind's own path."""
    inputs_max: int
    """The harness's own channel included."""
    outputs_max: int | None
    metrics_max: int | None
    seconds_max: int
    environment_value_max: int
    """Characters."""
    keep_alive_seconds_max: int
    """0: the kind has no warm pools."""
    retries: bool
    """The service tries again by itself where asked to."""
    parameter_file: bool
    """The service writes a parameter file of its own."""

    def uploads(self, path: str) -> bool:
        """Tell whether the service uploads an output that is at this path when the container ends."""
        return any(
            path.startswith(f"{folder}/") or (path == folder and self.folder_is_output)
            for folder in self.output_folders
        )

    @property
    def log_group(self) -> str:
        """Name its group in CloudWatch Logs."""
        return f"/aws/sagemaker/{self.job}s"


def on_sagemaker(kind: Kind) -> SageMakerKind | None:
    """Give what SageMaker knows of a kind; None: it can't run it."""
    found = kind.on.get(PLATFORM_NAME)
    return found if isinstance(found, SageMakerKind) else None


def facts_of(kind: str) -> SageMakerKind:
    """Give what SageMaker knows of a kind.

    Raises:
        Refused: SageMaker can't run it.
        PluginUnusable: no installed distribution provides it.
    """
    found = on_sagemaker(KINDS.get(kind))
    if found is None:
        message = f"jobs of kind {kind} can't run on SageMaker"
        raise Refused(message)
    return found
