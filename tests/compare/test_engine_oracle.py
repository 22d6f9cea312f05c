"""The engine against a slow, obvious comparator: random tables over every rule, equal to the cell.

300 tables here; `nox -s tables` draws 10,000.
"""

from __future__ import annotations

import os
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import plain_tables
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_tables import Expected, Rules, Table

from harness.compare.engine import child, exact, join, windows

EXAMPLES = int(os.environ.get("PARITY_TABLES", "300"))
SIDES = ("legacy", "candidate")
TEXTS = (
    "a", "A", "007", "+1", "1", "1.0", "1.00", "1e0", "10e-1", "0.1", "0.10000000000000001", "-0", "0", "-0.0", "1e400",
    "NaN", "nan", "inf", "Infinity", "-inf", "1.5", "1.25", "2", "3", "1234567890123456.70", "1234567890123456.80",
    "12345678901234567890", "12345678901234567891", "1e-5", "0.00001", "é", " 1", "1e", "-", ".5", "5.", "1,5", "1.000",
    "1,000", "1.000,0", "1,5e0", ",5", "1,",
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "int32": (0, 1, 2, 3, -1),
    "int64": (0, 1, 2, 3, 2**62, 2**62 + 1),
    "double": (0.0, -0.0, 1.0, 1.25, 1.5, 0.1, 0.1 + 2**-56, float("nan"), float("inf"), 1e300),
    "decimal": tuple(map(Decimal, ("0.00", "0.10", "1.00", "1.25", "12345678901234567.10", "12345678901234567.20"))),
    "string": ("", "a", "A", "1", "nan"),
    "bool": (True, False),
    "list": ([], [1.0], [1.25], [1.0, 2.0], [float("nan")], [1.0, None]),
}  # fmt: skip
ARROW = {
    "int32": pa.int32(), "int64": pa.int64(), "double": pa.float64(), "decimal": pa.decimal128(38, 2),
    "string": pa.string(), "bool": pa.bool_(), "list": pa.list_(pa.float64()),
}  # fmt: skip
BOUND = st.sampled_from([None, 0.0, 0.01, 0.25, 1.0])
NAMES = ("k", "x", "y")
DIALECTS: tuple[dict[str, Any], ...] = (
    {}, {}, {"decimal": ","}, {"decimal": ",", "thousands": "."}, {"thousands": ","}, {"nulls": {"k": "-", "x": "1.5"}},
)  # fmt: skip
DELIMITER = "::"
"""Of CSV here: several characters, so that every draw is read by way of both readers' one character."""


@st.composite
def csv_tables(draw: st.DrawFn) -> tuple[Table, Table]:
    """Draw two tables of texts."""
    cell = st.one_of(st.none(), st.sampled_from(TEXTS))
    rows = st.lists(st.tuples(cell, cell, cell), max_size=5)
    return Table(NAMES, ("text",) * 3, tuple(draw(rows))), Table(NAMES, ("text",) * 3, tuple(draw(rows)))


@st.composite
def parquet_tables(draw: st.DrawFn) -> tuple[Table, Table]:
    """Draw two tables of values, most columns of one type."""
    kinds = [draw(st.sampled_from(["int64", "string", "decimal"]))]
    kinds += [draw(st.sampled_from(list(VALUES))) for _ in NAMES[1:]]
    numbers = st.sampled_from(["int32", "int64", "double", "decimal"])
    others = [
        draw(st.one_of(st.just(kind), numbers)) if n and kind in {"int32", "int64", "double", "decimal"} else kind
        for n, kind in enumerate(kinds)
    ]
    tables = []
    for types in (kinds, others):
        cells = [st.one_of(st.none(), st.sampled_from(VALUES[kind])) for kind in types]
        tables.append(Table(NAMES, tuple(types), tuple(draw(st.lists(st.tuples(*cells), max_size=5)))))
    return tables[0], tables[1]


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    """Draw rules; a tolerance by name only where it can be applied to whatever the column holds."""
    pair = st.tuples(BOUND, BOUND)
    return Rules(
        key=draw(st.sampled_from([(), (), ("k",), ("k",), ("k", "x"), ("x", "k")])),
        tolerance=draw(st.sampled_from([{}, {"*": draw(pair)}])),
        order=draw(st.sampled_from(["undeclared", "position", "multiset"])),
        policy=draw(st.sampled_from(["strict", "value", "coerce"])),
        duplicates=draw(st.sampled_from(["error", "ordinal", "multiset"])),
        null_keys=draw(st.sampled_from(["error", "value"])),
        **draw(st.sampled_from(DIALECTS)),
    )


def written(table: Table, path: Path) -> str:
    """Write a table as its form, and say which that is."""
    if set(table.types) == {"text"}:
        lines = [DELIMITER.join("" if cell is None else cell for cell in row) for row in (table.names, *table.rows)]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return "csv"
    arrays = [pa.array([row[n] for row in table.rows], ARROW[kind]) for n, kind in enumerate(table.types)]
    pq.write_table(pa.table(dict(zip(table.names, arrays, strict=True))), path, row_group_size=2)
    return "parquet"


def asked(legacy: Table, candidate: Table, given_rules: Rules) -> dict[str, Any]:
    """Compare in this process, as the child does after shutting itself in."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            forms = [written(table, Path(side)) for side, table in zip(SIDES, (legacy, candidate), strict=True)]
            return child.answer(
                {
                    "form": forms[0],
                    "key": list(given_rules.key),
                    "tolerance": {name: list(pair) for name, pair in given_rules.tolerance.items()},
                    "ignore": [],
                    "order": given_rules.order,
                    "contract": {
                        "policy": given_rules.policy,
                        "duplicates": given_rules.duplicates,
                        "null_keys": given_rules.null_keys,
                        "dialect": dialect_of(legacy, given_rules),
                    },
                    "sides": {side: [{"file": side}] for side in SIDES},
                }
            )
        finally:
            os.chdir(home)


def dialect_of(table: Table, given_rules: Rules) -> dict[str, Any]:
    """Say how a table is written, and which columns have a dialect of their own; one column has it by its name."""
    if set(table.types) != {"text"}:
        return {}
    own = {name: {"nulls": [word]} for name, word in given_rules.nulls.items()}
    if given_rules.decimal == ",":
        own = {name: {**own.get(name, {}), "decimal": ","} for name in table.names}
    return {"delimiter": DELIMITER, "thousands": given_rules.thousands, "columns": own}


def check(answer: dict[str, Any], expected: Expected) -> None:
    """Hold an answer against what is expected, to the cell."""
    if expected.trouble:
        assert answer.get("trouble", "").startswith(expected.trouble), answer
        return
    found = answer["difference"]
    assert tuple(item["name"] for item in found["retyped"]) == expected.retyped
    if found["not_compared"]:
        return
    assert (found["only_legacy"], found["only_candidate"]) == expected.only
    assert (found["rows_differing"], found["within"]) == (expected.differing, expected.within)
    assert {column["name"]: column["cells"] for column in found["columns"]} == {
        name: len(cells) for name, cells in expected.cells.items()
    }
    for column in found["columns"]:
        shown = sorted((repr(sample["legacy"]), repr(sample["candidate"])) for sample in column["samples"])
        if all(isinstance(value, str | None) for cell in expected.cells[column["name"]] for value in cell[1:]):
            wanted = [(repr(left), repr(right)) for _, left, right in expected.cells[column["name"]]]
            assert shown == sorted(wanted)


@pytest.mark.timeout(900)  # an engine is opened for each of them twice: minutes on a host whose cores are taken
@given(st.one_of(csv_tables(), parquet_tables()), rules())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_engine_agrees_with_a_plain_comparator_to_the_cell(tables: tuple[Table, Table], drawn: Rules) -> None:
    """Every rule on every kind of value; exchanging the sides exchanges the counts."""
    there = asked(*tables, drawn)
    check(there, plain_tables.compare(*tables, drawn))
    back = asked(tables[1], tables[0], drawn)
    check(back, plain_tables.compare(tables[1], tables[0], drawn))


@given(st.one_of(csv_tables(), parquet_tables()), rules())
@settings(max_examples=max(20, EXAMPLES // 10), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_table_is_equal_to_itself(tables: tuple[Table, Table], drawn: Rules) -> None:
    """Whatever the rules, or the key is refused."""
    answer = asked(tables[0], tables[0], drawn)
    if "trouble" in answer:
        assert answer["trouble"].startswith("the declared key")
        return
    found = answer["difference"]
    assert (found["only_legacy"], found["only_candidate"], found["rows_differing"], found["within"]) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "left", "right"),
    [
        ("double", 0.1, 0.1 + 2**-56),
        (
            "decimal",
            Decimal("12345678901234567890123456789012345.10"),
            Decimal("12345678901234567890123456789012345.11"),
        ),
        ("int64", 2**62, 2**62 + 1),
        ("text", "12345678901234567890123456789012345.10", "12345678901234567890123456789012345.11"),
        ("text", "0.1", "0.10000000000000001"),
    ],
)
@pytest.mark.parametrize("absolute", [None, 0.0, 1e-300])
def test_the_last_digit_is_visible(kind: str, left: object, right: object, absolute: float | None) -> None:
    """One unit in the last place of a double, one digit of a decimal or an integer."""
    one, other = (
        Table(("k", "x"), (("text",) * 2 if kind == "text" else ("int64", kind)), row)
        for row in _rows(kind, left, right)
    )
    bounds = {} if absolute is None else {"x": (absolute, None)}
    found = asked(one, other, Rules(key=("k",), tolerance=bounds))["difference"]
    assert (found["rows_differing"], found["within"]) == (1, 0)


def _rows(kind: str, left: object, right: object) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    key: object = "1" if kind == "text" else 1
    return ((key, left),), ((key, right),)


def test_columns_in_groups_and_keys_in_windows_give_the_same_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """One column a statement, two rows a window."""
    rows = [(n, n % 5, float(n)) for n in range(40)]
    changed = [(n, (n + (n % 7 == 0)) % 5, n + 0.5 * (n % 11 == 0)) for n in range(3, 44)]
    tables = [Table(NAMES, ("int64", "int64", "double"), tuple(part)) for part in (rows, changed)]
    drawn = Rules(key=("k",))
    whole = asked(*tables, drawn)
    monkeypatch.setattr(join, "GROUP", 1)
    assert asked(*tables, drawn) == whole
    monkeypatch.setattr(windows, "SMALL_BYTES", 0)
    monkeypatch.setattr(windows, "WINDOW_BYTES", 100)
    cut: list[int] = []
    real = join.windows
    monkeypatch.setattr(join, "windows", lambda *given: cut.append(len(found := real(*given))) or found)
    assert asked(*tables, drawn) == whole
    assert cut[0] > 3


def test_the_property_turns_red_where_the_engine_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: distances as doubles, which call far numbers near."""
    monkeypatch.setattr(
        exact, "near_numbers", lambda left, right, absolute, _: abs(float(left) - float(right)) <= (absolute or 0)
    )
    one, other = (
        Table(("k", "x"), ("text",) * 2, row) for row in _rows("text", "1234567890123456.70", "1234567890123456.80")
    )
    drawn = Rules(key=("k",), tolerance={"x": (0.01, None)})
    with pytest.raises(AssertionError):
        check(asked(one, other, drawn), plain_tables.compare(one, other, drawn))
