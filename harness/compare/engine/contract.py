"""What of a request says how tables are compared: the owner's table contract, and what every rule says beside it."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from harness.compare.engine.exact import Bounds
from harness.compare.engine.session import Trouble
from harness.model.table_contract import TableContract

ALL = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(TableContract):
    """How two tables are compared; the defaults are the strict ones."""

    form: str
    key: tuple[str, ...]
    tolerance: Mapping[str, Bounds]
    ignore: frozenset[str]
    order: str = "undeclared"
    """Without a key: undeclared, position or multiset."""
    window_rows: int = 0
    """Rows of one window of a sorted key; 0: as many as fit the engine's share of memory."""

    def bounds(self, name: str) -> tuple[Bounds | None, bool]:
        """Give a column's tolerance, and whether it is the one for all columns."""
        if name in self.tolerance:
            return self.tolerance[name], False
        return self.tolerance.get(ALL), ALL in self.tolerance


def contract_of(request: Mapping[str, Any]) -> Contract:
    """Read a request; what it does not say has its default."""
    said = msgspec.convert(request.get("contract", {}), TableContract)
    return Contract(
        **{name: getattr(said, name) for name in TableContract.__dataclass_fields__},
        form=str(request["form"]),
        key=tuple(request["key"]),
        tolerance={name: (pair[0], pair[1]) for name, pair in request["tolerance"].items()},
        ignore=frozenset(request["ignore"]),
        order=str(request.get("order", "undeclared")),
        window_rows=int(request.get("window_rows", 0)),
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
        ("csv", set(contract.dialect.columns)),
    ):
        lost = sorted(named - names)
        if lost:
            raise Trouble(f"{what} names {lost[0]!r}, which is no column")
    if contract.form != "csv" and contract.dialect.columns:
        raise Trouble("csv says how columns are written, and this table is no CSV")
    if contract.form != "csv" and set(contract.types.values()) - {"json"}:
        raise Trouble("types are declared for CSV only: other tables have their own, but for texts that are json")


def resolved(contract: Contract, names: Iterable[str]) -> Contract:
    """Give the names in rules the case that the columns have, where names have none."""
    if not contract.caseless:
        return contract
    known = {name.casefold(): name for name in names}

    def name_of(said: str) -> str:
        return known.get(said.casefold(), said)

    return replace(
        contract,
        key=tuple(map(name_of, contract.key)),
        tolerance={name_of(name): bounds for name, bounds in contract.tolerance.items()},
        ignore=frozenset(map(name_of, contract.ignore)),
        types={name_of(name): kind for name, kind in contract.types.items()},
        rounded={name_of(name): places for name, places in contract.rounded.items()},
        dialect=replace(
            contract.dialect, columns={name_of(name): own for name, own in contract.dialect.columns.items()}
        ),
    )
