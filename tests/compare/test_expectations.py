"""Expectations of both sides' tables: what a comparison can't see, validated in a process of its own."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import declared, observed

from harness.compare.both_fail import DIFFERS, ExpectationHistory, State
from harness.compare.expectations import check_expectations
from harness.compare.own_results import Unread, read_result
from harness.compare.validation import child
from harness.compare.validations import Met
from harness.judge.rulings import apply, refusal, signature_of
from harness.model.expectation import LEGACY_DEFECT, Expectation, Expectations
from harness.model.finding import Finding, Outcome, Ruling
from harness.model.job import CompareRule, Job, Output, Side
from harness.model.observation import Observation, OutputFile, OutputSeen
from harness.model.policy import PRESETS

pytestmark = pytest.mark.timeout(1800)  # an import of 10 s of CPU time, on a machine that others use
OK, FAILS = Met(True), Met(False, counts={"element_count": 9, "unexpected_count": 2})


def fails(unexpected: int) -> Met:
    """Fail with so many unexpected values."""
    return Met(False, counts={"element_count": 9, "unexpected_count": unexpected})


def standing(legacy: Sequence[Met], candidate: Sequence[Met]) -> ExpectationHistory:
    """Put runs of both sides together."""
    return ExpectationHistory("label", {Side.LEGACY: tuple(legacy), Side.CANDIDATE: tuple(candidate)})


@pytest.mark.parametrize(
    ("legacy", "candidate", "state"),
    [
        ([OK, OK], [OK], State.MET),
        ([OK, OK], [OK, FAILS], State.CANDIDATE_ONLY),
        ([OK, FAILS], [OK, OK], State.LEGACY_ONLY),
        ([FAILS, FAILS], [FAILS], State.ALIKE),
        ([fails(1), fails(4)], [fails(2)], State.ALIKE),
        ([fails(1), fails(4)], [fails(5)], State.OTHERWISE),
        ([fails(2)], [fails(3)], State.OTHERWISE),
        ([FAILS, OK], [FAILS, FAILS], State.OTHERWISE),
        ([Met(False, number=1.0, observed="1")], [Met(False, number=1.5, observed="1.5")], State.OTHERWISE),
        ([Met(False)], [Met(False)], State.ALIKE),
        ([OK], [Met(False, "no such column")], State.UNDECIDED),
        ([OK], [], State.UNDECIDED),
    ],
)  # fmt: skip
def test_the_table_of_what_two_sides_come_to(legacy: list[Met], candidate: list[Met], state: State) -> None:
    """A candidate fails as legacy does only within what legacy's own runs show."""
    assert standing(legacy, candidate).state is state


METS = st.lists(
    st.one_of(st.just(OK), st.integers(0, 9).map(fails), st.floats(-9, 9).map(lambda x: Met(False, number=x))),
    min_size=1, max_size=4,
)  # fmt: skip
MIRROR = {State.CANDIDATE_ONLY: State.LEGACY_ONLY, State.LEGACY_ONLY: State.CANDIDATE_ONLY}


@given(METS)
def test_the_same_runs_on_both_sides_never_differ(runs: list[Met]) -> None:
    """Whatever they come to."""
    assert standing(runs, runs).state not in DIFFERS


@given(METS, METS)
def test_whether_one_side_alone_fails_does_not_hang_on_its_name(legacy: list[Met], candidate: list[Met]) -> None:
    """Sides exchanged, the one that fails is the other one; met stays met."""
    there, back = standing(legacy, candidate).state, standing(candidate, legacy).state
    if there in {State.MET, State.CANDIDATE_ONLY, State.LEGACY_ONLY}:
        assert back is MIRROR.get(there, there)
    else:
        assert back in {State.ALIKE, State.OTHERWISE}


# -- from files to findings -------------------------------------------------------------------------------------------


def job(expectations: Expectations, *rules: CompareRule) -> Job:
    """Make a job whose output has expectations."""
    output = Output("scores", {Side.LEGACY: "/out", Side.CANDIDATE: "/out"}, rules=rules, expectations=expectations)
    return declared(outputs=(output,))


def runs(folder: Path, sides: Mapping[Side, Sequence[Mapping[str, str]]]) -> dict[Side, list[Observation]]:
    """Make runs of both sides with these files; a payload has the name of its digest."""
    made: dict[Side, list[Observation]] = {side: [] for side in Side}
    for side, contents in sides.items():
        for number, files in enumerate(contents):
            kept = []
            for name, text in files.items():
                digest = hashlib.sha256(text.encode()).hexdigest()
                (folder / digest).write_text(text, encoding="utf-8")
                kept.append(OutputFile(name, len(text), digest, stored=digest))
            run = observed(side, outputs=(OutputSeen("scores", declared=True, files=tuple(kept)),))
            made[side].append(replace(run, run=replace(run.run, id=f"{side.value}-{number}")))
    return made


def check(folder: Path, of: Job, legacy: Mapping[str, str], candidate: Mapping[str, str]) -> list[Finding]:
    """Check one run a side."""
    seen = runs(folder, {Side.LEGACY: [legacy], Side.CANDIDATE: [candidate]})
    return list(check_expectations(of, seen, lambda name: folder / name))


def own(success: bool, *unexpected: int) -> str:  # noqa: FBT001 - as it stands in the file
    """Write what a job says: one result an expectation, met where nothing is unexpected."""
    results = [
        {
            "success": not count,
            "expectation_config": {"type": "expect_x", "kwargs": {"column": f"c{n}", "batch_id": "b"}, "meta": {}},
            "result": {"element_count": 9, "unexpected_count": count, "partial_unexpected_list": [7] * count},
        }
        for n, count in enumerate(unexpected)
    ]
    return json.dumps({"success": success, "results": results, "statistics": {}, "meta": {}})


OWN = job(Expectations(result="validation*.json"))


def witnessed(folder: Path, legacy: str, candidate: str) -> list[tuple[str, Outcome]]:
    """Check what both jobs say of themselves."""
    found = check(folder, OWN, {"validation.json": legacy}, {"validation.json": candidate})
    return [(finding.check, finding.outcome) for finding in found]


def test_a_result_that_the_job_wrote_is_read_as_a_witness(tmp_path: Path) -> None:
    """Both pass; only one fails; both fail with other numbers; both fail alike."""
    check_name = "expectations"
    assert witnessed(tmp_path, own(True, 0, 0), own(True, 0, 0)) == [(check_name, Outcome.MATCH)]
    assert witnessed(tmp_path, own(True, 0, 0), own(False, 0, 2)) == [(check_name, Outcome.MISMATCH)]
    assert witnessed(tmp_path, own(False, 0, 2), own(True, 0, 0)) == [(check_name, Outcome.MISMATCH)]
    assert witnessed(tmp_path, own(False, 0, 2), own(False, 0, 3)) == [(check_name, Outcome.MISMATCH)]
    alike = witnessed(tmp_path, own(False, 0, 2), own(False, 0, 2))
    assert alike == [(check_name, Outcome.MATCH), ("expectations.legacy-defect", Outcome.INCONCLUSIVE)]


@pytest.mark.parametrize(
    ("candidate", "said"),
    [
        ("{", "validation*.json of run candidate-0"),
        ('{"success": true}', "no list of `results`"),
        (own(True, 1), "it says success, and a result of it says failure"),
        (own(True, 0), "only one side's result speaks of it"),
        (json.dumps({"success": True, "results": [{"success": True}]}), "without the expectation"),
        (json.dumps({"success": True, "results": []}), "0 results"),
    ],
)
def test_a_result_that_can_t_be_read_decides_nothing(tmp_path: Path, candidate: str, said: str) -> None:
    """Nor one that contradicts itself, or speaks of other expectations."""
    (found,) = check(tmp_path, OWN, {"validation.json": own(True, 0, 0)}, {"validation.json": candidate})
    assert found.outcome is Outcome.INCONCLUSIVE
    assert any(said in f"{sample.note} {found.summary}" for sample in found.samples), found


def test_two_files_with_the_result_s_name_decide_nothing(tmp_path: Path) -> None:
    """Which of them it is would be chance."""
    files = {"validation.json": own(True, 0), "validation2.json": own(True, 0)}
    (found,) = check(tmp_path, OWN, files, files)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "2 files have such a name" in found.summary


@pytest.mark.parametrize("shape", ["1.x checkpoint", "0.18 checkpoint", "0.18"])
def test_results_are_read_in_every_shape(tmp_path: Path, shape: str) -> None:
    """Of a validation and of a checkpoint."""
    inner = json.loads(own(False, 1))
    if shape.startswith("0.18"):
        config = inner["results"][0]["expectation_config"]
        config["expectation_type"] = config.pop("type")
    value = {
        "1.x checkpoint": {"success": False, "run_results": {"id": inner}},
        "0.18 checkpoint": {"run_results": {"id": {"validation_result": inner, "actions_results": {}}}},
        "0.18": inner,
    }[shape]
    (tmp_path / "result.json").write_text(json.dumps(value), encoding="utf-8")
    found = read_result(tmp_path / "result.json")
    assert not found.success
    assert list(found.by_label) == ["expect_x(column=c0)"]
    assert found.by_label["expect_x(column=c0)"].counts == {"element_count": 9, "unexpected_count": 1}


def test_a_result_beyond_its_bounds_is_not_read(tmp_path: Path) -> None:
    """Ten thousand results are far more than a suite has."""
    (tmp_path / "result.json").write_text(own(True, *([0] * 10_001)), encoding="utf-8")
    with pytest.raises(Unread, match="10001 results"):
        read_result(tmp_path / "result.json")


def test_a_legacy_defect_is_accepted_by_a_ruling_and_another_one_is_not_covered_by_it(tmp_path: Path) -> None:
    """The ruling is bound to the expectations that both fail, whatever the numbers of the day."""

    def defect(*unexpected: int) -> Finding:
        text = own(False, *unexpected)
        return check(tmp_path, OWN, {"validation.json": text}, {"validation.json": text})[1]

    first, same, other = defect(0, 2), defect(0, 3), defect(1, 2)
    assert (first.rule, refusal(first)) == (LEGACY_DEFECT, "")
    ruling = Ruling("r1", "expectations.legacy-defect/train/scores", signature_of("wine", first), None, None,
                    "what", "owner", "reason", "c1", "2026-12-01T00:00:00Z", ("ada",))  # fmt: skip
    covered = apply("wine", [first, same, other], (ruling,), PRESETS["trial"])
    assert [finding.outcome for finding in covered] == [Outcome.WAIVED, Outcome.WAIVED, Outcome.INCONCLUSIVE]


def test_an_inconclusive_finding_of_any_other_rule_can_t_be_ruled(tmp_path: Path) -> None:
    """What nobody knows can't be accepted."""
    (found,) = check(tmp_path, OWN, {"validation.json": "{"}, {"validation.json": "{"})
    assert "only a difference that is known" in refusal(found)


# -- great-expectations itself ----------------------------------------------------------------------------------------

SUITE = (
    Expectation("expect_column_values_to_be_between", {"column": "score", "min_value": 0, "max_value": 1}),
    Expectation("expect_column_values_to_be_unique", {"column": "id"}),
    Expectation("expect_column_to_exist", {"column": "label"}),
    Expectation("expect_column_values_to_be_of_type", {"column": "id", "type_": "int64"}),
)
LEGACY = "id;score\n1;0,5\n2;1,5\n3;\n"
TWICE = "id;score\n1;0,5\n1;1,5\n3;\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """Validate three tables of two runs a side once: the import alone costs many seconds."""
    folder = tmp_path_factory.mktemp("tables")
    rule = CompareRule("*.csv", table=declared_dialect())
    of = job(Expectations("suite.json", "sha256:1", SUITE, "*.csv", "validation.json"), rule)
    files = {"scores.csv": LEGACY, "other.txt": "x", "validation.json": own(False, 1)}
    twice = {**files, "scores.csv": TWICE}
    seen = runs(folder, {Side.LEGACY: [files, files], Side.CANDIDATE: [files, twice]})
    return list(check_expectations(of, seen, lambda name: folder / name))


def declared_dialect() -> Any:
    """Say that numbers have a comma."""
    from harness.model.table_contract import CsvDialect, TableContract  # noqa: PLC0415 - of this helper only

    return TableContract(dialect=CsvDialect(delimiter=";", decimal=","))


def test_what_only_the_candidate_fails_is_a_mismatch(told: list[Finding]) -> None:
    """By great-expectations and by the job's own word, each told apart; types are those of the values."""
    found = told[0]
    assert (found.check, found.outcome, found.subject, found.pair) == (
        "expectations", Outcome.MISMATCH, "train/scores", None,
    )  # fmt: skip
    assert found.summary.startswith(
        "1 of 5 expectations of scores failed by the candidate only (scores.csv: "
        "expect_column_values_to_be_unique(column=id)), 3 failed by both sides alike ("
    )
    assert "; from suite.json and validation.json, validated by great-expectations " in found.summary
    (sample,) = found.samples
    assert sample.where == "scores.csv: expect_column_values_to_be_unique(column=id)"
    assert sample.legacy == "met in 2 runs"
    assert sample.candidate == "failed in 1 of 2 runs: 2 of 3 values unexpected, such as 1, 1"
    assert found.difference.startswith("sha256:")


def test_what_both_fail_alike_is_a_legacy_defect(told: list[Finding]) -> None:
    """Shown with its numbers, and waiting for an acceptance."""
    found = told[1]
    assert (found.check, found.outcome, found.rule) == (
        "expectations.legacy-defect", Outcome.INCONCLUSIVE, LEGACY_DEFECT,
    )  # fmt: skip
    assert [(sample.where.partition("(")[0], sample.legacy) for sample in found.samples] == [
        (
            "scores.csv: expect_column_values_to_be_between",
            "failed in all 2 runs: 1 of 3 values unexpected, such as 1.5",
        ),
        ("scores.csv: expect_column_to_exist", "failed in all 2 runs"),
        ("validation.json: expect_x", "failed in all 2 runs: 1 of 9 values unexpected, such as 7"),
    ]


def test_a_suite_that_can_t_be_followed_decides_nothing(tmp_path: Path) -> None:
    """An unknown column, a damaged table: each by name. A table that nobody left is one too."""
    column = Expectation("expect_column_values_to_not_be_null", {"column": "nope"})
    of = job(Expectations("suite.json", "sha256:1", (column,)))
    (found,) = check(tmp_path, of, {"a.csv": "id\n1\n", "b.csv": "id\n1,2\n"}, {"a.csv": "id\n1\n"})
    assert found.outcome is Outcome.INCONCLUSIVE
    notes = " ".join(sample.note for sample in found.samples)
    assert 'The column "nope" in BatchData does not exist' in notes
    assert "b.csv of run legacy-0: " in notes
    (absent,) = check(tmp_path, of, {"a.txt": "id\n1\n"}, {"a.txt": "id\n1\n"})
    assert absent.outcome is Outcome.INCONCLUSIVE
    assert "run legacy-0 left no table (csv or parquet) to validate" in absent.summary


def test_without_the_extra_the_finding_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for before anything is imported."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert child.answer({}) == {
        "trouble": "great-expectations is not installed: pip install 'parity-harness[expectations]'"
    }


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
    ],
)
def test_the_process_reaches_no_network_and_starts_no_process(attempt: str) -> None:
    """Whatever the library tries; the control is the same attempt at nothing."""
    shut = f"from harness.compare.validation.child import shut_in; shut_in()\n{attempt}"
    refused = subprocess.run([sys.executable, "-c", shut], capture_output=True, text=True, check=False)
    assert "is not allowed while tables are validated" in refused.stderr


def test_great_expectations_is_imported_by_one_file_only() -> None:
    """And never by the harness's own process."""
    root = Path(child.__file__).parents[2]
    importing = [path for path in root.rglob("*.py") if "import great_expectations" in path.read_text(encoding="utf-8")]
    assert [path.name for path in importing] == ["suite.py"]
