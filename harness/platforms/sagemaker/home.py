"""Where a side that is on SageMaker runs. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.repository import CloudAccount, Home


@dataclass(frozen=True, slots=True)
class SageMakerHome(Home):
    """One region of one account, with the role and the network of its jobs."""

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
    platform: str = "sagemaker"

    @property
    def cloud(self) -> CloudAccount:
        """Give the account that its jobs, images and staging are reached with."""
        return CloudAccount(self.account, self.region, self.profile, self.endpoint_url)
