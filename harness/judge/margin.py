"""The largest difference that a metric's owner accepts. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Margin:
    """The largest difference an owner accepts: absolute, relative to the legacy mean, or the larger of both."""

    absolute: float | None = None
    relative: float | None = None

    def resolve(self, legacy_mean: float) -> float:
        """Give the margin in the metric's unit.

        Raises:
            ValueError: there is no margin, or it is negative or not finite.
        """
        parts = [
            number
            for number in (self.absolute, None if self.relative is None else self.relative * abs(legacy_mean))
            if number is not None
        ]
        if not parts or not all(math.isfinite(part) and part >= 0 for part in parts):
            message = f"no usable margin: absolute {self.absolute}, relative {self.relative}"
            raise ValueError(message)
        return max(parts)

    def exactly(self, legacy: float) -> Decimal:
        """Give the margin of one value as a decimal, from the numbers as they were written.

        Raises:
            ValueError: as `resolve`.
        """
        self.resolve(legacy)
        value = Decimal(repr(float(legacy)))
        absolute = [] if self.absolute is None else [Decimal(repr(float(self.absolute)))]
        relative = [] if self.relative is None else [Decimal(repr(float(self.relative))) * abs(value)]
        return max([*absolute, *relative])
