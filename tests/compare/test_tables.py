"""Tables: read in a child that is shut in, compared by key and tolerance by one printed rule."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.bounded.child import Limits
from harness.bounded.child import ask as ask_child
from harness.compare import asking, tables
from harness.compare.engine import child as engine_child
from harness.compare.engine import join, sources
from harness.compare.engine.session import Session
from harness.compare.engine.texts import Outline
from harness.compare.format import NotCompared
from harness.compare.tables import TableDifference, compare_tables
from harness.model import strict_json
from harness.model.job import CompareRule, Json, RowOrder, Tolerance

RULE = CompareRule(files="*")
MULTISET = replace(RULE, order=RowOrder.MULTISET)
BY_ID = CompareRule(files="*", key=("id",))


def near(
    absolute: float | None = None, relative: float | None = None, *, key: tuple[str, ...] = ("id",)
) -> CompareRule:
    """Make a rule with one tolerance for all numbers."""
    return CompareRule(files="*", key=key, tolerance={"*": Tolerance(absolute, relative)})


def csvs(folder: Path, legacy: str | bytes, candidate: str | bytes, rule: CompareRule = BY_ID) -> TableDifference:
    """Compare two CSV texts, with a folder name that an engine could take for a pattern."""
    place = folder / "run[1]*" / "date=2024"
    place.mkdir(parents=True, exist_ok=True)
    for name, data in (("000000", legacy), ("000001", candidate)):
        (place / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    return compare_tables(place / "000000", place / "000001", "csv", rule)


def parquets(folder: Path, legacy: pa.Table, candidate: pa.Table, rule: CompareRule = BY_ID) -> TableDifference:
    """Compare two Arrow tables as Parquet files."""
    place = folder / "date=2024"
    place.mkdir(exist_ok=True)
    pq.write_table(legacy, place / "000000")
    pq.write_table(candidate, place / "000001")
    return compare_tables(place / "000000", place / "000001", "parquet", rule)


# -- by key -----------------------------------------------------------------------------------------------------------


def test_rows_are_matched_by_key_whatever_their_order(tmp_path: Path) -> None:
    """Neither the order of rows nor that of columns is a difference, nor the line ends."""
    found = csvs(tmp_path, "id,y\n1,a\n2,b\n", "y,id\r\nb,2\r\na,1\r\n")
    assert found.equal
    assert (found.rows_legacy, found.rows_candidate, found.columns_compared) == (2, 2, 2)


def test_a_cell_that_differs_is_shown_with_its_key(tmp_path: Path) -> None:
    """Count, largest distance and both values, column by column."""
    found = csvs(tmp_path, "id,x,y\n1,1,1\n2,2,2\n3,3,3\n", "id,x,y\n1,1,1.5\n2,2,2.25\n3,3,3\n")
    (column,) = found.columns
    assert not found.equal
    assert (column.name, column.cells, column.largest, found.rows_differing) == ("y", 2, 0.5, 2)
    assert [(sample.key, sample.legacy, sample.candidate) for sample in column.samples] == [
        ("id=1", "1", "1.5"),
        ("id=2", "2", "2.25"),
    ]
    assert found.summary() == "2 of 3 rows differ in y"


def test_rows_of_one_side_are_counted_and_shown(tmp_path: Path) -> None:
    """Ten of them are shown, in key order, and all are counted."""
    found = csvs(tmp_path, "id\n" + "".join(f"{n}\n" for n in range(15)), "id\n0\n99\n")
    assert (found.only_legacy, found.only_candidate) == (14, 1)
    assert found.only_legacy_samples[:2] == ("id=1", "id=2")
    assert (len(found.only_legacy_samples), found.only_candidate_samples) == (10, ("id=99",))
    samples, left_out = found.samples_of("a.csv")
    assert (len(samples), left_out) == (11, 4)


BOUNDS: tuple[tuple[str, str, Tolerance, bool], ...] = (
    ("1.0", "1.25", Tolerance(0.25), True),
    ("1.0", "1.25", Tolerance(0.2), False),
    ("1.0", "1.25", Tolerance(None, 0.2), True),
    ("1.0", "1.25", Tolerance(None, 0.19), False),
    ("-1", "1", Tolerance(0.0, 1.9), False),
    ("-1", "1", Tolerance(0.0, 2.0), True),
    ("5", "", Tolerance(100), False),
    ("5", "a", Tolerance(100), False),
    ("007", "7", Tolerance(100), False),
    ("12345678901234567", "12345678901234569", Tolerance(1), False),
    ("12345678901234567", "12345678901234568", Tolerance(1), True),
    ("1e400", "1e401", Tolerance(1), False),
    ("1e308", "-1e308", Tolerance(1), False),
)


def test_within_either_bound_is_within(tmp_path: Path) -> None:
    """The larger of both numbers is the measure of the relative bound; what is no number has none."""
    rule = CompareRule("*", key=("id",), tolerance={f"c{n}": case[2] for n, case in enumerate(BOUNDS)})
    header = "id," + ",".join(rule.tolerance)
    legacy = f"{header}\n1,{','.join(case[0] for case in BOUNDS)}\n"
    candidate = f"{header}\n1,{','.join(case[1] for case in BOUNDS)}\n"
    there, back = csvs(tmp_path, legacy, candidate, rule), csvs(tmp_path, candidate, legacy, rule)
    far = {f"c{n}" for n, case in enumerate(BOUNDS) if not case[3]}
    assert {column.name for column in there.columns} == {column.name for column in back.columns} == far
    assert there.within == back.within == len(BOUNDS) - len(far)


def test_a_columns_own_tolerance_comes_before_the_general_one(tmp_path: Path) -> None:
    """`*` is for the columns that have none."""
    rule = CompareRule("*", key=("id",), tolerance={"*": Tolerance(1.0), "x": Tolerance(0.0)})
    found = csvs(tmp_path, "id,x,y\n1,1,1\n", "id,x,y\n1,1.5,1.5\n", rule)
    assert [column.name for column in found.columns] == ["x"]
    assert found.within == 1


TEXTS = (
    ("1", "1.0", True),
    ("0.00001", "1e-05", True),
    ("NaN", "nan", True),
    ("007", "7", False),
    ("-0", "0.0", True),
    ("", '""', False),
    ("", "", True),
    ("12345678901234567", "12345678901234568", False),
    ("12345678901234567", "12345678901234567.0", True),
    ("1234567890123456.70", "1234567890123456.80", False),
    ("0.1", "0.10000000000000001", False),
    ("1e2", "100", True),
    ("1e400", "inf", False),
    ("True", "true", False),
    ("a ", "a", False),
    ('"a\nb"', '"a\nb"', True),
    ('a"b', '"a""b"', True),
)


def test_texts_are_equal_by_one_rule(tmp_path: Path) -> None:
    """Numbers by value where both are written as numbers, all else as written; by key and as a multiset alike."""
    header = ",".join(f"c{n}" for n in range(len(TEXTS)))
    legacy = f"id,{header}\n1,{','.join(case[0] for case in TEXTS)}\n"
    candidate = f"id,{header}\n1,{','.join(case[1] for case in TEXTS)}\n"
    different = {f"c{n}" for n, case in enumerate(TEXTS) if not case[2]}
    assert {column.name for column in csvs(tmp_path, legacy, candidate).columns} == different
    assert csvs(tmp_path, legacy, candidate, CompareRule("*", ignore=tuple(different))).equal
    legacy = "n,v\n" + "".join(f"{n},{case[0]}\n" for n, case in enumerate(TEXTS))
    candidate = "n,v\n" + "".join(f"{n},{case[1]}\n" for n, case in enumerate(TEXTS))
    assert csvs(tmp_path, legacy, candidate, RULE).only_legacy == len(different)


# -- without a key ----------------------------------------------------------------------------------------------------


def test_rows_in_another_order_decide_nothing_until_somebody_says_what_their_order_means(tmp_path: Path) -> None:
    """Undeclared it is undecided, with the line to write; by position it differs, as a multiset it is equal."""
    legacy, candidate = "p\n0.11\n0.22\n0.33\n", "p\n0.33\n0.22\n0.11\n"
    with pytest.raises(NotCompared, match="say `order: multiset` if their order means nothing"):
        csvs(tmp_path, legacy, candidate, RULE)
    assert csvs(tmp_path, legacy, candidate, MULTISET).equal
    found = csvs(tmp_path, legacy, candidate, replace(RULE, order=RowOrder.POSITION))
    assert (found.equal, found.only_legacy, found.only_candidate, found.rows_differing) == (False, 0, 0, 2)
    assert [cell.key for cell in found.columns[0].samples] == ["row 1", "row 3"]
    assert csvs(tmp_path, legacy, legacy, RULE).equal


def test_a_multiset_counts_how_often_a_row_stands_there(tmp_path: Path) -> None:
    """Order is nothing, and how often a row stands there is something."""
    assert csvs(tmp_path, "a,b\n1,2\n1,2\n3,4\n", "a,b\n3,4\n1,2\n1,2\n", MULTISET).equal
    found = csvs(tmp_path, "a,b\n1,2\n1,2\n3,4\n", "a,b\n3,4\n3,4\n1,2\n", RULE)
    assert (found.only_legacy, found.only_candidate) == (1, 1)
    assert (found.only_legacy_samples, found.only_candidate_samples) == (("a=1, b=2",), ("a=3, b=4",))


@pytest.mark.parametrize(
    ("legacy", "candidate", "equal"),
    [
        ("y\n1\n5\n", "y\n1.1\n5.1\n", True),
        ("y\n1\n5\n", "y\n5.1\n1.1\n", True),
        ("y\n1\n5\n", "y\n1.1\n7\n", False),
        ("y\n1\n5\n", "y\n1.1\n5.1\n5.1\n", False),
        ("n,y\na,1\nb,5\n", "n,y\nb,5.1\na,1.1\n", True),
    ],
)
def test_without_a_key_near_rows_are_matched_by_place_or_order(
    tmp_path: Path,
    legacy: str,
    candidate: str,
    equal: bool,  # noqa: FBT001
) -> None:
    """A way to match all rows is a proof; a column that no way can match is a proof of the opposite."""
    assert csvs(tmp_path, legacy, candidate, replace(near(0.5, key=()), order=RowOrder.MULTISET)).equal is equal


def test_without_a_key_as_many_rows_as_possible_are_matched(tmp_path: Path) -> None:
    """Neither the order of rows nor that of any one column finds these partners."""
    rule = replace(near(0.5, key=()), order=RowOrder.MULTISET)
    wide = replace(rule, tolerance={"*": Tolerance(1.0)})
    found = csvs(tmp_path, "x,y\n0.5,9\n1.5,0\n", "x,y\n0.6,0.1\n1.4,9.1\n", wide)
    assert (found.equal, found.within) == (True, 2)
    assert csvs(tmp_path, "x,y\n0.5,9\n1.5,0\n", "x,y\n0.9,0.1\n0.1,0.1\n", rule).only_legacy == 2


def test_without_a_key_counts_are_exact_where_sides_have_other_numbers_of_rows(tmp_path: Path) -> None:
    """Noise within tolerance is no row of one side, whatever else is missing."""
    rule = CompareRule("*", tolerance={"y": Tolerance(0.01)}, order=RowOrder.MULTISET)
    legacy = "n,y\n" + "".join(f"{n},{n}.5\n" for n in range(100))
    candidate = "n,y\n" + "".join(f"{n},{n}.505\n" for n in range(100) if n != 7) + "x,1.0\ny,2.0\n"
    found = csvs(tmp_path, legacy, candidate, rule)
    assert (found.only_legacy, found.only_candidate, found.within) == (1, 2, 99)
    assert (found.only_legacy_samples, found.only_candidate_samples) == (("n=7, y=7.5",), ("n=x, y=1", "n=y, y=2"))


# -- columns ----------------------------------------------------------------------------------------------------------


def test_columns_of_one_side_are_a_difference(tmp_path: Path) -> None:
    """Rows are compared by what both have."""
    found = csvs(tmp_path, "id,a,b\n1,2,3\n", "id,b,c\n1,4,5\n")
    assert (found.columns_missing, found.columns_extra) == (("a",), ("c",))
    assert [column.name for column in found.columns] == ["b"]
    assert "1 column missing and 1 extra" in found.summary()


def test_ignored_columns_are_left_alone_and_listed(tmp_path: Path) -> None:
    """Whether both sides have them or one; a misspelt one ignores nothing."""
    rule = CompareRule("*", key=("id",), ignore=("at", "only", "misspelt"))
    found = csvs(tmp_path, "id,at,only\n1,2,3\n", "id,at\n1,9\n", rule)
    assert (found.equal, found.ignored) == (True, ("at", "only"))


def test_a_key_on_one_side_only_leaves_rows_uncompared(tmp_path: Path) -> None:
    """The columns differ, which is a difference; nothing is said of rows."""
    found = csvs(tmp_path, "id,a\n1,2\n", "a\n2\n")
    assert not found.equal
    assert (found.columns_missing, found.not_compared) == (("id",), "the key is not the same column on both sides")


# -- what can't be compared -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("legacy", "candidate", "rule", "says"),
    [
        ("id,y\n1,2\n1,3\n", "id,y\n1,2\n", BY_ID, r"key \(id\) is not unique: id=1 stands 2 times in the legacy file"),
        ("id,y\n1,2\n", "id,y\n1,2\n1.0,2\n", BY_ID, r"not unique: id=1 stands 2 times in the candidate file"),
        ("id,y\n,2\n", "id,y\n1,2\n", BY_ID, r"key \(id\) is empty in 1 rows of the legacy file"),
        ("a\n1\n", "a\n1\n", BY_ID, "'id' is no column"),
        ("id\n1\n", "id\n1\n", CompareRule("*", ignore=("id",)), "no column is compared"),
        ("", "id\n1\n", BY_ID, "legacy file: empty"),
        ("id\n1\n", "id,id\n1,2\n", BY_ID, "candidate file: two columns are named 'id'"),
        ("id,y\n1\n", "id,y\n1,2\n", BY_ID, "legacy file: .*Line: 2"),
        ("id,y\n1,2,3\n", "id,y\n1,2\n", BY_ID, "legacy file: .*Line: 2"),
        ('id,y\n1,"2\n', "id,y\n1,2\n", BY_ID, "legacy file: unexpected end of data"),
        (b"id,y\n1,\xff\n", "id,y\n1,2\n", BY_ID, "legacy file: .*utf-8"),
        ("id\n1\n".encode("utf-16"), "id\n1\n", BY_ID, "legacy file: .*codec"),
        (",".join(f"c{n}" for n in range(2001)) + "\n", "id\n1\n", BY_ID, "2001 columns, more than 2000"),
    ],
)
def test_trouble_names_file_and_place(
    tmp_path: Path, legacy: str | bytes, candidate: str | bytes, rule: CompareRule, says: str
) -> None:
    """What can't be read or matched is neither equal nor different."""
    with pytest.raises(NotCompared, match=says):
        csvs(tmp_path, legacy, candidate, rule)


def test_two_readers_that_count_differently_are_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that the engine drops without a word must not pass."""
    assert "difference" in ask([(1, "a")], [(1, "a")])
    monkeypatch.setattr(sources, "outline", lambda *_: Outline("legacy", ("id", "y"), 2))
    said = ask([(1, "a")], [(1, "a")])
    assert said == {"trouble": "legacy file: one reader finds 1 rows, another 2"}


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    """On one side or on both, with the first column as a key and without."""
    for legacy, candidate in (("\ufeffid,b\n1,2\n", "id,b\n1,2\n"), ("\ufeffid,b\n1,2\n", '\ufeff"id",b\n1,2\n')):
        assert csvs(tmp_path, legacy, candidate, RULE).equal
        assert csvs(tmp_path, legacy, candidate).equal


def test_two_tables_without_rows_are_equal_where_they_have_columns(tmp_path: Path) -> None:
    """An empty day is a result; the columns are compared."""
    assert csvs(tmp_path, "id,y\n", "y,id\n").equal
    assert csvs(tmp_path, "id,y\n", "id,z\n").columns_missing == ("y",)


@pytest.mark.parametrize("rows", ["13,mauve,,", '13,"mauve",,', "13,mauve,", "13"])
def test_ragged_rows_are_refused(tmp_path: Path, rows: str) -> None:
    """The engine would drop surplus empty fields without a word."""
    with pytest.raises(NotCompared, match=r"legacy file: Line: 2: \d fields where 2 are expected"):
        csvs(tmp_path, f"id,y\n{rows}\n", "id,y\n13,mauve\n")


def test_no_rows_on_one_side_are_rows_that_are_missing(tmp_path: Path) -> None:
    """Only when both are empty there is nothing to say."""
    found = csvs(tmp_path, "id,y\n1,2\n", "id,y\n")
    assert (found.only_legacy, found.only_candidate, found.equal) == (1, 0, False)


# -- Parquet ----------------------------------------------------------------------------------------------------------


def test_parquet_keeps_declared_types(tmp_path: Path) -> None:
    """The same values in another type are retyped, and not compared further."""
    ids = pa.array([1, 2])
    found = parquets(
        tmp_path,
        pa.table({"id": ids, "y": [1, 2], "z": ["a", "b"]}),
        pa.table({"id": ids, "y": [1.0, 2.0], "z": ["a", "b"]}),
    )
    (retyped,) = found.retyped
    assert (retyped.name, retyped.legacy, retyped.candidate) == ("y", "BIGINT", "DOUBLE")
    assert (found.equal, found.columns, found.columns_compared) == (False, (), 2)


def test_parquet_values_are_compared_by_their_types(tmp_path: Path) -> None:
    """NaN is NaN, NULL is NULL and nothing else, nested values count, integers are never rounded."""
    data: dict[str, list[Any]] = {
        "id": [1, 2, 3, 4],
        "f": [math.nan, None, 0.0, 1.0],
        "i": [2**62, 2**62, 2**62, 2**62],
        "l": [[1], [2], None, []],
    }
    assert parquets(tmp_path, pa.table(data), pa.table(data)).equal
    other = data | {"f": [None, math.nan, -0.0, 1.5], "i": [2**62, 2**62 + 1, 2**62, 2**62], "l": [[1], [3], [], []]}
    found = parquets(tmp_path, pa.table(data), pa.table(other), near(0.5))
    assert {column.name: column.cells for column in found.columns} == {"f": 2, "i": 1, "l": 2}
    assert next(column.largest for column in found.columns if column.name == "i") == 1.0


def test_parquet_without_a_key_is_a_multiset_too(tmp_path: Path) -> None:
    """With times and decimals as they are."""
    table = pa.table({"t": pa.array([1, 2, 2], pa.timestamp("us")), "v": [math.nan, 1.0, 2.0]})
    assert parquets(tmp_path, table, table.take([2, 0, 1]), MULTISET).equal
    assert not parquets(tmp_path, table, table.take([2, 0, 0]), RULE).equal


def test_a_cut_or_foreign_parquet_file_is_trouble(tmp_path: Path) -> None:
    """Side and reason are named."""
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "a")
    data = (tmp_path / "a").read_bytes()
    for bad in (data[:-1], data[: len(data) // 2], b"", b"PAR1" + bytes(100) + b"PAR1"):
        (tmp_path / "b").write_bytes(bad)
        with pytest.raises(NotCompared, match="candidate file: "):
            compare_tables(tmp_path / "a", tmp_path / "b", "parquet", BY_ID)


@pytest.mark.parametrize("name", ["date=2024"])
def test_names_of_folders_add_and_replace_no_column(tmp_path: Path, name: str) -> None:
    """A folder named `date=2024` is no column, and does not hide one of that name."""
    assert (tmp_path / name).name in str(tmp_path / name)
    found = parquets(tmp_path, pa.table({"id": [1], "date": ["2023"]}), pa.table({"id": [1], "date": ["2022"]}))
    (column,) = found.columns
    assert (column.name, column.samples[0].legacy) == ("date", "2023")


@pytest.mark.parametrize("key", [("id",), ()], ids=["by key", "without key"])
@pytest.mark.parametrize("digits", [17, 19, 23, 37, 38, 45])
def test_long_ids_under_a_tolerance_for_all_numbers_keep_all_their_digits(
    tmp_path: Path, digits: int, key: tuple[str, ...]
) -> None:
    """As doubles, neighbours are one number from 2^53 on; a tolerance is for what may be off, by as much as it says."""
    one = "1" * digits
    next_one = str(int(one) + 1)
    assert csvs(tmp_path, f"id,user\n1,{one}\n", f"id,user\n1,{one}\n", near(1e-9, key=key)).equal
    assert csvs(tmp_path, f"id,user\n1,{one}\n", f"id,user\n1,{next_one}\n", near(1e-9, key=key)).equal is False


def test_long_ids_in_decimals_of_parquet_keep_all_their_digits(tmp_path: Path) -> None:
    """A decimal without a scale is an integer."""
    one, other = (
        pa.table({"id": [1], "user": pa.array([Decimal(literal)], pa.decimal128(38, 0))})
        for literal in ("1234567890123456789", "1234567890123456790")
    )
    assert parquets(tmp_path, one, one, near(1e-9)).equal
    assert not parquets(tmp_path, one, other, near(1e-9)).equal
    assert parquets(tmp_path, one, other, near(1.0)).equal


# -- laws, against a naive oracle -------------------------------------------------------------------------------------

CELLS = st.sampled_from(["", "a", "1", "1.0", "2", "2.25", "007", "NaN", "-1e1", "12345678901234567890"])
ROWS = st.lists(st.tuples(st.integers(0, 3), CELLS), max_size=5)


def ask(legacy: Sequence[tuple[int, str]], candidate: Sequence[tuple[int, str]], **request: Any) -> dict[str, Any]:
    """Compare inside this process, which is what the child does after shutting itself in."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            for side, rows in zip(tables.SIDES, (legacy, candidate), strict=True):
                Path(side).write_text("id,y\n" + "".join(f"{n},{cell}\n" for n, cell in rows), encoding="utf-8")
            asked = {"form": "csv", "key": [], "tolerance": {}, "ignore": [], **request}
            return engine_child.answer({**asked, "sides": {side: [{"file": side}] for side in tables.SIDES}})
        finally:
            os.chdir(home)


def number(cell: str) -> float | None:
    """Read what the rule calls a number."""
    return None if cell in {"", "a", "007", "NaN"} or len(cell) > 15 else float(cell)


def canonical(cell: str) -> object:
    """Say by an independent way what a cell is equal to."""
    found = number(cell)
    return cell if found is None else found


@given(ROWS, ROWS)
@settings(max_examples=30, deadline=None)
def test_the_multiset_agrees_with_an_oracle(legacy: list[tuple[int, str]], candidate: list[tuple[int, str]]) -> None:
    """Rows only on one side are those that sorting and removing leaves."""
    said = ask(legacy, candidate, order="multiset")
    left, right = ([(n, canonical(cell)) for n, cell in rows] for rows in (legacy, candidate))
    for row in list(left):
        if row in right:
            left.remove(row)
            right.remove(row)
    assert (said["difference"]["only_legacy"], said["difference"]["only_candidate"]) == (len(left), len(right))


def keyed(rows: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Keep one row for each key."""
    return list(dict(rows).items())


@given(ROWS.map(keyed), ROWS.map(keyed), st.sampled_from([None, 0.0, 1.0, 1.25]))
@settings(max_examples=30, deadline=None)
def test_the_keyed_comparison_agrees_with_an_oracle_and_is_symmetric(
    legacy: list[tuple[int, str]], candidate: list[tuple[int, str]], absolute: float | None
) -> None:
    """Exchanging the sides exchanges the counts; cells differ as a loop over dictionaries says."""
    request = {"key": ["id"], "tolerance": {} if absolute is None else {"y": [absolute, None]}}
    there, back = ask(legacy, candidate, **request), ask(candidate, legacy, **request)
    mine, other = dict(legacy), dict(candidate)
    far = sum(not _near(mine[n], other[n], absolute) for n in mine.keys() & other.keys())
    one, two = there["difference"], back["difference"]
    assert one["rows_differing"] == two["rows_differing"] == far
    assert (one["only_legacy"], one["only_candidate"]) == (len(mine.keys() - other), len(other.keys() - mine))
    assert (two["only_candidate"], two["only_legacy"]) == (one["only_legacy"], one["only_candidate"])
    assert one["within"] == two["within"]


@given(
    ROWS, ROWS, st.sampled_from([[], ["id"]]), st.sampled_from([None, 1.25]), st.sampled_from([{}, {"ask": "noise"}])
)
@settings(max_examples=40, deadline=None)
def test_a_table_cut_into_narrow_ones_gives_the_same_answer(
    legacy: list[tuple[int, str]], candidate: list[tuple[int, str]], key: list[str], near: float | None, more: Any
) -> None:
    """Every column in a table of its own, as wide tables have fifty in one."""
    tolerance = {} if near is None else {"y": [near, None]}
    request = {"key": key, "tolerance": tolerance, **more}
    if key:
        legacy, candidate = keyed(legacy), keyed(candidate)
    whole = ask(legacy, candidate, **request)
    with patch.object(join, "GROUP", 1):
        assert ask(legacy, candidate, **request) == whole


def _near(legacy: str, candidate: str, absolute: float | None) -> bool:
    if canonical(legacy) == canonical(candidate):
        return True
    a, b = (12345678901234567890.0 if len(cell) > 15 else number(cell) for cell in (legacy, candidate))
    return absolute is not None and a is not None and b is not None and abs(a - b) <= absolute


# -- the child --------------------------------------------------------------------------------------------------------


def test_the_engine_is_shut_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It reads its two files; any other file, any write, any extension and any setting is refused."""
    monkeypatch.chdir(tmp_path)
    for name in (*tables.SIDES, "other"):
        (tmp_path / name).write_text("id\n1\n")
    engine = Session(tables.SIDES)
    assert engine.rows("SELECT content FROM read_text('legacy')")
    for sql in (
        "SELECT content FROM read_text('other')",
        "SELECT content FROM read_text('/etc/hostname')",
        "COPY (SELECT 1) TO 'new.csv'",
        "SET VARIABLE home_directory = '/'; SET memory_limit = '1GB'",
        "ATTACH 'new.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "FROM read_csv('https://example.com/a.csv')",
        "SET enable_external_access = true",
        "SET threads = 2",
    ):
        with pytest.raises(engine.error):
            engine.rows(sql)
    assert not list(tmp_path.glob("new*"))


def test_the_parent_never_imports_the_engine() -> None:
    """A crash or an exploit of the engine stays in the child."""
    code = "import sys, harness.compare.outputs; assert 'duckdb' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def child(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Put other code in the child's place."""
    (folder / "child.py").write_text(code)
    monkeypatch.setattr(tables, "CHILD", folder / "child.py")


GOOD = {
    "rows_legacy": 1, "rows_candidate": 1, "columns_compared": 1, "columns_missing": [], "columns_extra": [],
    "retyped": [], "not_compared": "", "only_legacy": 0, "only_candidate": 0, "only_legacy_samples": [],
    "only_candidate_samples": [], "rows_differing": 0, "within": 0, "columns": [], "ignored": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import os; os.abort()", "was killed by signal 6"),
        ("raise SystemExit('out of luck')", "ended with 1: out of luck"),
        ("import time; time.sleep(60)", "made no progress for 1 s on this machine: run the command again"),
        ("print('{')", "answer can't be read: byte"),
        ("print('{}')", "neither a difference nor a trouble"),
        ("print('{\"trouble\": 3}')", "neither a difference nor a trouble"),
        ("print('{\"difference\": {}}')", "wrong shape: .*rows_legacy"),
        (f"import json; print(json.dumps({{'difference': {GOOD | {'within': 'many'}}}}))", "wrong shape"),
        (f"import json; print(json.dumps({{'difference': {GOOD | {'only_legacy': -1}}}}))", "negative count"),
        ("print('[' + '0,' * 5_000_000 + '0]')", "more than 8388608 bytes"),
    ],
)
def test_whatever_happens_to_the_child_is_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, says: str
) -> None:
    """Death, delay and nonsense cost this comparison, and never pass as an answer."""
    monkeypatch.setattr(asking.bounded_child, "STALLED_SECONDS", 1.0)
    child(tmp_path, monkeypatch, code)
    with pytest.raises(NotCompared, match=says):
        csvs(tmp_path, "id\n1\n", "id\n1\n")


def test_an_answer_of_the_right_shape_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the refusals."""
    child(tmp_path, monkeypatch, f"import json; print(json.dumps({{'difference': {GOOD}}}))")
    assert csvs(tmp_path, "id\n1\n", "id\n2\n").equal


def test_a_hard_limit_of_the_host_below_ours_is_no_obstacle(tmp_path: Path) -> None:
    """Memory, CPU time and open files; `setrlimit` refuses to raise a hard limit."""
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "for what, most in ((resource.RLIMIT_AS, 1 << 30), (resource.RLIMIT_CPU, 60), (resource.RLIMIT_NOFILE, 48)):\n"
        "    resource.setrlimit(what, (most, most))\n"
        "from harness.compare.tables import compare_tables\n"
        "from harness.model.job import CompareRule\n"
        "rule = CompareRule(files='*', form='csv', key=('id',), ignore=(), tolerance={})\n"
        "print(compare_tables(Path(sys.argv[1]), Path(sys.argv[2]), 'csv', rule).summary())\n"
    )
    (tmp_path / "a").write_text("id,y\n1,2\n")
    (tmp_path / "b").write_text("id,y\n1,3\n")
    command = [sys.executable, "-c", code, str(tmp_path / "a"), str(tmp_path / "b")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1 of 1 rows differ in y\n", "")


def test_time_of_the_processor_is_the_limit_and_is_named(tmp_path: Path) -> None:
    """A second of it is not enough for so many rows; the time on the wall is nobody's concern."""
    rows = "".join(f"{n},{n}\n" for n in range(2_500_000))
    with pytest.raises(NotCompared, match=r"^the reader used up its 1 s of CPU time$"):
        csvs(tmp_path, "id,y\n" + rows, "id,y\n" + rows, replace(RULE, cpu_seconds_max=1))


def test_limits_grow_with_the_bytes_and_are_what_the_rule_says() -> None:
    """Ten minutes of processor time a gibibyte, two descriptors a file; a rule's own bound is taken as it is."""
    limits = asking.limits_of(RULE, [1024**3, 1024**3])
    assert (limits.cpu_seconds, limits.memory_bytes) == (120 + 1200, 4 * 1024**3)
    assert limits.open_files == asking.LIMITS.open_files + 4
    said = asking.limits_of(replace(RULE, cpu_seconds_max=7, memory_bytes_max=2**30), [1024**3])
    assert (said.cpu_seconds, said.memory_bytes) == (7, 2**30)


@pytest.mark.parametrize("key", [(), ("c0",)])
def test_a_table_of_very_many_columns_is_compared_in_bounded_memory(tmp_path: Path, key: tuple[str, ...]) -> None:
    """Of addresses, most of which hold nothing; by key, one statement over 1,000 columns took seven gibibytes.

    What the engine needs differs from run to run, up to 2.4 GiB by key and 3.0 without.
    """
    header = ",".join(f"c{n}" for n in range(1990))
    one, other = (header + "\n" + "1," * 1989 + last + "\n" for last in "12")
    for name, text in (("a", one), ("b", other)):
        (tmp_path / name).write_text(text)
    found = tables._difference(_asked(tmp_path, key, asking.LIMITS))
    assert found.columns_compared == 1990
    assert found.rows_differing == (1 if key else 0)
    assert (found.only_legacy, found.only_candidate) == ((0, 0) if key else (1, 1))


def _asked(folder: Path, key: tuple[str, ...], limits: Limits) -> Json:
    rule = CompareRule(files="*", form="csv", key=key, ignore=(), tolerance={})
    (folder / "in").mkdir()
    for side, name in (("legacy", "a"), ("candidate", "b")):
        (folder / "in" / side).symlink_to(folder / name)
    request = strict_json.write(tables.request_of("csv", rule))
    return strict_json.read(ask_child(tables.CHILD, folder / "in", request, limits))


def test_a_payload_that_is_gone_is_trouble(tmp_path: Path) -> None:
    """The side is named."""
    (tmp_path / "a").write_text("id\n1\n")
    with pytest.raises(NotCompared, match="candidate file: its payload is gone"):
        compare_tables(tmp_path / "a", tmp_path / "b", "csv", BY_ID)
