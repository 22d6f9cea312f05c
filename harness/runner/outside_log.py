"""The bytes of the log of what a blocked run tried to do outside → an `OutsideLog`, read strictly. Pure."""

from __future__ import annotations

from harness.backends.base import OUTSIDE_BYTES_MAX
from harness.model import strict_json
from harness.model.job import Json
from harness.model.observation import Attempt, OutsideLog

SCHEMA = "parity.effects/1"


def read_outside(data: bytes | None) -> tuple[OutsideLog | None, tuple[str, ...]]:
    """Read the log; with a note where there is one that can't be read."""
    if data is None:
        return None, ()
    try:
        value = strict_json.read(data, bytes_max=OUTSIDE_BYTES_MAX)
    except strict_json.StrictError as error:
        return None, (f"effects.json: {error}",)
    match value:
        case {"schema": schema, "stopped": list(stopped), "left_out": int(left_out)} if schema == SCHEMA:
            attempts = [_attempt(item) for item in stopped]
            if left_out >= 0 and all(attempts):
                return OutsideLog(tuple(attempt for attempt in attempts if attempt), left_out), ()
    return None, (f"effects.json: not a {SCHEMA}",)


def _attempt(item: Json) -> Attempt | None:
    match item:
        case {"verb": str(verb), "place": str(place), "times": int(times)} if times > 0:
            return Attempt(verb, place, times)
    return None
