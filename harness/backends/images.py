"""Resolve an image reference once: a tag becomes a digest, and the config digest is what is compared across engines."""

from __future__ import annotations

import re

from harness.backends.aws import Clients, mapped
from harness.config import strict_json
from harness.errors import Refused
from harness.model.plan import ImageIdentity

ECR = re.compile(
    r"^(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<name>[^:@]+)(:(?P<tag>[^@]+))?(@(?P<digest>sha256:[0-9a-f]{64}))?$"
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def resolve(clients: Clients, reference: str) -> ImageIdentity:
    """Ask ECR what a reference means now.

    Raises:
        Refused: another registry's tag (pin it by digest), a missing image, or an index of several architectures.
    """
    found = ECR.match(reference)
    if not found:
        if "@sha256:" in reference:
            return ImageIdentity(reference, "")
        message = f"image {reference}: a tag can be resolved in ECR only; pin it as name@sha256:…"
        raise Refused(message)
    name = found["name"]
    wanted = {"imageDigest": found["digest"]} if found["digest"] else {"imageTag": found["tag"] or "latest"}
    with mapped(f"ecr batch-get-image {name}"):
        reply = clients("ecr").batch_get_image(
            registryId=found["account"], repositoryName=name, imageIds=[wanted], acceptedMediaTypes=list(_MANIFESTS)
        )
    images = reply.get("images", [])
    if not images:
        message = f"image {reference}: not in the registry"
        raise Refused(message)
    digest = str(images[0]["imageId"]["imageDigest"])
    manifest = strict_json.read(str(images[0]["imageManifest"]).encode())
    config = manifest.get("config") if isinstance(manifest, dict) else None
    if not isinstance(config, dict):
        message = f"image {reference}: an index of several architectures; pin the manifest of one"
        raise Refused(message)
    host = reference.partition("/")[0]
    return ImageIdentity(f"{host}/{name}@{digest}", str(config.get("digest")))
