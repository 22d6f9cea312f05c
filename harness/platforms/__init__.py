"""What is known of each platform. A side of a repository names its platform; others register as `parity.platforms`."""

from __future__ import annotations

from collections.abc import Iterable

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
