"""Whether two runs are a pair at all: what voids it, and whether both had one identity."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest
from build import job, pod
from kubernetes_cases import NAMED
from observed import CANDIDATE, IDENTITY, IMAGE, LEGACY, declared, model, observed, record
from sagemaker_cases import failed, training

from harness.compare.endings import truth_of
from harness.compare.pairs import check_identity, void_reason
from harness.model.clock import ClockName, Time
from harness.model.event import INTERRUPTED, OVERDUE, STUCK, Event, Kind, Role, Witness
from harness.model.finding import Outcome, Sample
from harness.model.job import Input, Side
from harness.model.observation import CHANGED, INPUT_MISSING, Observation
from harness.model.plan import ImageIdentity
from harness.model.truth import Cause
from harness.platforms.exits import SHIM_INPUTS, SHIM_REFUSED

OK_LEGACY, OK_CANDIDATE = observed(LEGACY), observed(CANDIDATE)
BACKOFF = job("failed@9 BackoffLimitExceeded")


def stop(label: str) -> Event:
    """Make a stop that the harness asked for."""
    return Event(f"stop:{label}", Kind.STOP_ASKED, Witness.HARNESS, Time(0, ClockName.HARNESS), 0, label=label)


def void(legacy: Observation = OK_LEGACY, candidate: Observation = OK_CANDIDATE) -> tuple[Side, str] | None:
    """Say what voids a pair."""
    return void_reason(declared(), IDENTITY, legacy, candidate)


OURS: list[tuple[dict[str, Any], str]] = [
    (
        {"record": record(None, refused="credentials unavailable: HF_TOKEN: gone")},
        "credentials unavailable: HF_TOKEN: gone",
    ),
    (
        {"record": record(None, refused="input not as staged: rows: s3://data/rows/: its objects were changed")},
        "input not as staged: rows: s3://data/rows/: its objects were changed",
    ),
    ({"more_events": (stop(INTERRUPTED),)}, "the campaign was interrupted, and the harness stopped the run"),
    (
        {"more_events": (replace(stop(STUCK), native={"message": "FailedMount: secret x not found"}),)},
        "it could not start, and the harness stopped it: FailedMount: secret x not found",
    ),
    ({"record": record(run="other")}, "its record is of run other"),
    ({"record": record(image_config_digest="sha256:b")}, f"it ran image sha256:b, planned was {IMAGE}"),
    ({"record": record(troubles=("upload of model: 403",))}, "the shim could not do its part: upload of model: 403"),
]


@pytest.mark.parametrize(("facts", "why"), OURS)
@pytest.mark.parametrize("side", list(Side))
def test_a_difference_that_we_made_voids_the_pair_on_the_side_that_has_it(
    facts: dict[str, Any], why: str, side: Side
) -> None:
    """Nobody is judged by a fault of the harness."""
    sides = {LEGACY: OK_LEGACY, CANDIDATE: OK_CANDIDATE, side: observed(side, **facts)}
    assert void(sides[LEGACY], sides[CANDIDATE]) == (side, why)


def test_a_false_success_voids_no_pair() -> None:
    """Neither its own trouble nor its partner's loss takes it away; only a run that was not the planned one does."""
    lost = observed(LEGACY, BACKOFF, pod("main 2-8 143", disruption="PreemptionByScheduler"), record=None)
    assert void(lost) is not None
    swallowed = record(1, troubles=("output model: OSError",))
    assert void(OK_LEGACY, observed(CANDIDATE, record=swallowed)) is None
    assert void(lost, observed(CANDIDATE, record=record(1))) is None
    evicted = observed(LEGACY, *next(iter(NAMED["K21"])).story, outputs=(model(0),))
    assert truth_of(declared(), evicted).false_success
    assert void(evicted) is None
    hindered = observed(CANDIDATE, record=record(1, troubles=("input data: 403",)))
    assert void(OK_LEGACY, hindered) == (CANDIDATE, "the shim could not do its part: input data: 403")
    other = observed(CANDIDATE, record=record(1, run="other"))
    assert void(OK_LEGACY, other) == (CANDIDATE, "its record is of run other")


@pytest.mark.parametrize("side", list(Side))
@pytest.mark.parametrize("trouble", ["upload model: larger than the output's bytes_max", "output model: I/O error"])
def test_an_output_that_the_shim_could_not_carry_is_no_false_success(side: Side, trouble: str) -> None:
    """It is absent by our doing; without the trouble the same absence is one."""
    told = observed(side, outputs=(model(0),), record=record(troubles=(trouble,)))
    sides = {LEGACY: OK_LEGACY, CANDIDATE: OK_CANDIDATE, side: told}
    assert void(sides[LEGACY], sides[CANDIDATE]) == (side, f"the shim could not do its part: {trouble}")
    assert not truth_of(declared(), told).false_success
    assert truth_of(declared(), observed(side, outputs=(model(0),))).false_success


MANIFEST, CONFIG = "sha256:" + "1" * 64, "sha256:" + "c" * 64
PLANNED = ImageIdentity(f"registry/train@{MANIFEST}", CONFIG)


def started(image_id: str, role: Role = Role.MAIN) -> Event:
    """Make a container's start as a node tells it."""
    at = Time(0, ClockName.NODE)
    native = {"imageID": image_id}
    return Event(f"s:{image_id}", Kind.RUNNING, Witness.CONTAINER, at, 0, role=role, label="started", native=native)


@pytest.mark.parametrize(
    ("image_id", "planned"),
    [
        (f"registry/train@{MANIFEST}", True),
        (f"another.name/train@{MANIFEST}", True),
        (CONFIG, True),
        (f"docker://{CONFIG}", True),
        (f"docker-pullable://registry/train@{MANIFEST}", True),
        (f"registry/train@{CONFIG}", True),
        ("registry/train@sha256:" + "2" * 64, False),
        ("sha256:" + "2" * 64, False),
        (MANIFEST, True),
        ("docker://sha256:" + "2" * 64, False),
    ],
)
def test_engines_agree_on_an_image_by_its_configuration_or_by_the_manifest_it_was_pulled_by(
    *, image_id: str, planned: bool
) -> None:
    """How a node names an image depends on its engine and on where the image came from."""
    one = observed(LEGACY, more_events=(started(image_id),), record=record(image_config_digest=None))
    identity = replace(IDENTITY, image=PLANNED)
    found = void_reason(declared(), identity, one, observed(CANDIDATE, record=record(image_config_digest=None)))
    why = f"the kubelet says that it ran image {image_id}, planned was {PLANNED.reference}"
    assert found == (None if planned else (LEGACY, why))


def test_another_image_of_a_sidecar_or_one_that_the_plan_cannot_name_voids_nothing() -> None:
    """A sidecar may have an image of its own; without a planned configuration nothing can differ from it."""
    sidecar = observed(LEGACY, more_events=(started("sha256:" + "2" * 64, Role.SIDECAR),))
    assert void(sidecar) is None
    unnamed = replace(IDENTITY, image=replace(PLANNED, config_digest=""))
    one = observed(LEGACY, more_events=(started("sha256:" + "2" * 64),), record=record(image_config_digest=None))
    other = observed(CANDIDATE, record=record(image_config_digest=None))
    assert void_reason(declared(), unnamed, one, other) is None


def test_a_shim_that_refused_its_specification_voids_the_pair() -> None:
    """Exit code 97 without a record: what ran was not what was planned."""
    refused = observed(LEGACY, BACKOFF, pod(f"main 2-8 {SHIM_REFUSED}"), record=None)
    assert void(refused) == (LEGACY, "the shim refused a specification that is not the planned one")


PLATFORMS: list[tuple[Observation, str]] = [
    (observed(LEGACY, BACKOFF, pod("main 2-8 143", disruption="PreemptionByScheduler"), record=None), "platform loss"),
    (observed(LEGACY, job("failed@9 DeadlineExceeded"), pod("main 2-8 137", reason="Evicted"), record=None), ""),
    (observed(CANDIDATE, reply=failed("CapacityError: no capacity", "Starting"), record=None), "no capacity"),
    (observed(CANDIDATE, reply=failed("InternalServerError: again", "Starting"), record=None), "platform loss"),
]


@pytest.mark.parametrize(("cut", "cause"), PLATFORMS)
def test_a_preregistered_platform_cause_voids_the_pair_and_nothing_else_does(cut: Observation, cause: str) -> None:
    """Capacity and loss; a deadline that passed while a node was short is the job's own time limit."""
    found = void(cut) if cut.run.side is LEGACY else void(candidate=cut)
    assert (found is not None) == bool(cause)
    if found is not None:
        assert found[0] is cut.run.side
        assert found[1].startswith(f"the platform cut it ({cause}): ")


@pytest.mark.parametrize(
    "sound",
    [
        OK_LEGACY,
        observed(LEGACY, BACKOFF, pod("main 2-8 1"), record=record(1)),
        observed(LEGACY, BACKOFF, pod("main 2-8 137 OOMKilled"), record=None),
        observed(LEGACY, BACKOFF, pod("main 2-8 0", phase="Failed", reason="Evicted")),
        observed(LEGACY, more_events=(stop(OVERDUE),)),
        observed(LEGACY, record=record(image_config_digest=None)),
        observed(LEGACY, record=record(troubles=("heartbeat: 403",))),
        observed(LEGACY, not_submitted="the cap is reached", record=None),
    ],
    ids=["success", "code error", "out of memory", "evicted when done", "overdue", "image not seen", "heartbeat",
         "never submitted"],
)  # fmt: skip
def test_what_a_job_did_by_itself_never_voids_its_pair(sound: Observation) -> None:
    """The controls: a failure may not be made to disappear by calling its pair void."""
    assert void(sound) is None


def test_legacy_is_named_first_where_both_sides_are_void() -> None:
    """One reason is enough, and it is always the same one."""
    both = (observed(side, record=record(run="other")) for side in Side)
    assert void(*both) == (LEGACY, "its record is of run other")


def identity(one: Observation, other: Observation, **more: Any) -> tuple[Outcome, str, tuple[Sample, ...]]:
    """Check a pair's identity."""
    (found,) = check_identity(declared(**more), "p1", IDENTITY, one, other)
    assert bool(found.remedy) == (found.outcome is not Outcome.MATCH)
    return found.outcome, found.summary, found.samples


NO_FILES = hashlib.sha256().hexdigest()
DATA = Input("data", "s3://bucket/data", "v1", {LEGACY: "/data", CANDIDATE: "/opt/ml/input/data/data"})
ONE_SIDED = Input("cache", "s3://bucket/cache", "v1", {LEGACY: "/cache"})


def test_one_image_and_the_same_inputs_are_one_identity() -> None:
    """Seen from inside both containers; an input of one side only is not compared."""
    seen = record(inputs={"data": "d1"})
    found = identity(observed(LEGACY, record=seen), observed(CANDIDATE, record=seen), inputs=(DATA, ONE_SIDED))
    assert found == (Outcome.MATCH, f"one image ({IMAGE[:19]}…, seen from inside), 1 inputs read alike", ())


def test_an_image_that_only_the_plan_pinned_is_said_so() -> None:
    """On a platform that hides it the digest of the request stands."""
    hidden = observed(CANDIDATE, record=record(image_config_digest=None))
    assert identity(OK_LEGACY, hidden)[:2] == (Outcome.MATCH, f"one image ({IMAGE[:19]}…, pinned by digest)")


def test_an_image_that_the_kubelet_named_is_said_so() -> None:
    """The node's word stands for legacy, the digest of the request for SageMaker."""
    hidden = record(image_config_digest=None)
    named = observed(LEGACY, more_events=(started(IMAGE),), record=hidden)
    said = f"one image ({IMAGE[:19]}…, as its kubelet says and as SageMaker was asked)"
    assert identity(named, observed(CANDIDATE, record=hidden))[:2] == (Outcome.MATCH, said)


@pytest.mark.parametrize(("read", "shown"), [({"data": "d2"}, "d2"), ({}, "unread")])
def test_an_input_that_differs_voids_the_pair_and_is_no_mismatch(read: dict[str, str], shown: str) -> None:
    """Other bytes or another list under one pin, or read on one side only: what lay there says nothing of the job."""
    one = observed(LEGACY, record=record(inputs={"data": "d1"}))
    other = observed(CANDIDATE, record=record(inputs=read))
    reason = f"input data was not the same: d1 on legacy, {shown} on candidate"
    assert void_reason(declared(inputs=(DATA,)), IDENTITY, one, other) == (LEGACY, reason)
    assert void_reason(declared(inputs=(DATA,)), IDENTITY, one, observed(CANDIDATE, record=one.record)) is None
    found = identity(one, other, inputs=(DATA,))
    assert found == (
        Outcome.INCONCLUSIVE, f"input data was not the same on both sides: d1 on legacy, {shown} on candidate",
        (Sample("data", "d1", shown),),
    )  # fmt: skip


def test_a_run_that_the_shim_ended_for_its_input_voids_the_pair_by_its_own_reason() -> None:
    """And not by what it did not come to read; without a record its exit code says so, but of a job of ones own."""
    read, refused = record(inputs={"data": "d1"}), record(None, refused="input not as staged: data: 2 of 3 files")
    one, other = observed(LEGACY, record=read), observed(CANDIDATE, record=refused)
    assert void_reason(declared(inputs=(DATA,)), IDENTITY, one, other) == (CANDIDATE, refused.refused)
    silent = observed(LEGACY, BACKOFF, pod(f"main 2-8 {SHIM_INPUTS}"), record=None)
    why = "input not as staged: the shim ended the run before the job's own command"
    assert void(silent) == (LEGACY, why)
    assert void(replace(silent, run=replace(silent.run, shim=False))) is None
    ended = observed(LEGACY, BACKOFF, pod(f"main 2-8 {SHIM_INPUTS}"), record=refused)
    assert truth_of(declared(), ended).cause is Cause.INPUT_UNAVAILABLE
    assert truth_of(declared(), silent).cause is Cause.CODE_ERROR


@pytest.mark.parametrize(
    ("read", "outcome", "said"),
    [
        ({}, Outcome.INCONCLUSIVE, "input data was looked at by nobody, on either side"),
        ({"data": NO_FILES}, Outcome.INCONCLUSIVE, "input data held no file on either side, so that nothing was read"),
        ({"data": "names:d1"}, Outcome.MATCH, "1 inputs read alike (1 by name and size)"),
    ],
    ids=["unread", "empty", "too large to be hashed"],
)
def test_two_runs_that_read_nothing_read_not_the_same(read: dict[str, str], outcome: Outcome, said: str) -> None:
    """A mount that is wrong on both sides is no agreement; what was only looked at by name says so."""
    seen = record(inputs=read)
    found = identity(observed(LEGACY, record=seen), observed(CANDIDATE, record=seen), inputs=(DATA,))
    assert (found[0], found[1].endswith(said)) == (outcome, True)


@pytest.mark.parametrize("side", list(Side))
def test_without_a_record_of_both_sides_nobody_saw_the_identity(side: Side) -> None:
    """Missing testimony is INCONCLUSIVE, never a match."""
    sides = {LEGACY: OK_LEGACY, CANDIDATE: OK_CANDIDATE, side: observed(side, record=None)}
    found = identity(sides[LEGACY], sides[CANDIDATE])
    assert found[:2] == (Outcome.INCONCLUSIVE, "nobody saw from inside which image and inputs the runs had")


def test_a_job_that_completed_is_a_pair_whatever_its_status_said_on_the_way() -> None:
    """A spot interruption that was restarted is no loss."""
    steps = ("Starting", "Training", "Interrupted", "Starting", "Downloading", "Training", "Uploading", "Completed")
    assert void(candidate=observed(CANDIDATE, reply=training("Completed", *steps))) is None


def test_a_job_that_its_platform_keeps_otherwise_than_it_was_sent_is_no_pair() -> None:
    """One field that somebody changed on the way; the reason names it, and whose side it is."""
    changed = {CHANGED: "spec.template.spec.nodeSelector: found {'pool': 'spot'}, planned nothing"}
    found = void(replace(OK_LEGACY, handle=changed))
    assert found is not None
    assert found[0] is Side.LEGACY
    assert found[1].startswith("the platform keeps another job than was sent: spec.template.spec.nodeSelector")
    assert void() is None


def test_an_input_that_one_side_lacked_is_no_pair_and_one_that_both_lacked_is() -> None:
    """A bucket that is gone says nothing of the job; it was there when the campaign was planned."""
    gone = replace(OK_LEGACY, not_submitted=f"{INPUT_MISSING}: input s3://gone/x: NoSuchBucket", record=None, events=())
    refused = replace(OK_CANDIDATE, not_submitted="SubmitRefused: quota", record=None, events=())
    assert void(gone) == (Side.LEGACY, "its input was not there: input s3://gone/x: NoSuchBucket")
    assert void(gone, replace(gone, run=OK_CANDIDATE.run)) is None
    assert void(OK_LEGACY, refused) is None


def test_a_bucket_that_the_platform_did_not_find_on_one_side_is_no_pair() -> None:
    """It was there when the campaign was planned; what the program itself was told is a difference of the job."""
    said = "Data download failed: NoSuchBucket (404): The specified bucket does not exist"
    gone, program, empty = (
        observed(CANDIDATE, reply=failed(reason, "Starting", "Downloading"), record=None)
        for reason in (f"ClientError: {said}", f"AlgorithmError: {said}", "ClientError: no S3 objects found")
    )
    assert void(candidate=gone) == (Side.CANDIDATE, f"a bucket was not there: ClientError: {said}")
    assert void(candidate=program) is None
    assert void(candidate=empty) is None
    assert void(replace(gone, run=replace(gone.run, side=LEGACY)), gone) is None
