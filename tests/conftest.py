"""Settings for all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The machines that run this are shared: speed is no property of the code, so no example may fail for slowness.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("shared")
