"""What each run did, against what its platform made of it and against the expected ending."""

from __future__ import annotations

from harness.campaign.check import PairCheck
from harness.compare import endings
from harness.model.finding import Dimension

CHECK = PairCheck(
    "truth",
    Dimension.TRUTH,
    endings.required,
    lambda of: endings.check_truth(of.job, of.pair, of.legacy, of.candidate),
)
