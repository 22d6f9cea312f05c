"""Examples of all runs read from their tables: paired by key, and never with another test set."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from judge.cases import JOB
from observed import observed

from harness.compare import columns, table_format
from harness.compare import format as formats
from harness.compare.examples import example_sample
from harness.model.job import CompareRule, Output, Side
from harness.model.metric import Examples, Score
from harness.model.observation import Observation, ObservedPair, OutputFile, OutputSeen
from harness.model.plan import Run
from harness.model.sample import ExampleSample

OF = Examples("model", "p.csv", "y", "p", Score.AUC)
RULE = CompareRule("*.csv", key=("id",), ignore=("p", "at"))
JOB_OF = replace(JOB, outputs=(Output("model", {}, rules=(RULE,)),))
ONE = "id,y,p,at\n1,0,0.25,monday\n2,1,0.75,monday\n"


def run(folder: Path, name: str, side: Side, content: str | None) -> Observation:
    """Make a run that left this table; None: it left nothing."""
    files: tuple[OutputFile, ...] = ()
    if content is not None:
        digest = hashlib.sha256(content.encode()).hexdigest()
        (folder / digest).write_text(content, encoding="utf-8")
        files = (OutputFile("p.csv", len(content), digest, stored=digest),)
    seen = OutputSeen("model", declared=True, files=files, absent=not files)
    return replace(observed(side, outputs=(seen,)), run=Run(name, name, "wine", "train", side, 1))


def read(folder: Path, legacy: str | None, candidate: str | None, *repeats: str) -> ExampleSample:
    """Read one pair and further legacy runs."""
    one, other = run(folder, "l1", Side.LEGACY, legacy), run(folder, "c1", Side.CANDIDATE, candidate)
    more = [run(folder, f"r{n}", Side.LEGACY, each) for n, each in enumerate(repeats)]
    sides = {Side.LEGACY: (one, *more), Side.CANDIDATE: (other,)}
    return example_sample(
        JOB_OF, OF, [ObservedPair("p1", one, other)], sides, open_payload=lambda stored: folder / stored
    )


def test_examples_are_paired_by_key_whatever_their_order(tmp_path: Path) -> None:
    """Every run, those for A/A included; columns that are not compared cell by cell are read all the same."""
    found = read(tmp_path, ONE, "at,p,y,id\ntuesday,0.5,1,2\nfriday,0.125,0,1\n", "id,y,p,at\n2,1,1,x\n1,0,0,x\n")
    assert found.problems == ()
    assert found.labels == (0.0, 1.0)
    assert found.predictions == {"l1": (0.25, 0.75), "c1": (0.125, 0.5), "r0": (0.0, 1.0)}
    assert (found.pairs, found.legacy_runs, found.candidate_runs) == (
        (("p1", "l1", "c1"),),
        ("l1", "r0"),
        ("c1",),
    )


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (None, "run c1 left no p.csv in model"),
        ("id,y,p,at\n1,0,0.25,x\n3,1,0.5,x\n", "the rows are not the same: 2 and 2, 1 on both"),
        ("id,y,p,at\n1,0,0.25,x\n", "the rows are not the same: 2 and 1"),
        ("id,y,p,at\n1,1,0.25,x\n2,1,0.5,x\n", "the labels of the two sides are not the same"),
        ("id,y,p,at\n1,0,high,x\n2,1,0.5,x\n", "no finite number"),
        ("id,y,p,at\n1,0,NaN,x\n2,1,0.5,x\n", "no finite number"),
        ("id,y,at\n1,0,x\n2,1,x\n", "the columns or their types are not the same"),
        ("id,y,p,at\n1,0,0.25,x\n1,1,0.5,x\n", "is not unique"),
    ],
    ids=["no file", "another example", "fewer", "another label", "text", "NaN", "no column", "twice"],
)
def test_what_is_not_the_same_test_set_is_a_problem(tmp_path: Path, candidate: str | None, why: str) -> None:
    """And no prediction is used where one can't be."""
    found = read(tmp_path, ONE, candidate)
    assert any(why in problem for problem in found.problems)


def test_another_test_set_among_the_repeats_is_seen(tmp_path: Path) -> None:
    """Files are read two at a time; the third must fit the first two."""
    assert read(tmp_path, ONE, ONE.replace("0.75", "0.5"), "id,y,p,at\n1,0,1,x\n3,1,1,x\n").problems == (
        "p.csv: not every run has the same examples and labels",
    )


def test_each_different_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit-identical runs cost one process; five different files three."""
    asked: list[tuple[Path, Path]] = []
    real = columns.read_examples

    def counted(one: Path, other: Path, *more: object, **about: str) -> formats.Examples:
        asked.append((one, other))
        return real(one, other, *more, **about)  # type: ignore[arg-type]

    monkeypatch.setattr(table_format, "read_examples", counted)
    assert read(tmp_path, ONE, ONE, ONE, ONE).predictions.keys() == {"l1", "c1", "r0", "r1"}
    assert len(asked) == 1
    different = [ONE.replace("0.75", f"0.{n}") for n in range(1, 6)]
    assert len(read(tmp_path, *different).predictions) == 5
    assert len(asked) == 1 + 3


def test_a_file_that_is_no_table_has_no_examples(tmp_path: Path) -> None:
    """Whatever its rule's key says."""
    one = run(tmp_path, "l1", Side.LEGACY, ONE)
    of = replace(OF, file="p.bin")
    sides = {Side.LEGACY: (one,), Side.CANDIDATE: (one,)}
    found = example_sample(
        JOB_OF, of, [ObservedPair("p1", one, one)], sides, open_payload=lambda stored: tmp_path / stored
    )
    assert found.problems == ("run l1 left no p.bin in model", "p.bin is no table")
