"""Both runs left the same files with the same content, by the owner's rules."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import outputs
from harness.model.finding import Dimension

CHECK = PairCheck(
    "outputs",
    Dimension.OUTPUTS,
    outputs.required,
    lambda of: outputs.check_outputs(
        of.job, of.pair, of.legacy, of.candidate, open_payload=of.open_payload, noise=of.noise
    ),
)
