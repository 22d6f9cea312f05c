"""Labels and annotations of the harness's objects on Kubernetes. Values only."""

from __future__ import annotations

import hashlib

LABEL = "parity-harness"
CAMPAIGN_LABEL = f"{LABEL}/campaign"
RUN_LABEL = f"{LABEL}/run"
DIGEST_ANNOTATION = f"{LABEL}/planned"


def campaign_label(campaign: str) -> str:
    """Shorten a campaign id to a label that is always legal."""
    return hashlib.sha256(campaign.encode()).hexdigest()[:16]
