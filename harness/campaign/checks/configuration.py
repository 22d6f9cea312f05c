"""Both processes saw the same parameters, environment, libraries and process."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import configuration
from harness.model.finding import Dimension

CHECK = PairCheck(
    "configuration",
    Dimension.CONFIGURATION,
    configuration.required,
    lambda of: configuration.check_configuration(of.job, of.pair, of.legacy, of.candidate),
)
