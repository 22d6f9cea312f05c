"""Both runs of a blocked job tried the same outside, and were kept from it; and where effects go, what changed."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import effects
from harness.model.finding import Dimension

CHECK = PairCheck(
    effects.CHECK,
    Dimension.OUTPUTS,
    effects.required,
    lambda of: (
        *effects.check_effects(of.job, of.pair, of.legacy, of.candidate),
        *effects.check_places(of.job, of.pair, of.legacy, of.candidate),
    ),
)
