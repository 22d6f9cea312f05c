"""A job's cycle fits into the slot that its cadence gives."""

from __future__ import annotations

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import cadence
from harness.model.finding import Dimension, Finding


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    scale = of.plan.time_scale(of.repository.name)
    return cadence.slot_findings(of.job, of.couples, synthetic=of.plan.is_synthetic(of.repository.name), scale=scale)


CHECK = JobCheck("cadence", Dimension.STARTUP, cadence.required, _judge)
