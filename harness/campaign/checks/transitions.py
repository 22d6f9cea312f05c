"""Each run went through states that follow each other, and both ended alike."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import transitions
from harness.model.finding import Dimension

CHECK = PairCheck(
    "transitions",
    Dimension.TRANSITIONS,
    transitions.required,
    lambda of: transitions.check_transitions(of.job, of.pair, of.legacy, of.candidate),
)
