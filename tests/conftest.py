"""Settings for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The machines that run this are shared: speed is no property of the code, so no example may fail for slowness.
# Examples are the same in every run, so that a change fails for what it changed. New ones are looked for on purpose:
# pytest --hypothesis-profile explore
_ANY_SPEED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("shared", _ANY_SPEED, derandomize=True)
settings.register_profile("explore", _ANY_SPEED, derandomize=False)
settings.load_profile("shared")


CLUSTER = Path(__file__).with_name("cluster")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the real cluster to the session that names its folder (`nox -s cluster`)."""
    if collection_path == CLUSTER and not any("cluster" in Path(argument).parts for argument in config.args):
        return True
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest and mostly waits, so that the workers end together."""
    items.sort(key=lambda each: each.get_closest_marker("e2e") is None)
