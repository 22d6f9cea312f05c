"""Every run's ticket was closed, by the clerk's word."""

from __future__ import annotations

from collections.abc import Iterator

from harness.campaign.check import RunCheck, RunEvidence
from harness.model.event import Witness
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Job, Side


def _requires(job: Job) -> tuple[str, ...]:
    return tuple(f"{job.name}/{side.value}" for side in Side) if job.kind == "wordlist" else ()


def _check(of: RunEvidence) -> Iterator[Finding]:
    if of.job.kind != "wordlist":
        return
    said = [event.label for event in of.run.events if event.witness is Witness.OUTSIDE]
    outcome = Outcome.INCONCLUSIVE if not said else Outcome.MATCH if said[-1] == "closed" else Outcome.MISMATCH
    text = f"The ticket of {of.run.run.id} is {said[-1] if said else 'not known'}."
    subject = f"{of.job.name}/{of.run.run.side.value}"
    yield Finding("tickets", Dimension.EVIDENCE, subject, of.pair, outcome, text)


CHECK = RunCheck("tickets", Dimension.EVIDENCE, _requires, _check)
