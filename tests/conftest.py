"""Settings for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

# The machines that run this are shared: speed is no property of the code, so no example may fail for slowness.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("shared")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest and mostly waits, so that two workers end together."""
    items.sort(key=lambda each: each.get_closest_marker("e2e") is None)
