"""Numbers as people write them: durations, sizes, shares. A unit is always written, and only these are known."""

from __future__ import annotations

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
BYTES = {
    "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3, "Ti": 1024**4, "k": 1000, "M": 1000**2, "G": 1000**3, "T": 1000**4,
}  # fmt: skip
"""As Kubernetes writes quantities: `Mi` is 2^20, `M` is 10^6. Its `m` and exponents are left out: traps here."""

DURATION_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,3})?(s|m|h|d)$"
SIZE_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,3})?(Ki|Mi|Gi|Ti|k|M|G|T)$"
SHARE_PATTERN = r"^[0-9]{1,9}(\.[0-9]{1,9})? ?%$"
DURATION_EXPECTED = "a duration such as 90s, 10m or 2h (units: s, m, h, d)"
SIZE_EXPECTED = "a size such as 512Mi or 2Gi (units: Ki, Mi, Gi, Ti, k, M, G, T)"
MARGIN_EXPECTED = "a share such as 1%, or a map with absolute and relative"

_QUANTITY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)([A-Za-z]+)")


def seconds(text: str) -> int | None:
    """Read a duration as whole seconds; None: not a duration with a known unit."""
    return _scaled(text, SECONDS)


def duration(number: float) -> str:
    """Write seconds as `seconds` reads them, in the largest unit that leaves a whole number."""
    unit = next((unit for unit, each in reversed(SECONDS.items()) if number and number % each == 0), "s")
    return f"{number / SECONDS[unit]:g}{unit}"


def size_bytes(text: str) -> int | None:
    """Read a size in bytes; None: not a size with a known unit."""
    return _scaled(text, BYTES)


def share(text: str) -> float | None:
    """Read a percentage as a share of 1; None: not a percentage."""
    return float(text.rstrip("% ")) / 100 if re.search(SHARE_PATTERN, text) else None


def _scaled(text: str, units: dict[str, int]) -> int | None:
    found = _QUANTITY.fullmatch(text)
    factor = units.get(found[2]) if found else None
    if found is None or factor is None:
        return None
    return round(float(found[1]) * factor)
