"""Two arrays of one shape → how many values differ, by how much, and where. Block by block, in NumPy."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.compare.models.parts import BFLOAT16, OPAQUE, Array, Trouble

SAMPLES = 10
WHOLE_BYTES_MAX = 512 << 20
"""Of one side, where two arrays are stored in different orders and can't be read side by side."""
Bounds = tuple[float | None, float | None]
Values = npt.NDArray[Any]


@dataclass(slots=True)
class ArrayDifference:
    """How the values of two arrays differ."""

    differing: int = 0
    within: int = 0
    largest: float = 0.0
    """Distance of two numbers beyond tolerance."""
    largest_all: float = 0.0
    """Of all that are not the same."""
    squares: float = 0.0
    """Sum of the squares of all distances."""
    samples: list[tuple[int, str, str]] = field(default_factory=list)
    """Place in the order of rows, left, right."""


def compare_values(left: Array, right: Array, bounds: Bounds | None) -> ArrayDifference:
    """Compare two arrays of one shape and type.

    Raises:
        Trouble: a file ends early, or both are stored in different orders and are too large to be turned.
    """
    found = ArrayDifference()
    at = 0
    if left.fortran != right.fortran and len(left.shape) > 1:
        _block(found, 0, (_whole(left).ravel(), _whole(right).ravel()), left.type, bounds=bounds)
        return found
    for one, other in zip(left.blocks(), right.blocks(), strict=True):
        if one != other:
            pair = np.frombuffer(one, left.raw), np.frombuffer(other, right.raw)
            _block(found, at, pair, left.type, bounds=bounds)
        at += len(one) // left.raw.itemsize
    return found


def _whole(array: Array) -> Values:
    if array.values * array.raw.itemsize > WHOLE_BYTES_MAX:
        raise Trouble("both sides store an array in different orders (C and Fortran), and it is too large to be turned")
    flat = np.frombuffer(b"".join(array.blocks()), array.raw)
    return np.ascontiguousarray(flat.reshape(array.shape, order="F" if array.fortran else "C"))


def _block(found: ArrayDifference, at: int, pair: tuple[Values, Values], kind: str, *, bounds: Bounds | None) -> None:
    left, right = (_readable(values, kind) for values in pair)
    with np.errstate(all="ignore"):
        differs = _differs(left, right)
        if not differs.any():
            return
        places = np.flatnonzero(differs)
        one, other = left[places], right[places]
        distance = _distance(one, other)
        near = (
            np.zeros(len(places), bool) if bounds is None or distance is None else _near(one, other, distance, bounds)
        )
    found.within += int(near.sum())
    found.differing += int((~near).sum())
    if distance is not None:
        finite = distance[np.isfinite(distance)]
        with np.errstate(all="ignore"):
            found.squares += float(np.dot(finite, finite))
        found.largest_all = max(found.largest_all, float(finite.max(initial=0.0)))
        far = distance[~near]
        found.largest = max(found.largest, float(far[np.isfinite(far)].max(initial=0.0)))
    for n in np.flatnonzero(~near)[: SAMPLES - len(found.samples)]:
        found.samples.append((at + int(places[n]), str(one[n]), str(other[n])))


def _readable(values: Values, kind: str) -> Values:
    """Give values that NumPy can calculate with."""
    if kind == BFLOAT16:
        return (values.astype("u4") << 16).view("f4")
    return values


def _differs(left: Values, right: Values) -> npt.NDArray[np.bool_]:
    """Say where values differ: NaN is NaN, and minus zero is zero."""
    differs: npt.NDArray[np.bool_] = left != right
    if left.dtype.kind in "fc":
        differs &= ~(np.isnan(left) & np.isnan(right))
    if left.dtype.kind in "mM":
        differs &= ~(np.isnat(left) & np.isnat(right))
    return differs


def _distance(left: Values, right: Values) -> npt.NDArray[np.float64] | None:
    """Give how far values are apart, as doubles; None where they are no numbers."""
    if left.dtype.kind in "iu":
        larger = np.maximum(left, right).astype(object) - np.minimum(left, right).astype(object)
        apart: npt.NDArray[np.float64] = larger.astype(np.float64)
        return apart
    if left.dtype.kind == "c":
        return np.abs(left.astype(np.complex128) - right.astype(np.complex128))
    if left.dtype.kind == "f":
        return np.abs(left.astype(np.float64) - right.astype(np.float64))
    return None


def _near(left: Values, right: Values, distance: npt.NDArray[np.float64], bounds: Bounds) -> npt.NDArray[np.bool_]:
    absolute, relative = bounds
    within = np.zeros(len(distance), bool)
    if absolute is not None:
        within |= distance <= absolute
    if relative is not None:
        larger = np.maximum(np.abs(left).astype(np.float64), np.abs(right).astype(np.float64))
        within |= distance <= relative * larger
    return within & np.isfinite(distance)


def tolerant(kind: str) -> bool:
    """Tell whether values of a type can be near without being equal."""
    return kind == BFLOAT16 or (not kind.startswith(OPAQUE) and kind[:1] in {"f", "c", "i", "u"})


def whole_numbers(kind: str) -> bool:
    """Tell whether values of a type are integers: a tolerance for all numbers is not for them."""
    return kind[:1] in {"i", "u"}


def norm(found: ArrayDifference) -> float:
    """Give the Euclidean norm of the difference."""
    return math.sqrt(found.squares)
