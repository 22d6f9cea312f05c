"""The parts of two files → how they differ, by path."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.compare.models.near import Bounds, compare_values, norm, tolerant, whole_numbers
from harness.compare.models.parts import Array, Parts, Scalar, Trouble
from harness.compare.path_patterns import matches

SHOWN_MAX = 20
"""Paths with samples; the rest is counted."""
TEXT_MAX = 200
ALL = "*"


@dataclass(slots=True)
class _Differences:
    """What was found, as it is answered."""

    parts: int = 0
    values: int = 0
    differing: int = 0
    within: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    """One a path: path, what, count, largest, norm, samples."""
    near: list[dict[str, Any]] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)


def compare_parts(
    left: Parts, right: Parts, tolerance: Mapping[str, Sequence[float | None]], ignore: Sequence[str]
) -> dict[str, Any]:
    """Compare all parts by path.

    Raises:
        Trouble: a file ends early, or a tolerance can't be applied to what it names.
    """
    found = _Differences()
    rules = _Rules({name: (pair[0], pair[1]) for name, pair in tolerance.items()}, tuple(ignore))
    rules.check([*left, *right])
    for path in dict.fromkeys([*left, *right]):
        if rules.ignores(path):
            found.ignored.add(path)
        elif path not in right:
            found.missing.append(path)
        elif path not in left:
            found.extra.append(path)
        else:
            found.parts += 1
            _part(found, path, (left[path], right[path]), rules)
    return {
        "parts": found.parts,
        "values": found.values,
        "differing": found.differing,
        "within": found.within,
        "missing": [_cut(path) for path in found.missing[:SHOWN_MAX]],
        "missing_count": len(found.missing),
        "extra": [_cut(path) for path in found.extra[:SHOWN_MAX]],
        "extra_count": len(found.extra),
        "changed": found.changed[:SHOWN_MAX],
        "changed_count": len(found.changed),
        "near": found.near[:SHOWN_MAX],
        "ignored": sorted(_cut(path) for path in found.ignored)[:SHOWN_MAX],
    }


@dataclass(frozen=True, slots=True)
class _Rules:
    tolerance: Mapping[str, Bounds]
    ignore: tuple[str, ...]

    def check(self, paths: Sequence[str]) -> None:
        """Refuse a rule that names nothing."""
        for what, patterns in (("tolerance", self.tolerance), ("ignore", self.ignore)):
            for pattern in patterns:
                if pattern != ALL and not any(matches(pattern, path) for path in paths):
                    message = f"{what} names {pattern!r}, which is no value of either file"
                    raise Trouble(message)

    def ignores(self, path: str) -> bool:
        return any(matches(pattern, path) for pattern in self.ignore)

    def bounds(self, path: str) -> tuple[Bounds | None, bool]:
        """Give the tolerance of a path, and whether it is the one for all numbers."""
        named = [
            ((len(pattern), pattern), bounds)
            for pattern, bounds in self.tolerance.items()
            if pattern != ALL and matches(pattern, path)
        ]
        if named:
            return max(named, key=lambda found: found[0])[1], False
        return self.tolerance.get(ALL), True


def _part(found: _Differences, path: str, pair: tuple[Array | Scalar, Array | Scalar], rules: _Rules) -> None:
    left, right = pair
    bounds, for_all = rules.bounds(path)
    if isinstance(left, Array) and isinstance(right, Array):
        _arrays(found, path, (left, right), None if bounds is None else (bounds, for_all))
        return
    found.values += 1
    if isinstance(left, Array) or isinstance(right, Array):
        _changed(found, path, "another kind of value", [_sample("", _kind(left), _kind(right))])
        return
    state = _scalar_state(left, right, bounds, for_all=for_all)
    found.within += state == 1
    if state == 2:  # noqa: PLR2004 - as cells: equal, near, different
        _changed(found, path, "", [_sample("", _shown(left), _shown(right))], largest=_apart(left, right))
    elif state == 1:
        found.near.append(_near(path, 1, _apart(left, right)))


def _arrays(found: _Differences, path: str, pair: tuple[Array, Array], bounds: tuple[Bounds, bool] | None) -> None:
    left, right = pair
    if left.type != right.type:
        _changed(found, path, "another type", [_sample("", left.type, right.type)])
        return
    if left.shape != right.shape:
        _changed(found, path, "another shape", [_sample("", str(left.shape), str(right.shape))])
        return
    used = None
    if bounds is not None:
        if bounds[1]:
            used = bounds[0] if tolerant(left.type) and not whole_numbers(left.type) else None
        elif not tolerant(left.type):
            message = f"the tolerance of {path!r} can't be applied: its values are no numbers ({left.type})"
            raise Trouble(message)
        else:
            used = bounds[0]
    seen = compare_values(left, right, used)
    found.values += left.values
    found.within += seen.within
    if seen.differing:
        rows = not (left.fortran and right.fortran)
        samples = [_sample(_place(at, left, rows=rows), one, other) for at, one, other in seen.samples]
        _changed(found, path, "", samples, count=seen.differing, largest=_finite(seen.largest))
        found.changed[-1]["norm"] = _finite(norm(seen))
    elif seen.within:
        found.near.append(_near(path, seen.within, _finite(seen.largest_all)))


def _changed(
    found: _Differences,
    path: str,
    what: str,
    samples: list[dict[str, str]],
    *,
    count: int = 1,
    largest: float | None = None,
) -> None:
    found.differing += count
    kept = samples if len(found.changed) < SHOWN_MAX else []
    found.changed.append(
        {"path": _cut(path), "what": what, "count": count, "largest": largest, "norm": None, "samples": kept}
    )


def _near(path: str, count: int, largest: float | None) -> dict[str, Any]:
    return {"path": _cut(path), "count": count, "largest": largest}


def _sample(where: str, left: str, right: str) -> dict[str, str]:
    return {"where": where, "legacy": _cut(left), "candidate": _cut(right)}


def _place(at: int, array: Array, *, rows: bool) -> str:
    """Write the place of a value, counted in the order of rows or of columns."""
    if not array.shape:
        return ""
    return "[" + ", ".join(str(int(n)) for n in np.unravel_index(at, array.shape, "C" if rows else "F")) + "]"


def _scalar_state(left: Scalar, right: Scalar, bounds: Bounds | None, *, for_all: bool) -> int:
    """Compare two plain values: 0 the same, 1 within tolerance, 2 different."""
    if type(left) is type(right) and (left == right or (_is_nan(left) and _is_nan(right))):
        return 0
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (left, right))
    if not numbers or bounds is None:
        return 2
    whole = isinstance(left, int) and isinstance(right, int)
    if whole and for_all:
        return 2
    distance = _apart(left, right)
    if distance is None:
        return 2
    absolute, relative = bounds
    larger = max(abs(float(left)), abs(float(right)))  # type: ignore[arg-type]
    within = (absolute is not None and distance <= absolute) or (relative is not None and distance <= relative * larger)
    return 1 if within else 2


def _is_nan(value: Scalar) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _apart(left: Scalar, right: Scalar) -> float | None:
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    try:
        return _finite(abs(float(left) - float(right)))
    except OverflowError:
        return None


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _kind(value: Array | Scalar) -> str:
    return f"an array of {value.type}, {value.shape}" if isinstance(value, Array) else _shown(value)


def _shown(value: Scalar) -> str:
    return repr(value) if isinstance(value, bytes) else str(value)


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"
