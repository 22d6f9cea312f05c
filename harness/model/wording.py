"""Words that findings share, whoever makes them."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Write `1 run`, `2 runs`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
