"""What really happened in one run, decided from all witnesses by written rules. Pure.

Work is what the process did, platform is what the job was marked. A missing witness makes a word unknown, never a
guess; the shim testifies as the suspect, so it may add doubt or detail, and work counts as done only when the platform
or an artifact agrees (docs/method.md, "Truth").
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.event import Event
from harness.model.job import Job, ShimMode
from harness.model.observation import LogFacts, OutputSeen, Record
from harness.model.truth import Truth
from harness.platforms import platform_of
from harness.platforms.base import TruthEvidence


def decide(
    events: Sequence[Event],
    record: Record | None,
    outputs: tuple[OutputSeen, ...],
    log: LogFacts | None,
    *,
    job: Job | None,
    platform: str,
) -> Truth:
    """Decide one run; `job` None: nothing is known of what was declared (a file of records)."""
    declared = tuple(output for output in outputs if output.declared) if job else ()
    carried = tuple(output for output in declared if job and not not_carried(output, record, job, platform))
    known = bool(declared) and carried == declared
    evidence = TruthEvidence(events, record, carried, known, log.complaint if log else "")
    return platform_of(platform).truth(evidence)


NO_RECORD = "the shim's record did not arrive either, and both take the same way"
"""Why an output that the shim should have uploaded is no output that the job never wrote."""


def not_carried(output: OutputSeen, record: Record | None, job: Job, platform: str) -> str:
    """Say why an absent output may have been written all the same: the shim could not hash or upload it; else empty.

    A shim that is refused its uploads (expired credentials, a bucket that is gone) can't send its record either, so a
    missing record takes the word of every absence that rests on the shim.
    """
    if not output.absent or output.damage:
        return ""
    if record is None:
        by_shim = job.shim is ShimMode.ON and not platform_of(platform).carries_outputs
        return NO_RECORD if by_shim else ""
    named = (f"upload {output.name}:", f"output {output.name}:")
    return next((trouble for trouble in record.troubles if trouble.startswith(named)), "")
