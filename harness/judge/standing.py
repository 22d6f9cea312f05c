"""What a verdict stands on besides its findings: carried and pooled state pairs, and the rate of losses. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from harness.judge.carry import carried, same_image_false_success
from harness.judge.losses import loss_rate
from harness.judge.pooling import state_evidence
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


def ground_of(policy: Policy, judgement: Judgement, pairs: PairCount) -> Ground:
    """Count this campaign's pairs together with what survives of earlier ones and of the cell.

    An unclean pair of this campaign blocks by its own finding, so only those of earlier ones enter the bound.
    """
    own, others = judgement.history.own, judgement.history.others
    standings = [each.standing for each in judgement.tallies]
    counted = tuple(each for now in standings for each in carried(policy, now, own))
    cells = {each.cell for each in standings}
    in_cell = tuple(each for each in others if each.cell in cells)
    return Ground(
        counted,
        state_evidence(
            policy,
            pairs.clean + sum(each.clean for each in counted),
            sum(each.unclean for each in counted),
            in_cell,
        ),
        loss_rate(policy, _own_ends(judgement), _alike(judgement, others)),
        next((name for now in standings if (name := same_image_false_success(now, own))), ""),
    )


def _own_ends(judgement: Judgement) -> Ends:
    """Add up this repository's runs on the platforms it uses now, whatever its image was."""
    places = {(each.standing.cell.kind, each.standing.cell.family) for each in judgement.tallies}
    total = Ends()
    for each in (*judgement.history.own, *judgement.tallies):
        if (each.standing.cell.kind, each.standing.cell.family) in places:
            total = total.plus(each.ends)
    return total


def _alike(judgement: Judgement, others: tuple[Share, ...]) -> tuple[Share, ...]:
    """Platforms lose runs by kind and instance family; the image has no part in it."""
    places = {(each.standing.cell.kind, each.standing.cell.family) for each in judgement.tallies}
    return tuple(each for each in others if (each.cell.kind, each.cell.family) in places)


def reasons(policy: Policy, ground: Ground) -> Iterator[Reason]:
    """Say what keeps a repository from GO."""
    if ground.false_success:
        text = f"The same image gave a false success in campaign {ground.false_success}."
        yield Reason("mismatch:carried-false-success", text, (), "mend what cut the work, and build a new image")
    yield from _state_reasons(policy, ground.state, any(each.clean or each.unclean for each in ground.carried))
    yield from _loss_reasons(ground.losses)


def _state_reasons(policy: Policy, state: StateEvidence, carries: bool) -> Iterator[Reason]:  # noqa: FBT001
    if state.enough:
        return
    text = f"{state.clean} clean state pairs; the policy asks for {policy.state_pairs}."
    if state.unclean or carries:
        text = (
            f"{state.clean} clean and {state.unclean} unclean state pairs, carried ones included, bound the rate of "
            f"disagreement at {state.upper:.1%}; the policy asks for {state.bound:.1%} ({state.why})."
        )
    lacking = max(1, policy.state_pairs - state.clean)
    more = "1 more pair that ends" if lacking == 1 else f"{lacking} more pairs that end"
    yield Reason("inconclusive:state-pairs", text, (), f"run {more} cleanly")


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
