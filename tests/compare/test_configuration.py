"""What both processes saw: parameters with their types, environment, libraries, process."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import CANDIDATE, LEGACY, declared, observed, record, typed

from harness.compare.configuration import SAMPLES_MAX, check_configuration
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.model.job import Delivery, Job, ShimMode, Side
from harness.model.observation import Record

MATCH, MISMATCH, INCONCLUSIVE = Outcome.MATCH, Outcome.MISMATCH, Outcome.INCONCLUSIVE


def compare(one: Record | None, other: Record | None, job: Job | None = None, damage: str = "") -> dict[str, Finding]:
    """Compare two records; findings by check."""
    sides = observed(LEGACY, record=one, record_damage=damage), observed(CANDIDATE, record=other)
    found = check_configuration(job or declared(), "p1", *sides)
    assert all((finding.dimension, finding.pair) == (Dimension.CONFIGURATION, "p1") for finding in found)
    assert all(bool(finding.remedy) == (finding.outcome is not MATCH) for finding in found)
    return {finding.check.removeprefix("configuration."): finding for finding in found}


def test_equal_records_match_in_every_part() -> None:
    """Parameters, environment, libraries and process, each with what was compared."""
    seen = record(parameters=typed(lr=0.1, depth=3), libraries={"numpy": "2.2"})
    found = compare(seen, seen)
    assert {name: (each.outcome, each.summary) for name, each in found.items()} == {
        "parameters": (MATCH, "2 parameters agree in value and type"),
        "environment": (MATCH, "0 declared variables arrived as declared"),
        "libraries": (MATCH, "the same libraries: numpy 2.2"),
        "process": (MATCH, "python 3.11.7 on x86_64 on both sides"),
    }


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (None, record(), "no record from legacy (cut off)"),
        (record(), None, "no record from candidate (cut off)"),
        (None, None, "no record from legacy (cut off) and candidate (cut off)"),
    ],
)
def test_without_a_record_nobody_knows_what_the_process_saw(one: Record | None, other: Record | None, why: str) -> None:
    """Missing testimony is INCONCLUSIVE, whichever side lacks it."""
    legacy, candidate = (
        observed(side, record=each, record_damage="cut off") for side, each in zip(Side, (one, other), strict=True)
    )
    (found,) = check_configuration(declared(), "p1", legacy, candidate)
    assert (found.check, found.outcome) == ("configuration.seen", INCONCLUSIVE)
    assert found.summary == f"what the process saw is not known: {why}"


def test_a_job_without_the_shim_says_so() -> None:
    """The price of `shim: off`."""
    found = compare(None, None, declared(shim=ShimMode.OFF))["seen"]
    assert found.summary == "what the process saw is not known: the job runs without the shim"
    assert found.remedy == "run it with the shim"


@pytest.mark.parametrize(
    ("one", "other", "sample"),
    [
        (typed(lr=0.1), typed(lr=0.2), Sample("lr", "0.1 (float)", "0.2 (float)", "changed on the way")),
        (typed(depth=3), typed(depth="3"), Sample("depth", "3 (int)", '"3" (str)', "same value, other type")),
        (typed(depth=3), typed(), Sample("depth", "3 (int)", "absent", "missing on one side")),
        (typed(), typed(depth=3), Sample("depth", "absent", "3 (int)", "missing on one side")),
        (typed(flag=True), typed(flag="true"), Sample("flag", "true (bool)", '"true" (str)', "same value, other type")),
    ],
)
def test_a_parameter_that_arrives_otherwise_is_a_mismatch(
    one: dict[str, object], other: dict[str, object], sample: Sample
) -> None:
    """Value, type, presence: what the process read, not what was sent."""
    found = compare(record(parameters=one), record(parameters=other))["parameters"]
    assert (found.outcome, found.samples) == (MISMATCH, (sample,))
    assert found.summary == (
        f"Parameter {sample.where} is {sample.legacy} on legacy and {sample.candidate} on candidate ({sample.note})"
    )


def test_parameters_read_from_the_command_line_have_no_types() -> None:
    """The control: argv gives text on both sides, so only the value counts."""
    job = declared(reading=Delivery.ARGV)
    found = compare(record(parameters=typed(depth=3)), record(parameters=typed(depth="3")), job)["parameters"]
    assert (found.outcome, found.summary) == (MATCH, "1 parameters agree in value")


def test_a_parameter_that_the_owner_set_apart_is_no_difference() -> None:
    """What the plan gives each side otherwise was meant so; what it gives alike must arrive alike."""
    apart = declared(parameters={LEGACY: {"workers": 2}, CANDIDATE: {"workers": 4}})
    seen = record(parameters=typed(workers=2)), record(parameters=typed(workers=4))
    assert compare(*seen, apart)["parameters"].outcome is MATCH
    alike = declared(parameters={LEGACY: {"workers": 2}, CANDIDATE: {"workers": 2}})
    assert compare(*seen, alike)["parameters"].outcome is MISMATCH
    astray = compare(seen[0], record(parameters=typed(workers=5)), apart)["parameters"]
    assert astray.samples == (Sample("workers", "2 (int)", "5 (int)", "changed on the way"),)


def test_a_parameter_that_was_given_and_that_nobody_read_is_a_mismatch() -> None:
    """Two empty records agree in nothing."""
    job = declared(parameters={LEGACY: {"lr": 0.1}, CANDIDATE: {"lr": 0.1}})
    found = compare(record(), record(), job)["parameters"]
    assert (found.outcome, found.samples) == (
        MISMATCH, (Sample("lr", "absent", "absent", "given, and read by nobody"),)
    )  # fmt: skip


def test_a_variable_that_did_not_arrive_as_declared_is_a_mismatch_of_that_side() -> None:
    """Each side is held against what it was given."""
    job = declared(environment={"MODE": "full"})
    found = compare(record(environment={"MODE": "full"}), record(environment={}), job)["environment"]
    assert found.outcome is MISMATCH
    assert found.samples == (Sample("MODE", "", "absent", "candidate was given full"),)
    both = record(environment={"MODE": "full"})
    assert compare(both, both, job)["environment"].summary == "1 declared variables arrived as declared"


@pytest.mark.parametrize(
    ("given", "hashes", "outcome"),
    [
        (("512", "512"), ("1", "1"), MATCH),
        (("512", "512"), ("1", "2"), MISMATCH),
        (("512", "64"), ("1", "2"), INCONCLUSIVE),
        (("512", "64"), ("1", "1"), INCONCLUSIVE),
    ],
    ids=["told alike", "changed on one side", "given apart", "given apart, told alike"],
)
def test_a_declared_variable_that_is_told_as_a_hash_is_compared_as_far_as_that_goes(
    given: tuple[str, str], hashes: tuple[str, str], outcome: Outcome
) -> None:
    """An older shim hashed all that looks secret, such as MAX_TOKENS; today's tells in clear what arrived as given."""
    job = declared()
    sides = {
        side: replace(job.sides[side], environment={"MAX_TOKENS": value})
        for side, value in zip(Side, given, strict=True)
    }
    seen = (record(environment={"MAX_TOKENS": f"hmac-sha256:{name * 8}"}) for name in hashes)
    assert compare(*seen, replace(job, sides=sides))["environment"].outcome is outcome


def test_secrets_are_compared_by_their_keyed_hashes() -> None:
    """Equal hashes are one secret; the value never travels."""
    job = declared(secrets=("TOKEN",), environment={})
    one, other = ({"TOKEN": f"hmac-sha256:{digit * 8}"} for digit in "12")
    found = compare(record(environment=one), record(environment=other), job)["environment"]
    assert found.samples == (Sample("TOKEN", "a secret", "a secret", "their keyed hashes differ"),)
    assert compare(record(environment=one), record(environment=one), job)["environment"].outcome is MATCH


def test_two_secrets_that_differ_are_told_apart_by_their_shapes() -> None:
    """A line feed at the end is found without a character of either."""
    job = declared(secrets=("TOKEN",), environment={})
    one, other = ({"TOKEN": f"hmac-sha256:{digit * 8}"} for digit in "12")
    plain, ended = "under 32 characters: letters", "under 32 characters: letters, white space at an end, others"
    legacy = record(environment=one, secrets={"TOKEN": plain})
    candidate = record(environment=other, secrets={"TOKEN": ended})
    (sample,) = compare(legacy, candidate, job)["environment"].samples
    assert (sample.legacy, sample.candidate) == (f"a secret of {plain}", f"a secret of {ended}")


def test_a_secret_that_arrived_on_neither_side_is_inconclusive_and_never_a_match() -> None:
    """Two jobs that both lack it are alike; on one side only it is a difference."""
    job = declared(secrets=("TOKEN",), environment={})
    found = compare(record(environment={}), record(environment={}), job)["environment"]
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary == ("Secrets arrived on neither side: TOKEN; two jobs that lack them alike prove nothing")
    found = compare(record(environment={"TOKEN": "hmac-sha256:1"}), record(environment={}), job)["environment"]
    assert found.samples == (Sample("TOKEN", "a secret", "absent", "their keyed hashes differ"),)


def test_other_versions_of_a_library_are_a_mismatch() -> None:
    """One image must give one set."""
    one, other = record(libraries={"numpy": "2.2"}), record(libraries={"numpy": "1.26", "scipy": "1.15"})
    found = compare(one, other)["libraries"]
    assert found.outcome is MISMATCH
    assert found.samples == (Sample("numpy", "2.2", "1.26"), Sample("scipy", "not looked up", "1.15"))
    assert found.summary == "numpy is 2.2 on legacy and 1.26 on candidate"


def test_another_interpreter_decides_and_another_place_only_informs() -> None:
    """Python and machine must be one; working directory, locale and threads are told and never decide."""
    one = record(process={"python": "3.11.7", "machine": "x86_64", "cwd": "/app"}, environment={"OMP_NUM_THREADS": "2"})
    other = record(process={"python": "3.12.1", "machine": "x86_64", "cwd": "/opt/ml"}, environment={})
    found = compare(one, other)
    assert (found["process"].outcome, found["process"].samples) == (MISMATCH, (Sample("python", "3.11.7", "3.12.1"),))
    assert (found["surroundings"].outcome, found["surroundings"].required) == (MISMATCH, False)
    assert [sample.where for sample in found["surroundings"].samples] == ["cwd", "OMP_NUM_THREADS"]


def test_of_many_differences_the_first_are_shown_and_the_rest_are_counted() -> None:
    """A page stays small whatever a job does."""
    many = {f"library-{number:02}": "1" for number in range(SAMPLES_MAX + 5)}
    found = compare(record(libraries=many), record())["libraries"]
    assert (len(found.samples), found.samples_left_out) == (SAMPLES_MAX, 5)
