"""Days: clusters of submissions, so that all pairs of one day count as one unit. Pure."""

from __future__ import annotations

from collections.abc import Sequence

APART_SECONDS = 43_200.0
"""Half a day without a submission lies between two days, so a campaign that runs past midnight is one day."""


def days_of(seconds: Sequence[float]) -> tuple[int, ...]:
    """Number the day of each submission, in the order given; the first day is 0.

    Submissions that follow each other without half a day between them are one day, however long that goes on: too few
    days only make the claim harder to prove.

    Args:
        seconds: of a pair's first submission, by the harness's clock, UTC.
    """
    found: dict[float, int] = {}
    day, last = -1, float("-inf")
    for moment in sorted(set(seconds)):
        day += moment - last >= APART_SECONDS
        found[moment], last = day, moment
    return tuple(found[moment] for moment in seconds)
