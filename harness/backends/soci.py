"""Look up whether a SOCI index (lazy loading) lies beside an image in ECR. It is read and told, never relied on.

Version 2 is bound into the image's own OCI index; version 1 refers to the image as an OCI referrer, found by the
registry's own list or, where a registry has none, by the fallback tag of OCI distribution 1.1. That a notebook starts
faster by it is documented (30-70 %); that a training or processing job reads it is not (sagemaker.md 4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from harness.backends.aws import Clients, mapped
from harness.config.references import ECR
from harness.errors import BackendError
from harness.model import strict_json
from harness.model.plan import LazyImage

INDEX_TYPES = ("application/vnd.amazon.soci.index.v1+json", "application/vnd.amazon.soci.index.v2+json")
_IMAGE_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_PAGES_MAX = 20
"""Of referrers; as many signatures and reports beside one image mean that nobody cleans up."""

Manifest = Mapping[str, object]


def look_up(clients: Clients, reference: str) -> LazyImage:
    """Say whether an index was found; a lookup that is refused or impossible says so and leaves it unknown."""
    place = ECR.match(reference)
    if not place:
        return LazyImage(reference, None, "only an image in ECR can be looked up")
    try:
        return _look_up(clients, reference, place.groupdict())
    except (BackendError, strict_json.StrictError) as error:
        return LazyImage(reference, None, f"the lookup failed: {error}")


def _look_up(clients: Clients, reference: str, place: Mapping[str, str | None]) -> LazyImage:
    wanted = {"imageDigest": place["digest"]} if place["digest"] else {"imageTag": place["tag"] or "latest"}
    found = _manifest(clients, place, wanted, (*_MANIFESTS, *_IMAGE_INDEXES))
    if found is None:
        return LazyImage(reference, None, "the image is not in the registry")
    digest, manifest = found
    if _index_among(_descriptors(manifest)):
        return LazyImage(reference, found=True, said="a SOCI index is bound into the image's own index")
    for subject in (digest, *(str(descriptor.get("digest")) for descriptor in _descriptors(manifest))):
        if _index_among(_referrers_by_tag(clients, place, subject)):
            return LazyImage(reference, found=True, said=f"a SOCI index refers to {subject[:19]}… by tag")
        if _index_among(_referrers(clients, place, subject)):
            return LazyImage(reference, found=True, said=f"a SOCI index refers to {subject[:19]}…")
    return LazyImage(reference, found=False, said="no SOCI index lies beside it")


def _manifest(
    clients: Clients, place: Mapping[str, str | None], wanted: Mapping[str, str | None], types: tuple[str, ...]
) -> tuple[str, Manifest] | None:
    name = place["name"]
    with mapped(f"ecr batch-get-image {name}"):
        reply = clients("ecr").batch_get_image(
            registryId=place["account"], repositoryName=name, imageIds=[wanted], acceptedMediaTypes=list(types)
        )
    for image in reply.get("images", []):
        manifest = strict_json.read(str(image["imageManifest"]).encode())
        if isinstance(manifest, dict):
            return str(image["imageId"]["imageDigest"]), manifest
    return None


def _descriptors(manifest: Manifest) -> list[Manifest]:
    listed = manifest.get("manifests")
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _index_among(descriptors: Iterable[Manifest]) -> bool:
    return any(descriptor.get("artifactType") in INDEX_TYPES for descriptor in descriptors)


def _referrers_by_tag(clients: Clients, place: Mapping[str, str | None], subject: str) -> list[Manifest]:
    found = _manifest(clients, place, {"imageTag": subject.replace(":", "-")}, _IMAGE_INDEXES)
    return _descriptors(found[1]) if found else []


def _referrers(clients: Clients, place: Mapping[str, str | None], subject: str) -> Iterator[Manifest]:
    """Ask for the artifacts that refer to an image; the call needs no right but ecr:BatchGetImage (documented)."""
    more: dict[str, str] = {}
    for _ in range(_PAGES_MAX):
        with mapped(f"ecr list-image-referrers {place['name']}"):
            reply = clients("ecr").list_image_referrers(
                registryId=place["account"],
                repositoryName=place["name"],
                subjectId={"imageDigest": subject},
                filter={"artifactTypes": list(INDEX_TYPES)},
                **more,
            )
        yield from reply.get("referrers", [])
        if not reply.get("nextToken"):
            return
        more = {"nextToken": str(reply["nextToken"])}
    message = f"more than {_PAGES_MAX} pages of artifacts refer to {subject}"
    raise BackendError(message)
