"""An input is what SageMaker takes it for, on both sides: an object, or all whose keys begin with its place."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto_process import serving

from harness.backends.aws import Account, Clients
from harness.backends.listings import name_below
from harness.backends.staging import Staging
from harness.model.job import Input, Side
from harness.sandbox.aws.storage import relative

ACCOUNT = "123456789012"


@pytest.fixture
def staging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Staging]:
    """Give a staging prefix on a server that speaks S3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with serving() as url:
        account = Account(ACCOUNT, "us-east-1", None, url)
        s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=url)
        s3.create_bucket(Bucket="data")
        for key in ("digits/digits.pkl.gz", "set/a.csv", "set/deep/b.csv", "settled/c.csv", "folder/"):
            s3.put_object(Bucket="data", Key=key, Body=b"x")
        yield Staging(Clients(account), "s3://data/staging", "00")


def given(uri: str) -> Input:
    """Declare an input of any account."""
    return Input("digits", uri, "v1", {Side.LEGACY: "/in"}, bucket_owner="any")


@pytest.mark.parametrize(
    ("uri", "files"),
    [
        ("s3://data/digits/digits.pkl.gz", ["digits.pkl.gz"]),
        ("s3://data/set/", ["a.csv", "deep/b.csv"]),
        ("s3://data/set", ["a.csv", "deep/b.csv", "settled/c.csv"]),
        ("s3://data/folder/", []),
    ],
)
def test_the_shim_is_given_the_files_that_sagemaker_would_bring(staging: Staging, uri: str, files: list[str]) -> None:
    """Under the names that they have there."""
    grant = staging._get_grant(given(uri), 60)
    assert [item["path"] for item in grant["items"]] == files  # type: ignore[index,union-attr]


def test_what_is_not_there_is_said(staging: Staging) -> None:
    """An empty prefix, a bucket that is gone; one object is enough."""
    assert staging.missing(given("s3://data/digits/digits.pkl.gz")) == ""
    assert staging.missing(given("s3://data/none/")) == "nothing lies at s3://data/none/"
    assert "NoSuchBucket" in staging.missing(given("s3://gone/x"))


@pytest.mark.parametrize("key", ["a/b", "a/b/c", "a/bc", "a/bc/d", "a/b/c/d.csv"])
@pytest.mark.parametrize("prefix", ["a/b", "a/", "a/b/", ""])
def test_both_sides_name_a_file_alike(key: str, prefix: str) -> None:
    """The sandbox's SageMaker names it by the same rule."""
    if key.startswith(prefix):
        assert name_below(key, prefix) == relative(key, prefix)
