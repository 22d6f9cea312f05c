"""Exact rules of equality within tolerance, in plain Python: numbers as decimals, doubles as doubles, nested values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

Bounds = tuple[float | None, float | None]
"""Absolute and relative; within either is within."""
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?")
"""As JSON writes numbers; `007` and `+1` are texts."""
DIGITS_MAX = 400
"""Characters of a number in a text; what is longer is beyond every double and compared as it is written."""
NONE: Bounds = (None, None)


def number(text: str) -> Fraction | None:
    """Read a text that is written as a finite number, without rounding; None where it is none."""
    if len(text) > DIGITS_MAX or not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        return None
    return Fraction(Decimal(text))


def spelled(text: str) -> str:
    """Give the one spelling that all texts of equal value share; what is no number stays as it is, but NaN and inf."""
    if number(text) is None:
        return _WORDS.get(text.lower(), text)
    sign, digits, exponent = Decimal(text).as_tuple()
    written = "".join(map(str, digits)).lstrip("0")
    kept = written.rstrip("0")
    shift = int(exponent) + len(written) - len(kept)
    if not kept:
        return "0"
    if abs(shift) > DIGITS_MAX:
        return text
    minus = "-" * sign
    if shift >= 0:
        return f"{minus}{kept}{'0' * shift}"
    padded = kept.rjust(1 - shift, "0")
    return f"{minus}{padded[:shift]}.{padded[shift:]}"


_WORDS = {sign + name: word for name, word in (("nan", "NaN"),) for sign in ("", "+", "-")}
_WORDS |= {sign + name: "Infinity" for name in ("inf", "infinity") for sign in ("", "+")}
_WORDS |= {"-inf": "-Infinity", "-infinity": "-Infinity"}


def text_state(left: str | None, right: str | None, bounds: Bounds, *, whole_exact: bool) -> int:
    """Compare two texts that may be numbers: 0 the same, 1 within tolerance, 2 different.

    `whole_exact`: two numbers without fraction and exponent have no tolerance.
    """
    if left is None or right is None:
        return 0 if left is right else 2
    if spelled(left) == spelled(right):
        return 0
    if whole_exact and all(text.removeprefix("-").isdecimal() for text in (left, right)):
        return 2
    return 1 if near_numbers(left, right, *bounds) else 2


def text_distance(left: str, right: str) -> float | None:
    """Give how far two numbers are apart; None where one is no number or the distance no double."""
    one, other = number(left), number(right)
    if one is None or other is None:
        return None
    try:
        return float(abs(one - other))
    except OverflowError:
        return None


def near_numbers(left: str, right: str, absolute: float | None, relative: float | None) -> bool:
    """Tell whether two numbers, as written, are within tolerance; nothing is rounded."""
    one, other = number(left), number(right)
    if one is None or other is None:
        return False
    distance = abs(one - other)
    if absolute is not None and distance <= _bound(absolute):
        return True
    return relative is not None and distance <= _bound(relative) * max(abs(one), abs(other))


@lru_cache(maxsize=64)
def _bound(value: float) -> Fraction:
    """Take a bound as its owner wrote it: 0.1 is a tenth."""
    return Fraction(Decimal(repr(value)))


def near_doubles(left: float, right: float, bounds: Bounds) -> bool:
    """Tell whether two finite doubles are within tolerance, in the arithmetic of doubles."""
    if not (math.isfinite(left) and math.isfinite(right)):
        return False
    distance = abs(left - right)
    absolute, relative = bounds
    if absolute is not None and distance <= absolute:
        return True
    return relative is not None and distance <= relative * max(abs(left), abs(right))


def nested_state(left: object, right: object, bounds: Bounds, *, whole_exact: bool = False) -> int:
    """Compare two nested values: 0 the same, 1 within tolerance, 2 different. Lists by place, structs and maps by name.

    `whole_exact`: integers have no tolerance.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if left.keys() != right.keys():
            return 2
        return max((nested_state(left[name], right[name], bounds, whole_exact=whole_exact) for name in left), default=0)
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        if len(left) != len(right):
            return 2
        pairs = zip(left, right, strict=True)
        return max((nested_state(*pair, bounds, whole_exact=whole_exact) for pair in pairs), default=0)
    return _leaf_state(left, right, bounds, whole_exact=whole_exact)


def _leaf_state(left: object, right: object, bounds: Bounds, *, whole_exact: bool) -> int:
    if left is None or right is None:
        return 0 if left is right else 2
    if isinstance(left, float) and isinstance(right, float):
        if left == right or (math.isnan(left) and math.isnan(right)):
            return 0
        return 1 if near_doubles(left, right, bounds) else 2
    if _is_number(left) and _is_number(right):
        whole = isinstance(left, int) and isinstance(right, int)
        return text_state(str(left), str(right), NONE if whole and whole_exact else bounds, whole_exact=False)
    return 0 if type(left) is type(right) and left == right else 2


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
