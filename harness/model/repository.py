"""One entry of repos.yaml, parsed: owner, tier, both sides, jobs, policy. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.finding import Waiver
from harness.model.job import Job
from harness.model.policy import Policy
from harness.model.reality import Real


@dataclass(frozen=True, slots=True)
class LegacySide:
    """Where the Kubernetes side runs. Repositories name a context, they never supply a kubeconfig."""

    context: str | None
    """None: the current context of the user's kubeconfig."""
    namespace: str
    service_account: str | None
    staging_uri: str
    """s3:// prefix through which inputs and outputs travel."""
    price_per_cpu_hour: float | None
    price_per_gb_hour: float | None
    staging_owner: str = ""
    """Account that owns the staging bucket; empty: the candidate's, whose credentials are used."""
    restricted: bool = True
    """Pods may not gain privileges, and run under the runtime's seccomp profile."""


@dataclass(frozen=True, slots=True)
class CandidateSide:
    """Where the SageMaker side runs."""

    account: str
    region: str
    profile: str | None
    role: str
    staging_uri: str
    endpoint_url: str | None
    """None: AWS itself, or AWS_ENDPOINT_URL of the environment."""
    prices_per_hour: tuple[tuple[str, float], ...]
    """By instance type."""
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    event_source: str = "aws.sagemaker"
    """Of the events that the campaign's rule takes; a test on a real bus needs its own, `aws.` is refused there."""
    staging_owner: str = ""
    """Account that owns the staging bucket; empty: this one."""
    notebook_images: tuple[str, ...] = ()
    """Looked up for a SOCI index when a campaign is planned; no notebook is started."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard caps, checked before each submit."""

    price_max: float | None
    """In the currency of the prices; None: no prices known, only counts are capped."""
    runs_max: int
    pairs_in_flight: int
    campaign_seconds_max: int


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
    legacy: LegacySide
    candidate: CandidateSide
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
