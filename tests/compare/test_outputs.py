"""Declared outputs of a pair: the same files, the same bytes or the same content, and never a match from damage."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from build import job as failing
from build import pod
from hypothesis import given
from hypothesis import strategies as st
from observed import observed

from harness.compare import formats, outputs
from harness.compare.format import Difference, Format, NotCompared
from harness.compare.formats import format_of
from harness.compare.output_rules import rule_for
from harness.compare.outputs import check_outputs
from harness.errors import PluginUnusable
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import (
    CompareRule,
    ExpectedEnding,
    Job,
    Output,
    Resources,
    ShimMode,
    Side,
    Tolerance,
)
from harness.model.observation import Observation, OutputFile, OutputSeen, Record
from harness.model.table_contract import TableContract
from harness.plugins import Registry

MATCH, MISMATCH, INCONCLUSIVE = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE
Files = Mapping[str, bytes]


class Store:
    """Payloads by store-made name, as the evidence store hands them out; counts what was opened."""

    def __init__(self, folder: Path) -> None:
        """Start empty."""
        self.folder = folder
        self.opened: list[str] = []

    def keep(self, name: str, data: bytes) -> OutputFile:
        """Keep one file."""
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / digest[:16]).write_bytes(data)
        return OutputFile(name, len(data), digest, stored=digest[:16])

    def open(self, stored: str) -> Path | None:
        """Give the path of a payload."""
        self.opened.append(stored)
        return self.folder / stored

    def seen(self, files: Files, **more: Any) -> OutputSeen:
        """Make what was found of the output `model`."""
        kept = tuple(self.keep(name, data) for name, data in files.items())
        return OutputSeen("model", declared=True, files=kept, absent=not kept, **more)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Give an empty store."""
    return Store(tmp_path)


def job(*rules: CompareRule, names: tuple[str, ...] = ("model",)) -> Job:
    """Make a job with declared outputs."""
    declared = tuple(Output(name, {Side.LEGACY: "/out", Side.CANDIDATE: "/out"}, rules=rules) for name in names)
    return Job(
        name="train",
        kind="training",
        image="image:1",
        sides={},
        inputs=(),
        outputs=declared,
        outputs_discover=False,
        metrics=(),
        resources=Resources(),
        time_limit_seconds=60,
        retries=0,
        shim=ShimMode.ON,
        effects=(),
        expected=ExpectedEnding(),
    )


def record(outputs_written: Mapping[str, Mapping[str, str]], *troubles: str) -> Record:
    """Make a shim's record that says what was written."""
    return Record(
        run="r", exit_code=0, signal=None, first_instruction_seconds=1, started_seconds=1, finished_seconds=2,
        parameters={}, environment={}, libraries={}, inputs={}, outputs=outputs_written, image_config_digest=None,
        process={}, troubles=troubles,
    )  # fmt: skip


def run(side: Side, *seen: OutputSeen, told: Record | None = None, not_submitted: str = "") -> Observation:
    """Make a run that ended well, with these outputs."""
    return replace(observed(side), record=told, outputs=seen, log=None, not_submitted=not_submitted)


def check(store: Store, legacy: OutputSeen, candidate: OutputSeen, *rules: CompareRule) -> dict[str, Finding]:
    """Compare two sides of one output; findings by check."""
    runs = run(Side.LEGACY, legacy, told=record({})), run(Side.CANDIDATE, candidate, told=record({}))
    found = check_outputs(job(*rules), "p1", *runs, open_payload=store.open)
    assert len({finding.check for finding in found}) == len(found)
    for finding in found:
        assert finding.summary.endswith(".")
        assert bool(finding.remedy) == (finding.outcome is not MATCH)
        assert (finding.pair, finding.subject) == ("p1", "train/model")
    return {finding.check: finding for finding in found}


def outcomes(found: Mapping[str, Finding]) -> dict[str, Outcome]:
    """Give outcomes by check."""
    return {name: each.outcome for name, each in found.items()}


# -- the same ---------------------------------------------------------------------------------------------------------


def test_identical_files_match_and_are_never_opened(store: Store) -> None:
    """One finding for the names, one for each way of comparing."""
    files = {"a.bin": b"1", "b.csv": b"not; a, table", "c.json": b"{", "d/e.parquet": b"no"}
    found = check(store, store.seen(files), store.seen(files))
    names = ("outputs.files", "outputs.bytes", "outputs.table", "outputs.json")
    assert outcomes(found) == dict.fromkeys(names, MATCH)
    assert store.opened == []
    assert found["outputs.table"].summary == "Of 2 files in model, 2 have the same bytes."


@given(st.dictionaries(st.text("ab/.", min_size=1, max_size=4), st.binary(max_size=3), min_size=1, max_size=4))
def test_whatever_is_on_both_sides_matches_and_one_more_byte_does_not(files: dict[str, bytes]) -> None:
    """With files compared by bytes, a match means equality."""
    kept = tuple(
        OutputFile(name, len(data), hashlib.sha256(data).hexdigest(), stored="x") for name, data in files.items()
    )
    same = OutputSeen("model", declared=True, files=kept)
    other = replace(same, files=(replace(kept[0], sha256=hashlib.sha256(b"else").hexdigest()), *kept[1:]))
    for candidate, expected in ((same, {MATCH}), (other, {MATCH, MISMATCH})):
        found = check_outputs(
            job(), "p", run(Side.LEGACY, same), run(Side.CANDIDATE, candidate), open_payload=lambda _: None
        )
        assert {finding.outcome for finding in found} == expected


# -- file sets --------------------------------------------------------------------------------------------------------


def test_missing_and_extra_files_are_named(store: Store) -> None:
    """What both have is still compared."""
    found = check(store, store.seen({"a": b"1", "b": b"2"}), store.seen({"b": b"2", "c": b"3"}))
    assert outcomes(found) == {"outputs.files": MISMATCH, "outputs.bytes": MATCH}
    assert [(sample.where, sample.legacy, sample.candidate) for sample in found["outputs.files"].samples] == [
        ("a", "file, 1 byte", "not there"),
        ("c", "not there", "file, 1 byte"),
    ]
    assert "differ: a only on the legacy side, c only on the candidate side" in found["outputs.files"].summary


def test_at_most_twenty_samples_are_shown_and_the_rest_counted(store: Store) -> None:
    """Nothing is lost from the count."""
    many = {f"{n:03d}": b"" for n in range(30)}
    finding = check(store, store.seen(many), store.seen({"x": b""}))["outputs.files"]
    assert (len(finding.samples), finding.samples_left_out) == (20, 11)


def test_links_are_compared_by_target_and_kind(store: Store) -> None:
    """A link that points elsewhere differs, as does a file in a link's place; the same link matches."""

    def link(target: str) -> OutputSeen:
        return OutputSeen(
            "model", declared=True, files=(OutputFile("l", 0, "", "symlink", target), store.keep("f", b""))
        )

    assert outcomes(check(store, link("f"), link("f"))) == {"outputs.files": MATCH, "outputs.bytes": MATCH}
    differs = check(store, link("a"), link("b"))["outputs.files"]
    assert (differs.outcome, differs.samples[0].legacy, differs.samples[0].candidate) == (
        MISMATCH,
        "symlink to a",
        "symlink to b",
    )
    assert check(store, link("a"), store.seen({"l": b"", "f": b""}))["outputs.files"].outcome is MISMATCH


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        ("d/f", MATCH), ("d", MATCH), ("./d/../d/f", MATCH), ("/scratch/f", INCONCLUSIVE), ("../f", INCONCLUSIVE),
        ("none", INCONCLUSIVE), ("", INCONCLUSIVE), (".", MATCH), ("/out/d/f", MATCH), ("/out/d", MATCH),
        ("/outer/f", INCONCLUSIVE), ("/out/none", INCONCLUSIVE), ("chain", MATCH), ("folder/f", MATCH),
        ("round", INCONCLUSIVE), ("d/f/x", INCONCLUSIVE),
    ],
)  # fmt: skip
def test_what_a_link_leads_to_is_compared_or_said_to_be_unseen(store: Store, target: str, outcome: Outcome) -> None:
    """A link out of the output travels without its content: the same link is no proof of the same content."""
    within = {"l": target, "chain": "hop", "hop": "d/f", "folder": "d"} | (
        {"round": "round"} if target == "round" else {}
    )
    links = (OutputFile(name, 0, "", "symlink", to) for name, to in within.items())
    one = OutputSeen("model", declared=True, files=(*links, store.keep("d/f", b"1")))
    found = check(store, one, one)["outputs.bytes"]
    assert found.outcome is outcome
    alone = OutputSeen("model", declared=True, files=(OutputFile("l", 0, "", "symlink", "/scratch/f"),))
    assert check(store, alone, alone)["outputs.bytes"].outcome is INCONCLUSIVE


def test_a_file_that_was_written_and_arrived_on_neither_side_is_lost_evidence(store: Store) -> None:
    """Both file sets agree, in what they lack; the shims' records say what was there."""
    both = store.seen({"m": b"1"})
    wrote = {"model": {"m": both.files[0].sha256, "metrics.json": "1" * 64}}
    runs = [run(side, both, told=record(wrote)) for side in Side]
    found = {output.check: output for output in check_outputs(job(), "p1", *runs, open_payload=store.open)}
    assert (found["outputs.carried"].outcome, found["outputs.carried"].summary) == (
        INCONCLUSIVE, "Of model, 1 file that a process wrote arrived on neither side."
    )  # fmt: skip
    assert found["outputs.carried"].samples[0].where == "metrics.json"


def test_a_hard_link_is_the_file_that_it_names(store: Store) -> None:
    """Object stores have none, so the same bytes under the same name are the same; other bytes are not."""
    hard = replace(store.keep("h", b"1"), kind="hardlink", target="a")
    legacy = OutputSeen("model", declared=True, files=(store.keep("a", b"1"), hard))
    assert set(outcomes(check(store, legacy, store.seen({"a": b"1", "h": b"1"}))).values()) == {MATCH}
    assert check(store, legacy, store.seen({"a": b"1", "h": b"2"}))["outputs.bytes"].outcome is MISMATCH


def test_an_empty_folder_on_one_side_is_mentioned_only(store: Store) -> None:
    """An object store could not have kept it; a file in its place is a difference."""
    folder = OutputFile("empty", 0, "", "directory")
    legacy = replace(store.seen({"a": b"1"}), files=(store.keep("a", b"1"), folder))
    found = check(store, legacy, store.seen({"a": b"1"}))
    assert (
        found["outputs.files"].outcome,
        "empty folders on one side only: empty" in found["outputs.files"].summary,
    ) == (
        MATCH,
        True,
    )
    assert check(store, legacy, store.seen({"a": b"1", "empty": b""}))["outputs.files"].outcome is MISMATCH


# -- nothing, damage, blindness ---------------------------------------------------------------------------------------


def test_nothing_on_either_side_is_no_match(store: Store) -> None:
    """Absent is never zero, and a folder that holds nothing is nothing."""
    nothing = store.seen({})
    folder = OutputSeen("model", declared=True, files=(OutputFile("d", 0, "", "directory"),))
    for legacy, candidate in ((nothing, nothing), (folder, folder), (nothing, folder)):
        found = check(store, legacy, candidate)
        assert outcomes(found) == {"outputs.files": INCONCLUSIVE}
        assert "nothing in model on either side" in found["outputs.files"].summary


@pytest.mark.parametrize("full", list(Side))
def test_nothing_on_one_side_is_a_mismatch(store: Store, full: Side) -> None:
    """Whichever side it is."""
    both = {side: store.seen({"a": b"1"} if side is full else {}) for side in Side}
    found = check(store, both[Side.LEGACY], both[Side.CANDIDATE])
    assert outcomes(found) == {"outputs.files": MISMATCH}
    assert f"1 file on the {full.value} side and none on the other" in found["outputs.files"].summary


def test_an_absence_says_nothing_where_the_shims_record_did_not_arrive_either(store: Store) -> None:
    """Refused uploads (expired credentials, a bucket that is gone) take output and record alike: no NO-GO from that."""
    full, lost = store.seen({"a": b"1"}), store.seen({})
    silent = check_outputs(
        job(), "p1", run(Side.LEGACY, lost), run(Side.CANDIDATE, full, told=record({})), open_payload=store.open
    )
    assert [finding.outcome for finding in silent] == [INCONCLUSIVE]
    assert "could not be carried out on the legacy side (the shim's record did not arrive either" in silent[0].summary
    told = check_outputs(
        job(),
        "p1",
        run(Side.LEGACY, lost, told=record({})),
        run(Side.CANDIDATE, full, told=record({})),
        open_payload=store.open,
    )
    assert [finding.outcome for finding in told] == [MISMATCH]
    carried = check_outputs(
        job(), "p1", run(Side.LEGACY, full, told=record({})), run(Side.CANDIDATE, lost), open_payload=store.open
    )
    assert [finding.outcome for finding in carried] == [MISMATCH]  # SageMaker carries outputs without the shim


@pytest.mark.parametrize("files", [{"a": b"1"}, {}])
def test_damage_is_never_a_match_and_never_a_mismatch(store: Store, files: Files) -> None:
    """Even when both sides are damaged alike."""
    sound, broken = store.seen({"a": b"1"}), store.seen(files, damage="cut: the gzip stream breaks off")
    for legacy, candidate in ((sound, broken), (broken, sound), (broken, broken)):
        found = check(store, legacy, candidate)
        assert outcomes(found) == {"outputs.files": INCONCLUSIVE}
        assert "cut: the gzip stream breaks off" in found["outputs.files"].summary


def test_a_run_that_was_not_submitted_or_not_looked_at_is_inconclusive(store: Store) -> None:
    """The side and the reason are named; an output without fault beside it is compared."""
    seen = store.seen({"a": b"1"})
    legacy = run(Side.LEGACY, seen)
    for candidate, says in (
        (run(Side.CANDIDATE, not_submitted="the cap was met"), "candidate run was not submitted (the cap was met)"),
        (run(Side.CANDIDATE), "nobody looked for it on the candidate side"),
    ):
        (found,) = check_outputs(job(), "p1", legacy, candidate, open_payload=store.open)
        assert (found.check, found.outcome) == ("outputs.files", INCONCLUSIVE)
        assert says in found.summary
    two = job(names=("model", "other"))
    found_two = check_outputs(two, "p1", legacy, run(Side.CANDIDATE, seen), open_payload=store.open)
    assert [(finding.subject, finding.outcome) for finding in found_two] == [
        ("train/model", MATCH),
        ("train/model", MATCH),
        ("train/other", INCONCLUSIVE),
    ]


def test_an_output_that_the_shim_could_not_carry_out_is_not_missing(store: Store) -> None:
    """Our own failure to bring it home is no difference; without its word, absence is."""
    lost = run(Side.LEGACY, store.seen({}), told=record({}, "upload model: HTTP 503"))
    candidate = run(Side.CANDIDATE, store.seen({"a": b"1"}))
    (found,) = check_outputs(job(), "p1", lost, candidate, open_payload=store.open)
    assert (found.outcome, "upload model: HTTP 503" in found.summary) == (INCONCLUSIVE, True)
    other = run(Side.LEGACY, store.seen({}), told=record({}, "upload models: HTTP 503"))
    assert check_outputs(job(), "p1", other, candidate, open_payload=store.open)[0].outcome is MISMATCH


# -- what the process wrote -------------------------------------------------------------------------------------------


def test_bytes_that_changed_on_their_way_are_damaged_evidence(store: Store) -> None:
    """The file is taken out of the comparison; the others stay in it."""
    seen = store.seen({"a": b"1", "b": b"2"})
    told = record({"model": {"a": hashlib.sha256(b"0").hexdigest(), "b": hashlib.sha256(b"2").hexdigest()}})
    for sides in (
        (run(Side.LEGACY, seen, told=told), run(Side.CANDIDATE, seen)),
        (run(Side.LEGACY, seen), run(Side.CANDIDATE, seen, told=told)),
    ):
        found = {output.check: output for output in check_outputs(job(), "p1", *sides, open_payload=store.open)}
        assert outcomes(found) == {"outputs.carried": INCONCLUSIVE, "outputs.files": MATCH, "outputs.bytes": MATCH}
        assert [sample.where for sample in found["outputs.carried"].samples] == ["a"]
        assert found["outputs.bytes"].summary == "Of 1 file in model, 1 have the same bytes."


def test_the_process_word_that_fits_adds_nothing(store: Store) -> None:
    """With or without the algorithm's name before the hash."""
    seen = store.seen({"a": b"1"})
    for prefix in ("", "sha256:"):
        told = record({"model": {"a": prefix + hashlib.sha256(b"1").hexdigest()}})
        found = check_outputs(
            job(), "p1", run(Side.LEGACY, seen, told=told), run(Side.CANDIDATE, seen), open_payload=store.open
        )
        assert {finding.check for finding in found} == {"outputs.files", "outputs.bytes"}


def test_a_missing_file_that_the_process_wrote_is_noted(store: Store) -> None:
    """The reader learns that it was lost on the way out, not in the job."""
    legacy = run(Side.LEGACY, store.seen({"a": b"1", "b": b"2"}))
    told = record({"model": {"b": hashlib.sha256(b"2").hexdigest()}})
    candidate = run(Side.CANDIDATE, store.seen({"a": b"1"}), told=told)
    (sample,) = check_outputs(job(), "p1", legacy, candidate, open_payload=store.open)[0].samples
    assert (sample.where, "it did not arrive" in sample.note) == ("b", True)


# -- contents ---------------------------------------------------------------------------------------------------------


def test_other_bytes_are_shown_with_size_and_hash(store: Store) -> None:
    """Files that no rule knows are compared by their bytes."""
    finding = check(store, store.seen({"m.bin": b"1"}), store.seen({"m.bin": b"22"}))["outputs.bytes"]
    assert finding.outcome is MISMATCH
    assert finding.summary == "Of 1 file in model, 1 differ (m.bin differs in its bytes)."
    assert finding.samples[0].legacy.startswith("1 byte, sha256 6b86b273ff34")


TABLES = ({"t.csv": b"id,y\n1,1.0\n2,2\n"}, {"t.csv": b"id,y\n2,2.5\n1,1\n"})


def test_tables_are_compared_by_rule(store: Store) -> None:
    """Far is a mismatch with the cells, near is a match, and what is ignored is said."""
    legacy, candidate = (store.seen(table) for table in TABLES)
    far = check(store, legacy, candidate, CompareRule("*.csv", key=("id",)))["outputs.table"]
    assert (far.outcome, far.samples[0].where, far.samples[0].legacy, far.samples[0].candidate) == (
        MISMATCH,
        "t.csv id=2 column y",
        "2",
        "2.5",
    )
    assert "t.csv: 1 of 2 rows differ in y" in far.summary
    near = CompareRule("*.csv", key=("id",), tolerance={"y": Tolerance(absolute=0.5)})
    found = check(store, legacy, candidate, near)["outputs.table"]
    assert (found.outcome, "1 value within tolerance" in found.summary) == (MATCH, True)
    ignoring = check(store, legacy, candidate, CompareRule("*.csv", key=("id",), ignore=("y",)))["outputs.table"]
    assert (ignoring.outcome, "not compared by rule: y" in ignoring.summary) == (MATCH, True)


def test_a_key_that_is_not_unique_is_inconclusive(store: Store) -> None:
    """File and key are named."""
    legacy, candidate = store.seen({"t.csv": b"id,y\n1,1\n1,2\n"}), store.seen({"t.csv": b"id,y\n1,2\n1,1\n"})
    finding = check(store, legacy, candidate, CompareRule("*", key=("id",)))["outputs.table"]
    assert finding.outcome is INCONCLUSIVE
    assert "t.csv: the declared key (id) is not unique: id=1 stands 2 times" in finding.summary
    assert finding.samples[0].where == "t.csv"


def test_a_mismatch_is_not_hidden_by_a_file_that_cannot_be_read(store: Store) -> None:
    """The worst wins, and both are told."""
    legacy, candidate = store.seen({"a.json": b"1", "b.json": b"{"}), store.seen({"a.json": b"2", "b.json": b"{ "})
    finding = check(store, legacy, candidate)["outputs.json"]
    assert finding.outcome is MISMATCH
    assert "1 differ (a.json: 1 of 1 values differ, first $ is 1 on legacy and 2 on candidate)" in finding.summary
    assert "1 could not be compared (b.json: legacy file: byte 1" in finding.summary


def test_json_is_compared_by_value(store: Store) -> None:
    """Other bytes of the same document match; a number that became a text is retyped."""
    first = store.seen({"m.json": b'{"a": 3, "b": [1]}'})
    assert check(store, first, store.seen({"m.json": b'{"b":[1.0],"a":3}'}))["outputs.json"].outcome is MATCH
    finding = check(store, first, store.seen({"m.json": b'{"b":[1],"a":"3"}'}))["outputs.json"]
    (sample,) = finding.samples
    assert (finding.outcome, sample.where, sample.legacy, sample.candidate, sample.note) == (
        MISMATCH,
        "m.json $.a",
        "number 3",
        'string "3"',
        "retyped",
    )


def test_a_payload_that_was_not_kept_is_inconclusive(store: Store) -> None:
    """Other hashes alone say nothing of a table's content."""
    legacy, candidate = (store.seen(table) for table in TABLES)
    gone = replace(legacy, files=(replace(legacy.files[0], stored=""),))
    finding = check(store, gone, candidate)["outputs.table"]
    assert (finding.outcome, "payload was not kept" in finding.summary) == (INCONCLUSIVE, True)


@pytest.mark.parametrize(("name", "finding"), [("m.json", "outputs.json"), ("m.bin", "outputs.bytes")])
def test_a_rule_about_tables_is_refused_where_a_file_is_none(store: Store, name: str, finding: str) -> None:
    """It would be without effect; nothing is said of the file."""
    legacy, candidate = store.seen({name: b'{"a": 1}'}), store.seen({name: b'{"a":1}'})
    rule = CompareRule("*", table=TableContract(trim=True))
    found = check(store, legacy, candidate, rule)[finding]
    assert (found.outcome, "its rule says `table`" in found.summary) == (INCONCLUSIVE, True)


def test_only_so_many_files_are_opened(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was not opened is inconclusive, never a match; below the cap all are."""
    legacy = store.seen({f"{n}.json": b"[1]" for n in range(3)})
    candidate = store.seen({f"{n}.json": b"[1 ]" for n in range(3)})
    assert check(store, legacy, candidate)["outputs.json"].outcome is MATCH
    monkeypatch.setattr(outputs, "OPENED_MAX", 2)
    finding = check(store, legacy, candidate)["outputs.json"]
    assert (finding.outcome, "2.json: not opened" in finding.summary) == (INCONCLUSIVE, True)


def test_the_last_rule_that_fits_decides() -> None:
    """Later rules are written to override earlier ones."""
    general, special = CompareRule("*", "bytes"), CompareRule("sub/*.csv", "csv")
    assert rule_for("sub/a.csv", (general, special)) == (1, special)
    assert rule_for("sub/a.csv", (special, general)) == (1, general)
    assert rule_for("a.csv", (general, special)) == (0, general)
    assert rule_for("a.csv", (special,))[1].form == "auto"


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.csv", "csv"),
        ("A.CSV", "csv"),
        ("a.json", "json"),
        ("x/a.parquet", "parquet"),
        ("a.csv.gz", "csv"),
        ("a.tar.gz", "tar"),
        ("a.v1.parquet", "parquet"),
        ("csv", "bytes"),
    ],
)
def test_the_form_follows_the_extension_unless_declared(name: str, form: str) -> None:
    """What has no known extension is compared by its bytes."""
    assert format_of(name, CompareRule("*")).name == form
    assert format_of(name, CompareRule("*", "bytes")).name == "bytes"


# -- formats of plug-ins -----------------------------------------------------------------------------------------------


class Two(dict[str, Format]):
    """What the registry would hold with one more format; iterates over the formats."""

    def __iter__(self) -> Any:
        """Give the formats."""
        return iter(self.values())


def words(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    """Compare files word by word, in any order."""
    del rule
    one, other = (sorted(path.read_bytes().split()) for path in (legacy, candidate))
    if b"torn" in (*one, *other):
        raise NotCompared("a word is torn")
    return Difference(equal=one == other, summary="the words differ", fields=frozenset({"words"}))


@pytest.fixture
def words_format(monkeypatch: pytest.MonkeyPatch) -> Format:
    """Register a format for files that end in `.words`."""
    form = Format("words", "outputs.words", (".words",), words, None)
    monkeypatch.setattr(formats, "FORMATS", Two({known.name: known for known in (*formats.FORMATS, form)}))
    formats.by_suffix.cache_clear()
    monkeypatch.setattr(formats, "by_suffix", formats.by_suffix.__wrapped__)
    return form


@pytest.mark.parametrize(
    ("legacy", "candidate", "outcome"),
    [(b"a b", b"b a", MATCH), (b"a b", b"a c", MISMATCH), (b"a b", b"a torn", INCONCLUSIVE)],
)
@pytest.mark.usefixtures("words_format")
def test_a_format_of_a_plug_in_decides_its_own_files(
    store: Store, legacy: bytes, candidate: bytes, outcome: Outcome
) -> None:
    """By suffix or by name; no other reader sees the file."""
    sides = [store.seen({"a.words": data}) for data in (legacy, candidate)]
    assert check(store, *sides)["outputs.words"].outcome is outcome
    sides = [store.seen({"a.csv": data}) for data in (legacy, candidate)]
    assert check(store, *sides, CompareRule("*", "words"))["outputs.words"].outcome is outcome


def test_a_format_that_is_not_installed_reaches_no_reader(store: Store) -> None:
    """A plan may name a format of a plug-in that is missing here; control: an installed one decides."""
    sides = [store.seen({"a.words": data}) for data in (b"1", b"2")]
    assert check(store, *sides, CompareRule("*", "bytes"))["outputs.bytes"].outcome is MISMATCH
    with pytest.raises(PluginUnusable, match=r"parity\.formats: nothing named 'words' is installed, only bytes, json"):
        check(store, *sides, CompareRule("*", "words"))


def test_two_formats_may_not_claim_one_suffix(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them reads a file must not depend on their order."""
    again = Registry("parity.formats", Format, {"csv": "harness.compare.formats.csv:FORMAT"})
    monkeypatch.setattr(formats, "FORMATS", again)
    again._loaded["twin"] = replace(formats.FORMATS.get("csv"), name="twin")
    monkeypatch.setitem(again.plugins, "twin", replace(again.plugins["csv"], name="twin"))  # type: ignore[arg-type]
    with pytest.raises(PluginUnusable, match=r"plug-in 'twin'.*: files that end in \.csv are of the format csv"):
        formats.by_suffix.__wrapped__()


# -- undeclared -------------------------------------------------------------------------------------------------------


def test_undeclared_outputs_are_inconclusive_until_declared(store: Store) -> None:
    """They are counted on each side; empty ones are nothing."""
    extra = OutputSeen("logs", declared=False, files=(store.keep("a", b"1"),))
    empty = OutputSeen("none", declared=False, files=())
    seen = store.seen({"a": b"1"})
    sides = run(Side.LEGACY, seen, extra, empty), run(Side.CANDIDATE, seen)
    finding = check_outputs(job(), "p1", *sides, open_payload=store.open)[-1]
    assert (finding.check, finding.dimension, finding.subject) == (
        "outputs.undeclared",
        Dimension.COVERAGE,
        "train/logs",
    )
    assert (finding.outcome, finding.remedy) == (INCONCLUSIVE, "declare it")
    assert "1 file on the legacy side" in finding.summary
    declared = check_outputs(
        job(), "p1", run(Side.LEGACY, seen, empty), run(Side.CANDIDATE, seen), open_payload=store.open
    )
    assert "outputs.undeclared" not in {finding.check for finding in declared}


# -- runs that failed for no known cause ------------------------------------------------------------------------------

KILLED = observed(Side.LEGACY, failing("failed@9 BackoffLimitExceeded"), pod("main 2-8 137"), record=None)
CODE_ERROR = observed(Side.LEGACY, failing("failed@9 BackoffLimitExceeded"), pod("main 2-8 1"), record=None)


@pytest.mark.parametrize(
    ("legacy", "outcome"), [(KILLED, INCONCLUSIVE), (CODE_ERROR, MISMATCH)], ids=["somebody killed it", "it failed"]
)
def test_what_a_run_killed_by_nobody_knows_whom_did_not_leave_says_nothing(
    store: Store, legacy: Observation, outcome: Outcome
) -> None:
    """137 alone names no cause: run the pair again. A run that failed by itself left less, and that counts."""
    left = run(Side.CANDIDATE, store.seen({"a.json": b"1"}))
    found = check_outputs(job(), "p1", replace(legacy, outputs=(store.seen({}),)), left, open_payload=store.open)
    assert [finding.outcome for finding in found] == [outcome]
