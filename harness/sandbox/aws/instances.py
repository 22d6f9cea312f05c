"""How much memory an instance type has: of the general families, which follow one rule. Pure."""

from __future__ import annotations

import re

GIB = 1024**3
_GIB_PER_CPU = {"c": 2, "m": 4, "r": 8, "t": 4}
"""Compute, general, memory and burstable families (EC2 user guide, instance types; `t` from large on)."""
_TYPE = re.compile(r"ml\.(?P<family>[cmrt])\d[adgi]*\.(?P<times>\d*)(?P<size>large|xlarge)")


def memory_bytes_of(instance_type: str) -> int | None:
    """Give the memory of an instance type; None for one of another family."""
    found = _TYPE.fullmatch(instance_type)
    if found is None:
        return None
    cpus = 2 if found["size"] == "large" else 4 * int(found["times"] or 1)
    return cpus * _GIB_PER_CPU[found["family"]] * GIB
