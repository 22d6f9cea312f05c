"""Campaigns whose evidence is in a bucket, and campaigns that another host takes up."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import moto_process
from botocore.client import BaseClient
from faults import seam

from harness.store import archive
from harness.store.fence import Writer, process_start
from harness.store.reports import SPOOL

BUCKET = "faults"
WRITES = frozenset({"PutObject", "DeleteObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"})
_KEYS = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}


@contextmanager
def bucket() -> Iterator[str]:
    """Run an S3 with one bucket; give its URL."""
    with moto_process.serving() as url:
        boto3.client("s3", endpoint_url=url, **_KEYS).create_bucket(Bucket=BUCKET)
        yield url


def prefix() -> str:
    """Name a place in it that nobody has used."""
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


def settings(url: str, spool: Path) -> dict[str, str]:
    """Give the environment of somebody who uses that S3 from a machine with that spool."""
    return {
        "AWS_ACCESS_KEY_ID": "k",
        "AWS_SECRET_ACCESS_KEY": "s",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": url,
        SPOOL: str(spool),
    }


@contextmanager
def environment(more: Mapping[str, str]) -> Iterator[None]:
    """Have variables for a while."""
    before = {name: os.environ.get(name) for name in more}
    os.environ.update(more)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            os.environ.update({} if value is None else {name: value})


def be_host(name: str) -> None:
    """Let this process be one of another machine, as its lease says it: other name, boot and process namespace."""
    archive.this_writer = lambda: Writer(name, os.getpid(), process_start(os.getpid()), f"boot of {name}")


def install(steps: seam.Steps) -> None:
    """Take every request that changes a bucket as a step, before and after."""
    real: Callable[..., Any] = BaseClient._make_api_call

    def call(self: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        if operation not in WRITES:
            return real(self, operation, parameters)
        label = f"{operation} {kind_of(parameters['Key'])}"
        steps.take(f"{label}, before")
        answer = real(self, operation, parameters)
        steps.take(f"{label}, after")
        return answer

    BaseClient._make_api_call = call


def kind_of(key: str) -> str:
    """Name the class of an object: the same of another run, entry or segment is of the same kind."""
    below = key.split("/", 1)[1]
    return re.sub(r"(runs/)[^/]+|(payload/).+|\d{4,}", lambda found: (found[1] or found[2] or "") + "*", below)
