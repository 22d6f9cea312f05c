"""What really happened in one run, decided from all witnesses by written rules. Pure.

Work is what the process did, platform is what the job was marked. A missing witness makes a word unknown, never a
guess; the shim testifies as the suspect, so it may add doubt or detail, and work counts as done only when the platform
or an artifact agrees (docs/judging.md, "Truth").
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.compare import rules_sagemaker, truth_kubernetes, truth_sagemaker
from harness.compare.witnesses import witnesses_of
from harness.model.event import Event
from harness.model.job import Job, Side
from harness.model.observation import LogFacts, OutputSeen, Record
from harness.model.truth import Truth


def decide(
    events: Sequence[Event],
    record: Record | None,
    outputs: tuple[OutputSeen, ...],
    log: LogFacts | None,
    job: Job | None,
    side: Side,
) -> Truth:
    """Decide one run; `job` None: nothing is known of what was declared (a file of records)."""
    declared = tuple(each for each in outputs if each.declared) if job else ()
    carried = tuple(each for each in declared if not not_carried(each.name, record))
    if side is Side.CANDIDATE:
        return truth_sagemaker.decide(rules_sagemaker.seen_of(events, record, carried))
    seen = witnesses_of(
        events,
        lost=tuple(each.name for each in carried if each.absent and not each.damage),
        outputs_known=bool(declared) and carried == declared,
        complaint=log.complaint if log else "",
    )
    return truth_kubernetes.decide(seen, record)


def not_carried(name: str, record: Record | None) -> str:
    """Give the shim's word that it failed to hash or upload an output, whose absence then says nothing; else empty."""
    troubles = record.troubles if record else ()
    return next((each for each in troubles if each.startswith((f"upload {name}:", f"output {name}:"))), "")
