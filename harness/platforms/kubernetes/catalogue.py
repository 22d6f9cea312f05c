"""Every class of disagreement of Kubernetes Jobs: by a Job's own records, and by what a parent says beside them."""

from __future__ import annotations

from typing import Any

from harness.platforms.kubernetes.rules_agreement import AGREEMENT
from harness.platforms.kubernetes.rules_evidence import NOTES, UNKNOWN
from harness.platforms.kubernetes.rules_false_failure import FALSE_FAILURE
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS
from harness.platforms.kubernetes.rules_no_verdict import NO_VERDICT
from harness.platforms.kubernetes.rules_parents import PARENTS
from harness.platforms.kubernetes.witnesses import Witnesses
from harness.platforms.rule import Rule

OWN: tuple[Rule[Witnesses], ...] = (
    *FALSE_FAILURE,
    *FALSE_SUCCESS,
    *UNKNOWN,
    *NO_VERDICT,
    *AGREEMENT,
    *NOTES,
)
"""Decided from a Job's own records."""
RULES: tuple[Rule[Any], ...] = (*OWN, *PARENTS)
