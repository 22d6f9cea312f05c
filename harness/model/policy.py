"""A repository's rules for GO. Presets are data; a repository overrides them key by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.model.betting import OWN_SHARE, clean_runs, fewest_units


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
FIRST_PAIRS = 3
"""Of two runs nobody can tell which one is the odd one."""


@dataclass(frozen=True, slots=True)
class Approver:
    """Who may sign for a repository, and the key that proves it."""

    name: str
    key: str
    """SSH public key, as in an authorized_keys file."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Every number the gate uses (defaults and sources: docs/method.md)."""

    preset: str
    alpha: float
    """Chance of ever calling equal what is off by a margin, however often one looks (docs/adr/0150)."""
    pairs: int
    """Pairs per job that the plan asks for where runs are not bit-identical."""
    repeats: int
    """Same-side runs of one identity that A/A wants on each side."""
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
    """Own clean runs from which those of other repositories of the cell may be pooled."""
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
    days: int = 1
    """Days whose evidence must be there; above 1 a unit of evidence is the mean of a day's pairs, else it is a pair."""
    bad_runs_max: float = 0.3
    """Fewer than this share of runs may be bad: a critical metric off by more than a margin, or a wrong ending."""
    state_pairs: int = 0
    """Clean state pairs that GO asked for in campaigns that were judged before there was `bad_runs_max`."""

    @property
    def first_pairs(self) -> int:
        """Pairs that always run: three tell noise from none; where startup decides, what its newest image needs."""
        fewest = fewest_units(1 / (OWN_SHARE * self.alpha)) if self.startup_required else FIRST_PAIRS
        return min(fewest, self.pairs)

    @property
    def first_repeats(self) -> int:
        """Runs a side in no pair that always run (A/A), besides the first pairs."""
        return max(0, self.repeats - self.first_pairs)

    @property
    def counted_runs(self) -> int:
        """Candidate runs in no pair that one campaign adds where both sides repeat bit by bit, so that it can decide.

        Where evidence comes from several days, campaigns add up instead.
        """
        return max(0, self.runs_needed - self.first_pairs - self.first_repeats) if self.days == 1 else 0

    @property
    def runs_needed(self) -> int:
        """Candidate runs that GO needs if none of them is bad."""
        return clean_runs(self.bad_runs_max)

    def approver(self, name: str) -> Approver | None:
        """Give the approver of a name; None: nobody of that name may sign."""
        return next((approver for approver in self.approvers if approver.name == name), None)


PRESETS: dict[str, Policy] = {
    "trial": Policy(
        preset="trial",
        alpha=0.05,
        pairs=8,
        repeats=5,
        void_share_max=0.2,
        startup_ratio_max=1.25,
        startup_floor_seconds=60.0,
        startup_required=False,
        waivers_max=5,
        evidence_seconds_max=30 * DAY,
        soak_seconds=0,
        carry=CARRY,
        state_pairs_own=8,
        loss_margin=1.0,
        approvals=1,
        approvers=(),
        days=1,
        bad_runs_max=0.3,
    ),
    "standard": Policy(
        preset="standard",
        alpha=0.05,
        pairs=8,
        repeats=5,
        void_share_max=0.2,
        startup_ratio_max=1.25,
        startup_floor_seconds=60.0,
        startup_required=True,
        waivers_max=3,
        evidence_seconds_max=30 * DAY,
        soak_seconds=7 * DAY,
        carry=CARRY,
        state_pairs_own=20,
        loss_margin=0.02,
        approvals=1,
        approvers=(),
        days=4,
        bad_runs_max=0.1,
    ),
    "critical": Policy(
        preset="critical",
        alpha=0.01,
        pairs=12,
        repeats=5,
        void_share_max=0.2,
        startup_ratio_max=1.1,
        startup_floor_seconds=30.0,
        startup_required=True,
        waivers_max=1,
        evidence_seconds_max=14 * DAY,
        soak_seconds=14 * DAY,
        carry=CARRY,
        state_pairs_own=40,
        loss_margin=0.02,
        approvals=2,
        approvers=(),
        days=4,
        bad_runs_max=0.05,
    ),
}
"""Runs without a bad one prove fewer than 30 % with 9 of them, 10 % with 30, 5 % with 61 (docs/method.md)."""


def wider_than_preset(policy: Policy) -> tuple[str, ...]:
    """Name the margins of a policy that are wider than those of its preset."""
    preset = PRESETS.get(policy.preset)
    wide = ("startup_ratio_max", "startup_floor_seconds", "loss_margin")
    return tuple(key for key in wide if preset and getattr(policy, key) > getattr(preset, key))
