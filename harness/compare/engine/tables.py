"""Two data sets and a contract → how they differ."""

# ruff: noqa: EM102, S608 - SQL is put together from this file's own names only, never from what was read

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from harness.compare.engine import join as joining
from harness.compare.engine import multiset
from harness.compare.engine.cells import Column, comparable, failed_casts, paired
from harness.compare.engine.contract import Contract, check, contract_of
from harness.compare.engine.found import Counts
from harness.compare.engine.session import Session, Trouble
from harness.compare.engine.sources import TEXT, Field, Source, open_source, parts_of

SIDES = ("legacy", "candidate")
INDEX = re.compile(r"__index_level_[0-9]+__")
"""What pandas names an index in a Parquet file; no column of the job's."""
REORDERED = (
    "the rows are the same in another order: say `order: multiset` if their order means nothing, `order: position` if "
    "it does, or name a key"
)


def difference(session: Session, request: Mapping[str, Any]) -> dict[str, Any]:
    """Compare both sides.

    Raises:
        Trouble: they can't be compared, or nothing would be.
    """
    contract = contract_of(request)
    legacy, candidate = (
        open_source(session, side, parts_of(request["sides"][side]), contract.form, contract.dialect) for side in SIDES
    )
    fields = (dict(legacy.fields), _renamed(candidate.fields, legacy.fields, contract))
    check(contract, set(fields[0]) | set(fields[1]))
    found, columns = _columns(contract, fields)
    found |= {"rows_legacy": legacy.rows, "rows_candidate": candidate.rows}
    keys = [column for column in columns if column.name in contract.key]
    lost = next((name for name in contract.key if name not in {key.name for key in keys}), None)
    if lost is not None and not any(lost in side for side in fields):
        raise Trouble(f"the declared key {lost!r} is no column")
    same_shape = not (found["retyped"] or found["columns_missing"] or found["columns_extra"])
    if same_shape and not columns:
        raise Trouble("no column is compared")
    if lost is not None or not columns:
        why = "the key is not the same column on both sides" if lost else "no column in common"
        return found | Counts().answer([]) | {"not_compared": why}
    sources = (legacy, Source("candidate", candidate.relation, fields[1], candidate.rows, candidate.files))
    _check_types(session, sources, contract)
    _nested(session, columns)
    keys.sort(key=lambda key: contract.key.index(key.name))
    return found | _compared(session, sources, columns, keys, contract)


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
    mine, its = ([name for name in side if name not in ignored] for side in fields)
    shared = [name for name in mine if name in candidate]
    retyped = [
        {"name": name, "legacy": _type(legacy[name]), "candidate": _type(candidate[name])}
        for name in shared
        if not comparable((legacy[name], candidate[name]), contract.policy)
    ]
    changed = {entry["name"] for entry in retyped} - set(contract.key)
    kept = [name for name in shared if name not in changed]
    columns = [paired(n, name, (legacy[name], candidate[name]), contract) for n, name in enumerate(kept)]
    if contract.column_order and shared != [name for name in its if name in legacy]:
        raise Trouble("the columns are in another order, and their order is declared to matter")
    return {
        "columns_missing": [name for name in mine if name not in candidate],
        "columns_extra": [name for name in its if name not in legacy],
        "retyped": retyped,
        "ignored": sorted(ignored),
        "columns_compared": len(columns),
    }, columns


def _type(field: Field) -> str:
    return "text" if field.type == TEXT else field.type


def _check_types(session: Session, sources: tuple[Source, Source], contract: Contract) -> None:
    """Refuse values that are not of the type that their column is declared to have."""
    for source in sources:
        for name, declared in contract.types.items():
            field = source.fields.get(name)
            if field is None or field.type != TEXT:
                continue
            failed = failed_casts(name, declared, source.fields, contract)
            rows = session.rows(f"SELECT count(*), min(left({field.sql}, 40)) FROM {source.relation} WHERE {failed}")  # nosec B608 # columns by number, texts as quoted literals
            if rows[0][0]:
                raise Trouble(
                    f"{source.side} file: {rows[0][0]} values of {name!r} are no {declared}, such as {rows[0][1]!r}"
                )


def _nested(session: Session, columns: list[Column]) -> None:
    for column in columns:
        if column.kind == "nested" and column.tolerant and column.bounds is not None:
            session.nested(f"nested_{column.number}", column.types, column.bounds)


def _compared(
    session: Session, sources: tuple[Source, Source], columns: list[Column], keys: list[Column], contract: Contract
) -> dict[str, Any]:
    order = [column.name for column in columns]
    if keys and contract.duplicates == "multiset":
        return _as_multiset(session, sources, columns)
    if keys:
        join = joining.Join(sources, tuple(keys), contract)
        return joining.compare(session, join, [column for column in columns if column not in keys]).answer(order)
    return _unkeyed(session, sources, columns, contract)


def _as_multiset(session: Session, sources: tuple[Source, Source], columns: list[Column]) -> dict[str, Any]:
    return multiset.compare(session, sources, columns).answer([], by_rows=True)


def _unkeyed(
    session: Session, sources: tuple[Source, Source], columns: list[Column], contract: Contract
) -> dict[str, Any]:
    """Compare by place, as a multiset, or, where nobody said which, only decide what both agree on."""
    order = [column.name for column in columns]
    by_place = None
    if contract.order == "position" or sources[0].rows == sources[1].rows:
        by_place = joining.compare(session, joining.Join(sources, (), contract), columns)
        equal = not (by_place.rows_differing or any(by_place.only.values()))
        if contract.order == "position" or equal:
            return by_place.answer(order)
    found = _as_multiset(session, sources, columns)
    if contract.order == "multiset" or found["only_legacy"] or found["only_candidate"]:
        return found
    raise Trouble(REORDERED)
