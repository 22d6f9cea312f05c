"""SageMaker as a value of the registry of platforms."""

from __future__ import annotations

from collections.abc import Iterable

from harness.model.event import Event
from harness.model.truth import Truth
from harness.platforms.base import Platform, TruthEvidence
from harness.platforms.sagemaker.rules import RULES, seen_of
from harness.platforms.sagemaker.truth import decide


def _truth(evidence: TruthEvidence) -> Truth:
    return decide(seen_of(evidence.events, evidence.record, evidence.outputs))


def _ending_is_known(events: Iterable[Event]) -> bool:
    """Its record of a job tells the whole ending at once."""
    del events
    return True


PLATFORM = Platform(
    name="sagemaker",
    title="SageMaker",
    truth=_truth,
    rules=RULES,
    out_of_scope=(),
    swallowed="S01",
    phase_source="status transitions",
    ending_is_known=_ending_is_known,
    carries_outputs=True,
)
