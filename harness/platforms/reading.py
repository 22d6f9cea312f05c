"""How a side reads its parameters, where no platform helps: what then can't be done. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.model.job import Delivery, Job, ShimMode, Side
from harness.platforms.fault import Fault

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def variable_faults(job: Job, side: Side) -> Iterator[Fault]:
    """Refuse parameters that are read from the environment and have a name that no variable can have."""
    own = job.sides[side]
    if own.reading.delivery is not Delivery.ENV:
        return
    for name in own.parameters:
        if not _VARIABLE.fullmatch(name):
            found = "a name that no variable can have"
            yield Fault(
                (side.value, "parameters", name), found, "letters, digits and _: it is read from the environment"
            )


def file_faults(job: Job, side: Side, expected: str) -> Iterator[Fault]:
    """Refuse a parameter file that nobody writes: without the shim nobody writes files into a container."""
    own = job.sides[side]
    if job.shim is ShimMode.OFF and own.reading.delivery is Delivery.FILE and own.parameters:
        path = (side.value, "read_parameters")
        yield Fault(path, f"{own.reading.path} with shim: off", expected, "only the shim can write another file")
