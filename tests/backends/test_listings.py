"""Neither run of a pair starts its command on anything but what lay at its inputs' places when the pair was staged.

With an S3 server of its own, the official client, and the shim as a process.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto_process import serving
from observed import declared

from harness.backends import listings
from harness.backends.aws import Account, Clients
from harness.backends.listings import Item, listing_of
from harness.backends.staging import Staging
from harness.errors import InputMissing
from harness.model.job import Input, Job, Side
from harness.model.order import Listing
from harness.platforms import exits
from harness.shim import shim

ACCOUNT = "123456789012"
WHERE = "s3://data/rows/"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Serve S3."""
    with serving() as url:
        yield url


@dataclass
class Bench:
    """A bucket, and the shim on either side of a pair."""

    s3: Any
    staging: Staging
    folder: Path

    def put(self, key: str, data: str | None) -> None:
        """Put an object; None: take it away."""
        if data is None:
            self.s3.delete_object(Bucket="data", Key=key)
        else:
            self.s3.put_object(Bucket="data", Key=key, Body=data.encode())

    def listed(self, pair: str = "wine-train-01") -> Listing:
        """Stage the pair's input."""
        found = self.staging.listing(rows(), f"inputs/{pair}/rows.json")
        assert found is not None
        return found

    def run(self, listing: Listing | None, delivered: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
        """Run `print` under the shim; `delivered`: a platform brought these files, else the shim does."""
        place = self.folder / f"run-{len(list(self.folder.iterdir()))}"
        listed = [(rows(), listing, True)] if listing else []
        fetched = [rows()] if delivered is None else []
        grants = self.staging.grants(place.name, job(), fetched, outputs=False, listed=listed)
        for name, text in (delivered or {}).items():
            (place / "in" / name).parent.mkdir(parents=True, exist_ok=True)
            (place / "in" / name).write_text(text, encoding="utf-8")
        place.mkdir(exist_ok=True)
        given = {"name": "rows", "path": str(place / "in"), "grant": "input-rows" if fetched else None, "sha256": None}
        spec = {
            "schema": "parity.shim/1", "run": place.name, "grants_path": str(place / "grants.json"),
            "command": [sys.executable, "-c", "print('the job began')"], "working_directory": None,
            "parameters": {"delivery": "argv", "path": None, "format": "json", "values": {}, "prefix": "--"},
            "environment": {"values": {}}, "inputs": [given], "outputs": [], "secrets": [], "libraries": [],
            "heartbeat_grant": "heartbeat", "record_grant": "record",
        }  # fmt: skip
        data = json.dumps(spec).encode()
        (place / "spec.json").write_bytes(data)
        (place / "grants.json").write_text(json.dumps(grants), encoding="utf-8")
        command = [sys.executable, shim.__file__, str(place / "spec.json"), hashlib.sha256(data).hexdigest()]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        record = json.loads(self.staging.read(f"{place.name}/record.json", 10**6) or b"{}")
        assert ("the job began" in ended.stdout) is (record["first_instruction_seconds"] is not None)
        return ended.returncode, record


def rows(uri: str = WHERE) -> Input:
    """Declare the input."""
    return Input("rows", uri, "2026-12-01", dict.fromkeys(Side, "/in"), bucket_owner="any")


def job() -> Job:
    """Declare the job that reads it."""
    return declared(inputs=(rows(),))


@pytest.fixture
def bench(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give a bucket with three objects and a folder; nothing of an earlier test."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    s3 = boto3.client("s3", region_name="us-east-1", endpoint_url=server)
    s3.create_bucket(Bucket="data")
    found = Bench(s3, Staging(Clients(Account(ACCOUNT, "us-east-1", None, server)), "s3://data/stage", "00"), tmp_path)
    for key, text in (("rows/a.csv", "1,2"), ("rows/day 1/b+c é.csv", "3,4"), ("rows/z/", "")):
        found.put(key, text)
    yield found
    for item in s3.list_objects_v2(Bucket="data").get("Contents", ()):
        s3.delete_object(Bucket="data", Key=item["Key"])


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_both_runs_begin_on_what_was_staged(bench: Bench, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Brought by the shim or by the platform, in one page or in several."""
    monkeypatch.setattr(listings, "PAGE_OBJECTS", size)
    assert len(bench.listed().pages) == -(-3 // size)
    for delivered in (None, {"a.csv": "1,2", "day 1/b+c é.csv": "3,4"}):
        code, record = bench.run(bench.listed(), delivered)
        assert (code, record["refused"], record["troubles"]) == (0, "", [])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("rows/a.csv", "1,9"), "its objects were changed meanwhile (the newest is rows/a.csv of "),
        (("rows/late.csv", "5"), "4 objects lie there now, 3 did (the newest is rows/late.csv of "),
        (("rows/a.csv", None), "2 objects lie there now, 3 did (the newest is "),
    ],
    ids=["same size, other content", "one more", "one less"],
)  # fmt: skip
def test_what_changes_between_the_two_runs_ends_the_second_before_its_command(
    bench: Bench, change: tuple[str, str | None], said: str
) -> None:
    """With a record that says so. Without the listing, as before there was one, the command begins on other data."""
    first = bench.listed()
    assert bench.run(first)[0] == 0
    bench.put(*change)
    assert bench.listed() == first
    code, record = bench.run(bench.listed())
    assert code == exits.SHIM_INPUTS
    assert record["refused"].startswith(f"input not as staged: rows: {WHERE}: {said}")
    assert bench.run(None)[0] == 0
    assert bench.run(bench.listed("wine-train-02"))[0] == 0  # the next pair is staged anew


def test_an_object_more_at_the_end_of_a_full_page_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is asked for by its own number of objects, so what follows the last one says that more are there."""
    monkeypatch.setattr(listings, "PAGE_OBJECTS", 3)
    first = bench.listed()
    bench.put("rows/zz.csv", "6")
    code, record = bench.run(first)
    assert code == exits.SHIM_INPUTS
    assert "more than 3 objects lie there now, 3 did" in record["refused"]


@pytest.mark.parametrize(
    ("delivered", "said"),
    [
        ({"a.csv": "1,2"}, "1 of its 2 files were not delivered, such as day 1/b+c é.csv"),
        ({"a.csv": "1", "day 1/b+c é.csv": "3,4"}, "a.csv has 1 bytes, its object has 3"),
        (
            {"a.csv": "1,2", "day 1/b+c é.csv": "3,4", "old.csv": ""},
            "1 files lie in its folder that are no objects of it, such as old.csv",
        ),
    ],
    ids=["one lacks", "one is cut", "one more"],
)
def test_a_delivery_that_is_not_what_was_staged_ends_the_run_before_its_command(
    bench: Bench, delivered: dict[str, str], said: str
) -> None:
    """Whoever brought it."""
    code, record = bench.run(bench.listed(), delivered)
    assert (code, record["refused"]) == (exits.SHIM_INPUTS, f"input not as staged: rows: {said}")


def test_a_store_that_can_not_be_asked_again_keeps_no_job_from_running(bench: Bench) -> None:
    """It is a trouble in the record; what both runs read is compared when they are over."""
    listing = bench.listed()
    grants = bench.staging.grants("r", job(), (), outputs=False, listed=[(rows(), listing, True)])
    page: Any = grants["grants"]["listing-rows"]["pages"][0]  # type: ignore[index,call-overload]
    assert "X-Amz-Signature" in page["url"]
    page["url"] = page["url"].replace("/data", "/gone")
    item = {"name": "rows", "path": str(bench.folder / "in"), "grant": None}
    spec = {"run": "r", "command": ["true"], "inputs": [item], "outputs": [], "grants_path": "/none"}
    told = shim.Shim(spec, {}, [])
    told.grants = shim.Grants(grants)
    told._inputs()
    assert told.record["refused"] == ""
    assert told.record["troubles"][-1].startswith("listing of rows: HTTPError: HTTP Error 404")


def test_a_place_that_is_empty_when_its_pair_is_staged_starts_neither_run(bench: Bench) -> None:
    """It was not when the campaign was planned."""
    with pytest.raises(InputMissing, match="input s3://data/none/: nothing lies there any more"):
        bench.staging.listing(rows("s3://data/none/"), "inputs/p/rows.json")


def test_a_bucket_without_order_and_a_place_of_very_many_objects_are_not_asked_for_again(bench: Bench) -> None:
    """What both runs read is compared afterwards."""
    assert bench.staging.listing(rows("s3://data--use1-az4--x-s3/rows/"), "inputs/p/rows.json") is None
    assert listing_of((Item(f"{number:06}", 1, "t") for number in range(listings.OBJECTS_MAX + 1)), "") is None
