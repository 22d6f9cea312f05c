"""What a job reads of its own last output: both runs of a pair start from one copy, made at plan."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from backends.candidate_sample import repository
from documents.creates import channel, training
from documents.standing import loaded, on_request, ordered
from documents.test_requests import AT
from moto_process import serving
from observed import CANDIDATE, IDENTITY, LEGACY, declared, observed, record

from harness.backends.aws import Account, Clients
from harness.backends.staging import Staging
from harness.campaign.state import pinned
from harness.compare.pairs import void_reason
from harness.errors import Refused
from harness.model.job import Input, Side
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.planned import planned_request

STATE = {"last": {"uri": "s3://acme-data/latest/", "path": {"legacy": "/state"}}}


def test_a_state_is_an_input_whose_pin_is_the_campaigns_copy(tmp_path: Path) -> None:
    """It needs no pin, and stands where the other inputs of its kind do."""
    [given] = repository(tmp_path, {"state": STATE}).jobs[0].inputs
    assert (given.name, given.uri, given.state) == ("last", "s3://acme-data/latest/", True)
    assert dict(given.path) == {Side.LEGACY: "/state", Side.CANDIDATE: "/opt/ml/input/data/last"}


def test_a_campaign_copies_a_state_once_and_both_sides_read_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the job writes meanwhile changes nothing; a state that is not there yet is refused."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with serving() as url:
        s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url)
        for bucket in ("acme-data", "staging"):
            s3.create_bucket(Bucket=bucket)
        staging = Staging(Clients(Account("123456789012", "us-east-1", None, url)), "s3://staging/c1", "00")
        written = repository(tmp_path, {"state": {"last": STATE["last"] | {"bucket_owner": "any"}}})
        with pytest.raises(Refused, match="nothing lies at s3://acme-data/latest/: the job has to have run once"):
            pinned((written,), lambda *_: staging)
        s3.put_object(Bucket="acme-data", Key="latest/deep/model.json", Body=b"one")
        [made] = pinned((written,), lambda *_: staging)
        s3.put_object(Bucket="acme-data", Key="latest/deep/model.json", Body=b"two")
        [given] = made.jobs[0].inputs
        assert given.uri == "s3://staging/c1/state/train/last/"
        assert given.pin.startswith("copy of 1 objects of s3://acme-data/latest/, ")
        kept = s3.get_object(Bucket="staging", Key="c1/state/train/last/deep/model.json")["Body"].read()
        assert kept == b"one"


def test_a_request_reads_the_copy_by_a_listed_mutation(tmp_path: Path) -> None:
    """The channel of the state, and no other one."""
    request = training(InputDataConfig=[channel("last"), channel("train")])
    entry = {
        "kind": None,
        "metrics": {},
        "inputs": {"train": {"pin": "v1", "path": {"legacy": "/in"}}},
        "state": {"last": {"path": {"legacy": "/state"}}},
    }
    made = loaded(on_request(tmp_path, request, **entry))
    inputs = tuple(replace(given, uri="s3://copy/last/") if given.state else given for given in made.jobs[0].inputs)
    order = ordered(replace(made, jobs=(replace(made.jobs[0], inputs=inputs),)), Side.CANDIDATE)
    assert isinstance(made.candidate, SageMakerHome)
    sent = planned_request(order, made.candidate, AT, "d" * 64)
    channels = [item["DataSource"]["S3DataSource"]["S3Uri"] for item in sent["InputDataConfig"]]  # type: ignore[union-attr,index,call-overload]
    assert channels[:2] == ["s3://copy/last/", "s3://acme-data/train/"]
    [change] = [mutation for mutation in order.mutations if mutation.why.startswith("state: ")]
    assert (change.old, change.new) == ("s3://acme-data/last/", "s3://copy/last/")


def test_two_runs_that_started_from_two_states_are_no_pair() -> None:
    """Nor are two runs of two versions of any other input."""
    path = dict.fromkeys(Side, "/state")
    for state in (True, False):
        job = declared(inputs=(Input("last", "s3://x/", "v", path, state=state),))
        sides = [
            observed(side, record=record(inputs={"last": text})) for side, text in ((LEGACY, "a"), (CANDIDATE, "b"))
        ]
        reason = void_reason(job, IDENTITY, *sides)
        assert reason is not None
        assert reason[1].endswith("last was not the same: a on legacy, b on candidate")
    same = [observed(side, record=record(inputs={"last": "a"})) for side in (LEGACY, CANDIDATE)]
    assert void_reason(declared(inputs=(Input("last", "s3://x/", "v", path, state=True),)), IDENTITY, *same) is None
