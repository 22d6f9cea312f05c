"""Words that findings and messages share, whoever makes them."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, noun: str) -> str:
    """Write `1 run`, `2 runs`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def first_of(names: Sequence[str], most: int, between: str = ", ") -> str:
    """Write the first names and how many there are besides: `a, b and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return between.join(names[:most]) + more


def hosts_text(hosts: int) -> str:
    """Say on how many hosts runs ran; a platform that names none leaves it unknown."""
    return counted(hosts, "known host") if hosts else "hosts that no platform names"
