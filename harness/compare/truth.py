"""What really happened in one run, decided from all witnesses by written rules. Pure.

Work is what the process did, platform is what the job was marked. A missing witness makes a word unknown, never a
guess; the shim testifies as the suspect, so it may add doubt or detail, and work counts as done only when the platform
or an artifact agrees (docs/judging.md, "Truth").
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.event import Event
from harness.model.job import Job
from harness.model.observation import LogFacts, OutputSeen, Record
from harness.model.truth import Truth
from harness.platforms import platform_of
from harness.platforms.base import TruthEvidence


def decide(
    events: Sequence[Event],
    record: Record | None,
    outputs: tuple[OutputSeen, ...],
    log: LogFacts | None,
    job: Job | None,
    platform: str,
) -> Truth:
    """Decide one run; `job` None: nothing is known of what was declared (a file of records)."""
    declared = tuple(output for output in outputs if output.declared) if job else ()
    carried = tuple(output for output in declared if not not_carried(output.name, record))
    known = bool(declared) and carried == declared
    evidence = TruthEvidence(events, record, carried, known, log.complaint if log else "")
    return platform_of(platform).truth(evidence)


def not_carried(name: str, record: Record | None) -> str:
    """Give the shim's word that it failed to hash or upload an output, whose absence then says nothing; else empty."""
    troubles = record.troubles if record else ()
    return next((trouble for trouble in troubles if trouble.startswith((f"upload {name}:", f"output {name}:"))), "")
