"""A repository's rules for GO. Presets are data; a repository overrides them key by key."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Approver:
    """Who may sign for a repository, and the key that proves it."""

    name: str
    key: str
    """SSH public key, as in an authorized_keys file."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every number the gate uses (defaults and sources: docs/judging.md)."""

    preset: str
    alpha: float
    """Level of the whole plan, split evenly over the looks (Bonferroni; docs/adr/0006)."""
    looks: tuple[int, ...]
    """Planned looks, in pairs; each spends alpha / len(looks)."""
    pairs: int
    """Pairs per job that the plan asks for where runs are not bit-identical."""
    pairs_identical: int
    """Pairs per job that are enough where A/A on both sides is bit-identical."""
    repeats: int
    """Same-side runs of one identity that A/A wants on each side."""
    state_pairs: int
    """Clean state pairs that GO asks for."""
    void_share_max: float
    """More voids than this share is INCONCLUSIVE (design section 2)."""
    startup_ratio_max: float
    """Candidate's time to first instruction over legacy's; log-ratio non-inferiority."""
    startup_floor_seconds: float
    """A difference below it is accepted whatever the ratio."""
    startup_required: bool
    """False: startup latency informs, as where its evidence is synthetic."""
    waivers_max: int
    evidence_seconds_max: int
    """Age of a campaign, from its plan on, at which its evidence expires."""
    soak_seconds: int
    """How long evidence has been green, campaign after campaign, before `gate` lets a cutover pass."""
    approvals: int
    """Approvers who must sign a ruling before it covers anything."""
    approvers: tuple[Approver, ...]
    """Fixed at plan, as all of the policy; empty: nobody may rule."""


PRESETS: dict[str, Policy] = {
    "trial": Policy(
        preset="trial",
        alpha=0.05,
        looks=(6, 12, 24),
        pairs=8,
        pairs_identical=3,
        repeats=5,
        state_pairs=8,
        void_share_max=0.2,
        startup_ratio_max=1.25,
        startup_floor_seconds=60.0,
        startup_required=False,
        waivers_max=5,
        evidence_seconds_max=30 * DAY,
        soak_seconds=0,
        approvals=1,
        approvers=(),
    ),
    "standard": Policy(
        preset="standard",
        alpha=0.05,
        looks=(6, 12, 24),
        pairs=8,
        pairs_identical=3,
        repeats=5,
        state_pairs=29,
        void_share_max=0.2,
        startup_ratio_max=1.25,
        startup_floor_seconds=60.0,
        startup_required=True,
        waivers_max=3,
        evidence_seconds_max=30 * DAY,
        soak_seconds=7 * DAY,
        approvals=1,
        approvers=(),
    ),
    "critical": Policy(
        preset="critical",
        alpha=0.01,
        looks=(6, 12, 24),
        pairs=12,
        pairs_identical=5,
        repeats=5,
        state_pairs=59,
        void_share_max=0.2,
        startup_ratio_max=1.1,
        startup_floor_seconds=30.0,
        startup_required=True,
        waivers_max=1,
        evidence_seconds_max=14 * DAY,
        soak_seconds=14 * DAY,
        approvals=2,
        approvers=(),
    ),
}
"""State pairs bound the rate of disagreement at 1 - 0.05^(1/n): 8 for 31 %, 29 for 10 %, 59 for 5 % (binomial)."""
