"""What `parity gate` prints for programs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from harness.model.verdict import Verdict
from harness.report.text import safe_text


def row(verdict: Verdict, anchored: str, passing: Collection[str]) -> Mapping[str, str | bool]:
    """Give one repository's row; `passing`: repositories that may cut over."""
    reason = verdict.reasons[0]
    return {
        "repository": verdict.repository,
        "campaign": verdict.campaign,
        "verdict": verdict.decision.value,
        "evidence": verdict.evidence.value,
        "anchored": anchored,
        "passes": verdict.repository in passing,
        "code": reason.code,
        "reason": safe_text(reason.sentence),
    }
