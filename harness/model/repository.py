"""One entry of repos.yaml, parsed: owner, tier, both sides, jobs, policy. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.finding import Waiver
from harness.model.job import Job, Side
from harness.model.policy import Policy
from harness.model.reality import Real


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """An account of AWS, and how it is reached; credentials come from the user's own settings, never from here."""

    account: str
    region: str
    profile: str | None
    endpoint_url: str | None


class Home:
    """Where one side runs. Every platform has its own kind of home, a frozen dataclass with these fields."""

    __slots__ = ()
    platform: str
    """Name of the platform, in the registry of platforms."""
    staging_uri: str
    """s3:// prefix through which inputs and outputs travel."""
    staging_owner: str
    """Account that owns the staging bucket; empty: that of `cloud`."""

    @property
    def cloud(self) -> CloudAccount | None:
        """Give the account that staging and images are reached with; None: the other side's."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard caps, checked before each submit."""

    price_max: float | None
    """In the currency of the prices; None: no prices known, only counts are capped."""
    runs_max: int
    pairs_in_flight: int
    campaign_seconds_max: int
    price_month: float | None = None
    """Of all campaigns of the repository in one calendar month (UTC), summed over the ledger; None: no cap."""
    owner_price_month: float | None = None
    """Of all campaigns of the owner's repositories in one calendar month."""


@dataclass(frozen=True, slots=True)
class AnchorPlace:
    """Where the ledger's head is kept besides the ledger: a ref of a git repository, or objects that can't be deleted.

    Exactly one of `git` and `s3` is set.
    """

    git: str | None = None
    """Path or URL of the repository."""
    ref: str = "refs/parity/ledger"
    s3: str | None = None
    """s3:// prefix in a bucket with Object Lock."""
    retain_seconds: int = 400 * 86_400
    """How long an object can't be deleted."""
    region: str | None = None
    """Of the bucket."""
    profile: str | None = None
    bucket_owner: str = ""
    """Account that the bucket must belong to; empty: nobody said."""

    @property
    def words(self) -> str:
        """Name it as people are told of it."""
        return f"{self.git} {self.ref}" if self.git else str(self.s3)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long payloads are kept after the first verdict, by class; None: for good. Facts are never deleted."""

    logs_seconds: int | None = None
    outputs_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository to move."""

    name: str
    owner: str
    tier: str
    legacy: Home
    candidate: Home
    jobs: tuple[Job, ...]
    policy: Policy
    limits: Limits
    waivers: tuple[Waiver, ...]
    expected_verdict: str | None
    """Scenarios and demos only: what the verdict must be."""
    file: str
    line: int
    real: Real = Real()  # noqa: RUF009 - a frozen value
    """What counts as real; nothing named: the repository's evidence is synthetic."""
    anchor: AnchorPlace | None = None
    retention: Retention = Retention()
    rollback_drill: bool = False
    """A cutover asks for one rollback of each kind of its jobs that was drilled before; no evidence rests on it."""

    def home(self, side: Side) -> Home:
        """Give where one side runs."""
        return self.legacy if side is Side.LEGACY else self.candidate

    def cloud(self, side: Side) -> CloudAccount:
        """Give the account that a side's staging is reached with: its own, or the other side's.

        Raises:
            LookupError: neither side has one.
        """
        found = self.home(side).cloud or self.home(side.other).cloud
        if found is None:
            message = f"{self.name}: neither side names an account for its staging"
            raise LookupError(message)
        return found

    def sides_on(self, platform: str) -> tuple[Side, ...]:
        """List the sides that run on a platform."""
        return tuple(side for side in Side if self.home(side).platform == platform)
