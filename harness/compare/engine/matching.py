"""The largest number of rows that can be matched within tolerance. Pure Python."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

EDGES_MAX = 2_000_000


class TooMany(Exception):  # noqa: N818 - an answer, not a fault
    """More possible matches than can be tried."""


def matched(edges: Sequence[Sequence[int]], rights: int) -> tuple[list[int], list[int]]:
    """Match as many left rows as possible (Hopcroft and Karp, 1973); -1 is a row without a partner.

    `edges[n]` lists the right rows that left row n may be matched with.
    """
    left, right = [-1] * len(edges), [-1] * rights
    while True:
        level = _levels(edges, left, right)
        if level is None:
            return left, right
        for row in range(len(edges)):
            if left[row] < 0:
                _extend(row, edges, left, right, level=level)


def _levels(edges: Sequence[Sequence[int]], left: list[int], right: list[int]) -> list[int] | None:
    """Number left rows by their distance from a free one; None where no free right row can be reached."""
    level = [0 if other < 0 else -1 for other in left]
    queue = [row for row, other in enumerate(left) if other < 0]
    found = False
    for row in queue:
        for other in edges[row]:
            owner = right[other]
            if owner < 0:
                found = True
            elif level[owner] < 0:
                level[owner] = level[row] + 1
                queue.append(owner)
    return level if found else None


def _extend(start: int, edges: Sequence[Sequence[int]], left: list[int], right: list[int], *, level: list[int]) -> None:
    """Find one augmenting path by depth, without recursion, and turn it over."""
    path: list[tuple[int, int]] = []
    stack = [(start, iter(edges[start]))]
    while stack:
        row, rest = stack[-1]
        other = next(rest, None)
        if other is None:
            level[row] = -2
            stack.pop()
            if path:
                path.pop()
            continue
        owner = right[other]
        if owner < 0:
            for mine, its in [*path, (row, other)]:
                left[mine], right[its] = its, mine
            return
        if level[owner] == level[row] + 1:
            path.append((row, other))
            stack.append((owner, iter(edges[owner])))


def near_pairs(
    left: Sequence[float | None],
    right: Sequence[float | None],
    reach: Callable[[float], float],
    near: Callable[[int, int], bool],
) -> list[list[int]]:
    """List for each left row the right rows near it; `left` and `right` are one number of each row, or None.

    `reach` says how far from a number another may be and still be near; rows without a number are tried with all
    others without one.

    Raises:
        TooMany: more than `EDGES_MAX` pairs would be tried.
    """
    numbered = sorted((value, n) for n, value in enumerate(right) if value is not None)
    values = [value for value, _ in numbered]
    others = [n for n, value in enumerate(right) if value is None]
    edges: list[list[int]] = []
    tried = 0
    for n, value in enumerate(left):
        if value is None:
            possible = others
        else:
            far = reach(value)
            first = bisect_left(values, value - far)
            last = bisect_left(values, value + far)
            while last < len(values) and values[last] <= value + far:
                last += 1
            possible = [at for _, at in numbered[first:last]]
        tried += len(possible)
        if tried > EDGES_MAX:
            raise TooMany
        edges.append([at for at in possible if near(n, at)])
    return edges
