"""Earlier campaigns' evidence and what a job stands on now → what counts, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.model.carry import Carried, Standing, Tally
from harness.model.job import Job, Metric
from harness.model.policy import Change, Policy, Survival

FIRST_INSTRUCTION = "first-instruction"


def changes(then: Standing, now: Standing) -> tuple[Change, ...]:
    """List what differs between two standings of one job."""
    differs = {
        Change.CODE: (then.image, then.code) != (now.image, now.code),
        Change.PARAMETERS: then.parameters != now.parameters,
        Change.INPUTS: then.inputs != now.inputs,
        Change.INSTANCE: then.instance != now.instance,
        Change.RESOURCES: then.resources != now.resources,
        Change.FAMILY: then.cell.family != now.cell.family,
        Change.KIND: then.cell.kind != now.cell.kind,
        Change.BASE: then.cell.base != now.cell.base,
    }
    return tuple(change for change, differ in differs.items() if differ)


def survives(policy: Policy, changed: Sequence[Change]) -> bool:
    """Tell by the policy's table whether state facts outlive all of these changes."""
    return all(policy.carry.get(each, Survival.NOTHING) is Survival.STATE for each in changed)


def carried(policy: Policy, now: Standing, earlier: Sequence[Tally]) -> tuple[Carried, ...]:
    """Say of each earlier campaign of a job what counts.

    A false success ends what counts for: clean pairs up to it are dropped, while what counts against stays.
    """
    mine = [each for each in earlier if (each.standing.repository, each.standing.job) == (now.repository, now.job)]
    broken = max((n for n, each in enumerate(mine) if _breaks(policy, each, now)), default=-1)
    return tuple(_carried(policy, now, each, after=n > broken) for n, each in enumerate(mine))


def _breaks(policy: Policy, tally: Tally, now: Standing) -> bool:
    return tally.false_success > 0 and survives(policy, changes(tally.standing, now))


def _carried(policy: Policy, now: Standing, tally: Tally, *, after: bool) -> Carried:
    changed = changes(tally.standing, now)
    named = ", ".join(each.value for each in changed)
    if not survives(policy, changed):
        fatal = ", ".join(each.value for each in changed if not survives(policy, (each,)))
        return Carried(tally.campaign, now.job, changed, 0, 0, f"nothing survives a change of {fatal}")
    if not after:
        why = "a false success came in this campaign or after it; only what counts against stays"
        return Carried(tally.campaign, now.job, changed, 0, tally.unclean, why)
    why = f"state facts survive a change of {named}" if named else "the same in all that counts"
    return Carried(tally.campaign, now.job, changed, tally.clean, tally.unclean, why)


def same_image_false_success(now: Standing, earlier: Sequence[Tally]) -> str:
    """Name the last campaign in which this very image and code gave a false success; empty: none did."""
    found = [
        each.campaign
        for each in earlier
        if each.false_success and each.standing.job == now.job and each.standing.repository == now.repository
        if (each.standing.image, each.standing.code) == (now.image, now.code)
    ]
    return found[-1] if found else ""


# -- metrics ----------------------------------------------------------------------------------------------------------


def claim_of(metric: Metric) -> str:
    """Say what a proof of a metric claims: this number, equal within this margin, and no other."""
    of = metric.examples or metric.regex
    return f"{metric.name} ({of}) within {metric.margin_absolute!r} or {metric.margin_relative!r} of legacy"


def startup_claim(policy: Policy) -> str:
    """Say what a proof of the time to the first instruction claims."""
    return f"at most {policy.startup_ratio_max!r} times legacy or {policy.startup_floor_seconds!r} s more"


def claims(job: Job, policy: Policy) -> Mapping[str, str]:
    """List what must be proven of a job, by metric; startup where it decides."""
    found = {each.name: claim_of(each) for each in job.metrics if each.critical}
    return {**found, FIRST_INSTRUCTION: startup_claim(policy)} if policy.startup_required else found


def proven(job: Job, policy: Policy, now: Standing, earlier: Sequence[Tally]) -> frozenset[str]:
    """Name the metrics that an earlier campaign proved and that confirming pairs may carry over.

    The last campaign that tested a metric decides: one that did not prove it takes the proof away.
    """
    wanted = {**{each.name: claim_of(each) for each in job.metrics}, FIRST_INSTRUCTION: startup_claim(policy)}
    standing = [
        each
        for each in earlier
        if (each.standing.repository, each.standing.job) == (now.repository, now.job)
        if survives(policy, changes(each.standing, now))
    ]
    return frozenset(name for name, claim in wanted.items() if _last_word(name, standing) == claim)


def _last_word(name: str, tallies: Sequence[Tally]) -> str:
    words = [each.proven.get(name, "") for each in tallies if name in each.proven or name in each.failed]
    return words[-1] if words else ""


def to_be_tested(job: Job, policy: Policy, now: Standing, earlier: Sequence[Tally]) -> Iterator[str]:
    """Name what only a test of this campaign can prove: neither proven before nor bit-identical when last seen."""
    known = proven(job, policy, now, earlier)
    last = [each for each in earlier if (each.standing.repository, each.standing.job) == (now.repository, now.job)][-1:]
    exact = {name for each in last if survives(policy, changes(each.standing, now)) for name in each.exact}
    yield from (name for name in claims(job, policy) if name not in known and name not in exact)
