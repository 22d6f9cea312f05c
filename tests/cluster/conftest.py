"""One real cluster for all tests of this folder; `nox -s cluster` runs them, the default session leaves them out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import choosing

REQUIRED = "PARITY_REQUIRE_CLUSTER"
"""Set to 1, it turns the skip into a failure."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """Give the kubeconfig of a real cluster that has the busybox image."""
    given = choosing.chosen()
    if isinstance(given, str):
        if os.environ.get(REQUIRED) == "1":
            pytest.fail(f"{given} ({REQUIRED}=1)")
        pytest.skip(given)
    with given() as kubeconfig:
        yield kubeconfig


@pytest.fixture(scope="session")
def image() -> str:
    """Name the busybox image."""
    return choosing.image()
