"""How the cases of both platforms' truth tables are handed to tests and compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pytest

from harness.model.truth import Truth


class Titled(Protocol):
    """A case that says what it is about."""

    @property
    def title(self) -> str:
        """One line that tells this case from its neighbours."""


def told(truth: Truth) -> tuple[str, str]:
    """Write a truth as cases do."""
    return f"{truth.work} {truth.platform} {truth.klass or '-'}", " ".join(sorted(truth.also))


def named(cases: Mapping[str, tuple[Titled, ...]]) -> list[object]:
    """Give every case under its class."""
    return [pytest.param(klass, case, id=f"{klass}: {case.title}") for klass, mine in cases.items() for case in mine]
