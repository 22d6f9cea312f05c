"""Both sides' outputs are what their owner expects, and not only the same."""

from __future__ import annotations

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import expectations
from harness.model.finding import Dimension, Finding
from harness.model.job import Side


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    return expectations.check_expectations(of.job, {side: of.runs(side) for side in Side}, of.open_payload)


CHECK = JobCheck("expectations", Dimension.OUTPUTS, expectations.required, _judge)
