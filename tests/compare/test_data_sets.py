"""Data sets are compared, not their files: names and number of part files never count, what folders say does."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.cases import JOB
from observed import observed

from harness.compare.field_noise import FieldNoise, learn, noise_finding
from harness.compare.formats import FORMATS, by_suffix
from harness.compare.members import members_of, partition_of
from harness.compare.name_patterns import shape_of
from harness.compare.outputs import check_outputs
from harness.config.registered import BUILT_IN_APPLIES, BUILT_IN_FORMATS, BUILT_IN_SUFFIXES
from harness.fields.placeholders import has_placeholder, matches, unknown
from harness.model.finding import Finding, Outcome, worst
from harness.model.job import CompareRule, Output, RowOrder, Side, Tolerance
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.model.table_contract import TableContract

MATCH, MISMATCH, INCONCLUSIVE = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE
BY_ID = CompareRule("*", key=("id",))
Files = Mapping[str, bytes]


class Folder:
    """Outputs of runs, kept below a folder."""

    def __init__(self, path: Path) -> None:
        """Keep payloads here."""
        self.path = path

    def run(self, side: Side, files: Files) -> Observation:
        """Make a run that left these files."""
        kept = []
        for name, data in files.items():
            digest = hashlib.sha256(data).hexdigest()
            (self.path / digest).write_bytes(data)
            kept.append(OutputFile(name, len(data), digest, stored=digest))
        return observed(side, outputs=(OutputSeen("model", declared=True, files=tuple(kept)),))

    def open(self, stored: str) -> Path:
        """Give a payload."""
        return self.path / stored

    def compare(
        self, legacy: Files, candidate: Files, *rules: CompareRule, noise: FieldNoise | None = None
    ) -> dict[str, Finding]:
        """Compare two runs of an output; findings by check."""
        job = replace(JOB, outputs=(Output("model", {}, rules=rules),))
        runs = self.run(Side.LEGACY, legacy), self.run(Side.CANDIDATE, candidate)
        found = check_outputs(job, "p1", *runs, open_payload=self.open, noise={"model": noise or FieldNoise()})
        return {finding.check: finding for finding in found}

    def learn(self, *runs: Files, rules: tuple[CompareRule, ...] = ()) -> FieldNoise:
        """Learn from runs of legacy."""
        output = Output("model", {}, rules=rules)
        return learn(output, {Side.LEGACY: [self.run(Side.LEGACY, files) for files in runs]}, self.open)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Give an empty folder."""
    return Folder(tmp_path)


def outcome(found: Mapping[str, Finding]) -> Outcome:
    """Give the worst outcome."""
    return worst(finding.outcome for finding in found.values())


def parquet(**columns: Any) -> bytes:
    """Write a Parquet file."""
    data = io.BytesIO()
    pq.write_table(pa.table(columns), data)
    return data.getvalue()


def spark(rows: list[int], parts: int, seed: int) -> Files:
    """Write rows as Spark does: parts with a number and an id of the write, checksums, and a marker at the end."""
    write = uuid.UUID(int=seed)
    size = -(-len(rows) // parts)
    files: dict[str, bytes] = {"scores/_SUCCESS": b""}
    for n in range(parts):
        name = f"part-{n:05d}-{write}-c000.snappy.parquet"
        ids = rows[n * size : (n + 1) * size]
        files[f"scores/{name}"] = parquet(id=pa.array(ids, pa.int64()), v=pa.array([x / 4 for x in ids], pa.float64()))
        files[f"scores/.{name}.crc"] = hashlib.sha256(files[f"scores/{name}"]).digest()
    return files


# -- names and number of part files -----------------------------------------------------------------------------------


def test_another_number_of_part_files_with_other_names_is_no_difference(folder: Folder) -> None:
    """And it is told how many there are, and that checksums were not compared."""
    found = folder.compare(spark(list(range(12)), 2, 1), spark(list(range(12)), 5, 2))
    assert {check: finding.outcome for check, finding in found.items()} == {
        "outputs.files": MATCH,
        "outputs.bytes": MATCH,
        "outputs.table": MATCH,
    }
    assert found["outputs.files"].summary == (
        "model has the same 1 file and 1 data set (2 and 5 files) on both sides "
        "(5 files of checksums and the like not compared)."
    )


def test_rows_may_stand_in_any_part_where_a_key_names_them(folder: Folder) -> None:
    """Without a key their order would have to mean something or nothing, and nobody says which."""
    legacy, candidate = spark(list(range(12)), 2, 1), spark(list(range(11, -1, -1)), 3, 2)
    assert outcome(folder.compare(legacy, candidate, BY_ID)) is MATCH
    assert outcome(folder.compare(legacy, candidate)) is INCONCLUSIVE
    assert outcome(folder.compare(legacy, candidate, CompareRule("*.parquet", order=RowOrder.MULTISET))) is MATCH


def test_one_other_row_in_one_of_the_parts_is_found_with_its_key(folder: Folder) -> None:
    """The negative control: counts are those of the data set."""
    finding = folder.compare(spark(list(range(12)), 2, 1), spark([*range(11), 99], 5, 2), BY_ID)["outputs.table"]
    assert finding.outcome is MISMATCH
    assert "scores/*.parquet: 1 row only in legacy and 1 only in candidate" in finding.summary
    assert [(sample.legacy, sample.candidate) for sample in finding.samples] == [
        ("id=11", "not there"),
        ("not there", "id=99"),
    ]


def test_the_same_bytes_under_other_names_are_never_opened(folder: Folder) -> None:
    """Payloads that are gone are not missed."""
    data = parquet(id=[1])
    job = replace(JOB, outputs=(Output("model", {}),))
    runs = [folder.run(side, {f"day=1/part-{n}.parquet": data}) for side, n in ((Side.LEGACY, 3), (Side.CANDIDATE, 4))]
    found = check_outputs(job, "p1", *runs, open_payload=lambda _: None)
    assert worst(finding.outcome for finding in found) is MATCH


def test_a_marker_that_only_one_side_has_is_a_difference(folder: Folder) -> None:
    """It says that the data set is whole; what is in it does not count."""
    legacy, candidate = spark([1, 2], 1, 1), spark([1, 2], 1, 2)
    assert outcome(folder.compare(legacy, {**candidate, "scores/_SUCCESS": b'{"committer": "magic"}'})) is MATCH
    del candidate["scores/_SUCCESS"]  # type: ignore[attr-defined]
    finding = folder.compare(legacy, candidate)["outputs.files"]
    assert (finding.outcome, finding.samples[0].where) == (MISMATCH, "scores/_SUCCESS")


def test_six_hundred_files_a_side_are_one_comparison(folder: Folder) -> None:
    """More than were ever opened, and more than a process may hold open at once elsewhere."""
    legacy = {f"day={n}/{n}.csv": f"id,v\n{n},1\n".encode() for n in range(600)}
    candidate = {f"day={n}/other-{uuid.UUID(int=n)}.csv": f"id,v\n{n},1.0\n".encode() for n in range(600)}
    assert outcome(folder.compare(legacy, candidate, BY_ID)) is MATCH
    candidate[f"day=7/other-{uuid.UUID(int=7)}.csv"] = b"id,v\n7,2\n"
    finding = folder.compare(legacy, candidate, BY_ID)["outputs.table"]
    assert (finding.outcome, "1 of 600 rows differ in v" in finding.summary) == (MISMATCH, True)


# -- partition folders ------------------------------------------------------------------------------------------------


def test_values_of_partition_folders_are_columns(folder: Folder) -> None:
    """With their escapes, and Hive's word for NULL; a row in another folder is another row."""
    assert partition_of("a/day=2026-11-25/place=New%20York/part-0.parquet") == {
        "day": "2026-11-25",
        "place": "New York",
    }
    assert partition_of("day=__HIVE_DEFAULT_PARTITION__/x=/0.parquet") == {"day": None, "x": ""}
    assert partition_of("plain/part-0.parquet") == {}
    one, two = parquet(id=[1]), parquet(id=[2])
    legacy = {"day=0/part-0.parquet": one, "day=1/part-0.parquet": two}
    swapped = {"day=0/part-0.parquet": two, "day=1/part-0.parquet": one}
    finding = folder.compare(legacy, swapped, BY_ID)["outputs.table"]
    assert (finding.outcome, finding.samples[0].where) == (MISMATCH, "*.parquet id=1 column day")


def test_a_column_of_the_files_is_not_replaced_by_a_folder_of_its_name(folder: Folder) -> None:
    """Both are compared."""
    legacy = {"day=0/part-0.parquet": parquet(id=[1], day=[7])}
    assert outcome(folder.compare(legacy, {"day=0/part-1.parquet": parquet(id=[1], day=[8])}, BY_ID)) is MISMATCH
    assert outcome(folder.compare(legacy, {"day=1/part-0.parquet": parquet(id=[1], day=[7])}, BY_ID)) is MISMATCH


# -- which files are a data set ---------------------------------------------------------------------------------------


def names(files: tuple[str, ...], *rules: CompareRule) -> dict[str, int]:
    """Give the members of these files, and how many files each has."""
    found = members_of({name: OutputFile(name, 1, "0") for name in files}, rules)
    return {name: len(member.parts) for name, member in found.by_name.items()}


@pytest.mark.parametrize(
    ("files", "members"),
    [
        (("a.csv", "b.csv"), {"a.csv": 1, "b.csv": 1}),
        (("part-00000", "part-00001"), {"part-00000": 1, "part-00001": 1}),
        (("x/part.0.parquet", "x/part.1.parquet"), {"x/*.parquet": 2}),
        (("data_0.parquet", "data_1.parquet", "data.parquet"), {"*.parquet": 2, "data.parquet": 1}),
        (("000000_0.parquet", "00000001.csv"), {"*.parquet": 1, "*.csv": 1}),
        (("f-00000-of-00002.csv", "f-00001-of-00002.csv"), {"*.csv": 2}),
        (("day=0/scores.csv", "day=1/scores.csv", "day=1/bins.csv"), {"scores.csv": 2, "bins.csv": 1}),
        (("x/y=1/z=2/0.parquet", "x/y=1/z=3/1.parquet"), {"x/*.parquet": 2}),
        (("part-0.parquet", "_metadata", "_common_metadata"), {"*.parquet": 1}),
        (("_metadata", "a.parquet"), {"_metadata": 1, "a.parquet": 1}),
        (("part-0.json", "part-1.bin"), {"part-0.json": 1, "part-1.bin": 1}),
    ],
)
def test_files_are_a_data_set_by_what_engines_call_them(files: tuple[str, ...], members: dict[str, int]) -> None:
    """A number, an id or a folder; two tables with names of their own are two."""
    assert names(files) == members


def test_a_rule_says_what_is_a_data_set() -> None:
    """All its files, whatever they are called; or none of them."""
    files = ("a/x.csv", "a/y.csv", "b/part-0.csv", "b/part-1.csv")
    assert names(files, CompareRule("a/*", data_set=True)) == {"a/*": 2, "b/*.csv": 2}
    assert names(files, CompareRule("b/*", data_set=False)) == dict.fromkeys(files, 1)
    assert names(("part-0.csv", "part-1.csv"), CompareRule("part-1*", key=("id",))) == {
        "*.csv": 1,
        "*.csv (part-1*)": 1,
    }


# -- names that differ from run to run --------------------------------------------------------------------------------

WEIGHTS = b"weights"


def test_files_that_a_pattern_names_belong_to_each_other_whatever_their_times_are(folder: Folder) -> None:
    """The first to the first; another number of them is a difference."""
    timed = CompareRule("model-{timestamp}.bin")
    legacy, candidate = {"model-20261125T1030.bin": WEIGHTS}, {"model-20261126T0900.bin": WEIGHTS}
    assert outcome(folder.compare(legacy, candidate, timed)) is MATCH
    assert outcome(folder.compare(legacy, {"model-20261126T0900.bin": b"others"}, timed)) is MISMATCH
    finding = folder.compare(legacy, {**candidate, "model-20261127.bin": WEIGHTS}, timed)["outputs.files"]
    assert (finding.outcome, finding.samples[0].where) == (MISMATCH, "model-{timestamp}.bin (number 2)")


def test_names_that_legacys_own_runs_do_not_agree_on_are_no_mismatch(folder: Folder) -> None:
    """They decide nothing, and the rule that would is proposed; where legacy repeats its names, they differ."""
    runs = [{f"model-2026112{n}T103000.bin": WEIGHTS, "fixed.txt": b""} for n in range(4)]
    finding = folder.compare(runs[0], runs[1], noise=folder.learn(runs[2], runs[3]))["outputs.files"]
    assert finding.outcome is INCONCLUSIVE
    assert 'files: "model-{timestamp}.bin"' in finding.remedy
    steady = folder.compare(runs[0], runs[1], noise=folder.learn(runs[0], runs[0]))["outputs.files"]
    assert steady.outcome is MISMATCH
    assert 'files: "model-{timestamp}.bin"' in steady.remedy
    lacking = folder.compare(runs[0], {}, noise=folder.learn(runs[2], runs[3]))["outputs.files"]
    assert lacking.outcome is MISMATCH
    lost = {name: data for name, data in runs[1].items() if name != "fixed.txt"}
    assert folder.compare(runs[0], lost, noise=folder.learn(runs[2], runs[3]))["outputs.files"].outcome is MISMATCH


def test_part_names_of_two_runs_of_legacy_are_no_noise(folder: Folder) -> None:
    """Of the same rows, nothing is learned; of others, the column is."""
    rows = list(range(6))
    learned = folder.learn(spark(rows, 1, 1), spark(rows, 3, 2), rules=(BY_ID,))
    assert learned.fields == ()
    told = noise_finding("train", Output("model", {}), replace(learned, runs=dict.fromkeys(Side, 2)), ())
    assert "the same of model where its rules compare it, in other bytes (2 files)" in told.summary
    jitter: dict[str, bytes] = {"scores/_SUCCESS": b""}
    jitter["scores/part-0.parquet"] = parquet(id=rows, v=[x / 4 + 1e-9 for x in rows])
    found = folder.learn(spark(rows, 1, 1), jitter, rules=(BY_ID,))
    assert [(noisy.file, noisy.name) for noisy in found.fields] == [("scores/*.parquet", "column v")]


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("model-20261125T103000Z.bin", "model-{timestamp}.bin"),
        ("model_2026-11-25.bin", "model_{timestamp}.bin"),
        ("1764000000/model.bin", "{timestamp}/model.bin"),
        ("run-0f8fad5b-d9cb-469f-a165-70867728950e.json", "run-{uuid}.json"),
        ("events.out.1764000000.host", "events.out.{timestamp}.host"),
        ("checkpoint-3fa9c1d.pt", "checkpoint-{hash}.pt"),
        ("model-v2.bin", "model-v2.bin"),
        ("epoch-12.pt", "epoch-12.pt"),
    ],
)
def test_the_shape_of_a_name_is_a_pattern_that_fits_it(name: str, shape: str) -> None:
    """Times, UUIDs and hashes where they stand alone; a version or an epoch is no noise."""
    assert shape_of(name) == shape
    assert matches(name, shape)
    assert has_placeholder(shape) is (name != shape)


@given(st.text("ab*?[]{}0-9T", max_size=12), st.text("ab0-9T{}", max_size=8))
def test_a_pattern_without_placeholders_is_one_of_a_shell(pattern: str, name: str) -> None:
    """Braces mean nothing else."""
    from fnmatch import fnmatchcase  # noqa: PLC0415 - the oracle

    assert matches(name, pattern) is fnmatchcase(name, pattern)
    assert list(unknown("model-{timestmp}-{uuid}.bin")) == ["timestmp"]


# -- rules that a format can't follow ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("w.bin", CompareRule("*", tolerance={"*": Tolerance(1e-6)}), "not opened: its rule says `tolerance`"),
        ("w.bin", CompareRule("*", ignore=("seed",)), "not opened: its rule says `ignore`"),
        ("w.bin", CompareRule("*", key=("id",)), "not opened: its rule says `key`"),
        ("w.json", CompareRule("*", key=("id",)), "`key`, which json files can't follow"),
        ("w.json", CompareRule("*", table=TableContract(trim=True)), "`table`, which json files can't follow"),
    ],
)
def test_what_a_format_cant_follow_is_refused_and_never_left_out(
    folder: Folder, name: str, rule: CompareRule, says: str
) -> None:
    """Other bytes decide nothing there; without such a rule they are a difference, and the same bytes always match."""
    found = folder.compare({name: b"1"}, {name: b"2"}, rule)
    assert outcome(found) is INCONCLUSIVE
    assert any(says in finding.summary for finding in found.values())
    assert outcome(folder.compare({name: b"1"}, {name: b"2"})) is MISMATCH
    assert outcome(folder.compare({name: b"1"}, {name: b"1"}, rule)) is MATCH


def test_what_the_configuration_knows_of_formats_is_what_they_say() -> None:
    """It refuses a key where it is written, without loading a format."""
    every = frozenset({"tolerance", "ignore", "key", "order", "table"})
    assert {name: BUILT_IN_APPLIES.get(name, every) for name in BUILT_IN_FORMATS} == {
        form.name: form.applies for form in FORMATS if form.name in BUILT_IN_FORMATS
    }
    assert {suffix: by_suffix()[suffix] for suffix in BUILT_IN_SUFFIXES} == dict(BUILT_IN_SUFFIXES)


def test_skipped_files_are_told_and_an_output_of_nothing_else_is_not_compared(folder: Folder) -> None:
    """Nothing is ignored without a word."""
    skip = CompareRule("*.tmp", skip=True)
    found = folder.compare({"a.txt": b"1", "x.tmp": b"1"}, {"a.txt": b"1"}, skip)
    assert found["outputs.files"].summary == "model has the same 1 file on both sides (skipped by rule: x.tmp)."
    assert outcome(folder.compare({"x.tmp": b"1"}, {"y.tmp": b"1"}, skip)) is INCONCLUSIVE
