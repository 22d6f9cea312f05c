"""Models whose bytes do not repeat score a frozen probe set alike on both sides."""

from __future__ import annotations

from harness.campaign.check import JobCheck
from harness.compare import predictions
from harness.model.finding import Dimension

CHECK = JobCheck(
    "predictions",
    Dimension.OUTPUTS,
    predictions.required,
    lambda of: predictions.check_predictions(of.job, of.couples, of.repeats, of.open_payload),
)
