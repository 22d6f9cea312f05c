"""Both stores for one suite: a folder, and a prefix of a bucket on a server process."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import boto3
import moto_process
import pytest

from harness.store.reports import Reports, open_reports

BUCKET = "evidence"
_numbers = itertools.count()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Run an S3 with one bucket; give its URL."""
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    with moto_process.serving() as url:
        boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket=BUCKET)
        yield url


@pytest.fixture
def user(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Have the AWS settings of somebody who uses that S3, and a spool of one's own; give a fresh prefix."""
    settings = {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3,
        "PARITY_SPOOL": str(tmp_path / "spool"),
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return f"s3://{BUCKET}/team{next(_numbers)}"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Say what a user would type after --reports, once for each kind of store."""
    if request.param == "folder":
        return str(tmp_path / "reports")
    return str(request.getfixturevalue("user"))


@pytest.fixture
def reports(place: str) -> Reports:
    """Open it."""
    return open_reports(place)
