"""What a verdict stands on besides its findings: carried and pooled state pairs, and the rate of losses. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from harness.judge import before_bets
from harness.judge.carry import carried, same_image_false_success
from harness.judge.losses import loss_rate
from harness.judge.pooling import state_evidence
from harness.judge.rates import runs_needed
from harness.model.carry import Carried, CellContribution, EndingCounts, LossRate, StateEvidence
from harness.model.finding import Outcome
from harness.model.policy import Policy
from harness.model.verdict import Judgement, Reason
from harness.model.wording import counted


@dataclass(frozen=True, slots=True)
class VerdictBasis:
    """Everything that counts besides the findings."""

    carried: tuple[Carried, ...]
    state: StateEvidence
    losses: LossRate | None
    false_success: str
    """The campaign in which this very image gave a false success; empty: none."""
    by_bets: bool
    """False: judged before there was `bad_runs_max`, and worded as it was then."""


def ground_of(
    policy: Policy, judgement: Judgement, clean: Mapping[str, int], accepted: Container[str] = frozenset()
) -> VerdictBasis:
    """Count this campaign's pairs together with what survives of earlier ones and of the cell.

    An unclean pair of this campaign blocks by its own finding, so only those of earlier ones enter the bound.

    `clean`: of each job, this campaign's clean state pairs.
    `accepted`: outputs (job/output) of which a waiver or ruling covers a difference.
    """
    own, others = judgement.history.own, judgement.history.others
    standings = [tally.standing for tally in judgement.tallies]
    counted = {}
    for tally in judgement.tallies:
        job = tally.standing.job
        outputs = {name: rules for name, rules in tally.outputs.items() if f"{job}/{name}" not in accepted}
        counted[job] = carried(policy, tally.standing, own, outputs)
    by_bets = bool(judgement.rule) or not policy.state_pairs
    if by_bets:
        state = _worst(policy, judgement, clean, counted)
    else:
        every, cells = [*chain.from_iterable(counted.values())], {standing.cell for standing in standings}
        in_cell = tuple(share for share in others if share.cell in cells)
        good, bad = sum(clean.values()) + sum(found.clean for found in every), sum(found.unclean for found in every)
        state = state_evidence(policy, good, bad, in_cell, by_bets=False)
    return VerdictBasis(
        tuple(chain.from_iterable(counted.values())),
        state,
        (loss_rate if by_bets else before_bets.loss_rate)(policy, _own_ends(judgement), _alike(judgement, others)),
        next((name for now in standings if (name := same_image_false_success(now, own))), ""),
        by_bets,
    )


def _worst(
    policy: Policy, judgement: Judgement, clean: Mapping[str, int], counted: Mapping[str, Sequence[Carried]]
) -> StateEvidence:
    """Bound wrong endings job by job, and give the job of which least is known: its runs say nothing of another's."""
    found = []
    for tally in judgement.tallies:
        job, cell = tally.standing.job, tally.standing.cell
        good = clean.get(job, 0) + tally.alone + sum(earlier.clean for earlier in counted[job])
        bad = sum(earlier.unclean for earlier in counted[job])
        in_cell = [share for share in judgement.history.others if share.cell == cell]
        found.append(replace(state_evidence(policy, good, bad, in_cell), job=job if len(counted) > 1 else ""))
    none = state_evidence(policy, sum(clean.values()), 0, ())
    return max(found, key=lambda state: (not state.enough, state.upper), default=none)


def _own_ends(judgement: Judgement) -> EndingCounts:
    """Add up this repository's runs on the platforms it uses now, whatever its image was."""
    places = {(tally.standing.cell.kind, tally.standing.cell.family) for tally in judgement.tallies}
    total = EndingCounts()
    for tally in (*judgement.history.own, *judgement.tallies):
        if (tally.standing.cell.kind, tally.standing.cell.family) in places:
            total = total.plus(tally.ends)
    return total


def _alike(judgement: Judgement, others: tuple[CellContribution, ...]) -> tuple[CellContribution, ...]:
    """Platforms lose runs by kind and instance family; the image has no part in it."""
    places = {(tally.standing.cell.kind, tally.standing.cell.family) for tally in judgement.tallies}
    return tuple(share for share in others if (share.cell.kind, share.cell.family) in places)


def reasons(policy: Policy, ground: VerdictBasis) -> Iterator[Reason]:
    """Say what keeps a repository from GO."""
    if ground.false_success:
        text = f"The same image gave a false success in campaign {ground.false_success}."
        yield Reason("mismatch:carried-false-success", text, (), "mend what cut the work, and build a new image")
    yield from _state_reasons(policy, ground)
    yield from _loss_reasons(ground.losses)


def _state_reasons(policy: Policy, ground: VerdictBasis) -> Iterator[Reason]:
    state = ground.state
    if state.enough:
        return
    if not ground.by_bets:
        carries = any(found.clean or found.unclean for found in ground.carried)
        text, remedy = before_bets.state_sentence(policy, state, carries=carries)
        yield Reason("inconclusive:state-pairs", text, (), remedy)
        return
    of = f" of {state.job}" if state.job else ""
    ended = f"{counted(state.clean, 'run')}{of}"
    wrong = f" and {state.unclean} did not, or left other outputs" if state.unclean else ""
    text = (
        f"{ended} ended as they should{wrong}, so up to {state.upper:.1%} of runs may end wrongly; "
        f"the policy asks for fewer than {state.bound:.0%} ({state.why})."
    )
    lacking = max(1, runs_needed(state.bound, state.unclean) - state.clean - state.unclean)
    more = "1 more run that ends as it should" if lacking == 1 else f"{lacking} more runs that end as they should"
    yield Reason("inconclusive:state-pairs", text, (), f"{more}: parity run")


def _loss_reasons(losses: LossRate | None) -> Iterator[Reason]:
    if losses is None or losses.outcome is Outcome.MATCH:
        return
    ends, bound = losses.ends, before_bets.loss_bound(losses)
    if losses.bound:
        bound = f", so fewer than {losses.upper:.1%} can be cut; the policy asks for fewer than {losses.bound:.0%}"
    text = (
        f"Platforms cut {ends.legacy_lost} of {ends.legacy_runs} legacy and {ends.candidate_lost} of "
        f"{ends.candidate_runs} candidate runs{bound}: {losses.why}."
    )
    code = "mismatch" if losses.outcome is Outcome.MISMATCH else "inconclusive"
    yield Reason(f"{code}:platform-losses", text, (), "more runs of this kind and family, or another instance family")
