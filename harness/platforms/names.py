"""Names of platforms as they are written in `repos.yaml`."""

from __future__ import annotations

from harness.fields.words import refuse
from harness.platforms import PLATFORMS


def check_name(value: object) -> object:
    """Refuse a platform that nothing installed provides."""
    if isinstance(value, str) and value not in PLATFORMS:
        known = ", ".join(PLATFORMS.plugins)
        raise refuse("one of: " + known)
    return value
