"""CSV files before a cell is compared: the quick count of rows never differs from the full reader's."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.engine import texts
from harness.compare.engine.session import Trouble
from harness.compare.engine.windows import _mixed
from harness.model.table_contract import CsvDialect

CELLS = st.sampled_from(["", "1", "2.5", "a b", '"q"', '"a,b"', '"a""b"', '"two\nlines"', 'x"y', '"open', "\r", "é"])
FILES = st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), max_size=5)


def _outline(folder: Path, content: bytes, dialect: CsvDialect) -> tuple[tuple[str, ...], int] | str:
    path = folder / "t.csv"
    path.write_bytes(content)
    try:
        found = texts.outline("legacy", os.fspath(path), dialect)
    except Trouble as error:
        return str(error)
    return found.names, found.rows


@given(
    rows=FILES,
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
    mark=st.booleans(),
    quote=st.sampled_from(['"', ""]),
)
def test_the_quick_count_of_rows_is_the_one_of_the_full_reader_or_none(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[str],
    end: str,
    last: bool,  # noqa: FBT001
    mark: bool,  # noqa: FBT001
    quote: str,
) -> None:
    """Where quotes are malformed the full reader refuses the file, and so does the engine (`test_tables.py`)."""
    text = end.join(['"a",b', *rows]) + (end if last else "")
    content = (texts.BOM if mark else b"") + text.encode()
    folder = tmp_path_factory.mktemp("outline")
    path = folder / "even.csv"
    path.write_bytes(content)
    dialect = CsvDialect(quote=quote)
    first = content.removeprefix(texts.BOM).split(b"\n")[0] + b"\n"
    even = texts._even(os.fspath(path), dialect, first)
    if even is None:
        return
    try:
        full = texts._read("legacy", os.fspath(path), dialect)
    except (Trouble, csv.Error):
        return
    assert (even.names, even.rows) == (full.names, full.rows)


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        (b'"a","b"\n"1","2"\n"3","4"\n', 2),
        (b"a,b\r\n1,2\r\n3,4", 2),
        (texts.BOM + b"a,b\n1,2\n", 1),
        (b'a,b\n1,"2""x"\n', 1),
    ],
)
def test_lines_of_one_form_are_counted_without_looking_at_each(tmp_path: Path, content: bytes, rows: int) -> None:
    """Quotes around fields, carriage returns before line ends and a byte order mark change nothing."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    first = content.removeprefix(texts.BOM).split(b"\n")[0] + b"\n"

    even = texts._even(os.fspath(path), CsvDialect(), first)

    assert even is not None
    assert (even.names, even.rows) == (("a", "b"), rows)


@pytest.mark.parametrize(
    "content",
    [b'a,b\n1,"2,3"\n', b'a,b\n1,"2\n3"\n', b"a,b\n1,2\n\n3,4\n", b"a,b\n1,2,3\n", b"a,b\n1\n", b'a,b\n1,"2\n'],
    ids=["delimiter in quotes", "line's end in quotes", "empty line", "field too many", "field too few", "open quote"],
)
def test_any_other_line_leaves_the_count_to_the_full_reader(tmp_path: Path, content: bytes) -> None:
    """The quick count says nothing of them."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)

    assert texts._even(os.fspath(path), CsvDialect(), b"a,b\n") is None


def test_a_ragged_row_is_named_by_its_line(tmp_path: Path) -> None:
    """With the number of its fields."""
    assert (
        _outline(tmp_path, b"a,b\n1,2\n3,4,5\n", CsvDialect()) == "legacy file: Line: 3: 3 fields where 2 are expected"
    )


def test_a_key_whose_rows_are_dealt_out_to_part_files_is_not_cut_into_windows() -> None:
    """A cut would go through every row group, and each would be decoded twice."""
    dealt = [(n, 1_000_000 - 20 + n, 500, 1) for n in range(20)]
    in_order = [(n * 500, n * 500 + 499, 500, 1) for n in range(20)]

    assert _mixed(dealt, [500_000])
    assert not _mixed(in_order, [4_998, 5_250])
