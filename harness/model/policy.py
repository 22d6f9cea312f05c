"""A repository's rules for GO. Presets are data; a repository overrides them key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Change(StrEnum):
    """What may differ between an earlier campaign of a job and this one."""

    CODE = "code"
    """Image layers above the declared base, the code pin, or the command and environment of a side."""
    PARAMETERS = "parameters"
    INPUTS = "inputs"
    INSTANCE = "instance"
    """Another size of the same instance family."""
    RESOURCES = "resources"
    """What the job asks for, and its time limit and retries."""
    FAMILY = "family"
    KIND = "kind"
    BASE = "base"


class Survival(StrEnum):
    """What of an earlier campaign's evidence outlives a change."""

    STATE = "state"
    """State facts count on; outputs and metrics once enough pairs of this campaign confirm them."""
    NOTHING = "nothing"


CARRY: Mapping[Change, Survival] = {
    Change.CODE: Survival.STATE,
    Change.PARAMETERS: Survival.STATE,
    Change.INPUTS: Survival.STATE,
    Change.INSTANCE: Survival.STATE,
    Change.RESOURCES: Survival.NOTHING,
    Change.FAMILY: Survival.NOTHING,
    Change.KIND: Survival.NOTHING,
    Change.BASE: Survival.NOTHING,
}
"""Design section 5; resources decide how a run ends (memory, time limit), so state facts do not outlive them."""

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
    carry: Mapping[Change, Survival]
    """What survives which change; a change that is not listed lets nothing survive."""
    state_pairs_own: int
    """Own clean state pairs from which those of other repositories of the cell may be pooled."""
    confirming_pairs: int
    """Pairs of this campaign that a metric proven earlier needs; the fewest at which a sign test passes at alpha."""
    loss_margin: float
    """By how much the candidate's rate of platform-caused endings may exceed legacy's; 1: not asked."""
    approvals: int
    """Approvers who must sign a ruling before it covers anything."""
    approvers: tuple[Approver, ...]
    """Fixed at plan, as all of the policy; empty: nobody may rule."""
    shim_off_pairs: int = 0
    """Runs of each job, on each side that can, which start without the shim to show that it changes nothing."""
    waiver_days_max: int = 180
    """How far ahead the last day of a waiver may lie when a campaign is planned."""
    margin_reason: str = ""
    """Why a margin of the policy is wider than the preset's; shown on the first page."""

    def approver(self, name: str) -> Approver | None:
        """Give the approver of a name; None: nobody of that name may sign."""
        return next((approver for approver in self.approvers if approver.name == name), None)


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
        carry=CARRY,
        state_pairs_own=8,
        confirming_pairs=5,
        loss_margin=1.0,
        approvals=1,
        approvers=(),
    ),
    "standard": Policy(
        preset="standard",
        alpha=0.05,
        looks=(6, 12, 24),
        pairs=8,
        pairs_identical=6,
        repeats=5,
        state_pairs=29,
        void_share_max=0.2,
        startup_ratio_max=1.25,
        startup_floor_seconds=60.0,
        startup_required=True,
        waivers_max=3,
        evidence_seconds_max=30 * DAY,
        soak_seconds=7 * DAY,
        carry=CARRY,
        state_pairs_own=20,
        confirming_pairs=5,
        loss_margin=0.02,
        approvals=1,
        approvers=(),
    ),
    "critical": Policy(
        preset="critical",
        alpha=0.01,
        looks=(6, 12, 24),
        pairs=12,
        pairs_identical=9,
        repeats=5,
        state_pairs=59,
        void_share_max=0.2,
        startup_ratio_max=1.1,
        startup_floor_seconds=30.0,
        startup_required=True,
        waivers_max=1,
        evidence_seconds_max=14 * DAY,
        soak_seconds=14 * DAY,
        carry=CARRY,
        state_pairs_own=40,
        confirming_pairs=7,
        loss_margin=0.02,
        approvals=2,
        approvers=(),
    ),
}
"""State pairs bound the rate of disagreement at 1 - 0.05^(1/n): 8 for 31 %, 29 for 10 %, 59 for 5 % (binomial).

`pairs_identical` is where startup decides no less than a look needs: 6 pairs at 5 % / 3, 9 at 1 % / 3."""


def wider_than_preset(policy: Policy) -> tuple[str, ...]:
    """Name the margins of a policy that are wider than those of its preset."""
    preset = PRESETS.get(policy.preset)
    wide = ("startup_ratio_max", "startup_floor_seconds", "loss_margin")
    return tuple(key for key in wide if preset and getattr(policy, key) > getattr(preset, key))
