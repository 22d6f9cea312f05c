"""Rows that belong to each other by key or place → exact counts and a bounded number of samples.

One statement for each group of columns and each window of keys: the files are read, joined and counted in one pass, so
that memory holds one window's join, and counts need no second reading.
"""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.compare.engine.cells import Column
from harness.compare.engine.contract import Contract
from harness.compare.engine.found import SAMPLES, TEXT_MAX, Cells, Counts, named, shown
from harness.compare.engine.session import Row, Session, Trouble
from harness.compare.engine.sources import Source
from harness.compare.engine.windows import WHOLE, Window, windows
from harness.model.table_contract import Duplicates, NullKeys

GROUP = 64
"""Columns in one statement: the engine's planning is far from linear in the columns that it sees."""
MANY = 8
"""Groups from which on each is first asked whether anything differs in it at all: that is planned fast."""


@dataclass(frozen=True, slots=True)
class Join:
    """How rows of both sides are lined up."""

    sources: tuple[Source, Source]
    keys: tuple[Column, ...]
    """Empty: by place."""
    contract: Contract

    def side(self, source: Source, columns: list[Column], window: Window = WHOLE) -> str:
        """Give the SQL of one side's rows: its key, the values of some columns, and that it is there."""
        s = source.side[0] if source.side == "legacy" else "r"
        shown = [f"{column.value(source.side)} AS {s}x{column.number}" for column in columns]
        shown += [f"{key.keyed(key.value(source.side))} AS {s}k{n}" for n, key in enumerate(self.keys)]
        where = f" WHERE {window.condition(self.keys[0].value(source.side))}" if window != WHOLE else ""
        if not self.keys:
            shown.append(f"row_number() OVER () AS {s}k0")
        rows = f"SELECT {', '.join(shown)}, true AS {s}h FROM {source.relation}{where}"  # nosec B608 # columns by number, texts as quoted literals
        if self.keys and self.contract.duplicates is Duplicates.ORDINAL:
            return self._numbered(rows, s, source, where)
        return rows

    def _numbered(self, rows: str, s: str, source: Source, where: str) -> str:
        """Number the rows of one key in the order of their file, so that the first belongs to the first."""
        shown = rows.removesuffix(f" FROM {source.relation}{where}")
        keys = ", ".join(f"{s}k{n}" for n in range(len(self.keys)))
        placed = f"{shown}, row_number() OVER () AS {s}place FROM {source.relation}{where}"
        return f"SELECT *, row_number() OVER (PARTITION BY {keys} ORDER BY {s}place) AS {s}again FROM ({placed})"  # nosec B608 # columns by number, texts as quoted literals

    def on(self) -> str:
        """Say in SQL that a row of each side belong to each other by key."""
        equal = "=" if self.contract.null_keys is NullKeys.ERROR else "IS NOT DISTINCT FROM"
        terms = [f"lk{n} {equal} rk{n}" for n in range(len(self.keys))]
        if self.contract.duplicates is Duplicates.ORDINAL:
            terms.append("lagain = ragain")
        return " AND ".join(terms)

    def joined(self, columns: list[Column], window: Window = WHOLE) -> str:
        """Give the SQL of all rows, matched or not, with the state of each cell that may differ."""
        states = "".join(f", CASE WHEN suspect THEN {column.state()} END AS s{column.number}" for column in columns)
        read = "".join(f", {value}" for column in columns for value in column.doubles())
        return f"SELECT *{states} FROM (SELECT *{read} FROM ({self.suspects(columns, window)}))"  # nosec B608 # columns by number, texts as quoted literals

    def suspects(self, columns: list[Column], window: Window = WHOLE) -> str:
        """Give the SQL of all rows, matched or not, and whether both sides of a row are not simply the same."""
        legacy, candidate = (self.side(source, columns, window) for source in self.sources)
        between = f"({legacy}) POSITIONAL JOIN ({candidate})"
        if self.keys:
            between = f"({legacy}) FULL JOIN ({candidate}) ON {self.on()}"
        suspect = " OR ".join(column.suspect() for column in columns)
        return f"SELECT *, lh AND rh AND ({suspect or 'false'}) AS suspect FROM {between}"  # nosec B608 # columns by number, texts as quoted literals

    def shown_key(self) -> list[str]:
        """Give the SQL of the texts of a row's key; of the side that has it."""
        keys = range(max(1, len(self.keys)))
        return [f"left((coalesce(lk{n}, rk{n}))::VARCHAR, {TEXT_MAX})" for n in keys]

    def key_struct(self, *more: tuple[str, str]) -> str:
        """Give the SQL of a value that orders rows by key and shows it."""
        parts = []
        for n, text in enumerate(self.shown_key()):
            order = self.keys[n].ordered(f"coalesce(lk{n}, rk{n})") if self.keys else f"coalesce(lk{n}, rk{n})::DOUBLE"
            parts.append(f"'o{n}': coalesce({order}, 'Infinity'::DOUBLE), 'k{n}': {text}")
        if self.keys and self.contract.duplicates is Duplicates.ORDINAL:
            parts.append("'again': coalesce(lagain, ragain)")
        parts += [f"'{name}': {value}" for name, value in more]
        return f"{{{', '.join(parts)}}}"

    def name(self, found: dict[str, Any]) -> str:
        """Name a row by its key."""
        if not self.keys:
            return f"row {found['k0']}"
        return named([(key.name, found[f"k{n}"]) for n, key in enumerate(self.keys)])


def compare(session: Session, join: Join, columns: list[Column]) -> Counts:
    """Count rows and cells of both sides.

    Raises:
        Trouble: the key is empty or stands twice, or a file's statistics hide rows.
    """
    counts = Counts(cells={column.name: Cells(column.name) for column in columns})
    groups = list(grouped(columns))
    cut = windows(session, join.sources, join.keys, join.contract)
    differing = 0
    for number, group in enumerate(groups):
        seen = {"legacy": 0, "candidate": 0}
        if number and len(groups) > MANY and not _touched(session, join, group, cut):
            continue
        for window in cut:
            row = _count(session, join, group, window)
            _add(join, counts, group, row, first=number == 0)
            if number == 0:
                _check_window(session, join, row, window, seen=seen)
            differing += row[3]
        if number == 0:
            _check_rows(join, seen)
    counts.rows_differing = differing if len(groups) == 1 else _distinct(session, join, groups, counts, cut=cut)
    return counts


def grouped(columns: list[Column]) -> Iterator[list[Column]]:
    """Give the columns in groups small enough for one statement, at least one group."""
    for first in range(0, max(1, len(columns)), GROUP):
        yield columns[first : first + GROUP]


def _touched(session: Session, join: Join, group: list[Column], cut: list[Window]) -> bool:
    """Tell whether any cell of these columns is written differently on both sides."""
    return any(
        session.count(f"SELECT count(*) FROM ({join.suspects(group, window)}) WHERE suspect", window.values())  # nosec B608 # columns by number, texts as quoted literals
        for window in cut
    )


FIXED = 8
"""Values before those of columns."""


def _count(session: Session, join: Join, group: list[Column], window: Window) -> Row:
    states = " OR ".join(f"s{column.number} = 2" for column in group) or "false"
    nulls = " OR ".join(f"{{s}}k{n} IS NULL" for n in range(len(join.keys))) or "false"
    key = join.key_struct()
    only = [f"CASE WHEN {side}h IS NULL THEN {key} END" for side in "rl"]
    values = [
        "count(*) FILTER (rh IS NULL)",
        "count(*) FILTER (lh IS NULL)",
        f"count(*) FILTER ((lh AND ({nulls.format(s='l')})) OR (rh AND ({nulls.format(s='r')})))",
        f"count(*) FILTER ({states})",
        *(f"count(DISTINCT {name})" for name in only),
        *(f"min({name}, {SAMPLES})" for name in only),
    ]
    for column in group:
        at, (left, right) = column.number, column.pair()
        texts = (("a", f"left(({left})::VARCHAR, {TEXT_MAX})"), ("b", f"left(({right})::VARCHAR, {TEXT_MAX})"))
        values += [
            f"count(*) FILTER (s{at} = 2)",
            f"count(*) FILTER (s{at} = 1)",
            f"max(CASE WHEN s{at} = 2 THEN {column.distance()} END)",
            f"min(CASE WHEN s{at} = 2 THEN {join.key_struct(*texts)} END, {SAMPLES})",
        ]
    suspects = "suspect OR lh IS NULL OR rh IS NULL"
    sql = f"SELECT {', '.join(values)} FROM ({join.joined(group, window)}) WHERE {suspects}"  # nosec B608 # columns by number, texts as quoted literals
    return session.rows(sql, window.values())[0]


def _matched(session: Session, join: Join, window: Window) -> int:
    """Count the rows that belong to each other, reading keys only."""
    if not join.keys:
        return min(source.rows for source in join.sources)
    legacy, candidate = (join.side(source, [], window) for source in join.sources)
    return session.count(f"SELECT count(*) FROM ({legacy}) JOIN ({candidate}) ON {join.on()}", window.values())  # nosec B608 # columns by number, texts as quoted literals


def _add(join: Join, counts: Counts, group: list[Column], row: Row, *, first: bool) -> None:
    if first:
        for n, side in enumerate(("legacy", "candidate")):
            counts.only[side] += row[n]
            kept = counts.only_samples[side]
            kept += [join.name(sample) for sample in row[6 + n] or []][: SAMPLES - len(kept)]
    for n, column in enumerate(group):
        differing, within, largest, samples = row[FIXED + 4 * n : FIXED + 4 * n + 4]
        cells = [
            {"key": join.name(sample), "legacy": shown(sample["a"]), "candidate": shown(sample["b"])}
            for sample in samples or []
        ]
        counts.cells[column.name].add(differing, within, largest, cells)


def _check_window(session: Session, join: Join, row: Row, window: Window, *, seen: dict[str, int]) -> None:
    """Hold a window's rows against a count of their own: a key that stands twice shows as rows too many."""
    only_legacy, only_candidate, nulls = row[:3]
    if nulls and join.contract.null_keys is NullKeys.ERROR:
        _refuse_nulls(session, join)
    matched = _matched(session, join, window)
    for n, (source, only) in enumerate(zip(join.sources, (only_legacy, only_candidate), strict=True)):
        rows = source.rows
        if window != WHOLE:
            condition = window.condition(join.keys[0].value(source.side))
            rows = session.count(f"SELECT count(*) FROM {source.relation} WHERE {condition}", window.values())  # nosec B608 # columns by number, texts as quoted literals
        seen[source.side] += rows
        if matched + only != rows or (join.keys and row[4 + n] != only):
            _refuse_duplicates(session, join)


def _check_rows(join: Join, seen: dict[str, int]) -> None:
    for source in join.sources:
        if seen[source.side] != source.rows:
            raise Trouble(
                f"{source.side} file: its statistics hide rows: {seen[source.side]} of {source.rows} were found by key"
            )


def _refuse_nulls(session: Session, join: Join) -> None:
    names = ", ".join(key.name for key in join.keys)
    for source in join.sources:
        empty = " OR ".join(f"{key.value(source.side)} IS NULL" for key in join.keys)
        nulls = session.count(f"SELECT count(*) FROM {source.relation} WHERE {empty}")  # nosec B608 # columns by number, texts as quoted literals
        if nulls:
            raise Trouble(
                f"the declared key ({names}) is empty in {nulls} rows of the {source.side} file: name another key, or "
                "say `null_keys: value` if NULL is a key like others"
            )


def _refuse_duplicates(session: Session, join: Join) -> None:
    names = ", ".join(key.name for key in join.keys)
    keys = ", ".join(f"k{n}" for n in range(len(join.keys)))
    for source in join.sources:
        values = ", ".join(f"{key.keyed(key.value(source.side))} AS k{n}" for n, key in enumerate(join.keys))
        texts = ", ".join(f"left((k{n})::VARCHAR, {TEXT_MAX})" for n in range(len(join.keys)))
        twice = session.rows(
            f"SELECT {texts}, count(*) FROM (SELECT {values} FROM {source.relation}) GROUP BY {keys} "  # nosec B608 # columns by number, texts as quoted literals
            f"HAVING count(*) > 1 ORDER BY {keys} LIMIT 1"
        )
        if twice:
            where = named([(key.name, value) for key, value in zip(join.keys, twice[0], strict=False)])
            raise Trouble(
                f"the declared key ({names}) is not unique: {where} stands {twice[0][-1]} times in the {source.side} "
                "file: name more columns, or say `duplicates: ordinal` or `multiset`"
            )
    raise Trouble("the engine's counts of rows disagree: this is a defect of the harness or of the file")


def _distinct(session: Session, join: Join, groups: list[list[Column]], counts: Counts, *, cut: list[Window]) -> int:
    """Count rows with a difference in any group of columns."""
    touched = [group for group in groups if any(counts.cells[column.name].differing for column in group)]
    if not touched:
        return 0
    names = [f"lk{n}" for n in range(max(1, len(join.keys)))]
    names += ["lagain"] if join.keys and join.contract.duplicates is Duplicates.ORDINAL else []
    keys = ", ".join(names)
    total = 0
    for window in cut:
        selects = []
        for group in touched:
            hit = [column for column in group if counts.cells[column.name].differing]
            states = " OR ".join(f"s{column.number} = 2" for column in hit)
            selects.append(f"SELECT {keys} FROM ({join.joined(hit, window)}) WHERE {states}")  # nosec B608 # columns by number, texts as quoted literals
        session.rows("DROP TABLE IF EXISTS differing")
        for n, select in enumerate(selects):
            made = "CREATE TEMP TABLE differing AS" if n == 0 else "INSERT INTO differing"
            session.rows(f"{made} {select}", window.values())
        total += session.count(f"SELECT count(*) FROM (SELECT DISTINCT {keys} FROM differing)")  # nosec B608 # columns by number, texts as quoted literals
    return total
