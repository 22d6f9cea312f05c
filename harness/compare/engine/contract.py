"""The table contract as the child reads it: what of a request says how tables are compared."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.compare.engine.exact import Bounds
from harness.compare.engine.session import MEMORY_BYTES, Trouble
from harness.compare.engine.texts import Dialect

ALL = "*"


@dataclass(frozen=True, slots=True)
class Contract:
    """How two tables are compared; the defaults are the strict ones."""

    form: str
    key: tuple[str, ...] = ()
    tolerance: Mapping[str, Bounds] = field(default_factory=dict)
    ignore: frozenset[str] = frozenset()
    order: str = "undeclared"
    """Without a key: undeclared, position or multiset."""
    policy: str = "strict"
    """Types: strict, value or coerce."""
    types: Mapping[str, str] = field(default_factory=dict)
    """Of columns of CSV: decimal, double, integer, text, boolean, date, timestamp."""
    duplicates: str = "error"
    """Keys that stand twice: error, ordinal or multiset."""
    null_keys: str = "error"
    """Error, or value: NULL is a key like others."""
    trim: bool = False
    fold: bool = False
    nfc: bool = False
    nan_is_null: bool = False
    caseless: bool = False
    """Names of columns are equal whatever their case."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """The candidate's name of a column to legacy's."""
    rounded: Mapping[str, int] = field(default_factory=dict)
    """Decimal places that a column's numbers are rounded to before anything is compared."""
    column_order: bool = False
    dialect: Dialect = field(default_factory=Dialect)
    memory_bytes: int = MEMORY_BYTES
    window_rows: int = 0
    """Rows of one window of a sorted key; 0: as many as fit the engine's share of memory."""

    def bounds(self, name: str) -> tuple[Bounds | None, bool]:
        """Give a column's tolerance, and whether it is the one for all columns."""
        if name in self.tolerance:
            return self.tolerance[name], False
        return self.tolerance.get(ALL), ALL in self.tolerance


def contract_of(request: Mapping[str, Any]) -> Contract:
    """Read a request; what it does not say has its default."""
    given = dict(request.get("contract", {}))
    dialect = dict(given.pop("dialect", {}))
    if "nulls" in dialect:
        dialect["nulls"] = tuple(dialect["nulls"])
    order = str(request.get("order", "undeclared"))
    return Contract(
        form=str(request["form"]),
        key=tuple(request["key"]),
        tolerance={name: (pair[0], pair[1]) for name, pair in request["tolerance"].items()},
        ignore=frozenset(request["ignore"]),
        order=order,
        dialect=Dialect(**dialect),
        **given,
    )


def check(contract: Contract, names: set[str]) -> None:
    """Refuse rules that name no column of either side, or that tables of this form can't follow.

    Raises:
        Trouble: a rule would be without effect.
    """
    for what, named in (
        ("tolerance", set(contract.tolerance) - {ALL}),
        ("types", set(contract.types)),
        ("round", set(contract.rounded)),
    ):
        lost = sorted(named - names)
        if lost:
            raise Trouble(f"{what} names {lost[0]!r}, which is no column")
    if contract.types and contract.form != "csv":
        raise Trouble("types are declared for CSV only: Parquet files have their own")
