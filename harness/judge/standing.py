"""What a verdict stands on besides its findings: carried and pooled state pairs, and the rate of losses. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.judge import before_bets
from harness.judge.carry import carried, same_image_false_success
from harness.judge.losses import loss_rate
from harness.judge.pooling import state_evidence
from harness.judge.rates import runs_needed
from harness.model.carry import Carried, Ends, LossRate, Share, StateEvidence
from harness.model.finding import Outcome
from harness.model.policy import Policy
from harness.model.verdict import Judgement, PairCount, Reason


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything that counts besides the findings."""

    carried: tuple[Carried, ...]
    state: StateEvidence
    losses: LossRate | None
    false_success: str
    """The campaign in which this very image gave a false success; empty: none."""
    by_bets: bool
    """False: judged before there was `bad_runs_max`, and worded as it was then."""


def ground_of(policy: Policy, judgement: Judgement, pairs: PairCount) -> Ground:
    """Count this campaign's pairs together with what survives of earlier ones and of the cell.

    An unclean pair of this campaign blocks by its own finding, so only those of earlier ones enter the bound.
    """
    own, others = judgement.history.own, judgement.history.others
    standings = [tally.standing for tally in judgement.tallies]
    counted = tuple(each for now in standings for each in carried(policy, now, own))
    cells = {standing.cell for standing in standings}
    by_bets = bool(judgement.rule) or not policy.state_pairs
    alone = sum(tally.alone for tally in judgement.tallies) if by_bets else 0
    in_cell = tuple(share for share in others if share.cell in cells)
    return Ground(
        counted,
        state_evidence(
            policy,
            pairs.clean + alone + sum(carried.clean for carried in counted),
            sum(carried.unclean for carried in counted),
            in_cell,
            by_bets=by_bets,
        ),
        loss_rate(policy, _own_ends(judgement), _alike(judgement, others)),
        next((name for now in standings if (name := same_image_false_success(now, own))), ""),
        by_bets,
    )


def _own_ends(judgement: Judgement) -> Ends:
    """Add up this repository's runs on the platforms it uses now, whatever its image was."""
    places = {(tally.standing.cell.kind, tally.standing.cell.family) for tally in judgement.tallies}
    total = Ends()
    for tally in (*judgement.history.own, *judgement.tallies):
        if (tally.standing.cell.kind, tally.standing.cell.family) in places:
            total = total.plus(tally.ends)
    return total


def _alike(judgement: Judgement, others: tuple[Share, ...]) -> tuple[Share, ...]:
    """Platforms lose runs by kind and instance family; the image has no part in it."""
    places = {(tally.standing.cell.kind, tally.standing.cell.family) for tally in judgement.tallies}
    return tuple(share for share in others if (share.cell.kind, share.cell.family) in places)


def reasons(policy: Policy, ground: Ground) -> Iterator[Reason]:
    """Say what keeps a repository from GO."""
    if ground.false_success:
        text = f"The same image gave a false success in campaign {ground.false_success}."
        yield Reason("mismatch:carried-false-success", text, (), "mend what cut the work, and build a new image")
    yield from _state_reasons(policy, ground)
    yield from _loss_reasons(ground.losses)


def _state_reasons(policy: Policy, ground: Ground) -> Iterator[Reason]:
    state = ground.state
    if state.enough:
        return
    if not ground.by_bets:
        carries = any(found.clean or found.unclean for found in ground.carried)
        text, remedy = before_bets.state_sentence(policy, state, carries=carries)
        yield Reason("inconclusive:state-pairs", text, (), remedy)
        return
    ended = "1 run" if state.clean == 1 else f"{state.clean} runs"
    wrong = f" and {state.unclean} did not" if state.unclean else ""
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
    ends = losses.ends
    bound = f"; the difference is at most {losses.upper:.1%}" if losses.upper is not None else ""
    text = (
        f"Platforms cut {ends.legacy_lost} of {ends.legacy_runs} legacy and {ends.candidate_lost} of "
        f"{ends.candidate_runs} candidate runs{bound}, allowed are {losses.margin:.1%}: {losses.why}."
    )
    code = "mismatch" if losses.outcome is Outcome.MISMATCH else "inconclusive"
    yield Reason(f"{code}:platform-losses", text, (), "more runs of this kind and family, or another instance family")
