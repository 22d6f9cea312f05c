"""Two data sets and a contract → their columns in pairs, and how they differ."""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.compare.engine import join as joining
from harness.compare.engine import multiset
from harness.compare.engine.cells import Column, paired
from harness.compare.engine.contract import Contract, check, contract_of, resolved
from harness.compare.engine.declared import misfits
from harness.compare.engine.exact import NONE
from harness.compare.engine.found import Counts
from harness.compare.engine.kinds import TEXT, comparable
from harness.compare.engine.parts import parts_of
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.sources import Field, Source, open_source, with_nulls
from harness.model.table_contract import Duplicates

SIDES = ("legacy", "candidate")
INDEX = re.compile(r"__index_level_[0-9]+__")
"""What pandas names an index in a Parquet file; no column of the job's."""
MOVED = "the columns are in another order, and their order is declared to matter"
REORDERED = (
    "the rows are the same in another order: say `order: multiset` if their order means nothing, `order: position` if "
    "it does, or name a key"
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Both sides with their columns in pairs."""

    contract: Contract
    sources: tuple[Source, Source]
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    lost: str
    """A column of the declared key that can't be used; empty where none is."""
    shape: Mapping[str, Any]
    """What is said of columns, as a part of the answer."""

    @property
    def same_shape(self) -> bool:
        """Tell whether both sides have the same columns of the same types."""
        return not (self.shape["retyped"] or self.shape["columns_missing"] or self.shape["columns_extra"])


def opened(session: Session, request: Mapping[str, Any]) -> Opened:
    """Open both sides and pair their columns.

    Raises:
        Trouble: a side can't be read, or a rule can't be followed.
    """
    contract = contract_of(request)
    legacy, candidate = (
        open_source(session, side, parts_of(request["sides"][side]), contract.form, dialect=contract.dialect)
        for side in SIDES
    )
    contract = resolved(contract, [*candidate.fields, *legacy.fields])
    left, right = (_trimmed(source, contract) for source in (legacy, candidate))
    fields = (left, _renamed(right, left, contract))
    check(contract, set(fields[0]) | set(fields[1]))
    fields = (with_nulls(fields[0], contract.dialect), with_nulls(fields[1], contract.dialect))
    shape, columns = _columns(contract, fields)
    shape |= {"rows_legacy": legacy.rows, "rows_candidate": candidate.rows}
    keys = sorted(
        (column for column in columns if column.name in contract.key), key=lambda key: contract.key.index(key.name)
    )
    lost = next((name for name in contract.key if name not in {key.name for key in keys}), "")
    if lost and not any(lost in side for side in fields):
        raise Trouble(f"the declared key {lost!r} is no column")
    renamed = Source("candidate", candidate.relation, fields[1], candidate.rows, candidate.files)
    legacy = replace(legacy, fields=fields[0])
    return Opened(contract, (legacy, renamed), tuple(columns), tuple(keys), lost, shape)


def prepare(session: Session, both: Opened) -> None:
    """Check declared types, and define what nested values need; before any cell is compared.

    Raises:
        Trouble: a value is not of its declared type.
    """
    _check_types(session, both.sources, both.contract)
    for column in both.columns:
        if column.by_function:
            bounds = column.bounds or NONE
            session.nested(f"nested_{column.number}", column.types, bounds, whole_exact=column.for_all)


def difference(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Compare both sides.

    Raises:
        Trouble: they can't be compared, or nothing would be.
    """
    both = opened(session, request)
    if both.same_shape and not both.columns:
        raise Trouble("no column is compared")
    if both.shape["not_compared"]:
        return {**both.shape, **Counts().answer([]), "not_compared": both.shape["not_compared"]}
    if both.lost or not both.columns:
        why = "the key is not the same column on both sides" if both.lost else "no column in common"
        return {**both.shape, **Counts().answer([]), "not_compared": why}
    prepare(session, both)
    return {**both.shape, **_compared(session, both)}


def _trimmed(source: Source, contract: Contract) -> dict[str, Field]:
    """Take blanks from names, where they don't count around texts."""
    if not contract.trim:
        return dict(source.fields)
    made = {name.strip(): field for name, field in source.fields.items()}
    if len(made) < len(source.fields):
        raise Trouble(f"{source.side} file: two columns have one name but for the blanks around it")
    return made


def _renamed(fields: Mapping[str, Field], legacy: Mapping[str, Field], contract: Contract) -> dict[str, Field]:
    """Give the candidate's columns legacy's names, where the owner says which are the same."""
    lost = sorted(set(contract.renamed) - set(fields))
    if lost:
        raise Trouble(f"columns names {lost[0]!r}, which is no column of the candidate")
    folded = {name.casefold(): name for name in legacy} if contract.caseless else {}
    made: dict[str, Field] = {}
    for name, field in fields.items():
        new = contract.renamed.get(name) or folded.get(name.casefold(), name)
        if new in made:
            raise Trouble(f"two columns of the candidate are {new!r}")
        made[new] = field
    return made


def _columns(
    contract: Contract, fields: tuple[dict[str, Field], dict[str, Field]]
) -> tuple[dict[str, Any], list[Column]]:
    """Pair the columns, and say what only one side has or has in another type."""
    legacy, candidate = fields
    ignored = {name for name in legacy.keys() | candidate.keys() if name in contract.ignore}
    ignored |= {name for name in legacy.keys() ^ candidate.keys() if INDEX.fullmatch(name)}
    left, right = ([name for name in side if name not in ignored] for side in fields)
    shared = [name for name in left if name in candidate]
    retyped = [
        {"name": name, "legacy": _type(legacy[name]), "candidate": _type(candidate[name])}
        for name in shared
        if not comparable(legacy[name].type, candidate[name].type, contract.policy)
    ]
    changed = {column["name"] for column in retyped} - set(contract.key)
    kept = [name for name in shared if name not in changed]
    columns = [paired(n, name, (legacy[name], candidate[name]), contract) for n, name in enumerate(kept)]
    return {
        "columns_missing": [name for name in left if name not in candidate],
        "columns_extra": [name for name in right if name not in legacy],
        "retyped": retyped,
        "ignored": sorted(ignored),
        "columns_compared": len(columns),
        "not_compared": MOVED if contract.column_order and shared != [n for n in right if n in legacy] else "",
    }, columns


def _type(field: Field) -> str:
    return "text" if field.type == TEXT else field.type


def _check_types(session: Session, sources: tuple[Source, Source], contract: Contract) -> None:
    """Refuse values that are not of the type that their column is declared to have."""
    for source in sources:
        for name, declared in contract.types.items():
            field = source.fields.get(name)
            if field is None:
                continue
            if field.type not in {TEXT, "VARCHAR"}:
                raise Trouble(f"{source.side} file: {name!r} is declared to be {declared}, and is {field.type}")
            failed = misfits(declared, field.sql, contract.dialect.of(name))
            rows = session.rows(f"SELECT count(*), min(left({field.sql}, 40)) FROM {source.relation} WHERE {failed}")  # nosec B608 # columns by number, texts as quoted literals
            if rows[0][0]:
                raise Trouble(
                    f"{source.side} file: {rows[0][0]} values of {name!r} are no {declared}, such as {rows[0][1]!r}"
                )


def _compared(session: Session, both: Opened) -> dict[str, Any]:
    columns = list(both.columns)
    order = [column.name for column in columns]
    if both.keys and both.contract.duplicates is Duplicates.MULTISET:
        return _as_multiset(session, both)
    if both.keys:
        join = joining.Join(both.sources, both.keys, both.contract)
        return joining.compare(session, join, [column for column in columns if column not in both.keys]).answer(order)
    return _unkeyed(session, both)


def _as_multiset(session: Session, both: Opened) -> dict[str, Any]:
    return multiset.compare(session, both.sources, list(both.columns)).answer([], by_rows=True)


def _unkeyed(session: Session, both: Opened) -> dict[str, Any]:
    """Compare by place, as a multiset, or, where nobody said which, only decide what both agree on."""
    contract, sources = both.contract, both.sources
    if contract.order == "position" or sources[0].rows == sources[1].rows:
        by_place = joining.compare(session, joining.Join(sources, (), contract), list(both.columns))
        equal = not (by_place.rows_differing or any(by_place.only.values()))
        if contract.order == "position" or equal:
            return by_place.answer([column.name for column in both.columns])
    found = _as_multiset(session, both)
    if contract.order == "multiset" or found["only_legacy"] or found["only_candidate"]:
        return found
    raise Trouble(REORDERED)
