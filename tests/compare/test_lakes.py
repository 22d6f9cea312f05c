"""Delta and Iceberg tables, written by their libraries: the newest version is compared, whatever lies beside it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, write_deltalake
from pyiceberg import manifest as manifests
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.io.pyarrow import PyArrowFileIO
from pyiceberg.typedef import Record
from pyiceberg.types import LongType, StringType
from pyroaring import BitMap64

from harness.compare.comparing import Tree, compare_trees
from harness.compare.engine import child
from harness.compare.formats import FORMATS
from harness.compare.members import members_of
from harness.compare.tables import TableDifference, request_of
from harness.model.comparison import Comparison
from harness.model.finding import Outcome
from harness.model.job import CompareRule
from harness.model.observation import OutputFile

BY_ID = CompareRule("*", key=("id",))
UUID = f"{'0' * 8}-0000-0000-0000-{'0' * 12}"


def files_of(folder: Path) -> list[Path]:
    """List a table's files."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def asked(form: str, legacy: Path, candidate: Path, rule: CompareRule = BY_ID) -> dict[str, Any]:
    """Compare in this process, as the child does after shutting itself in."""
    home, place = Path.cwd(), legacy.parent / f"asked-{legacy.name}-{candidate.name}"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    sides: dict[str, list[dict[str, str]]] = {}
    for side, folder in (("legacy", legacy), ("candidate", candidate)):
        sides[side] = []
        for n, path in enumerate(files_of(folder)):
            (place / f"{side}-{n}").symlink_to(path)
            sides[side].append({"file": f"{side}-{n}", "name": str(path.relative_to(folder))})
    os.chdir(place)
    try:
        return child.answer({**request_of(form, rule), "sides": sides})
    finally:
        os.chdir(home)


def difference(form: str, legacy: Path, candidate: Path, rule: CompareRule = BY_ID) -> TableDifference:
    """Give the difference of two tables that can be compared."""
    answer = asked(form, legacy, candidate, rule)
    assert "difference" in answer, answer
    return msgspec.convert(answer["difference"], TableDifference)


def trees(legacy: Path, candidate: Path, *rules: CompareRule) -> Comparison:
    """Compare two folders as `parity diff` does, in the locked process."""
    paths: dict[str, Path] = {}
    sides = []
    for side in (legacy, candidate):
        seen = {}
        for path in files_of(side):
            name, data = str(path.relative_to(side)), path.read_bytes()
            stored = f"{side.name}/{name}"
            paths[stored] = path
            seen[name] = OutputFile(name, len(data), hashlib.sha256(data).hexdigest(), stored=stored)
        sides.append(Tree(side.name, seen))
    return compare_trees(sides[0], sides[1], rules, paths.get)


# -- Delta ------------------------------------------------------------------------------------------------------------


def delta(folder: Path, *rows: dict[str, Any], by: list[str] | None = None) -> Path:
    """Write a table, one version for each set of rows."""
    for columns in rows:
        write_deltalake(folder, pa.table(columns), mode="append", schema_mode="merge", partition_by=by)
    return folder


def commit(folder: Path, version: int, *actions: dict[str, Any]) -> None:
    """Write a version as an engine does that knows more than the library can write."""
    text = "".join(json.dumps(action) + "\n" for action in actions)
    (folder / "_delta_log" / f"{version:020}.json").write_text(text)


def actions_of(folder: Path, version: int) -> list[dict[str, Any]]:
    """Read the actions of a version."""
    return [json.loads(line) for line in (folder / "_delta_log" / f"{version:020}.json").read_text().splitlines()]


def z85(data: bytes) -> str:
    """Write bytes as a log has them inline (ZeroMQ RFC 32)."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
    padded = data + bytes(-len(data) % 4)
    numbers = (int.from_bytes(padded[at : at + 4], "big") for at in range(0, len(padded), 4))
    return "".join(letters[number // 85**place % 85] for number in numbers for place in (4, 3, 2, 1, 0))


def with_vector(folder: Path, *rows: int) -> Path:
    """Take rows of the first file away by a deletion vector."""
    add = next(action["add"] for action in actions_of(folder, 0) if "add" in action)
    bits = struct.pack("<i", 1681511377) + BitMap64(rows).serialize()
    vector = {"storageType": "i", "pathOrInlineDv": z85(bits), "sizeInBytes": len(bits), "cardinality": len(rows)}
    features = ["deletionVectors"]
    remove = {"path": add["path"], "deletionTimestamp": 1, "dataChange": True}
    commit(
        folder, 1,
        {"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features,
                      "writerFeatures": features}},
        {"remove": remove}, {"add": {**add, "deletionVector": vector}},
    )  # fmt: skip
    return folder


ROWS = {"id": [1, 2, 3], "v": [1.5, 2.5, 3.5]}


def test_only_the_newest_version_of_a_delta_table_is_compared(tmp_path: Path) -> None:
    """Files of earlier versions lie beside it; as a data set of Parquet they would be rows."""
    old = delta(tmp_path / "old", ROWS, {"id": [4], "v": [4.5]})
    DeltaTable(old).delete("id = 2")
    new = delta(tmp_path / "new", {"id": [4, 3, 1], "v": [4.5, 3.5, 1.5]})
    found = difference("delta", old, new)
    assert (found.equal, found.rows_legacy, found.rows_candidate) == (True, 3, 3)
    DeltaTable(new).update({"v": "v + 1"}, predicate="id = 4")
    found = difference("delta", old, new)
    assert (found.equal, found.rows_differing) == (False, 1)


def test_a_checkpoint_is_read_where_earlier_versions_are_gone(tmp_path: Path) -> None:
    """As a log looks that was cleaned up."""
    old = delta(tmp_path / "old", *({"id": [n], "v": [n * 1.5]} for n in range(3)))
    DeltaTable(old).create_checkpoint()
    for version in range(2):
        (old / "_delta_log" / f"{version:020}.json").unlink()
    new = delta(tmp_path / "new", {"id": [0, 1, 2], "v": [0.0, 1.5, 3.0]})
    assert difference("delta", old, new).equal


def test_partition_columns_of_a_delta_table_come_back_with_their_types(tmp_path: Path) -> None:
    """Also a NULL, and names that a path has to escape."""
    rows = {"id": [1, 2, 3], "day": [date(2026, 1, 2), None, date(2026, 1, 3)], "n": [7, 7, None],
            "s": ["a b", "é/%20", None]}  # fmt: skip
    one = delta(tmp_path / "one", rows, by=["day", "n", "s"])
    assert difference("delta", one, delta(tmp_path / "flat", rows)).equal
    moved = delta(tmp_path / "moved", {**rows, "n": [7, 8, None]}, by=["n"])
    assert [column.name for column in difference("delta", one, moved).columns] == ["n"]


def test_columns_that_were_added_later_are_null_in_earlier_rows(tmp_path: Path) -> None:
    """A file from before has none of it."""
    old = delta(tmp_path / "old", {"id": [1]}, {"id": [2], "w": ["x"]})
    new = delta(tmp_path / "new", {"id": [1, 2], "w": [None, "x"]})
    assert difference("delta", old, new).equal
    other = delta(tmp_path / "other", {"id": [1, 2], "w": ["x", "x"]})
    assert [column.name for column in difference("delta", old, other).columns] == ["w"]


def test_deletion_vectors_are_applied(tmp_path: Path) -> None:
    """Rows that they take away are none of the table's; other vectors are a difference."""
    kept = delta(tmp_path / "kept", {"id": [1, 3], "v": [1.5, 3.5]})
    assert difference("delta", with_vector(delta(tmp_path / "one", ROWS), 1), kept).equal
    found = difference("delta", with_vector(delta(tmp_path / "two", ROWS), 2), kept)
    assert (found.only_legacy, found.only_candidate) == (1, 1)


def test_renamed_columns_are_found_by_their_physical_names(tmp_path: Path) -> None:
    """Column mapping: the files call `amount` what they always called it."""
    table = delta(tmp_path / "mapped", {"col-1": [1, 2], "col-2": [1.5, 2.5]})
    actions = actions_of(table, 0)
    for action in actions:
        if "metaData" in action:
            fields = json.loads(action["metaData"]["schemaString"])["fields"]
            for number, (column, name) in enumerate(zip(fields, ("id", "amount"), strict=True), 1):
                column["metadata"] = {
                    "delta.columnMapping.id": number, "delta.columnMapping.physicalName": column["name"],
                }  # fmt: skip
                column["name"] = name
            action["metaData"]["schemaString"] = json.dumps({"type": "struct", "fields": fields})
            action["metaData"]["configuration"] = {"delta.columnMapping.mode": "name"}
        if "protocol" in action:
            action["protocol"] = {"minReaderVersion": 2, "minWriterVersion": 5}
    commit(table, 0, *actions)
    assert difference("delta", table, delta(tmp_path / "plain", {"id": [1, 2], "amount": [1.5, 2.5]})).equal


def _vacuumed(folder: Path) -> None:
    next(folder.glob("*.parquet")).unlink()


def _unknown(folder: Path) -> None:
    features = ["variantType"]
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": features, "writerFeatures": features}
    commit(folder, 1, {"protocol": protocol})


def _second_checkpoint(folder: Path) -> None:
    (folder / "_delta_log" / f"{1:020}.checkpoint.{UUID}.parquet").write_bytes(b"")


def _elsewhere(folder: Path) -> None:
    add = next(action["add"] for action in actions_of(folder, 0) if "add" in action)
    commit(folder, 1, {"add": {**add, "path": "../one/x.parquet"}})


def _cut(folder: Path) -> None:
    (folder / "_delta_log" / f"{1:020}.json").write_text('{"add":{"path":"x')


def _narrower(folder: Path) -> None:
    part = next(folder.glob("*.parquet"))
    pq.write_table(pa.table({"id": [1.5, 2.5, 3.5], "v": [1.5, 2.5, 3.5]}), part)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (_vacuumed, "a file of its version 0, is not among the output's files: it was vacuumed"),
        (_unknown, "variantType"),
        (_second_checkpoint, "is a checkpoint of version 2, which is not read"),
        (_elsewhere, "is not among the output's files"),
        (_cut, "candidate table: "),
        (_narrower, "'id' is BIGINT, and DOUBLE in some of its files"),
    ],
)
def test_what_can_not_be_followed_of_a_delta_table_is_refused_by_name(
    tmp_path: Path, harm: Callable[[Path], None], says: str
) -> None:
    """Never compared in part."""
    one, other = delta(tmp_path / "one", ROWS), delta(tmp_path / "other", ROWS)
    assert difference("delta", one, other).equal
    harm(other)
    answer = asked("delta", one, other)
    assert answer.keys() == {"trouble"}
    assert says in answer["trouble"]


def test_a_folder_with_a_log_is_one_table_in_the_locked_process(tmp_path: Path) -> None:
    """Found by its log, compared by the rule of its data files; what lies beside it is compared on its own."""
    for side in ("left", "right"):
        table = delta(tmp_path / side / "scores", ROWS, {"id": [4], "v": [4.5]})
        DeltaTable(table).delete("id = 2" if side == "left" else "id = 3")
        (table / "note.txt").write_text("a")
    rule = CompareRule("*.parquet", key=("id",))
    found = trees(tmp_path / "left", tmp_path / "right", rule)
    (table,) = (member for member in found.members if member.form == "delta")
    assert (table.name, table.outcome) == ("scores/*.delta", Outcome.MISMATCH)
    assert table.summary == "1 row only in legacy and 1 only in candidate."
    assert {member.name for member in found.members} == {"scores/*.delta", "scores/note.txt"}
    assert trees(tmp_path / "left", tmp_path / "left", rule).outcome is Outcome.MATCH


def test_files_of_a_table_with_a_log_are_told_apart_by_their_names() -> None:
    """The same bytes under each other's names are other rows: a log says of names what is deleted and where it lies."""
    log = OutputFile("t/_delta_log/00000000000000000000.json", 1, "l")
    one, other = (f"t/part-0000{n}-{UUID}-c000.snappy.parquet" for n in range(2))
    sides = [
        members_of({file.name: file for file in (log, *parts)}, ())
        for parts in (
            (OutputFile(one, 1, "x"), OutputFile(other, 1, "y")),
            (OutputFile(one, 1, "y"), OutputFile(other, 1, "x")),
        )
    ]
    left, right = (side.by_name["t/*.delta"] for side in sides)
    assert left.same_bytes(left)
    assert not left.same_bytes(right)


def test_a_rule_can_say_that_a_folder_with_a_log_is_no_table() -> None:
    """Its files are then compared as files."""
    names = ("t/_delta_log/00000000000000000000.json", f"t/one-{UUID}.parquet")
    files = {name: OutputFile(name, 1, "x") for name in names}
    assert set(members_of(files, (CompareRule("*", data_set=False),)).by_name) == set(names)
    as_parquet = members_of(files, (CompareRule("*.parquet", form="parquet"),))
    assert set(as_parquet.by_name) == {names[0], "t/*.parquet"}
    assert FORMATS.get("delta").suffixes == ()


@pytest.mark.parametrize("folder", ["", "t/"])
@pytest.mark.parametrize("name", ["metrics.json", "extra.parquet", f"other/part-{UUID}.parquet", "_SUCCESS"])
def test_what_is_none_of_the_tables_is_compared_on_its_own(folder: str, name: str) -> None:
    """A log at the top of an output hides nothing that lies beside the table."""
    names = ("_delta_log/00000000000000000000.json", f"day=1/one-{UUID}.parquet", name)
    members = members_of({folder + own: OutputFile(folder + own, 1, "x") for own in names}, ()).by_name
    assert len(members[f"{folder}*.delta"].parts) == 2
    assert len(members) == 2


# -- Iceberg ----------------------------------------------------------------------------------------------------------


class _DeletesWriter(manifests.ManifestWriterV2):
    """Writes a manifest of deletes, which the library only reads."""

    def content(self) -> manifests.ManifestContent:
        return manifests.ManifestContent.DELETES

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}


@pytest.fixture
def catalog(tmp_path: Path) -> SqlCatalog:
    """Give a catalog of its own, whose tables lie beside it."""
    made = SqlCatalog("t", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}/tables")
    made.create_namespace("n")
    return made


def iceberg(catalog: SqlCatalog, name: str, *rows: dict[str, Any], by: str = "") -> Any:
    """Write a table, one snapshot for each set of rows."""
    first = pa.table(rows[0])
    table = catalog.create_table(f"n.{name}", first.schema)
    if by:
        with table.update_spec() as change:
            change.add_identity(by)
    for columns in rows:
        table.append(pa.table(columns, schema=first.schema))
    return table


def place(table: Any) -> Path:
    """Give a table's folder."""
    return Path(table.location().removeprefix("file://"))


def test_only_the_current_snapshot_of_an_iceberg_table_is_compared(catalog: SqlCatalog) -> None:
    """Deleted rows are gone, earlier files lie beside it."""
    old = iceberg(catalog, "old", ROWS, {"id": [4], "v": [4.5]})
    old.delete("id = 2")
    new = iceberg(catalog, "new", {"id": [4, 3, 1], "v": [4.5, 3.5, 1.5]})
    assert difference("iceberg", place(old), place(new)).equal
    new.append(pa.table({"id": [5], "v": [5.5]}))
    assert difference("iceberg", place(old), place(new)).only_candidate == 1


def test_iceberg_columns_are_found_by_their_ids(catalog: SqlCatalog) -> None:
    """A name that was given to another column means the new one; an integer that was widened is the same number."""
    schema = pa.schema([("id", pa.int32()), ("v", pa.float64())])
    old = catalog.create_table("n.old", schema)
    old.append(pa.table(ROWS, schema=schema))
    with old.update_schema() as change:
        change.rename_column("v", "value")
        change.update_column("id", LongType())
    with old.update_schema() as change:
        change.add_column("v", StringType())
    new = iceberg(catalog, "new", {"id": [1, 2, 3], "value": ROWS["v"], "v": pa.array([None] * 3, pa.string())})
    assert difference("iceberg", place(old), place(new)).equal


def test_an_iceberg_table_is_found_wherever_it_lies(catalog: SqlCatalog, tmp_path: Path) -> None:
    """Paths of its metadata begin with where it was when it was written."""
    table = iceberg(catalog, "one", {"id": [1, 2], "p": ["a", "b"]}, by="p")
    moved = tmp_path / "left" / "fetched"
    shutil.copytree(place(table), moved)
    assert difference("iceberg", moved, place(iceberg(catalog, "two", {"id": [2, 1], "p": ["b", "a"]}))).equal
    shutil.copytree(place(iceberg(catalog, "three", {"id": [1, 2], "p": ["a", "c"]})), tmp_path / "right" / "fetched")
    (member,) = trees(tmp_path / "left", tmp_path / "right", CompareRule("fetched/*", key=("id",))).members
    assert (member.name, member.form, member.outcome) == ("fetched/*.iceberg", "iceberg", Outcome.MISMATCH)


def with_deletes(table: Any, content: manifests.DataFileContent, rows: list[int], sequence: int = 2) -> None:
    """Add a snapshot with a file of deletes, as engines write that merge on read."""
    folder, io = place(table), PyArrowFileIO()
    data = next(iter(table.inspect.files().to_pylist()))["file_path"]
    file = folder / "data" / "deletes.parquet"
    pq.write_table(pa.table({"file_path": [data] * len(rows), "pos": rows}), file)
    deleted = manifests.DataFile.from_args(
        content=content, file_path=f"file://{file}", file_format=manifests.FileFormat.PARQUET, partition=Record(),
        record_count=len(rows), file_size_in_bytes=file.stat().st_size,
        **({"equality_ids": [1]} if content is manifests.DataFileContent.EQUALITY_DELETES else {}),
    )  # fmt: skip
    path = f"file://{folder}/metadata/deletes-m0.avro"
    writer = _DeletesWriter(table.spec(), table.schema(), io.new_output(path), 7, "null")
    with writer:
        writer.add_entry(
            manifests.ManifestEntry.from_args(
                status=manifests.ManifestEntryStatus.ADDED, snapshot_id=7, sequence_number=sequence,
                file_sequence_number=sequence, data_file=deleted,
            )
        )  # fmt: skip
    made = writer.to_manifest_file()
    listed = f"file://{folder}/metadata/snap-7.avro"
    current = table.metadata.current_snapshot()
    with manifests.write_manifest_list(2, io.new_output(listed), 7, current.snapshot_id, 2, "null") as out:
        out.add_manifests([*current.manifests(io), made])
    metadata = json.loads(Path(table.metadata_location.removeprefix("file://")).read_text())
    metadata["snapshots"].append(
        {"snapshot-id": 7, "sequence-number": 2, "timestamp-ms": metadata["last-updated-ms"] + 1,
         "manifest-list": listed, "summary": {"operation": "delete"}}
    )  # fmt: skip
    metadata |= {"current-snapshot-id": 7, "last-sequence-number": 2, "refs": {}}
    (folder / "metadata" / f"00009-{UUID}.metadata.json").write_text(json.dumps(metadata))


def test_position_deletes_are_applied(catalog: SqlCatalog) -> None:
    """And only to data files that are not newer than they are."""
    kept = iceberg(catalog, "kept", {"id": [1, 3], "v": [1.5, 3.5]})
    one = iceberg(catalog, "one", ROWS)
    with_deletes(one, manifests.DataFileContent.POSITION_DELETES, [1])
    assert difference("iceberg", place(one), place(kept)).equal
    late = iceberg(catalog, "late", ROWS)
    with_deletes(late, manifests.DataFileContent.POSITION_DELETES, [1], sequence=0)
    assert difference("iceberg", place(late), place(kept)).only_legacy == 1


def test_rows_that_are_deleted_by_their_values_are_refused(catalog: SqlCatalog) -> None:
    """Their file is named."""
    one = iceberg(catalog, "one", ROWS)
    with_deletes(one, manifests.DataFileContent.EQUALITY_DELETES, [1])
    answer = asked("iceberg", place(one), place(one))
    assert answer["trouble"].startswith("legacy table: ")
    assert "deletes.parquet deletes rows by their values, which is not read" in answer["trouble"]


def test_what_can_not_be_followed_of_an_iceberg_table_is_refused_by_name(catalog: SqlCatalog) -> None:
    """A file that expired, two newest versions, and columns without ids."""
    one, other = iceberg(catalog, "one", ROWS), iceberg(catalog, "other", ROWS)
    data = next(place(other).glob("data/*.parquet"))
    content = data.read_bytes()
    data.unlink()
    assert "is not among the output's files: it was vacuumed" in asked("iceberg", place(one), place(other))["trouble"]
    pq.write_table(pa.table(ROWS), data)
    assert "have no field ids" in asked("iceberg", place(one), place(other))["trouble"]
    data.write_bytes(content)
    assert difference("iceberg", place(one), place(other)).equal
    newest = max(place(other).glob("metadata/*.metadata.json"))
    shutil.copy(newest, newest.with_name(f"00001-{UUID}.metadata.json"))
    assert "only its catalog knows which" in asked("iceberg", place(one), place(other))["trouble"]


def test_one_sides_manifest_is_never_read_for_the_other(catalog: SqlCatalog, tmp_path: Path) -> None:
    """Both sides wrote to one place, one after the other, and name the same files."""
    table = iceberg(catalog, "one", ROWS)
    for side in ("legacy", "candidate"):
        shutil.copytree(place(table), tmp_path / side)
    other = iceberg(catalog, "other", {"id": [1], "v": [9.5]})
    for kind in ("data/*.parquet", "metadata/*-m0.avro"):
        source, target = (next(folder.glob(kind)) for folder in (place(other), tmp_path / "candidate"))
        shutil.copy(source, target)
    answer = asked("iceberg", tmp_path / "legacy", tmp_path / "candidate")
    assert "trouble" in answer or not msgspec.convert(answer["difference"], TableDifference).equal
