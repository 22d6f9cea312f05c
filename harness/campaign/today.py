"""A stored campaign looked at today: what time, newer campaigns and today's rules have against it.

A verdict of today is never better than that of the plan's rules, and never better than that of today's: the evidence is
judged by both where they differ, and what either of them says against it counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness.campaign.changes import RuleDifference, differences, rules_of
from harness.campaign.conclude import judge, prefix_of
from harness.campaign.verified import BEFORE_DIGESTS, Verified, derive, verified
from harness.judge.expiry import AGAIN, Current, reasons_today
from harness.judge.gate import decide
from harness.model.clock import parse_iso
from harness.model.job import Job
from harness.model.policy import Policy
from harness.model.repository import Repository
from harness.model.verdict import Decision, Reason, Verdict
from harness.store import ledger
from harness.store.archive import Archive

DECIDED = frozenset(
    f"policy.{key}"
    for key in (
        "approvals",
        "approvers",
        "evidence_seconds_max",
        "loss_margin",
        "pairs",
        "preset",
        "repeats",
        "shim_off_pairs",
        "soak_seconds",
        "state_pairs_own",
        "void_share_max",
        "margin_reason",
        "waiver_days_max",
        "waivers_max",
    )
)
"""Rules that no check reads, so that findings need not be made anew when one of them is another."""
PLANNED = ("repeats", "shim_off_pairs")
"""Keys of the policy that a plan has carried out: more of it can't be had from the same evidence."""
BY_TODAY = "By today's rules: "


@dataclass(frozen=True, slots=True)
class Today:
    """What a stored campaign is looked at with, instead of what was known when it was judged."""

    judged_at: str
    entries: tuple[ledger.Entry, ...]
    current: Mapping[str, Current] = field(default_factory=dict)
    """What is known of the jobs that would cut over today, by repository/job."""
    repositories: Mapping[str, Repository] | None = None
    """As today's repos.yaml has them, by name; None: today's rules are not known."""
    against: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    """What the ledger's anchors, and what is real today, have against it, by repository."""


def look(archive: Archive, today: Today) -> tuple[Verdict, ...]:
    """Decide on every repository of a campaign as of today.

    Raises:
        EvidenceDamaged: the plan or the ledger can't be read, so that nothing at all can be decided.
    """
    return tuple(_look(found, archive, today) for found in verified(archive))


def _look(found: Verified, archive: Archive, today: Today) -> Verdict:
    plan, repository = found.schedule.plan, found.repository
    prefix = prefix_of(plan, repository, today.entries)
    now = replace(found, judgement=replace(found.judgement, judged_at=today.judged_at, prefix=prefix))
    reasons = (
        *_unkept(found),
        *_ahead(found, today),
        *_unknown(today),
        # Of a plan that is not the ledger's nothing more can be said.
        *(() if found.damaged else reasons_today(plan, repository, prefix, today.current)),
        *today.against.get(repository.name, ()),
    )
    return derive(now, (*reasons, *_by_todays_rules(now, archive, today, reasons)), then=found)


def _unkept(found: Verified) -> Iterator[Reason]:
    """Leave a campaign open of whose evidence the ledger holds no digest: nobody can tell today that it is whole."""
    if found.before_digests:
        text = f"The campaign was {BEFORE_DIGESTS}; it can be read, and no cutover may rest on it."
        yield Reason("inconclusive:before-digests", text, (), AGAIN)


def _ahead(found: Verified, today: Today) -> Iterator[Reason]:
    """Leave open what the ledger entered later than now: the order of campaigns can't be trusted then."""
    latest = parse_iso(today.judged_at) + ledger.BACK_SECONDS_MAX
    mine = (found.repository.name, found.schedule.plan.campaign)
    for entry in today.entries:
        if (entry.repository, entry.campaign) == mine and parse_iso(entry.at) > latest:
            text = f"Ledger entry {entry.sequence} is dated {entry.at}, which is not yet: now it is {today.judged_at}."
            yield Reason("inconclusive:ledger-time", text, (), "find out whose clock is wrong")


def _unknown(today: Today) -> Iterator[Reason]:
    if today.repositories is None:
        text = "Today's rules are unknown: no repos.yaml was compared with the plan."
        yield Reason("inconclusive:rules-unknown", text, (), "say --config FILE, the repos.yaml that would cut over")


# -- today's rules ----------------------------------------------------------------------------------------------------


def rule_differences(repository: Repository, today: Today) -> tuple[RuleDifference, ...]:
    """List the rules that are others today than in the plan; none where today's are not known."""
    now = (today.repositories or {}).get(repository.name)
    return () if now is None else tuple(differences(rules_of(repository), rules_of(with_rules(repository, now))))


def with_rules(repository: Repository, now: Repository) -> Repository:
    """Give a repository of a plan the rules of today; jobs, metrics and outputs stay those of the plan."""
    jobs = {job.name: job for job in now.jobs}
    ruled = tuple(_ruled(job, jobs[job.name]) if job.name in jobs else job for job in repository.jobs)
    return replace(repository, policy=now.policy, waivers=now.waivers, jobs=ruled)


def _ruled(job: Job, now: Job) -> Job:
    metrics = {metric.name: metric for metric in now.metrics}
    rules = {output.name: output.rules for output in now.outputs}
    return replace(
        job,
        expected=now.expected,
        metrics=tuple(metrics.get(metric.name, metric) for metric in job.metrics),
        outputs=tuple(replace(output, rules=rules.get(output.name, output.rules)) for output in job.outputs),
    )


def _by_todays_rules(found: Verified, archive: Archive, today: Today, reasons: tuple[Reason, ...]) -> Iterator[Reason]:
    """Say what today's rules have against the evidence that the plan's have not."""
    changed = {difference.key for difference in rule_differences(found.repository, today)}
    if not changed or found.troubles or today.repositories is None:
        return
    ruled = with_rules(found.repository, today.repositories[found.repository.name])
    yield from _planned_less(found.repository.policy, ruled.policy)
    prefix = prefix_of(found.schedule.plan, ruled, today.entries)
    judgement = replace(found.judgement, prefix=prefix)
    if any(key not in DECIDED and not key.startswith("waivers.") for key in changed):
        made = judge(found.schedule, ruled, archive, today.judged_at, entries=today.entries)
        judgement = replace(judgement, findings=made.findings, tallies=made.tallies)
    said = {reason.sentence for reason in derive(found, reasons).reasons}
    again = reasons_today(found.schedule.plan, ruled, prefix, today.current)
    verdict = decide(replace(found, repository=ruled, judgement=judgement).case(again))
    if verdict.decision is not Decision.GO:
        fresh = (reason for reason in verdict.reasons if reason.sentence not in said)
        yield from (replace(reason, sentence=BY_TODAY + reason.sentence) for reason in fresh)


def _planned_less(then: Policy, now: Policy) -> Iterator[Reason]:
    for key in PLANNED:
        planned, wanted = getattr(then, key), getattr(now, key)
        if wanted > planned:
            text = f"{BY_TODAY}policy.{key} is {wanted}; the campaign was planned with {planned}."
            yield Reason("inconclusive:planned-less", text, (), AGAIN)
