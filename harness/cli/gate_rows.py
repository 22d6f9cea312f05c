"""What `parity gate` prints for programs."""

from __future__ import annotations

from collections.abc import Collection

from harness.cli import rows
from harness.model.verdict import Verdict
from harness.report.text import safe_text

SCHEMA = "parity.gate/1"
_COLUMNS = {
    "repository": "string", "campaign": "string", "verdict": "string", "evidence": "string", "anchored": "string",
    "passes": "boolean", "code": "string", "reason": "string",
}  # fmt: skip


def row(verdict: Verdict, anchored: str, passing: Collection[str]) -> rows.Row:
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


def schema() -> dict[str, object]:
    """Give the JSON Schema of the document."""
    return rows.schema_of(SCHEMA, "parity gate", _COLUMNS)
