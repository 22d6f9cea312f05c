"""How well each run was witnessed: what its streams lost, told twice, late, in a wrong order or by a wrong clock."""

from __future__ import annotations

from harness.campaign.check import PairCheck, nothing
from harness.compare import witnessed
from harness.model.finding import Dimension

CHECK = PairCheck(
    witnessed.CHECK,
    Dimension.TRUTH,
    nothing,
    lambda of: witnessed.check_witnesses(of.job, of.pair, of.legacy, of.candidate),
)
