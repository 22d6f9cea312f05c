"""Endpoints that a process is told of → one finding: nobody checked what answers there. Pure.

Buckets are none of them: what lies there is an input, an output or an effect.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.compare.configuration_finding import finding
from harness.compare.environment import OURS, Origin, ProcessEnvironments
from harness.config.outside import places_outside
from harness.model.finding import Finding, Outcome
from harness.model.job import Side
from harness.model.observation import Record
from harness.platforms import training_layout

CHECK = "endpoints"


def check_endpoints(pair: str, seen: ProcessEnvironments, one: Record, other: Record) -> Iterator[Finding]:
    """Name the variables and parameters that hold an address, as not checked; none: say nothing."""
    names: dict[str, None] = {}
    for side, record in zip(Side, (one, other), strict=True):
        environment = {name: value for name, value in record.environment.items() if _asked(seen, side, name)}
        given = {name: parameter.value for name, parameter in record.parameters.items()}
        told = places_outside({"environment": environment, "parameters": given})
        names |= {outside.where.partition(".")[2]: None for outside in told if outside.kind != "bucket"}
    if names:
        text = f"what answers at {', '.join(names)} was not checked"
        remedy = "nothing, as long as both sides may ask there; declare what the job changes there under effects"
        yield finding(seen.job, pair, CHECK, Outcome.NOT_RUN, summary=text, remedy=remedy, required=False)


def _asked(seen: ProcessEnvironments, side: Side, name: str) -> bool:
    own = (OURS, *((training_layout.VARIABLES,) if training_layout.is_laid_out(seen.job) else ()))
    return not name.startswith(own) and seen.origin(side, name) is not Origin.PLATFORM
