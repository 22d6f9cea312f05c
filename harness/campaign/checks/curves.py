"""How each metric went in both runs of a pair; it informs, and the last values are judged over all pairs."""

from __future__ import annotations

from harness.campaign.check import PairCheck, nothing
from harness.compare import metrics
from harness.model.finding import Dimension

CHECK = PairCheck(
    "metrics.curve",
    Dimension.METRICS,
    nothing,
    lambda of: metrics.check_curves(of.job, of.pair, of.legacy, of.candidate, noisy=of.curves),
)
