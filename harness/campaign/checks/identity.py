"""Both runs of a pair had the planned image, parameters and inputs."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import pairs
from harness.model.finding import Dimension

CHECK = PairCheck(
    "identity",
    Dimension.IDENTITY,
    pairs.required,
    lambda of: pairs.check_identity(of.job, of.pair, of.identity, of.legacy, of.candidate),
)
