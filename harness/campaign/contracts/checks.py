"""The contract of checks, on a campaign that never ran: swapped, run again, and with a finding taken away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from harness.campaign.check import Check, JobCheck, PairCheck, RunCheck
from harness.campaign.checks import requirements_of
from harness.campaign.contracts.sound import SoundCampaign, sound_campaign
from harness.judge.coverage import missing
from harness.judge.gate import decide
from harness.model.finding import Finding, Outcome, Requirement, speaks_for
from harness.model.verdict import Decision


def of_check(check: Check) -> Iterator[str]:
    """It is pure, treats both sides alike, leaves what it requires, and what it leaves is missed when it is gone."""
    if not isinstance(check, RunCheck | PairCheck | JobCheck):
        yield "it is none of RunCheck, PairCheck and JobCheck"
        return
    for field, argument in (("requires", "the job"), ("run", "its evidence")):
        if not callable(getattr(check, field)):
            yield f"{field} is a {type(getattr(check, field)).__name__}: expected a function of {argument}"
            return
    with sound_campaign() as campaign:
        required = tuple(need for need in requirements_of(campaign.repository) if need.check == check.name)
        yield from (f"it requires {need.subject}, which is not of the job" for need in required if not _of_job(need))
        first = campaign.findings()
        if first != campaign.findings():
            yield "it gives other findings for the same evidence"
        own = [finding for finding in first if speaks_for(check.name, finding.check)]
        yield from (f"it crashed on sound runs: {finding.summary}" for finding in own if ".crashed" in finding.check)
        yield from _swapped(check, campaign, own)
        yield from _taken_away(check, campaign, first, required)


def _of_job(need: Requirement) -> bool:
    return need.subject == "train" or need.subject.startswith("train/")


def _swapped(check: Check, campaign: SoundCampaign, own: Sequence[Finding]) -> Iterator[str]:
    """Give the outputs of each side to the other: alike runs stay alike, whichever side left them."""
    seen = campaign.seen
    by_pair = {pair.id: [seen[run] for run in pair.runs if run in seen] for pair in campaign.plan.pairs}
    swapped = dict(seen)
    for runs in by_pair.values():
        if len(runs) == 2:  # noqa: PLR2004 - of a pair
            one, other = runs
            swapped[one.run.id] = replace(one, outputs=other.outputs, metrics=other.metrics)
            swapped[other.run.id] = replace(other, outputs=one.outputs, metrics=one.metrics)
    found = campaign.findings(swapped)
    outcomes = Counter(finding.outcome for finding in found if speaks_for(check.name, finding.check))
    if outcomes != Counter(finding.outcome for finding in own):
        yield "it says something else when the results of the two sides change places"


def _taken_away(
    check: Check, campaign: SoundCampaign, findings: tuple[Finding, ...], required: Sequence[Requirement]
) -> Iterator[str]:
    """Take each required finding of the check away: nothing that is gone may leave a GO."""
    absent = missing(campaign.schedule, campaign.repository, findings, required)
    gone = [finding for finding in absent if _is_of(check, finding)]
    yield from (f"it requires {finding.subject} and leaves no finding of it" for finding in gone)
    if _decision(campaign, findings) is not Decision.GO:
        yield "a campaign of sound and equal runs is no GO with it"
        return
    for need in required:
        left = tuple(
            finding
            for finding in findings
            if not (speaks_for(check.name, finding.check) and finding.dimension is need.dimension)
        )
        if _decision(campaign, left) is Decision.GO:
            yield f"without its findings of {need.subject} the verdict is GO all the same"


def _is_of(check: Check, finding: Finding) -> bool:
    return finding.outcome is Outcome.NOT_RUN and finding.check == f"{check.name}.required"


def _decision(campaign: SoundCampaign, findings: tuple[Finding, ...]) -> Decision:
    return decide(campaign.case(findings)).decision
