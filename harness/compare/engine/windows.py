"""Where a large table's key may be cut into windows that are compared one after the other.

The statistics in Parquet footers only propose the cuts. A window is a condition on the key itself, and the rows found
in all windows must be the rows of the file: a footer that lies makes the comparison slow or undecided, never wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from harness.compare.engine.cells import Column
from harness.compare.engine.contract import Contract
from harness.compare.engine.session import Session
from harness.compare.engine.sources import Source
from harness.model.table_contract import Duplicates, NullKeys

SMALL_BYTES = 192 * 1024**2
"""Of decoded values of both sides; below it one window holds everything."""
WINDOW_BYTES = 64 * 1024**2
READ_AGAIN_MAX = 1.5
"""Row groups that stand in several windows are decoded for each: beyond this factor the key is not in order."""
CUT_GROUPS, CUT_SHARE = 2, 0.05
"""Row groups that one cut may go through: a few at its place, and this share of all for rows that are late."""
CUT_TYPES = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DATE", "TIMESTAMP", "VARCHAR"}


@dataclass(frozen=True, slots=True)
class Window:
    """Keys above one bound up to another; None has no bound."""

    above: Any = None
    up_to: Any = None

    def condition(self, key: str) -> str:
        """Give the SQL of a key in this window, with bounds as parameters that may be used again."""
        parts, at = [], 1
        if self.above is not None:
            parts.append(f"{key} > ${at}")
            at += 1
        if self.up_to is not None:
            parts.append(f"{key} <= ${at}")
        return " AND ".join(parts) or f"({key} IS NULL OR true)"

    def values(self) -> list[Any]:
        """Give the parameters."""
        return [bound for bound in (self.above, self.up_to) if bound is not None]


WHOLE = Window()
"""All rows at once."""


def windows(
    session: Session, sources: tuple[Source, Source], keys: tuple[Column, ...], contract: Contract
) -> list[Window]:
    """Cut a key that is in order on both sides; one window where it is not, or where the tables are small."""
    plain = contract.duplicates is not Duplicates.ORDINAL and contract.null_keys is NullKeys.ERROR
    if not keys or not plain or not _cuttable(sources, keys[0]):
        return [WHOLE]
    legacy = _row_groups(session, sources[0], keys[0])
    bounds = _bounds(legacy, contract.window_rows or _wanted(legacy))
    if not bounds or _mixed(legacy, bounds):
        return [WHOLE]
    candidate = _row_groups(session, sources[1], keys[0])
    groups = [legacy, candidate]
    small = sum(size for side in groups for *_, size in side) <= SMALL_BYTES and not contract.window_rows
    if small or not candidate or _mixed(candidate, bounds):
        return [WHOLE]
    cut = [Window(*pair) for pair in zip([None, *bounds], [*bounds, None], strict=True)]
    return [WHOLE] if _read_again(groups, cut) > READ_AGAIN_MAX else cut


RowGroup = tuple[Any, Any, int, int]
"""Smallest and largest key, rows, bytes."""


def _cuttable(sources: tuple[Source, Source], key: Column) -> bool:
    """Tell whether the key is a column as it stands in Parquet files, in a type whose order is plain."""
    if not all(source.files for source in sources) or key.types[0] != key.types[1] or key.types[0] not in CUT_TYPES:
        return False
    return key.legacy == sources[0].fields[key.name].sql and key.candidate == sources[1].fields[key.name].sql


def _row_groups(session: Session, source: Source, key: Column) -> list[RowGroup]:
    files = list(source.files)
    try:
        rows = session.rows(
            "SELECT TRY_CAST(any_value(stats_min_value) FILTER (path_in_schema = $1) AS " + key.types[0] + ") AS low, "
            "TRY_CAST(any_value(stats_max_value) FILTER (path_in_schema = $1) AS " + key.types[0] + "), "
            "any_value(row_group_num_rows), sum(total_uncompressed_size) "
            f"FROM parquet_metadata({files!r}) GROUP BY file_name, row_group_id ORDER BY low",
            [key.name],
        )
    except session.error:
        return []
    if any(row[0] is None or row[1] is None or row[2] <= 0 for row in rows):
        return []
    return [(row[0], row[1], int(row[2]), max(0, int(row[3]))) for row in rows]


def _wanted(groups: list[RowGroup]) -> int:
    """Give how many rows of one side make a window."""
    size = sum(size for *_, size in groups)
    return max(1, sum(count for _, _, count, _ in groups) * WINDOW_BYTES // max(1, size))


def _mixed(groups: list[RowGroup], bounds: list[Any]) -> bool:
    """Tell whether a cut goes through many row groups, as where rows are dealt out to part files: it saves nothing."""
    most = CUT_GROUPS + len(groups) * CUT_SHARE
    return any(sum(low <= bound < high for low, high, *_ in groups) > most for bound in bounds)


def _bounds(groups: list[RowGroup], wanted: int) -> list[Any]:
    bounds: list[Any] = []
    rows = 0
    for _, high, count, _ in groups[:-1]:
        rows += count
        if rows >= wanted and (not bounds or high > bounds[-1]):
            bounds.append(high)
            rows = 0
    return bounds


def _read_again(groups: list[list[RowGroup]], cut: list[Window]) -> float:
    """Give how often a row is decoded on average."""
    rows = decoded = 0
    for side in groups:
        for low, high, count, _ in side:
            touched = sum(
                (window.up_to is None or low <= window.up_to) and (window.above is None or high > window.above)
                for window in cut
            )
            rows += count
            decoded += count * touched
    return decoded / max(1, rows)
