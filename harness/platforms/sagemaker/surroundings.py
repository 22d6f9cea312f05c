"""What SageMaker itself puts around a process. Pure.

Sources: SageMaker, "How SageMaker provides training information", "How Amazon SageMaker Processing configures your
container"; Amazon ECS, "Task IAM role"; NVIDIA's container toolkit.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.document import JobDocument
from harness.platforms.surroundings import ENGINE_MOUNTS, ENGINE_VARIABLES, Surroundings


def document_variables(document: JobDocument) -> frozenset[str]:
    """Name the variables of a request."""
    given = document.content.get("Environment")
    return frozenset(given) if isinstance(given, Mapping) else frozenset()


SURROUNDINGS = Surroundings(
    version=2,
    variables=(
        *ENGINE_VARIABLES,
        r"(HOME|HOSTNAME)=.*",
        r"(TRAINING|PROCESSING)_JOB_(NAME|ARN)=.*",
        r"AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV)=.*",
        r"AWS_CONTAINER_(CREDENTIALS_(RELATIVE|FULL)_URI|AUTHORIZATION_TOKEN)=.*",
        r"ECS_CONTAINER_METADATA_URI(_V4)?=.*",
        r"NVIDIA_(VISIBLE_DEVICES|DRIVER_CAPABILITIES)=.*",
        # The stand-in of the sandbox leads its jobs to itself, on loopback; the service sets no endpoint.
        r"AWS_ENDPOINT_URL=http://(127\.0\.0\.1|localhost):\d+/?",
    ),
    mounts=(
        *ENGINE_MOUNTS,
        "/dev",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/opt/ml",
        "/run/nvidia-persistenced",
        "/tmp",  # noqa: S108 # nosec B108 # a place in the container
    ),
    document_variables=document_variables,
)
