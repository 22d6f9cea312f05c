"""Resolve an image reference once: a tag becomes a digest, and the config digest is what is compared across engines."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from harness.backends.aws import Clients, mapped
from harness.config import references
from harness.errors import Refused
from harness.model import strict_json
from harness.model.plan import ImageIdentity

_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True)
class _Manifest:
    reference: str
    config: str
    layers: tuple[str, ...]


def resolve(clients: Clients, reference: str, base: str | None = None) -> ImageIdentity:
    """Ask ECR what a reference means now, and whether it is built on its declared base.

    Raises:
        Refused: another registry's tag, a digest that is none, a missing image, an index of several architectures, or
            an image whose first layers are not those of its base.
    """
    if not references.ECR.match(reference) and references.pinned(reference):
        if base:
            message = f"image {reference}: layers can be read in ECR only, so it can have no base"
            raise Refused(message)
        return ImageIdentity(reference, "")
    image = _manifest(clients, reference)
    return ImageIdentity(image.reference, image.config, _base(image, _manifest(clients, base)) if base else "")


def _base(image: _Manifest, base: _Manifest) -> str:
    """Name a base by its layers, which must be the first of the image."""
    if not base.layers or image.layers[: len(base.layers)] != base.layers:
        message = f"image {image.reference}: its first layers are not those of its base {base.reference}"
        raise Refused(message)
    return "sha256:" + hashlib.sha256("\n".join(base.layers).encode()).hexdigest()


def _manifest(clients: Clients, reference: str) -> _Manifest:
    found = references.ECR.match(reference)
    if not found:
        message = f"image {reference}: expected {references.expected_of(reference) or 'an image of ECR'}"
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
    if not isinstance(manifest, dict) or not isinstance(config, dict):
        message = f"image {reference}: an index of several architectures; pin the manifest of one"
        raise Refused(message)
    host = reference.partition("/")[0]
    return _Manifest(f"{host}/{name}@{digest}", str(config.get("digest")), _layers(manifest))


def _layers(manifest: dict[str, Any]) -> tuple[str, ...]:
    found = manifest.get("layers")
    return tuple(str(item.get("digest")) for item in found if isinstance(item, dict)) if isinstance(found, list) else ()
