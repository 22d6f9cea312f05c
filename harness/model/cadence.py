"""Cadence: how often a job runs, and whether its campaign starts one cycle a slot. Values only."""

from __future__ import annotations

from harness.model.job import Job

PACED_SECONDS_MAX = 3600
"""Longer slots are not waited for: no pool is kept longer (KEEP_ALIVE_MAX_SECONDS), so a cycle finds nothing of the one
before it, and pairs that follow each other stand for cycles."""


def is_paced(job: Job) -> bool:
    """Tell whether a campaign starts the job's pairs one a slot."""
    return job.cadence_seconds is not None and job.cadence_seconds <= PACED_SECONDS_MAX
