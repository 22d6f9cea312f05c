"""What the harness plans is written as the API server keeps it, so that a lost reply leads to adoption."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cluster.scenarios import QUANTITIES
from hypothesis import given
from hypothesis import strategies as st

from harness.backends.kubernetes.manifest import quantity

FACTORS = {"m": "0.001", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15", "E": "1e18"}


@pytest.mark.parametrize(("thousandths", "written"), QUANTITIES)
def test_a_quantity_is_written_as_a_real_api_server_stores_it(thousandths: int, written: str) -> None:
    """It stores `1` for a planned `1000m`; `tests/cluster/test_backend.py` asks a real one for all of these."""
    assert quantity(thousandths) == written


@given(st.integers(0, 10**21))
def test_no_quantity_changes_its_value(thousandths: int) -> None:
    """Read again, it is the same number."""
    written = quantity(thousandths)
    digits, suffix = (written[:-1], written[-1]) if written[-1] in FACTORS else (written, "")
    assert Decimal(digits) * Decimal(FACTORS.get(suffix, "1")) * 1000 == thousandths
