"""What runs of one side differ in, field by field, and which differences between the sides that leaves undecided."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from observed import observed

from harness.compare.field_noise import Field, FieldNoise, learn, noise_finding
from harness.compare.json_noise import differing_paths
from harness.compare.json_values import compare_json
from harness.compare.noise_kinds import kind_of
from harness.compare.outputs import check_outputs
from harness.model.finding import Finding, NoiseClass, Outcome
from harness.model.job import CompareRule, Output, Side, Tolerance
from harness.model.observation import Observation, OutputFile, OutputSeen

LEGACY, CANDIDATE = Side.LEGACY, Side.CANDIDATE
MATCH, MISMATCH, INCONCLUSIVE = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE
BY_ID = CompareRule("*", key=("id",))


class Runs:
    """Runs of both sides with one file each, and what is learned of them."""

    def __init__(self, folder: Path, name: str, *rules: CompareRule) -> None:
        """Name the file and how it is compared."""
        self.folder, self.name, self.output = folder, name, Output("model", {}, rules=rules)

    def run(self, side: Side, content: str) -> Observation:
        """Make a run that left this in its file."""
        digest = hashlib.sha256(content.encode()).hexdigest()
        (self.folder / digest).write_text(content, encoding="utf-8")
        file = OutputFile(self.name, len(content), digest, stored=digest)
        return observed(side, outputs=(OutputSeen("model", declared=True, files=(file,)),))

    def learn(self, legacy: Sequence[str], candidate: Sequence[str]) -> FieldNoise:
        """Learn from what the runs of each side left."""
        runs = {
            side: [self.run(side, name) for name in mine] for side, mine in ((LEGACY, legacy), (CANDIDATE, candidate))
        }
        return learn(self.output, runs, lambda stored: self.folder / stored)

    def kinds(self, *legacy: str) -> dict[str, tuple[NoiseClass, bool]]:
        """Give class and whether it is above what is allowed, by field, of some legacy runs."""
        return {field.name: (field.kind, field.above) for field in self.learn(legacy, ["{}"] * 2).fields}

    def compare(self, legacy: str, candidate: str, noise: FieldNoise) -> Finding:
        """Compare a pair by its contents."""
        from judge.cases import JOB  # noqa: PLC0415 - a job is needed here only

        job = replace(JOB, outputs=(self.output,))
        one, other = self.run(LEGACY, legacy), self.run(CANDIDATE, candidate)
        found = check_outputs(
            job, "p1", one, other, open_payload=lambda stored: self.folder / stored, noise={"model": noise}
        )
        return next(finding for finding in found if finding.check != "outputs.files")


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("0.25", "0.26", NoiseClass.JITTER),
        ("1764000000", "1764000100", NoiseClass.TIME),
        ("1764000000123", "1764000100123", NoiseClass.TIME),
        ("2026-11-25T10:00:00+00:00", "2026-11-25T11:30:00+00:00", NoiseClass.TIME),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7", NoiseClass.RANDOM_ID),
        ("run-8f3a2b1c", "run-11d0ffee", NoiseClass.RANDOM_ID),
        ("accurate", "training", NoiseClass.UNSTABLE),
        ("a", "b", NoiseClass.UNSTABLE),
        ("0.25", "none", NoiseClass.UNSTABLE),
        ("batch 1764 done", "batch 1765 done", NoiseClass.UNSTABLE),
    ],
)
def test_two_values_of_a_field_name_its_noise(one: str, other: str, kind: NoiseClass) -> None:
    """Numbers, times, names of one shape with digits; two words, and all else, are unstable."""
    assert kind_of(one, other) is kind_of(other, one) is kind


def test_every_path_of_a_document_has_its_class(tmp_path: Path) -> None:
    """Each class once; what repeats is not listed, and a tolerance says what is allowed."""
    rule = CompareRule("*", tolerance={"$.near": Tolerance(0.1, None)}, ignore=("$.ignored",))
    one: dict[str, Any] = {
        "same": 1, "near": 0.5, "far": 0.5, "rows": [{"x": 1}, {"x": 2}], "run": "a1b2c3d4", "at": "2026-11-25",
        "text": "good", "gone": {"x": 1}, "list": [1, 2], "ignored": 1, "losses": [0.1, 0.2],
    }  # fmt: skip
    other = {
        "same": 1.0, "near": 0.55, "far": 0.7, "rows": [{"x": 2}, {"x": 1}], "run": "b2c3d4e5", "at": "2026-11-26",
        "text": "bad", "gone": {"y": 1}, "list": [1], "ignored": 2, "losses": [0.1, 0.3],
    }  # fmt: skip
    assert Runs(tmp_path, "a.json", rule).kinds(json.dumps(one), json.dumps(other)) == {
        "$.near": (NoiseClass.JITTER, False),
        "$.far": (NoiseClass.JITTER, True),
        "$.rows": (NoiseClass.ORDER, True),
        "$.run": (NoiseClass.RANDOM_ID, True),
        "$.at": (NoiseClass.TIME, True),
        "$.text": (NoiseClass.UNSTABLE, True),
        "$.gone": (NoiseClass.UNSTABLE, True),
        "$.list": (NoiseClass.UNSTABLE, True),
        "$.losses[*]": (NoiseClass.JITTER, True),
    }


def test_every_column_of_a_table_has_its_class(tmp_path: Path) -> None:
    """By key, whatever the order of rows."""
    rule = CompareRule("*", key=("id",), tolerance={"near": Tolerance(0.1, None)})
    one = "id,same,near,far,run,at\n1,a,0.5,0.5,a1b2c3d4,2026-11-25\n2,b,0.1,0.1,a1b2c3d4,2026-11-25\n"
    other = "id,same,near,far,run,at\n2,b,0.1,0.1,b2c3d4e5,2026-11-26\n1,a,0.55,0.7,b2c3d4e5,2026-11-26\n"
    assert Runs(tmp_path, "a.csv", rule).kinds(one, other) == {
        "column near": (NoiseClass.JITTER, False),
        "column far": (NoiseClass.JITTER, True),
        "column run": (NoiseClass.RANDOM_ID, True),
        "column at": (NoiseClass.TIME, True),
    }


@pytest.mark.parametrize(
    ("other", "kinds"),
    [
        ("x,y\n2,b\n1,a\n", {"column x": (NoiseClass.ORDER, False), "column y": (NoiseClass.ORDER, False)}),
        ("x,y\n1.5,a\n2,b\n", {"column x": (NoiseClass.JITTER, True)}),
        ("x,y\n2,b\n1.5,a\n", {"column x": (NoiseClass.UNSTABLE, True), "column y": (NoiseClass.ORDER, False)}),
        ("x,y\n1,a\n", {"": (NoiseClass.UNSTABLE, True)}),
    ],
    ids=["moved", "a number", "both", "another number of rows"],
)
def test_without_a_key_rows_may_move(tmp_path: Path, other: str, kinds: dict[str, tuple[NoiseClass, bool]]) -> None:
    """Order is allowed there; where rows moved and something else changed, it can't be lined up."""
    assert Runs(tmp_path, "a.csv").kinds("x,y\n1,a\n2,b\n", other) == kinds


def test_a_file_without_fields_is_one_field_and_a_missing_one_is_unstable(tmp_path: Path) -> None:
    """Bytes differ or do not."""
    runs = Runs(tmp_path, "weights.bin")
    assert runs.kinds("a", "b") == {"": (NoiseClass.UNSTABLE, True)}
    assert runs.kinds("a", "a") == {}
    empty = replace(runs.run(LEGACY, "a"), outputs=(OutputSeen("model", declared=True, files=(), absent=True),))
    found = learn(runs.output, {LEGACY: [runs.run(LEGACY, "a"), empty], CANDIDATE: []}, lambda _: None)
    assert found.runs == {LEGACY: 1, CANDIDATE: 0}


def test_the_finding_tells_classes_and_what_is_above_the_rule(tmp_path: Path) -> None:
    """Side by side, with the version of the rules; it only informs."""
    runs = Runs(tmp_path, "a.csv", BY_ID)
    found = noise_finding(
        "train", runs.output, runs.learn(["id,x\n1,0.5\n", "id,x\n1,0.75\n"], ["id,x\n1,0.5\n"] * 2), ()
    )
    assert (found.outcome, found.required, found.rule) == (INCONCLUSIVE, False, "noise/1")
    assert found.summary == (
        "Runs of one side differ in a.csv column x (numeric jitter) of model; all else repeats. "
        "On legacy they differ by more than the rules allow, so noise may be all that a pair's difference is."
    )
    assert [(sample.where, sample.legacy, sample.candidate, sample.note) for sample in found.samples] == [
        ("a.csv column x", "numeric jitter, up to 0.25", "deterministic", "more than the rule allows")
    ]
    quiet = noise_finding("train", runs.output, runs.learn(["id\n1\n"] * 2, ["id\n1\n"] * 2), ())
    assert (quiet.outcome, quiet.samples) == (MATCH, ())
    assert "deterministic" in quiet.summary
    thin = noise_finding("train", runs.output, runs.learn(["id\n1\n"], ["id\n1\n"] * 2), ())
    assert (thin.outcome, "fewer than two runs of legacy" in thin.summary) == (INCONCLUSIVE, True)


NOISY = ["id,x,y\n1,0.5,a\n", "id,x,y\n1,0.75,a\n"]
STILL = ["id,x,y\n1,0.5,a\n"] * 2


@pytest.mark.parametrize(
    ("legacy", "candidate", "pair", "outcome"),
    [
        (NOISY, NOISY, "id,x,y\n1,0.9,a\n", INCONCLUSIVE),
        (NOISY, STILL, "id,x,y\n1,0.9,a\n", INCONCLUSIVE),
        (STILL, NOISY, "id,x,y\n1,0.9,a\n", MISMATCH),
        (STILL, STILL, "id,x,y\n1,0.9,a\n", MISMATCH),
        (NOISY, NOISY, "id,x,y\n1,0.9,b\n", MISMATCH),
        (NOISY, NOISY, "id,x,y\n1,0.5,b\n", MISMATCH),
        (NOISY, NOISY, "id,x,y\n2,0.5,a\n", MISMATCH),
        (NOISY, NOISY, "id,x,y\n1,0.5,a\n", MATCH),
    ],
    ids=["both noisy", "legacy noisy", "candidate noisy", "none", "a second field", "a still field", "rows", "equal"],
)
def test_a_difference_that_legacy_shows_against_itself_is_inconclusive(
    tmp_path: Path, legacy: list[str], candidate: list[str], pair: str, outcome: Outcome
) -> None:
    """And none that it never shows: another field, other rows, or noise that only the candidate has."""
    runs = Runs(tmp_path, "a.csv", BY_ID)
    found = runs.compare("id,x,y\n1,0.5,a\n", pair, runs.learn(legacy, candidate))
    assert found.outcome is outcome
    assert ("differ only in what legacy's own runs differ in" in found.summary) is (outcome is INCONCLUSIVE)


@pytest.mark.parametrize(("name", "contents"), [("a.bin", ("a", "b", "c")), ("a.json", ("[1]", "[2]", "[3]"))])
def test_bytes_and_documents_are_no_different(tmp_path: Path, name: str, contents: tuple[str, str, str]) -> None:
    """The control repeats itself."""
    runs = Runs(tmp_path, name)
    noisy, still = runs.learn(contents[:2], contents[:2]), runs.learn(contents[:1] * 2, contents[:1] * 2)
    assert runs.compare(contents[0], contents[2], noisy).outcome is INCONCLUSIVE
    assert runs.compare(contents[0], contents[2], still).outcome is MISMATCH


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.5, 1.0, 2.25]) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["x", "y"]), inner, max_size=2),
    max_leaves=8,
)


@example([0, [2, 2, 2.25], True], [0, [2, 2.25, 2], True], 0.5)
@given(JSON, JSON, st.sampled_from([None, 0.5]))
def test_fields_differ_where_documents_do(one: Any, other: Any, tolerance: float | None) -> None:
    """The walk that names fields agrees with the comparison that decides, from either side."""
    rule = CompareRule("*", tolerance={} if tolerance is None else {"*": Tolerance(tolerance, None)})
    fields = differing_paths(one, other, rule)
    assert bool(fields) is not compare_json(one, other, rule).equal
    assert fields == differing_paths(other, one, rule)


def test_a_difference_beside_a_noisy_file_can_not_be_ruled_on(tmp_path: Path) -> None:
    """Else the ruling of the one would cover whatever the noisy one hides behind it."""
    from judge.cases import JOB  # noqa: PLC0415 - a job is needed here only

    def files(side: Side, **contents: str) -> Observation:
        kept = []
        for name, content in contents.items():
            digest = hashlib.sha256(content.encode()).hexdigest()
            (tmp_path / digest).write_text(content, encoding="utf-8")
            kept.append(OutputFile(f"{name}.bin", len(content), digest, stored=digest))
        return observed(side, outputs=(OutputSeen("model", declared=True, files=tuple(kept)),))

    job = replace(JOB, outputs=(Output("model", {}),))
    noise = {"model": FieldNoise((Field("n.bin", "", LEGACY, NoiseClass.UNSTABLE, None, above=True),))}

    def ruled_by(**more: str) -> str:
        one, other = (
            files(LEGACY, v="1", **more),
            files(CANDIDATE, v="2", **{name: f"{it}!" for name, it in more.items()}),
        )
        found = check_outputs(job, "p1", one, other, open_payload=lambda stored: tmp_path / stored, noise=noise)
        return next(finding.difference for finding in found if finding.check == "outputs.bytes")

    assert (bool(ruled_by()), ruled_by(n="noise")) == (True, "")
