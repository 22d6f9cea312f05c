"""LightGBM, HDF5, Avro, SQLite and notebooks are compared by what they hold, made by their own libraries."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fastavro
import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from written_sides import Write, compare

from harness.compare.documents.avro import MISSING as NO_AVRO
from harness.compare.documents.avro import read_avro
from harness.compare.documents.lightgbm import read_lightgbm
from harness.compare.documents.notebook import read_notebook
from harness.compare.documents.unreadable import Unreadable
from harness.compare.format import NotCompared
from harness.compare.models.hdf5 import MISSING as NO_HDF5
from harness.compare.models.hdf5 import read_hdf5
from harness.compare.models.parts import Trouble
from harness.model.job import CompareRule, Tolerance

# -- LightGBM ---------------------------------------------------------------------------------------------------------

MODEL = """tree
version=v4
num_class=1
objective=regression
feature_names=a b
tree_sizes=525 530

Tree=0
num_leaves=2
threshold=0.12663558794118626
leaf_value=-0.14170550688965403 0.032123826263381887
is_linear=0


Tree=1
num_leaves=2
threshold=1.0000000180025095e-35
leaf_value=-0.14714573224385571 0.12324851095676422
is_linear=0


end of trees

feature_importances:
a=6

parameters:
[boosting: gbdt]
[num_threads: 1]
[data: ]

end of parameters

pandas_categorical:null
"""


def text(content: str) -> Write:
    """Write a text."""
    return lambda path: path.write_text(content, encoding="utf-8")


def test_a_model_of_lightgbm_is_compared_by_tree_and_value(tmp_path: Path) -> None:
    """The last digit of a leaf shows; within tolerance it is near; parameters are values like others."""
    other = MODEL.replace("0.12324851095676422", "0.12324851095676429")
    found = compare(tmp_path, "lightgbm", text(MODEL), text(other))
    assert [(sample.where, sample.legacy) for sample in found.samples] == [
        ("$.trees[1].leaf_value[1]", "0.12324851095676422")
    ]
    near = CompareRule("*", tolerance={"$.trees[*].leaf_value[*]": Tolerance(absolute=1e-12)})
    assert compare(tmp_path, "lightgbm", text(MODEL), text(other), near).within == 1
    threads = MODEL.replace("[num_threads: 1]", "[num_threads: 4]").replace("tree_sizes=525 530", "tree_sizes=1 2")
    assert not compare(tmp_path, "lightgbm", text(MODEL), text(threads)).equal
    ignoring = CompareRule("*", ignore=("$.rest.parameters.num_threads",))
    assert compare(tmp_path, "lightgbm", text(MODEL), text(threads), ignoring).equal


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (MODEL.partition("end of trees")[0], "cut"),
        ("version=v4\n", "does not begin"),
        (MODEL.replace("Tree=1", "Tree=2"), "line 15: tree 2 where tree 1 is expected"),
        (MODEL.replace("threshold=0.1", "num_leaves=0.1"), "line 10: num_leaves is there twice"),
    ],
)
def test_a_model_of_lightgbm_that_is_not_whole_is_not_compared(content: str, why: str) -> None:
    """A missing end is damage, never a smaller model."""
    with pytest.raises(Unreadable, match=why):
        read_lightgbm(content)


# -- notebooks --------------------------------------------------------------------------------------------------------


def notebook(source: Any = "print(1)", printed: Any = "1\n", count: int = 1, **more: Any) -> str:
    """Write a notebook of one cell with its output."""
    output = {"output_type": "stream", "name": "stdout", "text": printed}
    cell = {
        "cell_type": "code", "id": f"c{count}", "execution_count": count, "metadata": {"at": count},
        "source": source, "outputs": [output],
    }  # fmt: skip
    whole = {"nbformat": 4, "nbformat_minor": 4 + count % 2, "metadata": {"kernel": count}, "cells": [cell], **more}
    return json.dumps(whole)


def test_a_notebook_that_was_run_again_is_the_same_and_says_what_was_not_compared(tmp_path: Path) -> None:
    """Counts, ids and metadata are told; lines in a list are the text that they make."""
    found = compare(tmp_path, "notebook", text(notebook()), text(notebook(["print", "(1)"], ["1\n"], 7)))
    assert found.equal
    assert set(found.ignored) >= {"$.cells[0].execution_count", "$.cells[0].id", "$.metadata"}
    printed = compare(tmp_path, "notebook", text(notebook()), text(notebook(printed="2\n")))
    assert [sample.where for sample in printed.samples] == ["$.cells[0].outputs[0].text"]
    assert not compare(tmp_path, "notebook", text(notebook()), text(notebook("print(2)"))).equal
    with pytest.raises(NotCompared, match="no notebook of nbformat 4"):
        compare(tmp_path, "notebook", text(notebook()), text('{"nbformat": 3, "worksheets": []}'))
    with pytest.raises(Unreadable, match="no notebook"):
        read_notebook([])


# -- SQLite -----------------------------------------------------------------------------------------------------------


def database(*statements: str, rows: list[tuple[Any, ...]] | None = None, page: int = 4096) -> Write:
    """Write a database with a table of scores."""

    def write(path: Path) -> None:
        path.unlink(missing_ok=True)
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA page_size = {page}")
        connection.execute("CREATE TABLE scores (id INTEGER PRIMARY KEY, score REAL, name TEXT, raw BLOB)")
        connection.executemany("INSERT INTO scores VALUES (?, ?, ?, ?)", ROWS if rows is None else rows)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return write


ROWS: list[tuple[Any, ...]] = [(1, 0.5, "a", b"\x00\xff"), (2, None, None, None), (2**62, 0.25, "ü", b"")]


def test_a_database_is_compared_by_its_rows(tmp_path: Path) -> None:
    """Page size, order of insertion, indexes and free pages are no difference; a value, a row and a type are."""
    again = database("DELETE FROM scores WHERE id = 9", "CREATE INDEX i ON scores (name)", page=1024,
                     rows=[*reversed(ROWS), (9, 1.0, "x", None)])  # fmt: skip
    assert compare(tmp_path, "sqlite", database(), again).equal
    changed = [(1, 0.5000001, "a", b"\x00\xff"), *ROWS[1:]]
    found = compare(tmp_path, "sqlite", database(), database(rows=changed))
    assert [sample.where for sample in found.samples] == ["$[1].row.score"]
    near = CompareRule("*", tolerance={"$[*].row.score": Tolerance(absolute=1e-6)})
    assert compare(tmp_path, "sqlite", database(), database(rows=changed), near).equal
    for other in (database(rows=ROWS[:2]), database("ALTER TABLE scores ADD x TEXT"), database("CREATE TABLE t (a)")):
        assert not compare(tmp_path, "sqlite", database(), other).equal


def test_a_database_that_is_none_or_is_damaged_decides_nothing(tmp_path: Path) -> None:
    """By name; so does a table that only an extension can read."""
    with pytest.raises(NotCompared, match="does not begin as a database"):
        compare(tmp_path, "sqlite", database(), text("x" * 5000))

    def cut(path: Path) -> None:
        database()(path)
        path.write_bytes(path.read_bytes()[:4096])

    with pytest.raises(NotCompared, match="candidate file"):
        compare(tmp_path, "sqlite", database(), cut)
    with pytest.raises(NotCompared, match="virtual table"):
        compare(tmp_path, "sqlite", database(), database("CREATE VIRTUAL TABLE f USING fts5(a)"))


# -- Avro -------------------------------------------------------------------------------------------------------------

SCHEMA = {
    "type": "record", "name": "Score",
    "fields": [
        {"name": "id", "type": "long"}, {"name": "score", "type": ["null", "double"]},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}, {"name": "raw", "type": "bytes"},
    ],
}  # fmt: skip
RECORDS = [{"id": n, "score": n / 8 or None, "at": 1_700_000_000_000 + n, "raw": bytes([n])} for n in range(20)]


def avro(records: list[dict[str, Any]] | None = None, **more: Any) -> Write:
    """Write records by fastavro."""

    def write(path: Path) -> None:
        with path.open("wb") as stream:
            fastavro.writer(stream, SCHEMA, RECORDS if records is None else records, **more)

    return write


def test_avro_is_compared_by_its_records(tmp_path: Path) -> None:
    """Codec, block size and sync marker are the writer's; a value and an order are the job's."""
    other = avro(codec="deflate", sync_interval=64, sync_marker=b"0123456789abcdef")
    assert compare(tmp_path, "avro", avro(sync_marker=b"fedcba9876543210"), other).equal
    changed = [*RECORDS[:-1], {**RECORDS[-1], "score": 2.5}]
    found = compare(tmp_path, "avro", avro(), avro(changed))
    assert [sample.where for sample in found.samples] == ["$[20].record.score"]
    assert not compare(tmp_path, "avro", avro(), avro(RECORDS[::-1])).equal
    assert not compare(tmp_path, "avro", avro(), avro(RECORDS[:-1])).equal


def test_avro_that_is_cut_decides_nothing(tmp_path: Path) -> None:
    """A block that ends early is damage."""

    def cut(path: Path) -> None:
        avro()(path)
        path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(NotCompared, match="candidate file: no sound Avro file"):
        compare(tmp_path, "avro", avro(), cut)


# -- HDF5 -------------------------------------------------------------------------------------------------------------

WEIGHTS = np.arange(300_000, dtype="f4").reshape(1000, 300) / 7


def hdf5(*, last: float | None = None, more: Callable[[Any], object] | None = None, **layout: Any) -> Write:
    """Write a model as Keras does: layers with weights, and attributes."""

    def write(path: Path) -> None:
        weights = WEIGHTS.copy()
        if last is not None:
            weights[-1, -1] = last
        with h5py.File(path, "w") as file:
            file.attrs["backend"] = "tensorflow"
            file.attrs["layer_names"] = np.array([b"dense", b"out"])
            file.create_dataset("dense/kernel:0", data=weights, **layout)
            file.create_dataset("dense/bias:0", data=np.float64(0.5))
            file.create_dataset("vocabulary", data=["a", "ß"], dtype=h5py.string_dtype())
            if more is not None:
                more(file)

    return write


def test_hdf5_is_compared_array_by_array(tmp_path: Path) -> None:
    """Chunks and compression are no difference; one last bit of one weight, an attribute and a text are."""
    packed = hdf5(chunks=(100, 30), compression="gzip", shuffle=True)
    assert compare(tmp_path, "hdf5", hdf5(), packed).equal
    bit = float(np.nextafter(WEIGHTS[-1, -1], np.float32(0)))
    found = compare(tmp_path, "hdf5", hdf5(), hdf5(last=bit, chunks=(100, 30)))
    assert [sample.where for sample in found.samples] == ["dense/kernel:0[999, 299]"]
    near = CompareRule("*", tolerance={"dense/*": Tolerance(relative=1e-6)})
    assert compare(tmp_path, "hdf5", hdf5(), hdf5(last=bit), near).within == 1

    def attribute(file: Any) -> None:
        file.attrs["backend"] = "jax"

    def word(file: Any) -> None:
        file["vocabulary"][1] = "ss"

    assert [s.where for s in compare(tmp_path, "hdf5", hdf5(), hdf5(more=attribute)).samples] == ["@backend"]
    assert [s.where for s in compare(tmp_path, "hdf5", hdf5(), hdf5(more=word)).samples] == ["vocabulary[1]"]
    ignoring = CompareRule("*", ignore=("@backend",))
    assert compare(tmp_path, "hdf5", hdf5(), hdf5(more=attribute), ignoring).equal


def test_hdf5_that_leads_out_of_its_file_decides_nothing(tmp_path: Path) -> None:
    """Links, virtual arrays and values in other files are refused by name, and so is what is no HDF5."""

    def linked(file: Any) -> None:
        file["there"] = h5py.ExternalLink("/etc/passwd", "/")

    def outside(file: Any) -> None:
        file.create_dataset("raw", shape=(4,), dtype="u1", external=[("/etc/passwd", 0, 4)])

    def virtual(file: Any) -> None:
        layout = h5py.VirtualLayout(shape=(1,), dtype="f4")
        layout[0] = h5py.VirtualSource("other.h5", "x", shape=(1,))[0]
        file.create_virtual_dataset("v", layout)

    for more, why in ((linked, "there is a link"), (outside, "raw are in other files"), (virtual, "v are in other")):
        with pytest.raises(NotCompared, match=why):
            compare(tmp_path, "hdf5", hdf5(), hdf5(more=more))
    with pytest.raises(NotCompared, match="candidate file"):
        compare(tmp_path, "hdf5", hdf5(), text("no"))


def test_without_the_extra_the_reason_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything of the file is read."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(Unreadable, match="fastavro is not installed"):
        list(read_avro(tmp_path / "none"))
    with pytest.raises(Trouble, match="h5py is not installed"):
        read_hdf5(tmp_path / "none")
    assert "parity-harness[formats]" in NO_AVRO
    assert "parity-harness[formats]" in NO_HDF5


@given(st.binary(max_size=200), st.integers(0, 600))
def test_any_change_of_a_models_bytes_is_read_or_refused(noise: bytes, at: int) -> None:
    """Never a crash of the reader."""
    spoiled = MODEL.encode()[:at] + noise + MODEL.encode()[at + len(noise) :]
    try:
        read_lightgbm(spoiled.decode("latin-1"))
    except Unreadable:
        return
