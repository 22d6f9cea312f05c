"""Evidence expires: by age, by a new image or code, by a newer verdict; what is green soaks before a cutover. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model.clock import parse_iso
from harness.model.job import Job, Json, Side
from harness.model.plan import Identity, Plan
from harness.model.policy import DAY, Policy
from harness.model.repository import Repository
from harness.model.verdict import Decision, LedgerPrefix, PastVerdict, Reason

AGAIN = "run a new campaign"
AHEAD_SECONDS_MAX = 300
"""How far the clock that planned may be ahead of the one that judges."""


@dataclass(frozen=True, slots=True)
class Current:
    """What is known of a job as it would cut over today; what is None or empty is not known, and not compared."""

    job: Job | None = None
    """From today's repos.yaml."""
    image: str = ""
    """Digest, of the manifest or of the configuration."""
    code: str = ""
    absent_from: str = ""
    """Today's repos.yaml that was read and does not have the job; empty: it has it, or none was read."""


def expired(plan: Plan, policy: Policy, judged_at: str) -> tuple[Reason, ...]:
    """Give the reason why evidence is too old by the policy, or dated in the future; its age counts from the plan."""
    age = parse_iso(judged_at) - parse_iso(plan.created_at)
    if age < -AHEAD_SECONDS_MAX:
        text = f"The plan is dated {plan.created_at}, later than it is judged ({judged_at})."
        return (Reason("inconclusive:future", text, (), "find out whose clock was wrong, and run a new campaign"),)
    if age <= policy.evidence_seconds_max:
        return ()
    text = f"The evidence is {_days(age)} old; after {_days(policy.evidence_seconds_max)} it expires."
    return (Reason("inconclusive:age", text, (), AGAIN),)


def reasons_today(
    plan: Plan, repository: Repository, prefix: LedgerPrefix, current: Mapping[str, Current]
) -> tuple[Reason, ...]:
    """Give the reasons why a campaign that was judged earlier does not count today.

    `current`: by repository/job; `prefix`: what today's ledger says.
    """
    return (
        *_changed(plan, repository, current),
        *_superseded(plan, prefix.verdicts),
        *_soaking(plan, repository.policy, prefix.verdicts),
    )


# -- image and code ---------------------------------------------------------------------------------------------------


def _changed(plan: Plan, repository: Repository, current: Mapping[str, Current]) -> Iterator[Reason]:
    planned = {f"{repository.name}/{job.name}" for job in repository.jobs}
    for name in sorted(name for name in current.keys() - planned if name.startswith(f"{repository.name}/")):
        text = f"{name} would cut over today, and the campaign has no evidence of it."
        yield Reason("inconclusive:unproven", text, (), AGAIN)
    for job in repository.jobs:
        name = f"{repository.name}/{job.name}"
        now = current.get(name)
        if now and now.absent_from:
            text = f"{now.absent_from} has no {name} today; the evidence is of a job that would not cut over."
            yield Reason("inconclusive:absent", text, (), f"{AGAIN}, or name the repos.yaml that would cut over")
        for what, then, today in _differences(job, plan.identities[name], now) if now else ():
            text = f"{what} of {job.name} is {today} today; the evidence is of {then}."
            yield Reason(f"inconclusive:changed-{what.lower()}", text, (), AGAIN)


def _differences(job: Job, identity: Identity, now: Current) -> Iterator[tuple[str, str, str]]:
    known = {identity.image.reference.rpartition("@")[2], identity.image.config_digest}
    if now.image and now.image.rpartition("@")[2] not in known:
        yield "Image", identity.image.reference, now.image
    elif now.job and now.job.image != job.image and now.job.image.rpartition("@")[2] not in known:
        yield "Image", job.image, now.job.image
    code = now.code or (now.job.code if now.job else None)
    if code and code != identity.code:
        yield "Code", identity.code or "no revision that is known", code
    if now.job:
        for side in Side:
            yield from _written(side, job, now.job)
        yield from _shared(job, now.job)


def _written(side: Side, then: Job, now: Job) -> Iterator[tuple[str, str, str]]:
    """Compare what a side is told to do, as written."""
    one, other = then.sides[side], now.sides[side]
    pairs: tuple[tuple[str, Json, Json], ...] = (
        ("Command", list(one.command), list(other.command)),
        ("Parameters", dict(one.parameters), dict(other.parameters)),
        ("Environment", dict(one.environment), dict(other.environment)),
        ("Instance", one.instance_type, other.instance_type),
        ("Reading", str(one.reading), str(other.reading)),
        ("Sidecars", str(one.sidecars), str(other.sidecars)),
    )
    for what, before, today in pairs:
        if before != today:
            yield what, f"{before} ({side.value})", str(today)


def _shared(then: Job, now: Job) -> Iterator[tuple[str, str, str]]:
    """Compare what the job is given on both sides; which data an input holds changes from day to day."""
    before, today = ({given.name: dict(given.path) for given in job.inputs} for job in (then, now))
    if before != today:
        yield "Inputs", ", ".join(before) or "none", ", ".join(today) or "none"
    limits = {
        "Kind": (then.kind, now.kind),
        "Resources": (then.resources, now.resources),
        "Time-limit": (then.time_limit_seconds, now.time_limit_seconds),
        "Retries": (then.retries, now.retries),
        "Expected": (then.expected, now.expected),
        "Outputs": tuple([(output.name, dict(output.path)) for output in job.outputs] for job in (then, now)),
        "Metrics": tuple([(metric.name, metric.regex) for metric in job.metrics] for job in (then, now)),
        "Cadence": (then.cadence_seconds, now.cadence_seconds),
    }
    for what, (one, other) in limits.items():
        if one != other:
            yield what, str(one), str(other)


# -- newer verdicts, and soak -----------------------------------------------------------------------------------------


def _superseded(plan: Plan, verdicts: tuple[PastVerdict, ...]) -> Iterator[Reason]:
    """Refuse a GO of the past when the newest campaign of the repository is no GO."""
    matches = (number for number, verdict in enumerate(verdicts) if verdict.campaign == plan.campaign)
    place = max(matches, default=len(verdicts))
    last = verdicts[-1] if place + 1 < len(verdicts) else None
    if last and last.decision is not Decision.GO:
        text = f"A newer campaign, {last.campaign}, ended {last.decision.value} on {last.at[:10]}."
        yield Reason("inconclusive:superseded", text, (), "look at the newer campaign, and run another")


def _soaking(plan: Plan, policy: Policy, verdicts: tuple[PastVerdict, ...]) -> Iterator[Reason]:
    if not policy.soak_seconds:
        return
    green = green_seconds(verdicts, policy)
    if green >= policy.soak_seconds and any(verdict.campaign == plan.campaign for verdict in verdicts):
        return
    text = f"Campaigns have been green for {_days(green)}; the policy asks for {_days(policy.soak_seconds)} of soak."
    remedy = f"run a campaign that is GO {_days(policy.soak_seconds)} after the first one that is"
    yield Reason("inconclusive:soak", text, (), remedy)


def green_seconds(verdicts: tuple[PastVerdict, ...], policy: Policy) -> float:
    """Say how long the last verdicts in a row are GO, from the first of them to the last.

    A gap in which the evidence expired begins a new row: nobody looked.
    """
    since = until = 0.0
    for verdict in verdicts:
        at = parse_iso(verdict.at)
        if verdict.decision is not Decision.GO:
            since = until = 0.0
        elif not until or at - until > policy.evidence_seconds_max:
            since = until = at
        else:
            until = at
    return until - since


def _days(seconds: float) -> str:
    whole = seconds / DAY
    return f"{whole:.0f} days" if whole == round(whole) and whole != 1 else f"{whole:.1f} days"
