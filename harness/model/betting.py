"""Constants of the bets that judge pairs and runs, and how few of them can prove anything. Pure; docs/method.md."""

from __future__ import annotations

FRACTIONS = (0.3, 0.7, 0.95)
"""Shares of the wealth that are bet on each unit; the wealth is the mean over them (Robbins 1970)."""
OWN_SHARE = 2.0
"""The newest image's own pairs must reach this share of alpha, beside all units together: 1 / (2 alpha)."""
NONE_BAD, FEW_BAD = 0.8, 0.2
"""Weights of the bets that no run at all is bad, and that a quarter of the allowed rate is."""
QUARTER = 0.25
WANTED = 20.0
"""Evidence that a bound of a rate needs: it is wrong at most once in so many."""


def fewest_units(wanted: float) -> int:
    """Give how many units, each as good as can be, reach so much wealth: 6 for 20, 9 for 100, 5 for 10."""
    count = 1
    while sum((1 + share) ** count for share in FRACTIONS) / len(FRACTIONS) < wanted:
        count += 1
    return count


def clean_runs(rate: float) -> int:
    """Give how many runs without a bad one prove that fewer than `rate` are bad: 9, 30, 61 at 30, 10, 5 %."""
    count = 1
    while NONE_BAD * (1 - rate) ** -count + FEW_BAD * ((1 - QUARTER * rate) / (1 - rate)) ** count < WANTED:
        count += 1
    return count
