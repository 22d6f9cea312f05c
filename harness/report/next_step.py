"""What to do after a verdict: one command with its time and price, and what the sign-off is worth. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from math import ceil

from harness.config.price import estimate
from harness.errors import PluginUnusable
from harness.model.repository import Repository
from harness.model.verdict import Decision, EvidenceKind, Verdict, approvals_needed
from harness.report import brief
from harness.report.opening import NextStep
from harness.report.wording import counted, listed, shown

_TIMES = {1: "once more", 2: "twice more"}
_MINUTE, _HOUR = 60, 3600
_DAY_HOURS = 48
OPTION_MAX = 1_000
"""Characters of one word of a command: a path is not cut."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """What one more campaign would take, by the one that was run."""

    seconds: float | None
    """None: nothing was seen of it."""
    pairs_needed: int
    """Further pairs that an open metric needs; 0: none is known to."""
    options: tuple[str, ...] = ()
    """Of the command that it was run by, such as what its sandbox was given."""

    def again(self, name: str) -> str:
        """Write the command that runs one more like it."""
        return " ".join(["parity run", name, *(shlex.quote(shown(word, OPTION_MAX)) for word in self.options)])


def next_step(repository: Repository, verdict: Verdict, campaign: Campaign) -> NextStep:
    """Say what to do now; of a NO-GO what to mend, for more pairs change nothing while the defect stands."""
    name = shlex.quote(shown(repository.name, 200))
    match verdict.decision:
        case Decision.GO:
            return _after_go(repository, verdict, name)
        case Decision.NO_GO:
            remedy = next((reason.remedy for reason in verdict.reasons if reason.remedy), "mend the first reason")
            text = f"{brief.cut_words(shown(remedy), 18)}, then"
            return NextStep(text, campaign.again(name), cost_of(repository, campaign.seconds, 1))
        case Decision.INCONCLUSIVE:
            return _after_inconclusive(repository, verdict, campaign, name)


def _after_go(repository: Repository, verdict: Verdict, name: str) -> NextStep:
    if verdict.evidence is EvidenceKind.SYNTHETIC:
        return NextStep("the same on the real platforms; what it takes, the plan says:", f"parity plan {name}")
    if not repository.policy.approvers:
        return NextStep("name who may sign under policy.approvers in repos.yaml, then", f"parity signoff {name}")
    needed, named = approvals_needed(repository.policy, verdict), len(repository.policy.approvers)
    return NextStep(f"needs {needed} of {counted(named, 'approver')}:", f"parity signoff {name}")


def _after_inconclusive(repository: Repository, verdict: Verdict, campaign: Campaign, name: str) -> NextStep:
    """Offer what the first reason needs; where only pairs are missing, how often to run for them."""
    first = verdict.reasons[0] if verdict.reasons else None
    times = _campaigns(repository, verdict, campaign)
    if times and all(_only_pairs(reason.code, campaign) for reason in verdict.reasons):
        again = _TIMES.get(times, f"{times} times more")
        return NextStep(f"{again}:", campaign.again(name), cost_of(repository, campaign.seconds, times))
    remedy = first.remedy if first else ""
    if not remedy:
        return NextStep("", f"parity explain-verdict {name}")
    text = f"{brief.cut_words(shown(remedy), 18)}, then"
    return NextStep(text, campaign.again(name), cost_of(repository, campaign.seconds, 1))


def _only_pairs(code: str, campaign: Campaign) -> bool:
    """Tell whether a reason asks for more pairs and for nothing else."""
    return code == "inconclusive:state-pairs" or (
        code == "inconclusive:metrics.equivalence" and campaign.pairs_needed > 0
    )


def _campaigns(repository: Repository, verdict: Verdict, campaign: Campaign) -> int:
    """Count the campaigns of this size that the missing runs take, and the missing pairs or days: a day is one each."""
    policy, planned = repository.policy, max(1, verdict.pairs.planned)
    clean = verdict.state.clean if verdict.state else verdict.pairs.clean
    alone = len(repository.jobs) * (policy.first_repeats + policy.counted_runs)
    missing = max(0, (policy.state_pairs or policy.runs_needed) - clean)
    more = campaign.pairs_needed if policy.days > 1 else ceil(campaign.pairs_needed / planned)
    return max(ceil(missing / (planned + alone)), more)


def cost_of(repository: Repository, seconds: float | None, campaigns: int) -> str:
    """Say how long so many campaigns take by the last one, and the most that they cost."""
    took = f"about {_rough(seconds * campaigns)}" if seconds else ""
    price = _price(repository)
    most = f"at most {price * campaigns:.2f}" if price is not None else ""
    return ", ".join(part for part in (took, most) if part)


def _price(repository: Repository) -> float | None:
    """Bound the price of one campaign; a platform that is not installed here has no prices, and a page all the same."""
    try:
        return estimate((repository,))
    except PluginUnusable:
        return None


def _rough(seconds: float) -> str:
    """Write a forecast: whole minutes, hours from two on, days from two on."""
    if seconds < 2 * _HOUR:
        return f"{max(1, round(seconds / _MINUTE))} min"
    hours = round(seconds / _HOUR)
    return f"{hours} h" if hours < _DAY_HOURS else f"{round(hours / 24)} days"


def signoff_state(repository: Repository, verdict: Verdict, signers: tuple[str, ...]) -> str:
    """Say in a few words whether the verdict is signed, and whether it can be."""
    needed = approvals_needed(repository.policy, verdict)
    if verdict.decision is not Decision.GO:
        return f"signed by {listed(signers)} when it was GO" if signers else "not before it is GO"
    if verdict.evidence is EvidenceKind.SYNTHETIC:
        return "not on synthetic evidence"
    if not signers:
        return "not signed"
    return f"signed by {listed(shown(name, 60) for name in signers)} ({min(len(signers), needed)} of {needed})"
