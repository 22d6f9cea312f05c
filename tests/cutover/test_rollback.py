"""The way back: what jobs start from comes back with it, or it is refused with the reason; and it is drilled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from cutover.conftest import Scene
from moto_process import serving

from harness.cutover import stages
from harness.cutover.stages import Stage
from harness.model.job import Input, Side
from harness.store import codec, ledger

LAST = Input(
    "last", "s3://staging/c1/state/train/last/", "copy of 1 objects", dict.fromkeys(Side, "/state"), state=True,
    kept_at="s3://acme-legacy/latest/", candidate_uri="s3://acme-candidate/latest/",
)  # fmt: skip


def in_canary(scene: Scene, state: Input | None = None) -> None:
    """Sign a campaign off and go to a canary; `state`: what its jobs start from, as its plan has it."""
    scene.campaign()
    assert scene.sign("ada").exit_code == 0
    for stage, more in (("shadow", ()), ("dual", ()), ("canary", ("--share", "10"))):
        assert scene.cut_over(stage, *more).exit_code == 0
    if state is not None:
        plan = scene.archive.load_plan()
        jobs = tuple(replace(job, inputs=(state,)) for job in scene.of.jobs)
        home = replace(scene.of.candidate, account="123456789012", staging_uri="s3://staging/wine", staging_owner="")
        of = replace(plan.repositories[0], candidate=home, jobs=jobs)
        (scene.archive.root / "plan.json").write_bytes(codec.encode(replace(plan, repositories=(of,))))


def rolled_back(scene: Scene, *more: str) -> tuple[int, str]:
    """Roll back; give exit code and all that was said."""
    found = scene.parity("rollback", "wine", "--reason", "scores fell", *more)
    return found.exit_code, found.output


def last_stage(scene: Scene) -> str:
    """Read where the repository is."""
    return scene.entries(ledger.STAGE)[-1].facts["to"]


def test_a_job_without_state_goes_back_at_once(scene: Scene) -> None:
    """And the ledger has the kind of the job that went back."""
    in_canary(scene)
    assert rolled_back(scene)[0] == 0
    facts = scene.entries(ledger.STAGE)[-1].facts
    assert (facts["to"], facts["kinds"], "state" in facts) == ("dual", "training", False)


BY_HAND = ", or copy it by hand, and say --state-synced"
SHAPES = (
    "s3://acme-candidate/latest/model.json and s3://acme-legacy/latest/ are neither two folders that end with / nor "
    "two objects of one name"
)
REFUSED = {
    "nobody said": (
        replace(LAST, candidate_uri=""),
        "nothing says where candidate left it: write state.last.candidate_uri",
    ),
    "two shapes": (replace(LAST, candidate_uri="s3://acme-candidate/latest/model.json"), SHAPES),
    "an earlier plan": (replace(LAST, kept_at=""), "the plan of its last campaign does not say where that lies"),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_state_that_nobody_can_bring_back_refuses_the_way_back(scene: Scene, why: str) -> None:
    """With the reason and what to type; nothing was entered. By hand it goes, and the ledger says so."""
    given, says = REFUSED[why]
    in_canary(scene, given)
    code, said = rolled_back(scene)
    assert (code, last_stage(scene)) == (2, "canary")
    assert f"wine can't roll back: train starts from its own last output (state last), and {says}{BY_HAND}" in said
    assert rolled_back(scene, "--state-synced")[0] == 0
    assert scene.entries(ledger.STAGE)[-1].facts["state"] == "brought back by hand"


def test_one_place_of_both_sides_has_nothing_to_copy(scene: Scene) -> None:
    """Whoever ran last left it where the next one reads."""
    in_canary(scene, replace(LAST, candidate_uri="s3://acme-legacy/latest"))
    assert rolled_back(scene)[0] == 0
    assert scene.entries(ledger.STAGE)[-1].facts["state"] == "both sides share its place"


def test_a_plan_that_cannot_be_read_keeps_nobody_from_going_back(scene: Scene) -> None:
    """What nobody knows is said, and stands in the ledger."""
    in_canary(scene)
    (scene.archive.root / "plan.json").unlink()
    code, said = rolled_back(scene)
    assert (code, last_stage(scene)) == (0, "dual")
    assert "whether jobs start from their own last output is not known" in said
    assert scene.entries(ledger.STAGE)[-1].facts["state"] == "not known: the plan can't be read"


@pytest.fixture
def buckets(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Give a real server of S3 with three buckets, which the candidate's account is reached at."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with serving() as url:
        s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url)
        for bucket in ("staging", "acme-legacy", "acme-candidate"):
            s3.create_bucket(Bucket=bucket)
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield s3


def test_the_newest_state_is_copied_to_where_legacy_reads_it(scene: Scene, buckets: object) -> None:
    """A dry run copies and enters nothing; then what candidate left is legacy's, and the ledger tells how much."""
    buckets.put_object(Bucket="acme-legacy", Key="latest/model.json", Body=b"of last month")  # type: ignore[attr-defined]
    given = replace(LAST, bucket_owner="any")
    in_canary(scene, given)
    code, said = rolled_back(scene)
    assert (code, last_stage(scene)) == (2, "canary"), said
    assert "its state could not be brought back: state last: nothing lies at s3://acme-candidate/latest/" in said
    buckets.put_object(Bucket="acme-candidate", Key="latest/model.json", Body=b"of today")  # type: ignore[attr-defined]
    code, said = rolled_back(scene, "--dry-run")
    assert (code, last_stage(scene)) == (0, "canary")
    assert "would copy s3://acme-candidate/latest/ to s3://acme-legacy/latest/" in said
    assert _read(buckets) == b"of last month"
    code, said = rolled_back(scene)
    assert (code, last_stage(scene), _read(buckets)) == (0, "dual", b"of today"), said
    assert "copy of 1 objects of s3://acme-candidate/latest/" in scene.entries(ledger.STAGE)[-1].facts["state"]


def test_a_state_that_is_one_object_is_copied_as_that_object(scene: Scene, buckets: object) -> None:
    """And nothing lies beside it afterwards that was not there."""
    buckets.put_object(Bucket="acme-candidate", Key="latest/model.json", Body=b"of today")  # type: ignore[attr-defined]
    places = {"kept_at": "s3://acme-legacy/latest/model.json", "candidate_uri": "s3://acme-candidate/latest/model.json"}
    in_canary(scene, replace(LAST, bucket_owner="any", **places))
    code, said = rolled_back(scene)
    assert (code, _read(buckets)) == (0, b"of today"), said
    listed = buckets.list_objects_v2(Bucket="acme-legacy")["Contents"]  # type: ignore[attr-defined]
    assert [found["Key"] for found in listed] == ["latest/model.json"]


def _read(s3: object) -> bytes:
    body: bytes = s3.get_object(Bucket="acme-legacy", Key="latest/model.json")["Body"].read()  # type: ignore[attr-defined]
    return body


# -- drills -----------------------------------------------------------------------------------------------------------


def test_a_policy_may_ask_for_one_drilled_rollback_of_each_kind(scene: Scene) -> None:
    """Without one nothing is cut over; with one it is, on the same sign-off."""
    scene.of = replace(scene.of, rollback_drill=True)
    in_canary(scene)
    refused = scene.cut_over("cut-over")
    assert refused.exit_code == 2
    assert "the policy asks for a drilled rollback, and none of a job of the kind training was" in refused.output
    assert rolled_back(scene)[0] == 0
    again = scene.cut_over("canary", "--share", "10")
    assert again.exit_code == 0, again.output
    found = scene.cut_over("cut-over")
    assert found.exit_code == 0, found.output


def test_a_drill_of_another_repository_counts_and_a_practice_does_not(scene: Scene, tmp_path: Path) -> None:
    """What is drilled is how a kind of job goes back; a practice moves no job."""
    in_canary(scene)
    assert rolled_back(scene)[0] == 0
    entries = ledger.in_folder(scene.reports).entries()
    assert stages.drilled(entries) == {"training"}
    assert stages.drilled(entries, synthetic=True) == frozenset()
    of_others = tuple(replace(entry, repository="beer") for entry in entries)
    assert stages.drilled(of_others) == {"training"}
    del tmp_path


def test_a_step_forward_to_dual_is_no_drill(scene: Scene) -> None:
    """Only a way back is."""
    scene.campaign()
    for stage in ("shadow", "dual"):
        assert scene.cut_over(stage).exit_code == 0
    assert last_stage(scene) == Stage.DUAL.value
    assert stages.drilled(ledger.in_folder(scene.reports).entries()) == frozenset()
