"""Pairs of tables in the manner of what other tools are tested with: right by an owner's eyes, never wrong "equal".

The answer of the reading process, asked in this one.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.compare.engine import child
from harness.compare.tables import TableDifference, request_of
from harness.model.job import CompareRule, RowOrder, Tolerance
from harness.model.table_contract import CsvDialect, Duplicates, TableContract, TypePolicy

Side = str | Mapping[str, Any]
EQUAL, DIFFERENT, REFUSED = "equal", "different", "refused"
NAN = float("nan")
VALUE: Any = {"policy": TypePolicy.VALUE}
COERCE: Any = {"policy": TypePolicy.COERCE}


def rule(*, key: str = "id", order: RowOrder = RowOrder.UNDECLARED, **contract: Any) -> CompareRule:
    """Make a rule; `near`: absolute tolerances, `csv`: the dialect."""
    near = {name: Tolerance(bound) for name, bound in contract.pop("near", {}).items()}
    ignore = contract.pop("ignore", ())
    csv = contract.pop("csv", None)
    table = TableContract(**contract, **({"dialect": msgspec.convert(csv, CsvDialect)} if csv else {}))
    return CompareRule("*", key=(key,) if key else (), tolerance=near, ignore=ignore, order=order, table=table)


def typed(kind: pa.DataType, *values: Any) -> dict[str, Any]:
    """Make a column `x` of a type, beside an id."""
    return {"id": list(range(len(values))), "x": pa.array(values, kind)}


def lines(*rows: str) -> str:
    """Make CSV of an id and a value."""
    return "\n".join(["id,v", *rows, ""])


MIDNIGHT, FIVE, NOON = (dt.datetime(2017, 1, 1, hour) for hour in (0, 5, 12))  # noqa: DTZ001 - wall clock
US, NS = pa.timestamp("us"), pa.timestamp("ns")
CASES: dict[str, tuple[str, Side, Side, CompareRule]] = {
    # types of both sides
    "a date in a text": (EQUAL, {"id": [1], "d": ["2017-01-01"]}, {"id": [1], "d": [dt.date(2017, 1, 1)]},
                         rule(**COERCE)),
    "a time in a text": (EQUAL, {"id": [1], "d": ["2017-01-01T12:00:00"]},
                         {"id": [1], "d": [NOON]}, rule(**COERCE)),
    "another time in a text": (DIFFERENT, {"id": [1], "d": ["2017-01-01T12:00:01"]},
                               {"id": [1], "d": [NOON]}, rule(**COERCE)),
    "a date is its midnight": (EQUAL, typed(pa.date32(), dt.date(2017, 1, 1)), typed(US, MIDNIGHT),
                               rule(**VALUE)),
    "a date is no other hour": (DIFFERENT, typed(pa.date32(), dt.date(2017, 1, 1)),
                                typed(US, FIVE), rule(**VALUE)),
    "true is 1": (EQUAL, typed(pa.bool_(), True, False), typed(pa.int64(), 1, 0), rule(**COERCE)),
    "true is not 2": (DIFFERENT, typed(pa.bool_(), True), typed(pa.int64(), 2), rule(**COERCE)),
    "true is its word": (EQUAL, typed(pa.bool_(), True, False), typed(pa.string(), "True", "false"), rule(**COERCE)),
    "known to be empty": (EQUAL, typed(pa.null(), None), typed(pa.string(), None), rule(**VALUE)),
    "known to be empty, strictly": (DIFFERENT, typed(pa.null(), None), typed(pa.string(), None), rule()),
    "empty against a value": (DIFFERENT, typed(pa.null(), None), typed(pa.string(), "a"), rule(**VALUE)),
    "integers with NULL, doubles with NaN": (EQUAL, typed(pa.int64(), 1, None), typed(pa.float64(), 1.0, NAN),
                                             rule(nan_is_null=True, **VALUE)),
    "NaN that no footer tells of": (DIFFERENT, typed(pa.float64(), 1.0, NAN), typed(pa.int64(), 1, 1), rule(**VALUE)),
    # nested values
    "lists of another width": (EQUAL, typed(pa.list_(pa.int32()), [1, 2]), typed(pa.list_(pa.int64()), [1, 2]),
                               rule(**VALUE)),
    "lists, strictly": (DIFFERENT, typed(pa.list_(pa.int32()), [1, 2]), typed(pa.list_(pa.int64()), [1, 2]), rule()),
    "an integer beyond doubles in a list": (DIFFERENT, typed(pa.list_(pa.int64()), [2**53 + 1]),
                                            typed(pa.list_(pa.float64()), [2.0**53]), rule(**VALUE)),
    "decimals in lists": (EQUAL, {"id": [1], "x": [[Decimal("1.10")]]}, {"id": [1], "x": [[1.1]]}, rule(**VALUE)),
    "fields have no order": (EQUAL, {"id": [1], "x": [{"a": 1, "b": 2}]}, {"id": [1], "x": [{"b": 2, "a": 1}]}, rule()),
    "fields with each other's values": (DIFFERENT, {"id": [1], "x": [{"a": 1, "b": 2}]},
                                        {"id": [1], "x": [{"b": 1, "a": 2}]}, rule()),
    "maps have no order": (EQUAL, typed(pa.map_(pa.string(), pa.int64()), [("a", 1), ("b", 2)]),
                           typed(pa.map_(pa.string(), pa.int64()), [("b", 2), ("a", 1)]), rule()),
    "integers in lists, all numbers": (DIFFERENT, {"id": [1], "x": [[1, 2]]}, {"id": [1], "x": [[1, 3]]},
                                       rule(near={"*": 5.0})),
    "integers in structs, all numbers": (DIFFERENT, {"id": [1], "x": [{"n": 1, "f": 1.0}]},
                                         {"id": [1], "x": [{"n": 2, "f": 1.0}]}, rule(near={"*": 5.0})),
    "integers in lists, by name": (EQUAL, {"id": [1], "x": [[1, 2]]}, {"id": [1], "x": [[1, 3]]},
                                   rule(near={"x": 1.0})),
    # times
    "times of another precision": (EQUAL, typed(US, 1_700_123_456), typed(pa.timestamp("ms"), 1_700_123),
                                   rule(rounded={"x": 3})),
    "rounded times before 1970": (DIFFERENT, typed(US, -1_500_000), typed(US, 1_500_000), rule(rounded={"x": 0})),
    "times within a second": (EQUAL, typed(US, 10**15), typed(US, 10**15 + 10**6), rule(near={"x": 1.0})),
    "times beyond a second": (DIFFERENT, typed(US, 10**15), typed(US, 10**15 + 10**6 + 1), rule(near={"x": 1.0})),
    "nanoseconds within": (EQUAL, typed(NS, 10**18), typed(NS, 10**18 + 1), rule(near={"x": 1e-9})),
    "times, all numbers": (DIFFERENT, typed(US, 10**15), typed(US, 10**15 + 1), rule(near={"*": 5.0})),
    # texts and names
    "sharp s": (EQUAL, typed(pa.string(), "STRASSE"), typed(pa.string(), "straße"), rule(fold=True)),
    "final sigma": (EQUAL, typed(pa.string(), "ΟΔΟΣ"), typed(pa.string(), "οδος"), rule(fold=True)),
    "tabs around": (EQUAL, typed(pa.string(), "a\t\n"), typed(pa.string(), "a"), rule(trim=True)),
    "names that differ in case only": (EQUAL, {"id": [1], "A": [1], "a": [2], "": [3]},
                                       {"": [3], "a": [2], "id": [1], "A": [1]}, rule()),
    "values of such names": (DIFFERENT, {"id": [1], "A": [1], "a": [2]}, {"id": [1], "A": [2], "a": [1]}, rule()),
    "rules are caseless too": (EQUAL, {"ID": [1], "A": [1.0], "B": [1]}, {"id": [1], "a": [1.5], "b": [2]},
                               rule(caseless=True, near={"a": 0.6}, ignore=("b",))),
    "names with blanks": (EQUAL, "id, v\n1, a\n", "id,v\n1,a\n", rule(trim=True)),
    "columns in another order": (DIFFERENT, {"id": [1], "a": [1], "b": [2]}, {"b": [2], "a": [1], "id": [1]},
                                 rule(column_order=True)),
    "documents in texts": (EQUAL, typed(pa.string(), '{"a":1,"b":2}'), typed(pa.string(), '{"b": 2, "a": 1}'),
                           rule(types={"x": "json"})),
    "other documents": (DIFFERENT, typed(pa.string(), '{"a":1,"b":2}'), typed(pa.string(), '{"b": 1, "a": 2}'),
                        rule(types={"x": "json"})),
    "no document": (REFUSED, typed(pa.string(), '{"a":1'), typed(pa.string(), '{"a":1'), rule(types={"x": "json"})),
    "json that is a number": (REFUSED, typed(pa.int64(), 1), typed(pa.int64(), 1), rule(types={"x": "json"})),
    # declared types: nothing is rounded, cut or overflown into being equal
    "no integer": (REFUSED, lines("1,1.5"), lines("1,2"), rule(types={"v": "integer"})),
    "an integer with a point": (EQUAL, lines("1,1.0"), lines("1,1"), rule(types={"v": "integer"})),
    "no date": (REFUSED, lines("1,2026-01-01 05:00:00"), lines("1,2026-01-01 07:00:00"), rule(types={"v": "date"})),
    "a date at midnight": (EQUAL, lines("1,2026-01-01 00:00:00"), lines("1,2026-01-01"), rule(types={"v": "date"})),
    "nanoseconds": (DIFFERENT, lines("1,2026-01-01 00:00:00.123456789"), lines("1,2026-01-01 00:00:00.123456788"),
                    rule(types={"v": "timestamp"})),
    "picoseconds": (REFUSED, lines("1,2026-01-01 00:00:00.1234567891"), lines("1,2026-01-01 00:00:00.1234567892"),
                    rule(types={"v": "timestamp"})),
    "zones": (EQUAL, lines("1,2026-01-01T01:00:00+01:00"), lines("1,2026-01-01T00:00:00.000Z"),
              rule(types={"v": "timestamp"})),
    "the end of time": (DIFFERENT, lines("1,9999-12-31"), lines("1,9999-12-30"), rule(types={"v": "timestamp"})),
    "declared times within": (EQUAL, lines("1,2026-01-01 00:00:00.1"), lines("1,2026-01-01 00:00:00.9"),
                              rule(types={"v": "timestamp"}, near={"v": 1.0})),
    "beyond every double": (REFUSED, lines("1,1e400"), lines("1,1e401"), rule(types={"v": "double"})),
    "underscores": (REFUSED, lines("1,1_000"), lines("1,1000"), rule(types={"v": "double"})),
    "a decimal without its zero": (EQUAL, lines("1,.5", "2,+3."), lines("1,0.50", "2,3"), rule(types={"v": "decimal"})),
    "a format of dates": (EQUAL, lines("1,01/02/2026"), lines("1,2026-02-01"), rule(types={"v": "date %d/%m/%Y"})),
    "another date": (DIFFERENT, lines("1,01/02/2026"), lines("1,2026-01-02"), rule(types={"v": "date %d/%m/%Y"})),
    "no date in a format": (REFUSED, lines("1,31/02/2026"), lines("1,31/02/2026"), rule(types={"v": "date %d/%m/%Y"})),
    # dialects
    "two kinds of line ends": (EQUAL, 'id,v\n1,"a""b"\r\n', 'id,v\r\n1,"a""b"\r\n', rule()),
    "line ends in a field": (DIFFERENT, 'id,v\r\n1,"a\nb"\n', 'id,v\n1,"a\r\nb"\n', rule()),
    "escaped quotes": (EQUAL,
                       'id,v\n"a\\"b",1\n"c\\\\",2\n', 'id,v\n"c\\\\",2\n"a\\"b",1\n', rule(csv={"escape": "\\"})),
    "other escaped texts": (DIFFERENT, lines('1,"a\\"b, c"'), lines('1,"a\\"b, d"'), rule(csv={"escape": "\\"})),
    "comments": (EQUAL, "# one\nid,v\n1,a\n", "# two\nid,v\n# three\n1,a\n", rule(csv={"comment": "#"})),
    "no comment in a field": (DIFFERENT, lines('1,"x\n# y"'), lines('1,"x\n# z"'), rule(csv={"comment": "#"})),
    "lines before the header": (EQUAL, "made at 1\nid,v\n1,a\n", "made at 2\nid,v\n1,a\n", rule(csv={"skip": 1})),
    "marks between thousands": (EQUAL, lines('1,"1,234.50"'), lines("1,1234.5"), rule(csv={"thousands": ","})),
    "marks elsewhere": (DIFFERENT, lines('1,"1,23.50"'), lines("1,123.5"), rule(csv={"thousands": ","})),
    "points between thousands": (EQUAL, "id;v\n1;1.234,50\n", "id;v\n1;1234,5\n",
                                 rule(csv={"delimiter": ";", "decimal": ",", "thousands": "."})),
    "a point where commas are": (DIFFERENT, "id;v\n1;1.000\n", "id;v\n1;1,000\n",
                                 rule(csv={"delimiter": ";", "decimal": ","})),
    "a point without its zero": (DIFFERENT, "id;v\n1;+.5\n", "id;v\n1;+,5\n",
                                 rule(csv={"delimiter": ";", "decimal": ","})),
    "the same point where commas are": (EQUAL, "id;v\n1;1.5\n", "id;v\n1;1.5\n",
                                        rule(csv={"delimiter": ";", "decimal": ","})),
    "no point is near": (DIFFERENT, "id;v\n1;1.5\n", "id;v\n1;1.6\n",
                         rule(csv={"delimiter": ";", "decimal": ","}, near={"v": 1.0})),
    "a declared double with a point": (REFUSED, "id;v\n1;1.5\n", "id;v\n1;1,5\n",
                                       rule(csv={"delimiter": ";", "decimal": ","}, types={"v": "double"})),
    "a declared double with a comma": (EQUAL, "id;v\n1;,5\n2;+3,\n", "id;v\n1;0,50\n2;3\n",
                                       rule(csv={"delimiter": ";", "decimal": ","}, types={"v": "double"})),
    "a comma in one column": (EQUAL, "id;v;w\n1;1,5;1.5\n", "id;v;w\n1;1,50;1.50\n",
                              rule(csv={"delimiter": ";", "columns": {"v": {"decimal": ","}}})),
    "a comma in another column": (DIFFERENT, "id;v;w\n1;1,5;1,5\n", "id;v;w\n1;1,50;1,50\n",
                                  rule(csv={"delimiter": ";", "columns": {"v": {"decimal": ","}}})),
    "thousands in one column": (EQUAL, "id;v;w\n1;1.234;1.234\n", "id;v;w\n1;1234;1.2340\n", rule(
        csv={"delimiter": ";", "columns": {"v": {"decimal": ",", "thousands": "."}}})),
    "a word for NULL in one column": (EQUAL, lines("1,n/a"), lines("1,"),
                                      rule(csv={"columns": {"v": {"nulls": ["n/a"]}}})),
    "that word in another column": (DIFFERENT, "id,v,w\n1,n/a,n/a\n", "id,v,w\n1,,\n",
                                    rule(csv={"columns": {"v": {"nulls": ["n/a"]}}})),
    "a word for NULL in a declared column": (EQUAL, lines("1,-", "2,3"), lines("1,", "2,3.0"), rule(
        types={"v": "double"}, csv={"columns": {"v": {"nulls": ["-"]}}})),
    "a word for NULL in a key": (REFUSED, lines("-,1"), lines("-,1"),
                                 rule(csv={"columns": {"id": {"nulls": ["-"]}}})),
    "a column that is none": (REFUSED, lines("1,1"), lines("1,1"), rule(csv={"columns": {"w": {"decimal": ","}}})),
    "columns of another form": (REFUSED, {"id": [1]}, {"id": [1]}, rule(csv={"columns": {"id": {"decimal": ","}}})),
    "two bars": (EQUAL, 'id||v\n1||"a||b"\n2||3|4\n', 'v||"id"\n"a||b"||1\n3|4||2\n',
                 rule(csv={"delimiter": "||"})),
    "two colons, another text": (DIFFERENT, "id::v\n1::a:b\n", "id::v\n1::a:c\n", rule(csv={"delimiter": "::"})),
    "two bars in a field": (DIFFERENT, 'id||v\n1||"a||b"\n', 'id||v\n1||"a||c"\n', rule(csv={"delimiter": "||"})),
    "quotes in the middle": (EQUAL, 'id||v\n1||5" pipe\n2||6" pipe\n', 'id||v\n2||6" pipe\n1||5" pipe\n',
                             rule(csv={"delimiter": "||"})),
    "bars, no quotes": (EQUAL, 'id||v\n1||"\n', 'id||v\r\n1||"\r\n', rule(csv={"delimiter": "||", "quote": ""})),
    "quotes in quotes, and line ends": (EQUAL, 'id||v\n1||"""a||\nb"""\n', 'id||v\r\n1||"""a||\nb"""\r\n',
                                        rule(csv={"delimiter": "||"})),
    "escaped quotes between bars": (EQUAL, 'id||v\n1||"a\\"||b"\n2||c\n', 'id||v\n2||c\n1||"a\\"||b"\n',
                                    rule(csv={"delimiter": "||", "escape": "\\"})),
    "a field too many": (REFUSED, "id||v\n1||x||y\n", "id||v\n1||x||y\n", rule(csv={"delimiter": "||"})),
    "what stands for bars": (REFUSED, "id||v\n1\x1fx\n", "id||v\n1||x\n", rule(csv={"delimiter": "||"})),
    "an end of line in a field of a skipped file": (DIFFERENT, 'made\nid,v\n1,"a\r\nb"\n', 'made\nid,v\n1,"a\r\nc"\n',
                                                    rule(csv={"skip": 1})),
    # rows
    "rows of a key within tolerance": (EQUAL, {"id": [1, 1], "v": [1.0, 2.0]}, {"id": [1, 1], "v": [2.1, 1.1]},
                                       rule(duplicates=Duplicates.MULTISET, near={"v": 0.2})),
    "the nearest is not the right one": (EQUAL, {"v": [0.0, 0.5]}, {"v": [0.5, 1.0]},
                                         rule(key="", order=RowOrder.MULTISET, near={"v": 0.5})),
    "keys that only together name a row": (DIFFERENT, {"id": ["a"], "b": ["bc"]}, {"id": ["ab"], "b": ["c"]}, rule()),
}  # fmt: skip


def answer(folder: Path, legacy: Side, candidate: Side, given: CompareRule) -> dict[str, Any]:
    """Write both sides, and ask as the reading process is asked."""
    for name, side in (("legacy", legacy), ("candidate", candidate)):
        if isinstance(side, str):
            (folder / name).write_bytes(side.encode())
        else:
            pq.write_table(pa.table(dict(side)), folder / name)
    home = Path.cwd()
    os.chdir(folder)
    try:
        return child.answer(dict(request_of("csv" if isinstance(legacy, str) else "parquet", given)))
    finally:
        os.chdir(home)


@pytest.mark.parametrize("case", list(CASES))
def test_a_pair_of_tables_is_what_its_owner_sees(tmp_path: Path, case: str) -> None:
    """Equal, different, or refused with a reason."""
    want, legacy, candidate, given = CASES[case]
    found = answer(tmp_path, legacy, candidate, given)
    if want == REFUSED:
        assert found.keys() == {"trouble"}
        return
    assert "difference" in found, found
    difference = msgspec.convert(found["difference"], TableDifference)
    assert difference.equal is (want == EQUAL), difference.summary()


def test_a_relative_tolerance_of_times_is_refused(tmp_path: Path) -> None:
    """A share of the seconds since 1970 is no bound that anybody means."""
    given = CompareRule("*", key=("id",), tolerance={"x": Tolerance(None, 0.1)})
    found = answer(tmp_path, typed(US, 1), typed(US, 2), given)
    assert found == {"trouble": "the tolerance of 'x' can't be relative: its values are times, so say absolute seconds"}


def test_names_that_are_one_but_for_blanks_are_refused(tmp_path: Path) -> None:
    """Which of them a rule would mean is not known."""
    found = answer(tmp_path, "id,v, v\n1,2,3\n", "id,v\n1,2\n", rule(trim=True))
    assert found == {"trouble": "legacy file: two columns have one name but for the blanks around it"}
