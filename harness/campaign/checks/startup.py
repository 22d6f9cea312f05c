"""The candidate reaches its first instruction no later than the policy allows."""

from __future__ import annotations

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import lazy_images, metrics, startup
from harness.judge.carry import FIRST_INSTRUCTION
from harness.judge.startup import startup_finding
from harness.model.finding import Dimension, Finding
from harness.model.job import Side


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    job, policy = of.job, of.repository.policy
    synthetic = of.plan.is_synthetic(of.repository.name)
    sample = startup.first_instruction_sample(of.couples, of.repeats[Side.LEGACY], of.repeats[Side.CANDIDATE])
    sample = metrics.with_times(sample, of.couples)
    earlier = of.past.series.get(FIRST_INSTRUCTION, ())
    return (
        startup_finding(job.name, sample, policy, earlier, synthetic=synthetic),
        *startup.phase_findings(job, of.couples),
        *(found for side in Side for found in startup.warm_findings(job, side, of.repeats[side])),
        *lazy_images.claimed(job),
    )


CHECK = JobCheck("startup", Dimension.STARTUP, startup.required, _judge)
