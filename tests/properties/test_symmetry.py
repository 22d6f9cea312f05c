"""Laws of comparing: swapping the sides mirrors the finding and never changes its outcome."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from build import job, pod
from hypothesis import given, settings
from hypothesis import strategies as st
from observed import CANDIDATE, IDENTITY, LEGACY, curve, declared, observed, record, typed
from sagemaker_cases import FAILED, NORMAL, STOPPED, failed, training

from harness.compare.configuration import check_configuration
from harness.compare.endings import check_ending, truth_of
from harness.compare.metrics import check_curves
from harness.compare.outputs import check_outputs
from harness.compare.pairs import check_identity
from harness.model.finding import Finding, Outcome
from harness.model.job import CompareRule, Input, Output, Side, Tolerance
from harness.model.observation import Observation, OutputFile, OutputSeen

Shape = tuple[str, Outcome, bool, tuple[tuple[str, str, str], ...]]


def shapes(findings: tuple[Finding, ...], *, mirrored: bool = False) -> list[Shape]:
    """Give what a comparison says without the words about sides; mirrored: as if the sides were swapped."""
    found = [
        (
            finding.check, finding.outcome, finding.required,
            tuple(
                (sample.where, *((sample.candidate, sample.legacy) if mirrored else (sample.legacy, sample.candidate)))
                for sample in finding.samples
            ),
        )
        for finding in findings
    ]  # fmt: skip
    return sorted(found, key=repr)


# -- configuration, curves, identity ----------------------------------------------------------------------------------

scalars = st.sampled_from([0, 1, "1", "true", True, 0.5, None])
parameters = st.dictionaries(st.sampled_from("abc"), scalars, max_size=3).map(lambda each: typed(**each))
texts = st.dictionaries(st.sampled_from(["TZ", "LANG", "MODE", "python", "cwd"]), st.sampled_from("xy"), max_size=4)
records = st.none() | st.builds(
    record, parameters=parameters, environment=texts, libraries=texts, process=texts, inputs=texts
)


def both(one: Any, other: Any) -> tuple[Observation, Observation]:
    """Make a pair of runs with these records."""
    return observed(LEGACY, record=one), observed(CANDIDATE, record=other)


@given(records, records)
def test_configuration_is_compared_alike_from_either_side(one: Any, other: Any) -> None:
    """Parameters, libraries, process and surroundings: what differs on one side differs on the other."""
    there = check_configuration(declared(), "p1", *both(one, other))
    back = check_configuration(declared(), "p1", *both(other, one))
    assert shapes(there) == shapes(back, mirrored=True)


@given(records)
def test_a_record_has_the_configuration_of_itself(one: Any) -> None:
    """Nothing differs from itself; without a record, or of what neither saw, nothing is known, not even that."""
    findings = check_configuration(declared(), "p1", *both(one, one))
    assert {finding.outcome for finding in findings} <= {Outcome.MATCH, Outcome.INCONCLUSIVE}
    assert any(finding.outcome is Outcome.MATCH for finding in findings) is (one is not None)


@given(records, records)
def test_identity_is_compared_alike_from_either_side(one: Any, other: Any) -> None:
    """Inputs that both sides read, whoever is asked first."""
    mine = declared(inputs=tuple(Input(name, "s3://b/x", "v1", dict.fromkeys(Side, "/x")) for name in ("TZ", "MODE")))
    there = check_identity(mine, "p1", IDENTITY, *both(one, other))
    back = check_identity(mine, "p1", IDENTITY, *both(other, one))
    assert shapes(there) == shapes(back, mirrored=True)


curves = st.lists(st.sampled_from([None, 0.1, 0.2]), max_size=4)


@given(curves, curves)
def test_curves_are_compared_alike_from_either_side(one: list[float | None], other: list[float | None]) -> None:
    """Point by point."""
    mine = declared(metrics=("loss",))
    sides = [{"loss": curve(*one)}, {"loss": curve(*other)}]
    there = check_curves(mine, "p1", observed(LEGACY, metrics=sides[0]), observed(CANDIDATE, metrics=sides[1]))
    back = check_curves(mine, "p1", observed(LEGACY, metrics=sides[1]), observed(CANDIDATE, metrics=sides[0]))
    assert shapes(there) == shapes(back, mirrored=True)


# -- endings ----------------------------------------------------------------------------------------------------------

ENDS = [
    observed(LEGACY),
    observed(LEGACY, job("failed@9 BackoffLimitExceeded"), pod("main 2-8 1"), record=None),
    observed(LEGACY, job("failed@9 BackoffLimitExceeded"), pod("main 2-8 137"), record=None),
    observed(LEGACY, job("failed@9 DeadlineExceeded"), pod("main 2-8 143"), record=None),
    observed(CANDIDATE, reply=training("Completed", *NORMAL)),
    observed(CANDIDATE, reply=failed("AlgorithmError: , exit code: 1"), record=None),
    observed(CANDIDATE, reply=training("Stopped", *STOPPED, secondary="MaxRuntimeExceeded"), record=None),
    observed(CANDIDATE, reply=training("Failed", *FAILED), record=None),
]


@pytest.mark.parametrize("one", range(len(ENDS)))
@pytest.mark.parametrize("other", range(len(ENDS)))
def test_endings_are_compared_alike_from_either_side(one: int, other: int) -> None:
    """By cause: the platform that ended a run does not matter."""
    there = check_ending(declared(), "p1", ENDS[one], ENDS[other])
    back = check_ending(declared(), "p1", ENDS[other], ENDS[one])
    assert shapes((there,)) == shapes((back,), mirrored=True)
    causes = {truth_of(declared(), ENDS[number]).cause.value for number in (one, other)}
    assert (there.outcome is Outcome.MATCH) == (len(causes) == 1 and "unknown" not in causes)


# -- outputs ----------------------------------------------------------------------------------------------------------

numbers = st.sampled_from([0, 1, 1.05, -3, 1e9])
values = st.recursive(
    st.none() | st.booleans() | numbers | st.sampled_from(["x", "y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)
files = st.dictionaries(
    st.sampled_from(["a.json", "b.json", "m.bin", "d/n.bin"]),
    values.map(lambda each: json.dumps(each).encode()),
    max_size=3,
)


def found(content: Mapping[str, bytes], damage: str, folder: Path) -> OutputSeen:
    """Keep files under store-made names and say what was found."""
    kept = []
    for name, data in content.items():
        digest = hashlib.sha256(data).hexdigest()
        (folder / digest).write_bytes(data)
        kept.append(OutputFile(name, len(data), digest, stored=digest))
    return OutputSeen("model", declared=True, files=tuple(kept), absent=not kept, damage=damage)


@settings(max_examples=60)
@given(files, files, st.sampled_from([("", ""), ("", "cut"), ("cut", "")]), st.sampled_from([None, 0.1]))
def test_outputs_are_compared_alike_from_either_side(
    tmp_path_factory: pytest.TempPathFactory,
    one: dict[str, bytes],
    other: dict[str, bytes],
    damage: tuple[str, str],
    tolerance: float | None,
) -> None:
    """Files, bytes and JSON values: missing on one side is extra on the other, and damage is damage."""
    folder = tmp_path_factory.mktemp("payloads")
    rule = CompareRule("*.json", tolerance={"*": Tolerance(absolute=tolerance)} if tolerance else {})
    mine = declared(outputs=(Output("model", {LEGACY: "/out", CANDIDATE: "/out"}, rules=(rule,)),))
    seen = [found(content, why, folder) for content, why in zip((one, other), damage, strict=True)]

    def outcomes(first: OutputSeen, second: OutputSeen) -> list[tuple[str, Outcome, int]]:
        sides = observed(LEGACY, outputs=(first,)), observed(CANDIDATE, outputs=(second,))
        told = check_outputs(mine, "p1", *sides, open_payload=lambda stored: folder / stored)
        return sorted(
            (finding.check, finding.outcome, len(finding.samples) + finding.samples_left_out) for finding in told
        )

    assert outcomes(*seen) == outcomes(*reversed(seen))
    alone = outcomes(seen[0], replace(seen[0]))
    assert all(outcome is Outcome.MATCH for _, outcome, _ in alone) or damage[0] or not one
