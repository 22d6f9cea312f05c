"""Labels and annotations of the harness's objects on Kubernetes. Values only."""

from __future__ import annotations

import hashlib

LABEL = "parity-harness"
CAMPAIGN_LABEL = f"{LABEL}/campaign"
RUN_LABEL = f"{LABEL}/run"
DIGEST_ANNOTATION = f"{LABEL}/planned"
ONLY_BELOW = f"{LABEL}/writes-only-below"
"""Annotation of a pod that may do nothing outside but write below this s3:// place."""


def campaign_label(campaign: str) -> str:
    """Shorten a campaign id to a label that is always legal."""
    return hashlib.sha256(campaign.encode()).hexdigest()[:16]
