"""Names and values of other systems, as far as `repos.yaml` may hold them."""

from __future__ import annotations

import re

from harness.scrub import detect

_NAME_MAX = 36
"""Short enough to stand beside a job's name in one label of Kubernetes."""


def label(text: str) -> str:
    """Make a name that both platforms accept of any text."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_NAME_MAX].strip("-")
    return made or "job"


def is_variable(name: str) -> bool:
    """Tell whether a variable may be named in the file."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,255}", name) is not None and not name.startswith("PARITY_")


def may_be_written(name: str, value: str) -> bool:
    """Tell whether a variable may stand in the file; credentials never may."""
    return is_variable(name) and not detect.rule_of(name, value)
