"""What may be written of rules for GO: policy, limits, waivers, what is real, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StrictFloat, StrictInt, StrictStr, model_validator

from harness.config import forms
from harness.fields import words
from harness.fields.job import Written
from harness.fields.words import Checked, refuse
from harness.model.policy import PRESETS

Survives: TypeAlias = Literal["state", "nothing"]


class Limits(Written):
    """Hard caps of one campaign."""

    in_model: ClassVar[Mapping[str, str]] = {"campaign_time_max": "campaign_seconds_max"}
    price_max: words.NotNegative | None = None
    """The highest price of a campaign, in the currency of the prices."""
    price_month: words.NotNegative | None = None
    """The highest price of the repository's campaigns of a calendar month, in UTC."""
    owner_price_month: words.NotNegative | None = None
    """The highest price of the campaigns of all repositories of the owner in a calendar month."""
    runs_max: words.Count | None = None
    """The most runs."""
    pairs_in_flight: words.Count | None = None
    """The most pairs that run at the same time."""
    campaign_time_max: words.Duration | None = None
    """The longest that one `run` or `resume` may take."""


class Retention(Written):
    """How long payloads are kept after the first verdict; what is not named is kept for good."""

    in_model: ClassVar[Mapping[str, str]] = {"logs": "logs_seconds", "outputs": "outputs_seconds"}
    logs: words.Duration | None = None
    """How long logs are kept."""
    outputs: words.Duration | None = None
    """How long output files are kept."""


class Carry(Written):
    """What of earlier campaigns survives which change: state facts, or nothing."""

    code: Survives | None = None
    """After a new revision of the code."""
    parameters: Survives | None = None
    """After other parameters."""
    inputs: Survives | None = None
    """After other inputs."""
    instance: Survives | None = None
    """After another instance type of the family."""
    resources: Survives | None = None
    """After other resources."""
    family: Survives | None = None
    """After another instance family."""
    kind: Survives | None = None
    """After another kind of job."""
    base: Survives | None = None
    """After another base image."""


class Approver(Written):
    """Who may sign, and the key that proves it."""

    name: words.Person
    """Who signs."""
    key: words.PublicKey
    """An SSH public key."""


class Policy(Written):
    """A preset with what this repository asks for instead."""

    in_model: ClassVar[Mapping[str, str]] = {
        "startup_floor": "startup_floor_seconds",
        "evidence_age_max": "evidence_seconds_max",
        "soak": "soak_seconds",
    }
    preset: Annotated[StrictStr, Checked(forms.preset_name, {"enum": list(PRESETS)})] | None = None
    """`trial`, `standard` or `critical`."""
    alpha: Annotated[StrictFloat, Field(gt=0, le=0.2)] | None = None
    """The chance of ever calling equal what is off by a margin."""
    pairs: words.Count | None = None
    """Pairs of each job."""
    repeats: words.Count | None = None
    """Runs of each side with one identity."""
    days: Annotated[StrictInt, Field(ge=1, le=100)] | None = None
    """Days whose evidence must be there."""
    bad_runs_max: Annotated[StrictFloat, Field(gt=0, lt=1)] | None = None
    """Fewer than this share of runs may be bad."""
    void_share_max: words.Share | None = None
    """More void pairs than this share is INCONCLUSIVE."""
    startup_ratio_max: Annotated[StrictFloat, Field(ge=1, le=100)] | None = None
    """Candidate's time to the first instruction over legacy's."""
    startup_floor: words.Duration | None = None
    """A difference below it is accepted whatever the ratio."""
    startup_required: words.Flag | None = None
    """`false`: startup is shown, and holds no gate."""
    waivers_max: words.Whole | None = None
    """The most waivers of a GO."""
    evidence_age_max: words.Duration | None = None
    """Evidence that is older has expired."""
    soak: words.Duration | None = None
    """How long evidence has been green before a cutover may end."""
    carry: Carry | None = None
    """What of earlier campaigns survives which change."""
    state_pairs_own: words.Count | None = None
    """Own clean pairs from which those of the cell may be pooled."""
    loss_margin: Annotated[StrictFloat, Field(gt=0, le=1)] | None = None
    """By how much the candidate's rate of losses by its platform may exceed legacy's."""
    approvals: Annotated[StrictInt, Field(ge=1, le=10)] | None = None
    """How many must sign an accepted difference."""
    approvers: list[Approver] | None = None
    """Who may sign."""
    rollback_drill: words.Flag | None = None
    """`true`: nothing is cut over before a rollback of each kind of its jobs was drilled, by any repository."""
    shim_off_pairs: words.Whole | None = None
    """Runs of each job and side without the shim, to show that it changes nothing."""
    waiver_days_max: words.Whole | None = None
    """How far ahead a waiver may end."""
    margin_reason: words.Line | None = None
    """Why a margin of the policy is wider than the preset's."""


class Waiver(Written):
    """A dated acceptance of differences."""

    id: words.Part
    """Names the waiver."""
    owner: words.Line
    """Who answers for it."""
    reason: words.Line
    """Why the difference is accepted."""
    scope: words.Line
    """`CHECK/JOB/…`: check and subject by name; only the pair may be a pattern."""
    last_day: words.Day
    """The last day on which it holds."""


class Real(Written):
    """Which accounts and clusters are real: evidence of any other is synthetic."""

    accounts: list[words.Account] | None = None
    """AWS account ids."""
    clusters: list[words.Cluster] | None = None
    """Uids of the namespace `kube-system`."""
    ca: words.Line | None = None
    """A PEM bundle of private certificate authorities, relative to this file."""


class Anchor(Written):
    """Where the ledger's head is kept besides the ledger."""

    in_model: ClassVar[Mapping[str, str]] = {"retain": "retain_seconds"}
    git: words.Place | None = None
    """A git repository."""
    ref: words.Ref | None = None
    """Its ref."""
    s3: words.Uri | None = None
    """An S3 prefix with object lock."""
    retain: words.Duration | None = None
    """How long its objects are locked."""
    region: words.Region | None = None
    """Of the bucket."""
    profile: words.Line | None = None
    """Of AWS, to reach the bucket with."""
    bucket_owner: words.Account | None = None
    """The account that the bucket must belong to."""

    @model_validator(mode="after")
    def _one(self) -> Anchor:
        if (self.git is None) is (self.s3 is None):
            raise refuse("either git or s3", "such as {git: git@example.org:team/ledger.git}")
        of_bucket = (self.retain, self.region, self.profile, self.bucket_owner)
        if self.git is not None and any(of_bucket):
            raise refuse("git, and ref at most", "retain, region, profile and bucket_owner are about a bucket")
        if self.s3 is not None and (self.region is None or self.ref is not None):
            raise refuse("s3 with its region, and retain and profile at most")
        return self
