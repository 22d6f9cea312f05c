"""The decision record: what was decided about one repository, on what, by whom. Prints on two pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.model.verdict import Verdict
from harness.report.render import document
from harness.report.text import safe_text


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """All that the record shows."""

    verdict: Verdict
    owner: str
    tier: str
    standing: str
    """What the sign-off is worth, in a sentence."""
    signers: tuple[str, ...]
    needed: int
    author: str
    signed_at: str
    expires_at: str
    images: Mapping[str, str]
    digests: Mapping[str, str]
    steps: tuple[tuple[str, str, str, str], ...]
    """When, stage, by whom, why."""


REASONS_MAX = 12
STEPS_MAX = 12
"""What two printed pages hold; the rest stands in the verdict and in the ledger beside it."""


def decision_page(record: DecisionRecord) -> bytes:
    """Draw the record as one self-contained page."""
    verdict = record.verdict
    return document(
        "decision.html",
        record=record,
        verdict=verdict,
        reasons=[safe_text(reason.sentence) for reason in verdict.reasons[:REASONS_MAX]],
        reasons_left=len(verdict.reasons[REASONS_MAX:]),
        totals=[(name, count) for name, count in verdict.totals.items() if count],
        not_checked=[safe_text(text) for text in verdict.not_checked[:REASONS_MAX]],
        relied_on=sorted(name for hits in (verdict.waivers, verdict.rulings) for name, count in hits.items() if count),
        steps=[tuple(safe_text(text) for text in step) for step in record.steps[-STEPS_MAX:]],
        signers=[safe_text(name) for name in record.signers],
    )
