"""Whether two runs are a pair at all: one identity on both sides, and no cause that voids it. Pure."""

from __future__ import annotations

import hashlib

from harness.compare.endings import truth_of
from harness.model.event import INTERRUPTED, STUCK, Kind, Role
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Job, ShimMode, Side
from harness.model.observation import CHANGED, INPUT_MISSING, Observation
from harness.model.plan import Identity, ImageIdentity
from harness.model.truth import PLATFORM_CAUSES, Work
from harness.platforms import platform_of
from harness.platforms.exits import SHIM_CREDENTIALS, SHIM_INPUTS, SHIM_REFUSED

DONE_OTHERWISE, SEEN_OTHERWISE = ("input", "parameters", "layout"), ("upload", "output")
"""Troubles of the shim that change what the job could do, and what could be seen of it."""


_UNREAD = "unread"
_NOTHING = {
    _UNREAD: "was looked at by nobody, on either side",
    hashlib.sha256().hexdigest(): "held no file on either side, so that nothing was read",
}
"""What two runs may have alike without having read the same; the second is the shim's digest of no files."""


def void_reason(job: Job, identity: Identity, legacy: Observation, candidate: Observation) -> tuple[Side, str] | None:
    """Say which side voids a pair and why: a difference that we made, or a preregistered platform cause.

    A false success is what the harness looks for: only a run that was not the planned one, or that the shim hindered,
    may take it away.
    """
    both = (legacy, candidate)
    for observation in both:
        if why := _lacked(observation):
            return observation.run.side, why
    if apart := _inputs_apart(job, legacy, candidate):
        return Side.LEGACY, apart
    for lacks in (_input_missing, _bucket_gone):
        lacked = [(observation.run.side, why) for observation in both if (why := lacks(observation))]
        if len(lacked) == 1:
            return lacked[0]
    reasons = [(observation.run.side, _ours(identity, observation)) for observation in both]
    if not any(truth_of(job, observation).false_success for observation in both):
        reasons += [
            (observation.run.side, _trouble(observation, SEEN_OTHERWISE) or platform_loss(job, observation))
            for observation in both
        ]
    return next(((side, reason) for side, reason in reasons if reason), None)


def _inputs_apart(job: Job, legacy: Observation, candidate: Observation) -> str:
    """Say which input or state the two runs did not read alike: what lay there is no difference of the job."""
    states = {given.name for given in job.inputs if given.state}
    if legacy.record is None or candidate.record is None:
        return ""
    apart = (sample.cut() for sample in _inputs(job, legacy, candidate) if sample.legacy != sample.candidate)
    first = next(apart, None)
    if first is None:
        return ""
    what = "state" if first.where in states else "input"
    return f"{what} {first.where} was not the same: {first.legacy} on legacy, {first.candidate} on candidate"


def _input_missing(observation: Observation) -> str:
    """Say which input a run could not be given; empty: none. It was there when the campaign was planned."""
    before, _, why = observation.not_submitted.partition(f"{INPUT_MISSING}: ")
    return f"its input was not there: {why}" if why and not before else ""


def _bucket_gone(observation: Observation) -> str:
    """Give a platform's word that a bucket was not there; empty: none. Buckets are looked up before the first run."""
    said = platform_of(observation.run.platform).bucket_gone(observation.events)
    return f"a bucket was not there: {said[:200]}" if said else ""


def loss(job: Job, identity: Identity, alone: Observation) -> str:
    """Say why a run that is in no pair tells nothing of its job, by the same rules; empty: it does."""
    if (reason := _ours(identity, alone)) or truth_of(job, alone).false_success:
        return reason
    return _trouble(alone, SEEN_OTHERWISE) or platform_loss(job, alone)


def _ours(identity: Identity, observation: Observation) -> str:
    """Say why a run was not the one that was planned, or was hindered by the shim; empty: neither."""
    record = observation.record
    if any(event.kind is Kind.STOP_ASKED and event.label == INTERRUPTED for event in observation.events):
        return "the campaign was interrupted, and the harness stopped the run"
    for event in observation.events:
        if event.kind is Kind.STOP_ASKED and event.label == STUCK:
            return f"it could not start, and the harness stopped it: {event.native.get('message', '')}"
    other = next((name for name in images_named(observation) if not is_planned(name, identity.image)), "")
    if changed := observation.handle.get(CHANGED):
        return f"the platform keeps another job than was sent: {changed}"
    if other:
        return f"the kubelet says that it ran image {other}, planned was {identity.image.reference}"
    if lacked := _lacked(observation):
        return lacked
    if record is None:
        refused = any(event.native.get("exitCode") == str(SHIM_REFUSED) for event in observation.events)
        return "the shim refused a specification that is not the planned one" if refused else ""
    if record.run != observation.run.id:
        return f"its record is of run {record.run}"
    if record.image_config_digest not in {None, identity.image.config_digest}:
        return f"it ran image {record.image_config_digest}, planned was {identity.image.config_digest}"
    return _trouble(observation, DONE_OTHERWISE)


def _lacked(observation: Observation) -> str:
    """Say which secret a run was not given, or which input not as it was staged for both; empty: it had all.

    Stores, rights and what lies at an input's place are none of the job's doing.
    """
    record = observation.record
    if record is not None:
        return record.refused
    codes = {event.native.get("exitCode") for event in observation.events} if observation.run.shim else set()
    lacks = {str(SHIM_INPUTS): "input not as staged", str(SHIM_CREDENTIALS): "credentials unavailable"}
    told = next((why for code, why in lacks.items() if code in codes), "")
    return f"{told}: the shim ended the run before the job's own command" if told else ""


def _trouble(observation: Observation, kinds: tuple[str, ...]) -> str:
    """Give a trouble of these kinds that the shim told; empty: it had none, or there was no shim."""
    troubles = observation.record.troubles if observation.record else ()
    trouble = next((trouble for trouble in troubles if trouble.startswith(kinds)), "")
    return f"the shim could not do its part: {trouble}" if trouble else ""


def images_named(observation: Observation) -> tuple[str, ...]:
    """List what the node called the main container's image, each once; SageMaker calls it nothing."""
    named = (event.native.get("imageID", "") for event in observation.events if event.role is Role.MAIN)
    return tuple(dict.fromkeys(name for name in named if name))


def is_planned(image_id: str, image: ImageIdentity) -> bool:
    """Tell whether an imageID can be the planned image.

    A runtime names an image by its manifest where it came from a registry (`name@sha256:…`), else by what it keeps it
    under (`sha256:…`), mostly the configuration; an older one puts its own name before. Where the plan knows no
    configuration, only a manifest can be another one.
    """
    name, _, digest = image_id.rpartition("://")[2].rpartition("@")
    known = {image.reference.rpartition("@")[2], image.config_digest}
    return digest in known or not (name or image.config_digest)


def platform_loss(job: Job, observation: Observation) -> str:
    """Say how a platform cut a run whose work it had not done; empty: it did not, or the run never reached it."""
    if observation.not_submitted:
        return ""
    truth = truth_of(job, observation)
    if truth.work is not Work.OK and truth.cause in PLATFORM_CAUSES:
        return f"the platform cut it ({truth.cause.value}): {truth.because}"
    return ""


def required(job: Job) -> tuple[str, ...]:
    """Name what every pair must have been checked for: identity, where the shim sees it from inside."""
    return (job.name,) if job.shim is ShimMode.ON else ()


def _pinned(*runs: Observation) -> str:
    """Say who vouches for the image that nobody saw from inside."""
    if not any(images_named(run) for run in runs):
        return "pinned by digest"
    words = ("as its kubelet says" if images_named(run) else f"as {_title(run)} was asked" for run in runs)
    return " and ".join(dict.fromkeys(words))


def _title(run: Observation) -> str:
    return platform_of(run.run.platform).title


def check_identity(  # noqa: PLR0917 - the evidence of one pair
    job: Job, pair: str, identity: Identity, legacy: Observation, candidate: Observation
) -> tuple[Finding, ...]:
    """Check that both runs had the planned image, parameters and inputs, as far as anybody saw."""
    one, other = legacy.record, candidate.record
    inputs = _inputs(job, legacy, candidate)
    samples = tuple(sample for sample in inputs if sample.legacy != sample.candidate)
    if samples:
        first = samples[0].cut()
        shown = f"{first.legacy} on legacy, {first.candidate} on candidate"
        outcome, text = Outcome.INCONCLUSIVE, f"input {first.where} was not the same on both sides: {shown}"
    elif one is None or other is None:
        outcome, text = Outcome.INCONCLUSIVE, "nobody saw from inside which image and inputs the runs had"
    elif unseen := next((sample for sample in inputs if sample.legacy in _NOTHING), None):
        outcome, text = Outcome.INCONCLUSIVE, f"input {unseen.where} {_NOTHING[unseen.legacy]}"
    else:
        inside = one.image_config_digest and other.image_config_digest
        seen = "seen from inside" if inside else _pinned(legacy, candidate)
        by_name = sum(sample.legacy.startswith("names:") for sample in inputs)
        how = f" ({by_name} by name and size)" if by_name else ""
        read = f", {len(inputs)} inputs read alike{how}" if inputs else ""
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
    names = [source.name for source in job.inputs if len(source.path) == len(Side)]
    return [Sample(name, one.get(name, _UNREAD), other.get(name, _UNREAD)) for name in names]
