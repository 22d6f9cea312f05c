"""Whether values in time's order resemble the one before: serial correlation by permutation. Pure, seeded."""

from __future__ import annotations

import numpy as np

from harness.statistics.results import Floats, finite

_ORDERS, _SEED = 1999, 1943
FEWEST = 8
"""Values of which fewer say nothing of their order."""


def resemblance(values: Floats) -> tuple[float, float]:
    """Give the correlation of each value with the one before, and the chance of one as large in any order alike.

    Wald and Wolfowitz 1943; the chance is that over 1,999 drawn orders and the one seen. No correlation and a chance of
    1 where there are fewer than `FEWEST` values, or all are the same.

    Raises:
        ValueError: a value is not finite.
    """
    if len(values) < FEWEST:
        return 0.0, 1.0
    found = finite(values, "values")
    around = found - found.mean()
    square = float(around @ around)
    if np.ptp(found) == 0:
        return 0.0, 1.0
    random = np.random.default_rng(_SEED)
    orders = np.stack([around, *(random.permutation(around) for _ in range(_ORDERS))])
    products = (orders[:, :-1] * orders[:, 1:]).sum(axis=1)
    return float(products[0] / square), float(np.mean(products >= products[0] * (1 - 1e-12)))
