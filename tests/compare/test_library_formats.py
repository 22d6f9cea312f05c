"""ONNX, skops, images, TFRecord, Arrow, ORC, workbooks, zip archives and texts are compared by what they hold."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import google_crc32c
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin
from pyarrow import feather, orc
from written_sides import Write, compare

from harness.compare.documents.archive import read_zip
from harness.compare.documents.spreadsheet import read_workbook
from harness.compare.documents.tfrecord import read_tfrecord
from harness.compare.documents.unreadable import Unreadable
from harness.compare.engine.arrow_schema import durations
from harness.compare.format import NotCompared
from harness.compare.models.images import read_image
from harness.compare.models.onnx import read_onnx
from harness.compare.models.parts import Array, Trouble
from harness.compare.models.skops import read_skops
from harness.model.job import CompareRule, Tolerance

RECORDED = Path(__file__).parents[1] / "recorded" / "outputs"


def data(content: bytes) -> Write:
    """Write bytes."""
    return lambda path: path.write_bytes(content)


def varint(number: int) -> bytes:
    """Write an integer as Protocol Buffers do."""
    made = b""
    while number > 127:
        made += bytes([number & 127 | 128])
        number >>= 7
    return made + bytes([number])


def field(number: int, value: int | bytes) -> bytes:
    """Write a field of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


# -- ONNX -------------------------------------------------------------------------------------------------------------


def onnx_model(*tensors: bytes, more: bytes = b"") -> bytes:
    """Write a model of one node, with weights."""
    node = field(1, b"x") + field(2, b"y") + field(4, b"Relu")
    graph = field(1, node) + b"".join(field(5, tensor) for tensor in tensors)
    return field(2, b"anybody") + field(7, graph) + field(8, field(2, 17)) + more


def tensor(name: bytes, kind: int, *extents: int, values: bytes) -> bytes:
    """Write weights; `values`: their field."""
    return b"".join(field(1, extent) for extent in extents) + field(2, kind) + field(8, name) + values


def raw(*values: float) -> bytes:
    """Write floats as the bytes they are."""
    return field(9, struct.pack(f"<{len(values)}f", *values))


def test_weights_of_onnx_are_arrays_and_the_graph_is_values(tmp_path: Path) -> None:
    """Types of their own, values one by one or as bytes, and weights in another file by where they are."""
    external = b"".join(field(13, field(1, key) + field(2, text)) for key, text in ((b"location", b"w.bin"),))
    model = onnx_model(
        tensor(b"w", 1, 2, values=raw(0.5, 1.0)),
        tensor(b"typed", 1, 2, values=field(4, struct.pack("<2f", 0.5, 1.0))),
        tensor(b"whole", 7, 1, values=field(7, varint(2**64 - 3))),
        tensor(b"truth", 9, 2, values=field(5, b"\1\0")),
        tensor(b"words", 8, 1, values=field(6, b"a")),
        tensor(b"far", 1, 2, values=external + field(14, 1)),
    )
    (tmp_path / "m.onnx").write_bytes(model)
    parts = read_onnx(tmp_path / "m.onnx")
    arrays = {name: part for name, part in parts.items() if isinstance(part, Array)}
    found = {name: np.frombuffer(b"".join(array.blocks()), array.raw).tolist() for name, array in arrays.items()}
    assert found == {"w": [0.5, 1.0], "typed": [0.5, 1.0], "whole": [-3], "truth": [True, False]}
    assert {name: part for name, part in parts.items() if name not in arrays} == {
        "graph.node[0].input[0]": "x",
        "graph.node[0].output[0]": "y",
        "graph.node[0].op": "Relu",
        "graph.nodes": 1,
        "words.shape": "(1,)",
        "words[0]": "a",
        "far.location": "w.bin",
        "opsets": "ai.onnx 17",
    }


def test_who_wrote_a_model_is_no_difference_and_a_weight_is_one(tmp_path: Path) -> None:
    """With a place; within tolerance it is near, and a rule that names nothing is refused."""
    legacy, other = onnx_model(tensor(b"w", 1, 2, values=raw(0.5, 1.0))), tensor(b"w", 1, 2, values=raw(0.5, 1.25))
    renamed = legacy.replace(b"anybody", b"another")
    assert compare(tmp_path, "onnx", data(legacy), data(renamed)).equal
    found = compare(tmp_path, "onnx", data(legacy), data(onnx_model(other)))
    assert [(sample.where, sample.legacy, sample.candidate) for sample in found.samples] == [("w[1]", "1.0", "1.25")]
    near = CompareRule("*", tolerance={"w": Tolerance(0.25)})
    assert compare(tmp_path, "onnx", data(legacy), data(onnx_model(other)), near).within == 1
    lost = CompareRule("*", tolerance={"v": Tolerance(0.25)})
    with pytest.raises(NotCompared, match="'v', which is no value"):
        compare(tmp_path, "onnx", data(legacy), data(onnx_model(other)), lost)


def test_what_a_model_does_is_a_difference(tmp_path: Path) -> None:
    """Another operator, another version of the operators, a function, a sparse weight."""
    legacy = onnx_model()
    for other in (
        legacy.replace(b"Relu", b"Tanh"),
        onnx_model(more=field(25, b"f")),
        legacy.replace(field(2, 17), field(2, 16)),
        field(7, field(1, field(1, b"x") + field(2, b"y") + field(4, b"Relu")) + field(15, b"s"))
        + field(8, field(2, 17)),
    ):
        assert not compare(tmp_path, "onnx", data(legacy), data(other)).equal


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (onnx_model(tensor(b"w", 1, 2, values=raw(0.5, 1.0)))[:-9], "ends within a field"),
        (field(2, b"anybody"), "no graph"),
        (onnx_model(tensor(b"w", 1, 3, values=raw(0.5, 1.0))), "'w' has 8 bytes, its shape and type say 12"),
        (onnx_model(tensor(b"w", 99, 2, values=raw(0.5, 1.0))), "type 99"),
        (onnx_model(tensor(b"w", 1, 2**62, 2**62, values=raw(0.5, 1.0))), "has 8 bytes"),
        (onnx_model(*[tensor(b"w", 1, 1, values=raw(0.5))] * 2), "twice"),
        (b"\x03\x00", "without a number"),
        (b"\x0b", "unknown wire type 3"),
        (b"\xff" * 11, "more than 64 bits"),
        (b"\x08\xff", "ends within a number"),
    ],
    ids=range(11),
)
def test_a_model_that_lies_about_itself_is_not_compared(tmp_path: Path, content: bytes, why: str) -> None:
    """Never guessed at, and never in memory that it asks for."""
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(Trouble, match=why):
        read_onnx(tmp_path / "m.onnx")


def test_graphs_in_graphs_are_read_to_a_depth(tmp_path: Path) -> None:
    """A loop's body counts; a thousand of them in each other are refused."""

    def nested(depth: int) -> bytes:
        graph = field(1, field(4, b"Relu"))
        for _ in range(depth):
            graph = field(1, field(4, b"Loop") + field(5, field(1, b"body") + field(6, graph)))
        return field(7, graph)

    (tmp_path / "m.onnx").write_bytes(nested(2))
    assert read_onnx(tmp_path / "m.onnx")["graph.node[0].body[0].node[0].body[0].node[0].op"] == "Relu"
    (tmp_path / "m.onnx").write_bytes(nested(200))
    with pytest.raises(Trouble, match="deeper than 30"):
        read_onnx(tmp_path / "m.onnx")


@given(st.binary(max_size=400), st.integers(0, 200))
def test_no_bytes_of_a_model_do_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    """Whatever they are, also within a sound model."""
    path = tmp_path_factory.getbasetemp() / "noise.onnx"
    sound = onnx_model(tensor(b"w", 1, 2, values=raw(0.5, 1.0)))
    for content in (noise, sound[:at] + noise + sound[at:]):
        path.write_bytes(content)
        try:
            read_onnx(path)
        except Trouble:
            continue


# -- skops ------------------------------------------------------------------------------------------------------------


def skops_file(path: Path, *, identity: int = 7, schema: Any = None, left_out: str = "", more: str = "") -> None:
    """Write a model of one array, which its writer calls by an address."""
    array = {"__class__": "ndarray", "__loader__": "NdArrayNode", "type": "numpy", "file": f"{identity}.npy"}
    tree = {
        "__class__": "Ridge",
        "__id__": identity + 1,
        "content": {"coef_": array | {"__id__": identity}, "alpha": 1.0},
    }
    values = io.BytesIO()
    np.save(values, np.array([0.5, 1.0]))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (("schema.json", json.dumps(schema or tree)), (f"{identity}.npy", values.getvalue())):
            if name != left_out:
                archive.writestr(name, content)
        if more:
            archive.writestr(more, b"")


def test_addresses_of_a_writer_are_no_difference_in_skops(tmp_path: Path) -> None:
    """Values, types and what refers to what are."""
    assert compare(tmp_path, "skops", skops_file, lambda path: skops_file(path, identity=99)).equal
    parts = read_skops(RECORDED / "skops-other" / "legacy" / "m.skops")
    assert isinstance(parts["$.content.content.coef_.file"], Array)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"left_out": "7.npy"}, "names '7.npy', which is not in it"),
        ({"left_out": "schema.json"}, "no schema.json"),
        ({"more": "code.pkl"}, "does not name 'code.pkl'"),
        ({"schema": {"a": {"file": "../../etc/passwd"}}}, "which is not in it"),
        ({"schema": {"a.b": 1, "a": {"b": 2}}, "left_out": "7.npy"}, r"'\$\.a\.b' is there twice"),
    ],
)
def test_a_file_of_skops_that_is_not_whole_is_not_compared(tmp_path: Path, more: dict[str, Any], why: str) -> None:
    """What the schema names is there, and nothing else is."""
    skops_file(tmp_path / "m.skops", **more)
    with pytest.raises(Trouble, match=why):
        read_skops(tmp_path / "m.skops")


# -- images -----------------------------------------------------------------------------------------------------------

PIXELS = np.arange(48, dtype="u1").reshape(4, 4, 3)


def png(values: Any = PIXELS, words: str = "", **more: Any) -> Write:
    """Write a PNG."""

    def write(path: Path) -> None:
        info = PngImagePlugin.PngInfo()
        info.add_text("Comment", words)
        Image.fromarray(values).save(path, "png", pnginfo=info, **more)

    return write


def test_an_image_is_its_pixels(tmp_path: Path) -> None:
    """Compression, resolution and words in it are no difference; one pixel is, but within tolerance."""
    assert compare(tmp_path, "image", png(), png(words="2026", compress_level=1, dpi=(300, 300))).equal
    other = PIXELS.copy()
    other[1, 2, 0] += 1
    found = compare(tmp_path, "image", png(), png(other))
    assert [sample.where for sample in found.samples] == ["pixels[1, 2, 0]"]
    assert (
        compare(tmp_path, "image", png(), png(other), CompareRule("*", tolerance={"pixels": Tolerance(1)})).within == 1
    )
    assert not compare(tmp_path, "image", png(), png(PIXELS[:, :, 0])).equal


def test_an_image_that_is_cut_or_enormous_is_not_compared(tmp_path: Path) -> None:
    """A header may promise any size."""
    whole = tmp_path / "p"
    png()(whole)
    sound = whole.read_bytes()
    whole.write_bytes(sound[: len(sound) // 2])
    with pytest.raises((Trouble, OSError)):
        read_image(whole)
    with pytest.raises(NotCompared, match="legacy file"):
        compare(tmp_path, "image", data(sound[: len(sound) // 2]), data(sound))
    vast = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(vast)) + b"IHDR" + vast
    with pytest.raises(NotCompared, match=r"pixels|image"):
        compare(tmp_path, "image", data(head + b"\0" * 64), data(sound))
    with pytest.raises(NotCompared, match="no image of a known kind"):
        compare(tmp_path, "image", data(b"GIF89a"), data(sound))


# -- TFRecord ---------------------------------------------------------------------------------------------------------


def masked(content: bytes) -> bytes:
    """Give a checksum as TFRecord writes it."""
    crc = google_crc32c.value(content)
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def records(*contents: bytes) -> bytes:
    """Write a file of records."""
    heads = [struct.pack("<Q", len(content)) for content in contents]
    return b"".join(h + masked(h) + content + masked(content) for h, content in zip(heads, contents, strict=True))


def example(score: float, *, turned: bool = False) -> bytes:
    """Write an example of three features."""
    features = [
        field(1, field(1, b"score") + field(2, field(2, field(1, struct.pack("<f", score))))),
        field(1, field(1, b"n") + field(2, field(3, field(1, varint(2**64 - 1) + varint(5))))),
        field(1, field(1, b"name") + field(2, field(1, field(1, b"a") + field(1, b"\xff")))),
    ]
    return field(1, b"".join(reversed(features) if turned else features))


def test_records_are_their_features_in_any_order(tmp_path: Path) -> None:
    """Packed or not; their own order counts, and a value is found by its path."""
    legacy = records(example(0.5), example(1.0))
    (tmp_path / "r").write_bytes(legacy)
    assert next(iter(read_tfrecord(tmp_path / "r"))) == {
        "features": {"score": {"float": [0.5]}, "n": {"int64": [-1, 5]}, "name": {"bytes": ["a", {"hex": "ff"}]}}
    }
    turned = gzip.compress(records(example(0.5, turned=True), example(1.0, turned=True)))
    assert compare(tmp_path, "tfrecord", data(legacy), data(turned)).equal
    assert not compare(tmp_path, "tfrecord", data(legacy), data(records(example(1.0), example(0.5)))).equal
    found = compare(tmp_path, "tfrecord", data(legacy), data(records(example(0.5), example(1.25))))
    assert [sample.where for sample in found.samples] == ["$[1].features.score.float[0]"]
    near = CompareRule("*", tolerance={"$[*].features.score.float[*]": Tolerance(0.25)})
    assert compare(tmp_path, "tfrecord", data(legacy), data(records(example(0.5), example(1.25))), near).equal


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (records(example(0.5))[:-1], "record 1 is cut"),
        (records(example(0.5))[:7], "record 1 is cut"),
        (records(example(0.5)).replace(b"score", b"scorf"), "record 1: its bytes have another checksum"),
        (b"\1" + records(example(0.5))[1:], "record 1: its length has another checksum"),
        (struct.pack("<Q", 2**60) + masked(struct.pack("<Q", 2**60)), "more than 268435456"),
        (gzip.compress(records(example(0.5)), mtime=1)[:-9], "after . records"),
    ],
    ids=range(6),
)
def test_records_that_are_damaged_are_not_compared(tmp_path: Path, content: bytes, why: str) -> None:
    """A missing end is damage, never a smaller file."""
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(Unreadable, match=why):
        list(read_tfrecord(tmp_path / "r"))


def test_other_messages_are_compared_by_their_bytes(tmp_path: Path) -> None:
    """A record need not be an example."""
    (tmp_path / "r").write_bytes(records(b"plain", b"\xff\0", b"x" * 2000))
    plain, binary, long = read_tfrecord(tmp_path / "r")
    assert (plain, binary) == ({"bytes": "plain"}, {"bytes": {"hex": "ff00"}})
    assert isinstance(long, dict)
    assert long["bytes"] == {"bytes": 2000, "sha256": hashlib.sha256(b"x" * 2000).hexdigest()}


# -- Arrow and ORC ----------------------------------------------------------------------------------------------------

TABLE = pa.table({"id": [1, 2, 3], "x": [0.5, 1.0, 1.5], "day": ["a", "b", "c"]})
OTHER = pa.table({"id": [3, 2, 1], "x": [1.5, 1.25, 0.5], "day": ["c", "b", "a"]})
KEYED = CompareRule("*", key=("id",))


def arrow(table: pa.Table, **more: Any) -> Write:
    """Write as Feather."""
    return lambda path: feather.write_feather(table, str(path), **more)


def stream(path: Path) -> None:
    """Write a stream of batches."""
    with pa.ipc.new_stream(str(path), TABLE.schema) as writer:
        for batch in TABLE.to_batches(max_chunksize=2):
            writer.write_batch(batch)


def orc_file(table: pa.Table, **more: Any) -> Write:
    """Write as ORC."""
    return lambda path: orc.write_table(table, str(path), **more)


@pytest.mark.parametrize(
    ("form", "write", "again"),
    [
        ("arrow", arrow(TABLE), arrow(TABLE, compression="zstd", chunksize=1)),
        ("arrow", arrow(TABLE), stream),
        ("orc", orc_file(TABLE), orc_file(TABLE, compression="snappy", stripe_size=1024)),
    ],
)
def test_layout_is_no_difference_and_all_rules_of_tables_hold(
    tmp_path: Path, form: str, write: Write, again: Write
) -> None:
    """Keys, tolerances and cells as of Parquet."""
    assert compare(tmp_path, form, write, again).equal
    changed = arrow(OTHER) if form == "arrow" else orc_file(OTHER)
    found = compare(tmp_path, form, write, changed, KEYED)
    assert [(sample.where, sample.legacy, sample.candidate) for sample in found.samples] == [
        ("id=2 column x", "1.0", "1.25")
    ]
    near = CompareRule("*", key=("id",), tolerance={"x": Tolerance(0.25)})
    assert compare(tmp_path, form, write, changed, near).equal


@pytest.mark.parametrize(("form", "write"), [("arrow", arrow(TABLE)), ("orc", orc_file(TABLE))])
def test_a_table_that_is_cut_is_not_compared(tmp_path: Path, form: str, write: Write) -> None:
    """Nor is one of another form."""
    write(tmp_path / "whole")
    content = (tmp_path / "whole").read_bytes()
    for broken in (content[: len(content) // 2], b"id,x\n1,2\n"):
        with pytest.raises(NotCompared, match="candidate file"):
            compare(tmp_path, form, write, data(broken))


def lasting(value: int, unit: str) -> pa.Table:
    """Make a table with a length of time."""
    return pa.table({"id": [1], "took": pa.array([value], pa.duration(unit)), "name": ["a"]})


def parquet(table: pa.Table) -> Write:
    """Write as Parquet."""
    return lambda path: pq.write_table(table, str(path))


@pytest.mark.parametrize(("form", "write"), [("arrow", arrow), ("parquet", parquet)])
def test_lengths_of_time_are_compared_in_their_unit(
    tmp_path: Path, form: str, write: Callable[[pa.Table], Write]
) -> None:
    """Files hold a plain integer: 5 ms are 5,000 µs, and not 5 µs."""
    assert compare(tmp_path, form, write(lasting(5, "ms")), write(lasting(5000, "us")), KEYED).equal
    assert not compare(tmp_path, form, write(lasting(5, "ms")), write(lasting(5, "us")), KEYED).equal


@given(st.binary(max_size=300))
def test_a_schema_of_any_bytes_names_no_lengths_of_time(noise: bytes) -> None:
    """And raises nothing."""
    assert durations(noise) == {}


# -- workbooks, archives, texts ---------------------------------------------------------------------------------------

BOOK = {
    "xl/workbook.xml": (
        '<workbook xmlns="urn:m" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="scores" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="urn:r"><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
    "xl/sharedStrings.xml": '<sst xmlns="urn:m"><si><t>id</t></si><si><r><t>n</t></r><r><t>ame</t></r></si></sst>',
    "xl/worksheets/sheet1.xml": (
        '<worksheet xmlns="urn:m"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2" s="3"><f>A2/2</f><v>0.5</v></c><c r="C2" t="b"><v>1</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>a</t></is></c><c r="B3" t="e"><v>#N/A</v></c></row>'
        "</sheetData></worksheet>"
    ),
    "docProps/core.xml": "<made>2026-11-25</made>",
}


def zipped(members: dict[str, str], *, day: int = 1, packed: int = zipfile.ZIP_STORED) -> Write:
    """Write a zip archive."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(zipfile.ZipInfo(name, (2026, 1, day, 0, 0, 0)), content, packed)

    return write


def test_a_workbook_is_its_cells(tmp_path: Path) -> None:
    """Who made it and when is no difference."""
    zipped(BOOK)(tmp_path / "b.xlsx")
    assert list(read_workbook(tmp_path / "b.xlsx")) == [
        {"sheets": ["scores"]},
        {"sheet": "scores", "row": 1, "cells": {"A1": "id", "B1": "name"}},
        {"sheet": "scores", "row": 2, "cells": {"A2": 1, "B2": {"formula": "A2/2", "value": 0.5}, "C2": True}},
        {"sheet": "scores", "row": 3, "cells": {"A3": "a", "B3": {"error": "#N/A"}}},
    ]
    again = BOOK | {"docProps/core.xml": "<made>2026-11-26</made>"}
    assert compare(tmp_path, "xlsx", zipped(BOOK), zipped(again, day=2, packed=zipfile.ZIP_DEFLATED)).equal
    changed = BOOK | {"xl/worksheets/sheet1.xml": BOOK["xl/worksheets/sheet1.xml"].replace("0.5", "0.75")}
    found = compare(tmp_path, "xlsx", zipped(BOOK), zipped(changed))
    assert [sample.where for sample in found.samples] == ["$[2].cells.B2.value"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"xl/worksheets/sheet1.xml": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}, "document type"),
        ({"xl/worksheets/sheet1.xml": "<worksheet>"}, "no sound workbook"),
        ({"xl/_rels/workbook.xml.rels": "<a/>"}, "no sound workbook"),
        ({"xl/sharedStrings.xml": "<sst/>"}, "no sound workbook"),
    ],
)
def test_a_workbook_that_is_not_sound_is_not_compared(tmp_path: Path, changed: dict[str, str], why: str) -> None:
    """XML of a job declares nothing that grows."""
    zipped(BOOK | changed)(tmp_path / "b.xlsx")
    with pytest.raises(Unreadable, match=why):
        list(read_workbook(tmp_path / "b.xlsx"))


def test_a_zip_archive_is_its_members(tmp_path: Path) -> None:
    """By name, size and digest; damage is never a match."""
    legacy, again = zipped({"a": "1", "b": "2"}), zipped({"b": "2", "a": "1"}, day=9, packed=zipfile.ZIP_DEFLATED)
    assert compare(tmp_path, "zip", legacy, again).equal
    assert not compare(tmp_path, "zip", legacy, zipped({"a": "1", "b": "3"})).equal
    whole = tmp_path / "whole"
    legacy(whole)
    whole.write_bytes(whole.read_bytes().replace(b"2PK", b"3PK"))
    with pytest.raises(Unreadable, match="Bad CRC-32"):
        read_zip(whole)


def test_a_text_is_its_lines_where_a_rule_says_so(tmp_path: Path) -> None:
    """Whatever ends them; a line that changes by itself is named and left out."""
    legacy, other = data(b"made 1\nrows 5\n"), data(b"made 2\r\nrows 5\r\n")
    assert not compare(tmp_path, "text", legacy, other).equal
    assert compare(tmp_path, "text", legacy, other, CompareRule("*", ignore=("$[0]",))).equal
    assert not compare(tmp_path, "text", legacy, data(b"made 1\nrows 5\nmore\n")).equal
    with pytest.raises(NotCompared, match="line 1: no UTF-8"):
        compare(tmp_path, "text", legacy, data(b"\xff\n"))
