"""Whether two runs are a pair at all: one identity on both sides, and no cause that voids it. Pure."""

from __future__ import annotations

from harness.compare.endings import truth_of
from harness.compare.exits import SHIM_REFUSED
from harness.model.event import INTERRUPTED, Kind
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, Side
from harness.model.observation import Observation
from harness.model.plan import Identity
from harness.model.truth import PLATFORM_CAUSES, Work

OURS = ("upload", "input", "output", "parameters")
"""Troubles of the shim that change what the job could do or what could be seen of it."""


def void_reason(job: Job, identity: Identity, legacy: Observation, candidate: Observation) -> tuple[Side, str] | None:
    """Say which side voids a pair and why: a difference that we made, or a preregistered platform cause."""
    for each in (legacy, candidate):
        reason = _ours(identity, each) or platform_loss(job, each)
        if reason:
            return each.run.side, reason
    return None


def _ours(identity: Identity, observation: Observation) -> str:
    record = observation.record
    if any(each.kind is Kind.STOP_ASKED and each.label == INTERRUPTED for each in observation.events):
        return "the campaign was interrupted, and the harness stopped the run"
    if record is None:
        refused = any(each.native.get("exitCode") == str(SHIM_REFUSED) for each in observation.events)
        return "the shim refused a specification that is not the planned one" if refused else ""
    if record.run != observation.run.id:
        return f"its record is of run {record.run}"
    if record.image_config_digest not in {None, identity.image.config_digest}:
        return f"it ran image {record.image_config_digest}, planned was {identity.image.config_digest}"
    trouble = next((each for each in record.troubles if each.startswith(OURS)), "")
    return f"the shim could not do its part: {trouble}" if trouble else ""


def platform_loss(job: Job, observation: Observation) -> str:
    """Say how a platform cut a run whose work it had not done; empty: it did not, or the run never reached it."""
    if observation.not_submitted:
        return ""
    truth = truth_of(job, observation)
    if truth.work is not Work.OK and truth.cause in PLATFORM_CAUSES:
        return f"the platform cut it ({truth.cause.value}): {truth.because}"
    return ""


def check_identity(
    job: Job, pair: str, identity: Identity, legacy: Observation, candidate: Observation
) -> tuple[Finding, ...]:
    """Check that both runs had the planned image, parameters and inputs, as far as anybody saw."""
    one, other = legacy.record, candidate.record
    inputs = _inputs(job, legacy, candidate)
    samples = tuple(each for each in inputs if each.legacy != each.candidate)
    if samples:
        outcome, text = Outcome.MISMATCH, f"input {samples[0].where} was not the same on both sides"
    elif one is None or other is None:
        outcome, text = Outcome.INCONCLUSIVE, "nobody saw from inside which image and inputs the runs had"
    else:
        seen = "seen from inside" if one.image_config_digest and other.image_config_digest else "pinned by digest"
        read = f", {len(inputs)} inputs read alike" if inputs else ""
        outcome, text = Outcome.MATCH, f"one image ({identity.image.config_digest[:19]}…, {seen}){read}"
    return (
        Finding(
            check="identity.pair",
            dimension=Dimension.IDENTITY,
            subject=job.name,
            pair=pair,
            outcome=outcome,
            summary=text,
            samples=samples,
            remedy="" if outcome is Outcome.MATCH else "pin the input, and run both sides with the shim",
        ),
    )


def _inputs(job: Job, legacy: Observation, candidate: Observation) -> list[Sample]:
    one = legacy.record.inputs if legacy.record else {}
    other = candidate.record.inputs if candidate.record else {}
    names = [each.name for each in job.inputs if len(each.path) == len(Side)]
    return [Sample(name, one.get(name, "unread"), other.get(name, "unread")) for name in names]
