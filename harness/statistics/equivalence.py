"""Equivalence tests: the public names.

Two one-sided tests (Schuirmann 1987; Lakens, Improving Your Statistical Inferences, ch. 9): two sides are EQUIVALENT
when the (1 - 2 alpha) interval of the effect lies inside the margin, DIFFERENT when it lies wholly outside, else
INCONCLUSIVE. Every test gives a frozen `Tost`: estimate, interval, both one-sided p values, outcome, margin, level, n
and the smallest margin that would have passed.
"""

from __future__ import annotations

from harness.statistics.counts import Bound, agreement_upper_bound, binomial_two_sided, holm
from harness.statistics.durations import noninferiority_log_ratio
from harness.statistics.means import tost_one_sample, tost_paired, tost_proportions, tost_welch
from harness.statistics.medians import sign_critical, sign_tost
from harness.statistics.results import Equivalence, Floats, Tost

__all__ = [
    "Bound",
    "Equivalence",
    "Floats",
    "Tost",
    "agreement_upper_bound",
    "binomial_two_sided",
    "holm",
    "noninferiority_log_ratio",
    "sign_critical",
    "sign_tost",
    "tost_one_sample",
    "tost_paired",
    "tost_proportions",
    "tost_welch",
]
