"""Images are resolved once: a tag becomes a digest, and a declared base is known by its layers."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from harness.backends import images
from harness.backends.aws import Clients
from harness.errors import Refused
from harness.model.plan import ImageIdentity

REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
LAYERS = {"base": "ab", "other-base": "ax", "train": "abcd", "train-next": "abef", "empty": "", "beside": "acbd"}
"""Image → its layers, one letter each."""


class Registry:
    """Answers as ECR does for the images above."""

    def __call__(self, service: str) -> Registry:
        """Be the client of one service."""
        assert service == "ecr"
        return self

    def batch_get_image(self, **asked: Any) -> dict[str, Any]:
        """Give the manifest of one tag."""
        tag = asked["imageIds"][0]["imageTag"]
        if tag not in LAYERS:
            return {"images": []}
        layers = [{"digest": f"sha256:{layer * 64}"} for layer in LAYERS[tag]]
        manifest = {"config": {"digest": f"sha256:config-{tag}"}, "layers": layers}
        return {"images": [{"imageId": {"imageDigest": f"sha256:{tag}"}, "imageManifest": json.dumps(manifest)}]}


CLIENTS = cast("Clients", Registry())


def resolve(image: str, base: str | None = None) -> ImageIdentity:
    """Resolve tags of the registry."""
    return images.resolve(CLIENTS, f"{REGISTRY}/ml:{image}", base and f"{REGISTRY}/ml:{base}")


def test_a_tag_becomes_a_digest_and_has_no_base_of_its_own() -> None:
    """Both sides are given the digest; across engines the config digest is compared."""
    assert resolve("train") == ImageIdentity(f"{REGISTRY}/ml@sha256:train", "sha256:config-train", "")


def test_two_images_on_one_base_have_the_same_base_and_not_the_same_identity() -> None:
    """The week's layers come on top; another base has another name."""
    one, other = resolve("train", "base"), resolve("train-next", "base")
    assert (one.base, one.config_digest == other.config_digest) == (other.base, False)
    assert one.base.startswith("sha256:")
    assert resolve("base", "base").base == one.base


@pytest.mark.parametrize("base", ["other-base", "train-next", "empty"])
def test_an_image_that_is_not_built_on_its_declared_base_is_refused(base: str) -> None:
    """Another base, a longer one, and one without layers, which every image would be built on."""
    with pytest.raises(Refused, match="its first layers are not those of its base"):
        resolve("train", base)


def test_a_base_that_nobody_can_read_is_refused() -> None:
    """Not in the registry, or the image is pinned in another one."""
    with pytest.raises(Refused, match="not in the registry"):
        resolve("train", "gone")
    with pytest.raises(Refused, match="can have no base"):
        images.resolve(CLIENTS, "docker.io/train@sha256:" + "0" * 64, f"{REGISTRY}/ml:base")


@pytest.mark.parametrize("image", ["docker.io/train:1", "docker.io/train@sha256:abc", f"{REGISTRY}/ml@sha256:abc"])
def test_what_no_registry_can_resolve_is_refused(image: str) -> None:
    """A plan of an older configuration may hold it; today's is refused with its place before that."""
    with pytest.raises(Refused, match="expected name@sha256: and 64 digits"):
        images.resolve(CLIENTS, image)
