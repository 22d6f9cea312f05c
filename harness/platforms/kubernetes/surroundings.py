"""What Kubernetes itself puts around a process, and what a manifest says of a container's variables and folders. Pure.

Sources: Kubernetes, "Accessing the API from a Pod" and "Environment variables" of services; "Pod and container
environment"; runc's defaults; EKS, "Pod Identity" and "IAM roles for service accounts"; NVIDIA's container toolkit.
"""

from __future__ import annotations

from harness.model.document import JobDocument, at
from harness.model.job import Json
from harness.platforms.json_parts import mapping, mappings
from harness.platforms.kubernetes.document import POD
from harness.platforms.surroundings import ENGINE_MOUNTS, ENGINE_VARIABLES, Surroundings


def _pod(document: JobDocument) -> dict[str, Json]:
    return mapping(at(dict(document.content), POD))


def _main(document: JobDocument) -> dict[str, Json]:
    containers = mappings(_pod(document).get("containers"))
    return next((found for found in containers if document.main in {"", found.get("name")}), {})


def document_variables(document: JobDocument) -> frozenset[str]:
    """Name the variables below `env`; what `envFrom` brings only the cluster knows."""
    return frozenset(str(variable.get("name")) for variable in mappings(_main(document).get("env")))


def empty_folders(document: JobDocument) -> frozenset[str]:
    """List where emptyDir volumes are mounted."""
    empty = {volume.get("name") for volume in mappings(_pod(document).get("volumes")) if "emptyDir" in volume}
    mounts = mappings(_main(document).get("volumeMounts"))
    return frozenset(str(mount.get("mountPath", "")).rstrip("/") for mount in mounts if mount.get("name") in empty)


SURROUNDINGS = Surroundings(
    version=2,
    variables=(
        *ENGINE_VARIABLES,
        r"(HOME|HOSTNAME)=.*",
        # Links to services, which the kubelet makes of every service of the namespace.
        r"\w+_SERVICE_HOST=.*",
        r"\w+_SERVICE_PORT(_\w+)?=\d+",
        r"\w+_PORT=(tcp|udp|sctp)://.*",
        r"\w+_PORT_\d+_(TCP|UDP|SCTP)=(tcp|udp|sctp)://.*",
        r"\w+_PORT_\d+_(TCP|UDP|SCTP)_(PROTO|PORT|ADDR)=.*",
        # The roles of EKS.
        r"AWS_(REGION|DEFAULT_REGION|STS_REGIONAL_ENDPOINTS|ROLE_ARN|WEB_IDENTITY_TOKEN_FILE)=.*",
        r"AWS_CONTAINER_(CREDENTIALS_FULL_URI|AUTHORIZATION_TOKEN_FILE)=.*",
        r"NVIDIA_(VISIBLE_DEVICES|DRIVER_CAPABILITIES)=.*",
    ),
    mounts=(
        *ENGINE_MOUNTS,
        "/dev",
        "/etc/hostname",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/parity",
        "/parity-grants",
        "/run/nvidia-persistenced",
        "/run/secrets",
        "/var/run/secrets",
    ),
    document_variables=document_variables,
    empty_folders=empty_folders,
)
"""The two below /parity are the harness's own."""
