"""Where a side that is on Kubernetes runs. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.repository import CloudAccount, Home


@dataclass(frozen=True, slots=True)
class KubernetesHome(Home):
    """One namespace of one cluster. Repositories name a context, they never supply a kubeconfig."""

    context: str | None
    """None: the current context of the user's kubeconfig."""
    namespace: str
    service_account: str | None
    staging_uri: str
    """s3:// prefix through which inputs and outputs travel."""
    price_per_cpu_hour: float | None
    price_per_gb_hour: float | None
    staging_owner: str = ""
    """Account that owns the staging bucket; empty: the other side's, whose credentials are used."""
    restricted: bool = True
    """Pods may not gain privileges, and run under the runtime's seccomp profile."""
    region: str = ""
    """Of the staging bucket, where the other side has no account; `staging_owner`'s credentials are then used."""
    profile: str | None = None
    endpoint_url: str | None = None
    priority_class: str = ""
    """Of pods of jobs that stand on a manifest; empty: none, whatever the manifest says."""
    platform: str = "kubernetes"

    @property
    def cloud(self) -> CloudAccount | None:
        """Give the account that staging is reached with; None: the other side's."""
        return CloudAccount(self.staging_owner, self.region, self.profile, self.endpoint_url) if self.region else None
