"""What an owner can say of tables: every rule, and that none is without effect."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.compare.format import NotCompared
from harness.compare.tables import TableDifference, compare_tables
from harness.model.job import CompareRule, RowOrder, Tolerance
from harness.model.table_contract import CsvDialect, Duplicates, NullKeys, TableContract, TypePolicy

BY_ID = CompareRule("*", key=("id",))
POSITION = CompareRule("*", order=RowOrder.POSITION)
VALUE = TableContract(policy=TypePolicy.VALUE)


def csvs(
    folder: Path, legacy: str | bytes, candidate: str | bytes, rule: CompareRule = BY_ID, **contract: Any
) -> TableDifference:
    """Compare two CSV files."""
    for name, data in (("a", legacy), ("b", candidate)):
        (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return compare_tables(folder / "a", folder / "b", "csv", replace(rule, table=TableContract(**contract)))


def parquets(
    folder: Path, legacy: Mapping[str, Any], candidate: Mapping[str, Any], rule: CompareRule = BY_ID
) -> TableDifference:
    """Compare two Parquet files."""
    for name, data in (("a", legacy), ("b", candidate)):
        pq.write_table(pa.table(dict(data)), folder / name)
    return compare_tables(folder / "a", folder / "b", "parquet", rule)


# -- CSV --------------------------------------------------------------------------------------------------------------

EQUAL_CSV: dict[str, tuple[str | bytes, str | bytes, CompareRule, dict[str, Any]]] = {
    "line ends": ("id,v\n1,a\n", "id,v\r\n1,a\r\n", BY_ID, {}),
    "gzip": (gzip.compress(b"id,v\n1,a\n", mtime=1), gzip.compress(b"id,v\n1,a\n", mtime=2), BY_ID, {}),
    "decimal comma": (
        "id;v\n1;0,5\n", "id;v\n1;0,50\n", BY_ID, {"dialect": CsvDialect(delimiter=";", decimal=",")},
    ),
    "a word for NULL": ("id,v\n1,\n", "id,v\n1,NULL\n", BY_ID, {"dialect": CsvDialect(nulls=("NULL",))}),
    "no header": (
        "0.5123\n0.25\n", "0.51230001\n0.25\n", replace(POSITION, tolerance={"*": Tolerance(1e-6)}),
        {"dialect": CsvDialect(header=False)},
    ),
    "float format": (
        "id,v\n1,0.5488135039273248\n", "id,v\n1,0.548814\n", replace(BY_ID, tolerance={"v": Tolerance(1e-6)}), {},
    ),
    "doubles": ("id,v\n1,0.1\n", "id,v\n1,0.10000000000000001\n", BY_ID, {"types": {"v": "double"}}),
    "times": (
        "id,t\n1,2026-01-01 00:00:00\n", "id,t\n1,2026-01-01T00:00:00.000Z\n", BY_ID, {"types": {"t": "timestamp"}},
    ),
    "trim and case": ("id,v\n1, Aé\n", "id,v\n1,aÉ \n", BY_ID, {"trim": True, "fold": True}),
    "Unicode, in keys": ("id,v\né,1\n", "id,v\ne\u0301,1\n", BY_ID, {"nfc": True}),
    "another encoding": ("id,v\n1,é\n".encode("latin-1"),) * 2 + (BY_ID, {"dialect": CsvDialect(encoding="latin-1")}),
    "names": ("ID,V\n1,2\n", "id,v\n1,2\n", replace(BY_ID, key=("ID",)), {"caseless": True}),
    "other names": ("id,v\n1,2\n", "id,w\n1,2\n", BY_ID, {"renamed": {"w": "v"}}),
    "NaN is NULL": ("id,v\n1,nan\n", "id,v\n1,\n", BY_ID, {"nan_is_null": True}),
    "rounded": ("id,v\n1,0.12\n", "id,v\n1,0.1199\n", BY_ID, {"types": {"v": "double"}, "rounded": {"v": 2}}),
    "NULL as a key": ("id,v\n,2\n1,3\n", "id,v\n1,3\n,2\n", BY_ID, {"null_keys": NullKeys.VALUE}),
    "first to first": ("id,v\n1,a\n1,b\n", "id,v\n1,a\n1,b\n", BY_ID, {"duplicates": Duplicates.ORDINAL}),
    "any of a key": ("id,v\n1,a\n1,b\n", "id,v\n1,b\n1,a\n", BY_ID, {"duplicates": Duplicates.MULTISET}),
}  # fmt: skip


@pytest.mark.parametrize("case", EQUAL_CSV)
def test_an_owner_can_say_that_these_are_equal(tmp_path: Path, case: str) -> None:
    """And without the rule they are not, but for what is no difference by itself."""
    legacy, candidate, rule, contract = EQUAL_CSV[case]
    assert csvs(tmp_path, legacy, candidate, rule, **contract).equal
    if not contract and not rule.tolerance:
        return
    try:
        strict = csvs(tmp_path, legacy, candidate, replace(rule, tolerance={}))
    except NotCompared:
        return
    assert not strict.equal


@pytest.mark.parametrize(
    ("legacy", "candidate", "contract"),
    [
        ("id,v\n1,a\n1,b\n", "id,v\n1,b\n1,a\n", {"duplicates": Duplicates.ORDINAL}),
        ("id,v\n1,a\n1,b\n", "id,v\n1,b\n1,c\n", {"duplicates": Duplicates.MULTISET}),
        ("id,v\n1,0.12\n", "id,v\n1,0.13\n", {"types": {"v": "double"}, "rounded": {"v": 2}}),
        ("id,v\n1,2026-01-01 00:00:00\n", "id,v\n1,2026-01-01 00:00:01\n", {"types": {"v": "timestamp"}}),
        ("id,v\n1,\n", 'id,v\n1,"NULL"\n', {"dialect": CsvDialect(nulls=("NULL",))}),
    ],
)
def test_a_rule_makes_nothing_equal_beyond_what_it_says(
    tmp_path: Path, legacy: str, candidate: str, contract: dict[str, Any]
) -> None:
    """The nearest cases that stay different."""
    assert not csvs(tmp_path, legacy, candidate, **contract).equal


@pytest.mark.parametrize(
    ("rule", "contract", "says"),
    [
        (BY_ID, {"types": {"w": "double"}}, "types names 'w', which is no column"),
        (BY_ID, {"types": {"v": "double"}}, "1 values of 'v' are no double, such as 'a'"),
        (BY_ID, {"types": {"v": "decimal"}}, "1 values of 'v' are no decimal, such as 'a'"),
        (BY_ID, {"rounded": {"v": 2}}, "'v' can't be rounded: declare its type"),
        (BY_ID, {"renamed": {"w": "v"}}, "columns names 'w', which is no column of the candidate"),
        (replace(BY_ID, tolerance={"w": Tolerance(1)}), {}, "tolerance names 'w', which is no column"),
        (replace(BY_ID, tolerance={"v": Tolerance(1)}), {"types": {"v": "text"}}, "can't be applied"),
        (BY_ID, {"dialect": CsvDialect(encoding="no-such")}, "unknown encoding"),
    ],
)
def test_a_rule_that_can_not_be_applied_is_refused(
    tmp_path: Path, rule: CompareRule, contract: dict[str, Any], says: str
) -> None:
    """Never ignored without a word."""
    with pytest.raises(NotCompared, match=says):
        csvs(tmp_path, "id,v\n1,a\n", "id,v\n1,a\n", rule, **contract)


def test_the_order_of_columns_matters_where_it_is_said(tmp_path: Path) -> None:
    """A consumer that reads by place."""
    assert csvs(tmp_path, "id,v\n1,2\n", "v,id\n2,1\n").equal
    found = csvs(tmp_path, "id,v\n1,2\n", "v,id\n2,1\n", column_order=True)
    assert not found.equal
    assert "the columns are in another order" in found.summary()


def test_a_tolerance_for_all_numbers_is_not_for_ids(tmp_path: Path) -> None:
    """Two whole numbers are two ids; by name a tolerance is what its owner says."""
    legacy, candidate = "user,score\n4000001,0.5\n", "user,score\n4000002,0.5000001\n"
    found = csvs(tmp_path, legacy, candidate, replace(POSITION, tolerance={"*": Tolerance(None, 1e-6)}))
    assert ([column.name for column in found.columns], found.within) == (["user"], 1)
    own = {"user": Tolerance(1), "score": Tolerance(1e-3)}
    assert csvs(tmp_path, legacy, candidate, replace(POSITION, tolerance=own)).equal


# -- Parquet ----------------------------------------------------------------------------------------------------------

IDS = pa.array([1, 2], pa.int64())
TENTH = pa.array([Decimal("0.10"), None], pa.decimal128(5, 2))
AT = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("legacy", "candidate"),
    [
        (
            {"id": IDS, "t": pa.array([AT, None], pa.timestamp("us"))},
            {"id": IDS, "t": pa.array([AT, None], pa.timestamp("ns"))},
        ),
        ({"id": IDS, "s": pa.array(["a", "b"])}, {"id": IDS, "s": pa.array(["a", "b"]).dictionary_encode()}),
        ({"id": IDS, "v": IDS}, {"v": IDS, "id": IDS}),
        ({"id": IDS}, {"id": IDS, "__index_level_0__": IDS}),
        ({"id": IDS[:0], "s": pa.array([], pa.string())}, {"id": IDS[:0], "s": pa.array([], pa.string())}),
    ],
)  # fmt: skip
def test_how_an_engine_writes_a_table_is_no_difference(
    tmp_path: Path, legacy: Mapping[str, Any], candidate: Mapping[str, Any]
) -> None:
    """Units of time, dictionaries, the order of columns, the index of pandas, no rows."""
    assert parquets(tmp_path, legacy, candidate).equal


@pytest.mark.parametrize(
    ("legacy", "candidate", "equal"),
    [
        (pa.array([1, None], pa.int32()), pa.array([1, None], pa.int64()), True),
        (pa.array([1, None], pa.int64()), pa.array([1.0, None], pa.float64()), True),
        (pa.array([1, 2], pa.int64()), pa.array([1.0, 2.5], pa.float64()), False),
        (pa.array([2**53 + 1, 0], pa.int64()), pa.array([2.0**53, 0], pa.float64()), False),
        (TENTH, pa.array([0.1, None], pa.float64()), True),
        (TENTH, pa.array([Decimal("0.100"), None], pa.decimal128(38, 3)), True),
    ],
)  # fmt: skip
def test_numbers_of_other_types_are_compared_by_value_where_it_is_said(
    tmp_path: Path,
    legacy: Any,
    candidate: Any,
    equal: bool,  # noqa: FBT001
) -> None:
    """Strictly they are retyped, which is a difference."""
    sides = {"id": IDS, "v": legacy}, {"id": IDS, "v": candidate}
    assert parquets(tmp_path, *sides, replace(BY_ID, table=VALUE)).equal is equal
    strict = parquets(tmp_path, *sides)
    assert [column.name for column in strict.retyped] == ["v"]


def test_a_key_of_another_integer_type_still_names_its_rows(tmp_path: Path) -> None:
    """The retyped column is a difference, and the rows are compared all the same."""
    legacy = {"id": pa.array([1, 2], pa.int32()), "v": pa.array([1, 2])}
    candidate = {"id": pa.array([2, 1], pa.int64()), "v": pa.array([2, 7])}
    found = parquets(tmp_path, legacy, candidate)
    assert ([column.name for column in found.retyped], found.rows_differing, found.only_legacy) == (["id"], 1, 0)
    assert parquets(tmp_path, legacy, candidate, replace(BY_ID, table=VALUE)).retyped == ()


def test_tolerances_reach_into_lists_and_structs(tmp_path: Path) -> None:
    """Each number by itself; another length is another value."""
    near = replace(BY_ID, tolerance={"emb": Tolerance(1e-6), "s": Tolerance(1e-6)})
    one = {"id": IDS, "emb": pa.array([[0.1, 0.2], [0.3]]), "s": pa.array([{"a": [0.5], "b": "x"}, None])}
    two = {"id": IDS, "emb": pa.array([[0.1, 0.2000001], [0.3]]), "s": pa.array([{"a": [0.5000001], "b": "x"}, None])}
    three = {"id": IDS, "emb": pa.array([[0.1, 0.2], [0.3, 0.4]]), "s": pa.array([{"a": [0.5], "b": "y"}, None])}
    assert (parquets(tmp_path, one, two, near).equal, parquets(tmp_path, one, two).equal) == (True, False)
    found = parquets(tmp_path, one, three, near)
    assert {column.name: column.cells for column in found.columns} == {"emb": 1, "s": 1}


def test_decimals_keep_all_their_digits(tmp_path: Path) -> None:
    """As doubles both are one number, so that any tolerance would hide the difference."""
    one, other = (
        pa.array([Decimal(text)], pa.decimal128(38, 2)) for text in ("12345678901234567.10", "12345678901234567.20")
    )
    for bound in (0.0, 0.01, 0.09):
        rule = replace(BY_ID, tolerance={"v": Tolerance(bound)})
        assert not parquets(tmp_path, {"id": IDS[:1], "v": one}, {"id": IDS[:1], "v": other}, rule).equal
    rule = replace(BY_ID, tolerance={"v": Tolerance(0.1)})
    assert parquets(tmp_path, {"id": IDS[:1], "v": one}, {"id": IDS[:1], "v": other}, rule).equal
