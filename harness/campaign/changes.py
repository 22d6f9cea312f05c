"""Rules that were changed after data was seen: each campaign enters its own, and later ones are compared with them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.model.job import Job
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import EvidenceKind, RuleChange
from harness.store import codec, ledger

NOT_THERE = "not there"
Rules = Mapping[str, str]


def rules_of(repository: Repository) -> Rules:
    """Write down, by key, all that decides what a difference may be: policy, margins, output rules, waivers."""
    policy = repository.policy
    rules = {f"policy.{field.name}": _text(getattr(policy, field.name)) for field in dataclasses.fields(policy)}
    for job in repository.jobs:
        rules |= {f"jobs.{job.name}.{key}": text for key, text in _of_job(job)}
    return rules | {f"waivers.{waiver.id}": _text(waiver) for waiver in repository.waivers}


def _of_job(job: Job) -> Iterator[tuple[str, str]]:
    yield "expected", _text(job.expected)
    for metric in job.metrics:
        margin = {"absolute": metric.margin_absolute, "relative": metric.margin_relative}
        yield f"metrics.{metric.name}.margin", _text({key: each for key, each in margin.items() if each is not None})
        yield f"metrics.{metric.name}.better", _text(metric.better)
        yield f"metrics.{metric.name}.critical", _text(metric.critical)
        yield f"metrics.{metric.name}.regex", _text(metric.regex)
        if metric.examples is not None:
            yield f"metrics.{metric.name}.examples", _text(metric.examples)
        if metric.file is not None:
            yield f"metrics.{metric.name}.file", _text(metric.file)
        if metric.mlflow is not None:
            yield f"metrics.{metric.name}.mlflow", _text(metric.mlflow)
        if metric.sources:
            yield f"metrics.{metric.name}.source", _text(metric.sources)
    for output in job.outputs:
        yield f"outputs.{output.name}.rules", _text(output.rules)
        if output.expectations is not None:
            yield f"outputs.{output.name}.expectations", _text(output.expectations)
        if output.judged_by is not None:
            yield f"outputs.{output.name}.judged_by", _text(output.judged_by)


def _text(value: object) -> str:
    return codec.line(value).decode()


def facts(plan: Plan, repository: Repository) -> dict[str, str]:
    """Give what a campaign enters of its rules into the ledger."""
    return {ledger.EVIDENCE: _kind(plan, repository).value, ledger.RULES: _text(rules_of(repository))}


def _kind(plan: Plan, repository: Repository) -> EvidenceKind:
    return EvidenceKind.SYNTHETIC if plan.is_synthetic(repository.name) else EvidenceKind.REAL


def changes_of(plan: Plan, repository: Repository, entries: tuple[ledger.Entry, ...]) -> tuple[RuleChange, ...]:
    """List what was changed from campaign to campaign up to this one; each of them may have shown data before.

    Campaigns on a sandbox say nothing of real platforms, so only those on evidence of the same kind are compared.
    """
    found: list[RuleChange] = []
    before: Rules | None = None
    for entry in entries:
        if (entry.kind, entry.repository) != (ledger.CAMPAIGN, repository.name):
            continue
        if entry.campaign == plan.campaign:
            break
        if entry.facts.get(ledger.EVIDENCE) == _kind(plan, repository).value:
            rules = _read(entry)
            found += _between(before, rules, entry.campaign, entry.at)
            before = rules
    return (*found, *_between(before, rules_of(repository), plan.campaign, plan.created_at))


def _read(entry: ledger.Entry) -> Rules:
    name = f"ledger entry {entry.sequence}"
    return codec.decode(entry.facts.get(ledger.RULES, "").encode(), dict[str, str], name)


def _between(before: Rules | None, now: Rules, campaign: str, at: str) -> Iterator[RuleChange]:
    for found in differences(before, now) if before is not None else ():
        yield RuleChange(found.key, found.old, found.new, campaign, at)


@dataclass(frozen=True, slots=True)
class RuleDifference:
    """One rule that is another one, as canonical JSON."""

    key: str
    old: str
    new: str


def differences(before: Rules, now: Rules) -> Iterator[RuleDifference]:
    """List what differs between two sets of rules, by key."""
    for key in sorted({*before, *now}):
        old, new = before.get(key, NOT_THERE), now.get(key, NOT_THERE)
        grown = key.startswith("policy.") and NOT_THERE in {old, new}  # a key that another version of the tool has
        if old != new and not grown:
            yield RuleDifference(key, old, new)
