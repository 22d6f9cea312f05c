"""A model whose bytes do not repeat is judged by what it says of a frozen probe set."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from observed import declared, observed

from harness.compare.outputs import check_outputs
from harness.compare.predictions import FLIPS, ROWS, check_predictions, measures
from harness.model.finding import Finding, Outcome
from harness.model.job import CompareRule, Job, JudgedBy, Output, Predictions, Side
from harness.model.observation import Observation, ObservedPair, OutputFile, OutputSeen
from harness.model.plan import Run

OF = Predictions("probe", "p.csv", "score", threshold=0.5, flips_max=0.25, quantiles={"0.5": 0.01}, row_max=0.2)
PATHS = {Side.LEGACY: "/m", Side.CANDIDATE: "/m"}
JOB = declared(
    outputs=(
        Output("model", PATHS, rules=(CompareRule("*.json"),), judged_by=JudgedBy(OF)),
        Output("probe", PATHS, rules=(CompareRule("*.csv", key=("id",), ignore=("score",)),)),
    )
)


def table(*scores: float) -> str:
    """Write one row a score, under keys that are texts."""
    return "id,score\n" + "".join(f"row{n},{score}\n" for n, score in enumerate(scores))


def run(folder: Path, name: str, side: Side, probe: str | None, model: str = "") -> Observation:
    """Make a run that left a model, and predictions; None: it left none."""

    def kept(file: str, text: str) -> OutputFile:
        digest = hashlib.sha256(text.encode()).hexdigest()
        (folder / digest).write_text(text, encoding="utf-8")
        return OutputFile(file, len(text), digest, stored=digest)

    seen = (
        OutputSeen("model", declared=True, files=(kept("model.bin", model or name), kept("config.json", "{}"))),
        OutputSeen("probe", declared=True, files=(kept("p.csv", probe),) if probe is not None else ()),
    )
    return replace(observed(side, outputs=seen), run=Run(name, name, "wine", "train", side, 1))


def judged(folder: Path, legacy: str, candidate: str | None, *repeats: str, job: Job = JOB) -> Finding:
    """Check one pair, beside further runs of legacy."""
    one, other = run(folder, "l1", Side.LEGACY, legacy), run(folder, "c1", Side.CANDIDATE, candidate)
    more = [run(folder, f"r{n}", Side.LEGACY, text) for n, text in enumerate(repeats)]
    sides = {Side.LEGACY: (one, *more), Side.CANDIDATE: (other,)}
    (found,) = check_predictions(job, [ObservedPair("p1", one, other)], sides, lambda stored: folder / stored)
    return found


def test_predictions_within_every_bound_are_a_match(tmp_path: Path) -> None:
    """One label of four flips, half of the rows differ by at most 0.01, no row by more than 0.2."""
    found = judged(tmp_path, table(0.1, 0.25, 0.5, 0.875), table(0.1, 0.25, 0.375, 1.0))
    assert (found.check, found.subject, found.outcome) == ("predictions", "train/model", Outcome.MATCH)
    assert found.summary == (
        "model is judged by score in probe/p.csv (4 rows of the probe set in 1 pair): quantile 0.5 of the differences "
        "0, 0.01 is allowed; share of labels that flip 0.25, 0.25 is allowed; largest difference of a row 0.125, 0.2 "
        "is allowed."
    )
    assert found.evidence == ("runs/l1/observation.json", "runs/c1/observation.json")


@pytest.mark.parametrize(
    ("candidate", "name"),
    [
        ((0.1, 0.75, 0.375, 0.875), FLIPS),
        ((0.125, 0.28125, 0.53125, 0.90625), "quantile 0.5 of the differences"),
        ((0.1, 0.25, 0.5, 0.625), ROWS),
    ],
    ids=["flips", "quantile", "row"],
)
def test_a_bound_that_is_broken_is_a_mismatch(tmp_path: Path, candidate: Sequence[float], name: str) -> None:
    """Each one by itself, with the pair that is furthest apart."""
    found = judged(tmp_path, table(0.1, 0.25, 0.5, 0.875), table(*candidate))
    assert found.outcome is Outcome.MISMATCH
    broken = [sample for sample in found.samples if sample.where == name]
    assert broken
    assert broken[0].candidate.endswith(" in p1")


def test_what_legacys_own_runs_exceed_decides_nothing(tmp_path: Path) -> None:
    """The control is a repeat that is closer to the first run than what is allowed."""
    legacy, candidate = table(0.1, 0.25, 0.5, 0.875), table(0.1, 0.25, 0.5, 0.5)
    assert judged(tmp_path, legacy, candidate, table(0.1, 0.25, 0.5, 0.5)).outcome is Outcome.INCONCLUSIVE
    assert judged(tmp_path, legacy, candidate, table(0.1, 0.25, 0.5, 0.75)).outcome is Outcome.MISMATCH


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (None, "run c1 left no p.csv in probe"),
        (table(0.1), "the rows are not the same"),
        ("id,score\nrow0,0.1\nrow1,nan\n", "no finite number"),
        ("id,other\nrow0,0.1\nrow1,0.2\n", "the columns or their types are not the same"),
    ],
    ids=["none", "fewer", "nan", "column"],
)
def test_predictions_that_can_t_be_paired_decide_nothing(tmp_path: Path, candidate: str | None, why: str) -> None:
    """With the reason, and never a match."""
    found = judged(tmp_path, table(0.1, 0.2), candidate)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert why in found.summary


def test_only_files_without_a_rule_are_judged_so(tmp_path: Path) -> None:
    """The model's bytes are told and not compared; its configuration follows its rule."""
    text = table(0.1, 0.2)
    one, other = run(tmp_path, "l1", Side.LEGACY, text), run(tmp_path, "c1", Side.CANDIDATE, text)
    found = check_outputs(JOB, "p1", one, other, open_payload=lambda stored: tmp_path / stored)
    told = {finding.check: finding for finding in found if finding.subject == "train/model"}
    assert {check: finding.outcome for check, finding in told.items()} == {
        "outputs.files": Outcome.MATCH, "outputs.bytes": Outcome.MATCH, "outputs.json": Outcome.MATCH,
    }  # fmt: skip
    assert told["outputs.bytes"].summary == (
        "Of 1 file in model, 1 have other bytes, which the predictions in probe decide about."
    )
    plain = replace(JOB, outputs=(replace(JOB.outputs[0], judged_by=None), JOB.outputs[1]))
    control = check_outputs(plain, "p1", one, other, open_payload=lambda stored: tmp_path / stored)
    assert Outcome.MISMATCH in {finding.outcome for finding in control if finding.check == "outputs.bytes"}


SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(st.data())
def test_measures_are_those_of_a_plain_reading(data: st.DataObject) -> None:
    """Symmetric, nothing for a run and itself, and quantiles as counted by hand."""
    left = data.draw(SCORES)
    right = data.draw(st.lists(st.floats(0, 1), min_size=len(left), max_size=len(left)))
    of = replace(OF, quantiles={"0.5": 0, "0.9": 0, "1": 0})
    found = measures(of, tuple(left), tuple(right))
    assert found == measures(of, tuple(right), tuple(left))
    assert set(measures(of, tuple(left), tuple(left)).values()) == {0.0}
    apart = [abs(one - other) for one, other in zip(left, right, strict=True)]
    for quantile in (0.5, 0.9, 1.0):
        value = found[f"quantile {quantile:g} of the differences"]
        assert sum(difference <= value for difference in apart) >= quantile * len(apart)
        assert value in apart
    assert found[ROWS] == max(apart)
