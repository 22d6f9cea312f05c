"""What is known of each platform. A side of a repository names its platform; others register as `parity.platforms`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from harness.model.repository import Home
from harness.platforms.base import Platform
from harness.plugins import Registry

PLATFORMS = Registry(
    "parity.platforms",
    Platform,
    {
        "kubernetes": "harness.platforms.kubernetes.platform:PLATFORM",
        "sagemaker": "harness.platforms.sagemaker.platform:PLATFORM",
    },
)


def platform_of(name: str) -> Platform:
    """Give the platform of this name.

    Raises:
        PluginUnusable: no installed distribution provides it.
    """
    return PLATFORMS.get(name)


def platforms() -> Iterable[Platform]:
    """Give every platform, the built-in ones first."""
    return PLATFORMS


def read_home(kind: type, value: object) -> object:
    """Read where a side runs, for decoders that meet a `Home`: its platform says which kind of home it is.

    What was stored before sides named their platform has none; only SageMaker's had a role.
    """
    if kind is Home and isinstance(value, Home):
        return value
    if kind is not Home or not isinstance(value, Mapping):
        message = f"no reader of {kind}"
        raise NotImplementedError(message)
    name = value.get("platform") or ("sagemaker" if "role" in value else "kubernetes")
    return msgspec.convert(value, platform_of(str(name)).home, strict=True)
