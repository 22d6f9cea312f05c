"""Every class of disagreement that a platform knows, found by its id."""

from __future__ import annotations

from typing import Any

from harness.platforms import platforms
from harness.platforms.rule import Rule


def rule_named(name: str) -> Rule[Any] | None:
    """Find a rule by its id."""
    every = (rule for platform in platforms() for rule in platform.rules)
    return next((rule for rule in every if rule.id == name.upper()), None)
