"""Both sides' outputs are what their owner expects, and not only the same."""

from __future__ import annotations

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import expectations
from harness.model.finding import Dimension, Finding
from harness.model.job import Side
from harness.model.observation import Observation


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    return expectations.check_expectations(of.job, {side: _runs(of, side) for side in Side}, of.open_payload)


def _runs(of: JobEvidence, side: Side) -> tuple[Observation, ...]:
    """Give every run of one side, those of pairs and those that repeat them, once."""
    every = (*(couple.of(side) for couple in of.couples), *of.repeats[side])
    return tuple({observation.run.id: observation for observation in every}.values())


CHECK = JobCheck("expectations", Dimension.OUTPUTS, expectations.required, _judge)
