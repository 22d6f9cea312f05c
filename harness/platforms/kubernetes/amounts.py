"""Kubernetes' quantities. Source: apimachinery's Quantity. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

_WRITTEN = re.compile(r"([-+]?[0-9.]+)(?:([eE][-+]?[0-9]+)|([numkMGTPE]|[KMGTPE]i)?)")
_UNITS = {
    "n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1),
    "k": Decimal("1e3"), "M": Decimal("1e6"), "G": Decimal("1e9"), "T": Decimal("1e12"), "P": Decimal("1e15"),
    "E": Decimal("1e18"),
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}  # fmt: skip


def amount(written: object) -> Decimal | None:
    """Read a quantity, in cores, bytes or pieces; None: it is none."""
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        return None
    found = _WRITTEN.fullmatch(str(written))
    if found is None or found[1].count(".") > 1 or not any(digit.isdigit() for digit in found[1]):
        return None
    return Decimal(found[1] + (found[2] or "")) * _UNITS[found[3] or ""]
