"""The small face: exactly the names that are promised, each where the table says, loaded on use."""

from __future__ import annotations

import subprocess
import sys

import pytest

import harness


def test_every_public_name_is_there_and_sorted() -> None:
    """`__all__`, `dir` and the table of homes are one list."""
    assert harness.__all__ == sorted(harness.__all__) == sorted(harness._HOMES) == dir(harness)
    assert all(getattr(harness, name) is not None for name in harness.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As from any module."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        harness.__getattr__("nonsense")


def test_importing_the_package_loads_nothing_else() -> None:
    """Neither a client nor an engine."""
    code = "import sys, harness; print(*(each for each in sys.modules if each.startswith('harness')))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["harness"]
