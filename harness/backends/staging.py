"""S3 staging: what travels to and from a run, and presigned grants that let the shim move it without credentials."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from harness import private
from harness.backends import listings
from harness.backends.aws import ClientError, Clients, code_of, failed_with, mapped
from harness.backends.base import OUTSIDE_BYTES_MAX
from harness.backends.grant_limits import GRANT_SECONDS_MAX, GRANT_SLACK_SECONDS, PART_BYTES, PARTS_MAX, check_signer
from harness.backends.listings import Item, begun_by, name_below
from harness.errors import BackendError, InputMissing, Refused, SubmitRefused
from harness.model.job import Input, Job, Json
from harness.model.order import Listing, S3Place

OUTSIDE_NAME = "effects.json"
"""Below a run's own prefix: where whoever stands between a blocked run and the world leaves its log."""
Listed = tuple[Input, Listing, bool]
"""An input with its listing, and whether a run finds all of it in the input's folder under its own names."""


def outside_log(staging: Staging, run: str, job: Job) -> bytes | None:
    """Read what a blocked run tried to do outside; None: nobody wrote it down, or the job is not blocked."""
    return staging.read(f"{run}/{OUTSIDE_NAME}", OUTSIDE_BYTES_MAX) if job.is_blocked else None


class Staging:
    """One side's staging prefix."""

    def __init__(self, clients: Clients, uri: str, hash_key: str, owner: str = "") -> None:
        """Remember where; `hash_key` (hex) keys the shim's hashes of secrets, the same on both sides, kept nowhere.

        `owner` is the account that the bucket must belong to; a bucket of another one by that name is refused by S3.
        """
        self.clients = clients
        self.owned = owned_by(owner)
        self._hash_key = hash_key
        self.place = S3Place.of(uri)

    def at(self, uri: str) -> Staging:
        """Reach another place with the same account; whose bucket it is, is asked as of this one."""
        other = Staging(self.clients, uri, self._hash_key)
        other.owned = self.owned if other.place.bucket == self.place.bucket else owned_by(self.clients.account.account)
        return other

    def put(self, name: str, data: bytes) -> str:
        """Put one object; return its URI."""
        with mapped(f"s3 put {name}"):
            self.clients("s3").put_object(Bucket=self.place.bucket, Key=self.place.key(name), Body=data, **self.owned)
        return self.place.uri(name)

    def get(self, name: str, into: Path) -> bool:
        """Download one object; False when it is not there."""
        return download(self.clients, self.place.bucket, self.place.key(name), into, owned=self.owned)

    def read(self, name: str, bytes_max: int) -> bytes | None:
        """Read one object, one byte more than the cap at most; None when it is not there."""
        try:
            with mapped(f"s3 get {name}"):
                where = {"Bucket": self.place.bucket, "Key": self.place.key(name), **self.owned}
                body = self.clients("s3").get_object(**where)["Body"]
                return bytes(body.read(bytes_max + 1))
        except BackendError as error:
            if failed_with(error) in {"NoSuchKey", "404"}:
                return None
            raise

    def grants(
        self, run: str, job: Job, inputs: Iterable[Input], *, outputs: bool, listed: Iterable[Listed] = ()
    ) -> dict[str, Json]:
        """Make every URL one run may need, and give the key of its keyed hashes.

        `listed`: inputs that the shim holds against what lay at their places when the pair was staged.

        Raises:
            Refused: an object of an input has a name that is no path below the input's folder, or the credentials end
                before the job.
        """
        check_signer(job, self.clients.signer(), time.time())
        seconds = min(GRANT_SECONDS_MAX, job.time_limit_seconds + GRANT_SLACK_SECONDS)
        given: dict[str, Json] = {}
        for said in ("heartbeat", "record"):
            where = {"Bucket": self.place.bucket, "Key": self.place.key(f"{run}/{said}.json"), **self.owned}
            url = _signed(self.clients, "put_object", seconds, **where)
            given[said] = {"kind": "put", "url": url, "headers": headers_of(self.owned)}
        for source in inputs:
            given[f"input-{source.name}"] = self._get_grant(source, seconds)
        for source, listing, whole in listed:
            name = f"listing-{source.name}"
            given[name] = {"cut": listing.cut if whole else None, **self._listing_grant(source, listing, seconds)}
        if outputs:
            for output in job.outputs:
                given[f"output-{output.name}"] = self._parts_grant(
                    f"{run}/{output.name}.tar.gz", output.bytes_max, attempts=1 + job.retries, seconds=seconds
                )
        return {"hmac_key": self._hash_key, "grants": given}

    def _get_grant(self, given: Input, seconds: int) -> dict[str, Json]:
        source, owned = begun_by(given.uri), self._owned_input(given)
        items: list[Json] = []
        for key in (item.key for item in self._items_of(given)):
            name = name_below(key, source.prefix)
            if not name or name.endswith("/"):
                continue  # a folder of the S3 console, which is no file on SageMaker either
            if leaves_folder(name):
                where = f"input {given.uri}: the object s3://{source.bucket}/{key} would be written to {name!r}"
                message = f"{where}, which is no path below the input's folder; rename or remove the object"
                raise Refused(message)
            url = _signed(self.clients, "get_object", seconds, Bucket=source.bucket, Key=key, **owned)
            items.append({"path": name, "url": url})
        return {"kind": "get-many", "items": items, "headers": headers_of(owned)}

    def missing(self, given: Input) -> str:
        """Say what is wrong with an input's place; empty: something lies there."""
        source, owned = begun_by(given.uri), self._owned_input(given)
        try:
            found = next(list_objects(self.clients, source.bucket, source.prefix, owned), None)
        except BackendError as error:
            if not _says_no(error):
                raise
            return f"{given.uri}: {error}"
        return "" if found else f"nothing lies at {given.uri}"

    def keep(self, given: Input, name: str) -> tuple[str, str]:
        """Copy an input below this prefix; give the copy's place, and what was copied in words.

        Raises:
            Refused: nothing lies at the input's place.
        """
        source, owned = begun_by(given.uri), self._owned_input(given)
        found = hashlib.sha256()
        count = 0
        for key in (item.key for item in self._items_of(given)):
            below = name_below(key, source.prefix)
            if not below or below.endswith("/"):
                continue
            whose = {"ExpectedSourceBucketOwner": owned["ExpectedBucketOwner"]} if owned else {}
            with mapped(f"s3 copy {given.uri}"):
                reply = self.clients("s3").copy_object(
                    Bucket=self.place.bucket,
                    Key=self.place.key(*filter(None, (name, below))),
                    CopySource={"Bucket": source.bucket, "Key": key},
                    **self.owned,
                    **whose,
                )
            found.update(f"{below} {reply['CopyObjectResult']['ETag']}\n".encode())
            count += 1
        if not count:
            message = f"state {given.name}: nothing lies at {given.uri}: the job has to have run once"
            raise Refused(message)
        return f"{self.place.uri(name)}/", f"copy of {count} objects of {given.uri}, {found.hexdigest()[:16]}"

    def _owned_input(self, given: Input) -> Owned:
        """Say whose bucket an input must be: the account's unless written, for anybody may take a free name."""
        if given.bucket_owner:
            return {} if given.bucket_owner == ANY_OWNER else owned_by(given.bucket_owner)
        mine = begun_by(given.uri).bucket == self.place.bucket
        return self.owned if mine else owned_by(self.clients.account.account)

    def listing(self, given: Input, name: str) -> Listing | None:
        """List an input's place once, however often it is asked for by this name; None: it is not held against that.

        The second run of a pair gets what the first one got, also after a crash between both.

        Raises:
            InputMissing: nothing lies there.
        """
        if begun_by(given.uri).bucket.endswith(listings.UNORDERED):
            return None
        kept = self.read(name, listings.WRITTEN_BYTES_MAX)
        if kept is None:
            found = self._items_of(given)
            if not found:
                message = f"input {given.uri}: nothing lies there any more"
                raise InputMissing(message)
            kept = listings.written(listings.listing_of(found, begun_by(given.uri).prefix))
            where = {"Bucket": self.place.bucket, "Key": self.place.key(name), **self.owned}
            if not _put_first(self.clients, where, kept):
                kept = self.read(name, listings.WRITTEN_BYTES_MAX) or kept
        return listings.read(kept)

    def _listing_grant(self, given: Input, listing: Listing, seconds: int) -> dict[str, Json]:
        """Let the shim ask for each page of a listing again, whose digest then has to be the same."""
        source, owned = begun_by(given.uri), self._owned_input(given)
        where = {"Bucket": source.bucket, "Prefix": source.prefix, "EncodingType": "url", **owned}
        pages: list[Json] = []
        for page in listing.pages:
            after = {"StartAfter": page.after} if page.after else {}
            asked = {**where, **after, "MaxKeys": listings.PAGE_OBJECTS}
            url = _signed(self.clients, "list_objects_v2", seconds, **asked)
            pages.append({"url": url, "objects": page.objects, "sha256": page.sha256})
        return {"kind": "listing", "uri": given.uri, "pages": pages, "headers": headers_of(owned)}

    def _items_of(self, given: Input) -> list[Item]:
        """List the objects whose keys begin with an input's place, as SageMaker does (S3DataSource, S3Prefix)."""
        source, owned = begun_by(given.uri), self._owned_input(given)
        try:
            return list(list_items(self.clients, source.bucket, source.prefix, owned))
        except BackendError as error:
            if not _says_no(error):
                raise
            account = owned.get("ExpectedBucketOwner")
            whose = f"the bucket of account {account}" if account else "a bucket of whatever account"
            message = (
                f"input {given.uri}: {error}; it was asked for as {whose}. Where it is another's, write that account "
                f"as inputs.{given.name}.bucket_owner, or `any` for a public one; else s3:ListBucket is missing"
            )
            raise InputMissing(message) from error.__cause__

    def _parts_grant(self, name: str, bytes_max: int, *, attempts: int, seconds: int) -> dict[str, Json]:
        """Let each attempt upload an output: a PUT can be said again, an upload in parts is over once it is complete.

        As many uploads in parts as attempts, as far as their URLs fit the grant.
        """
        count = max(1, math.ceil(bytes_max / PART_BYTES))
        uploads: list[Json] = [
            self._upload_grant(name, count, seconds) for _ in range(min(attempts, max(1, PARTS_MAX // count)))
        ]
        whole = _signed(
            self.clients, "put_object", seconds, Bucket=self.place.bucket, Key=self.place.key(name), **self.owned
        )
        headers = headers_of(self.owned)
        return {"kind": "multipart", "part_bytes": PART_BYTES, "whole": whole, "uploads": uploads, "headers": headers}

    def _upload_grant(self, name: str, count: int, seconds: int) -> dict[str, Json]:
        key = self.place.key(name)
        with mapped(f"s3 create-multipart-upload {name}"):
            made = self.clients("s3").create_multipart_upload(Bucket=self.place.bucket, Key=key, **self.owned)
        where = {"Bucket": self.place.bucket, "Key": key, "UploadId": made["UploadId"], **self.owned}
        parts: list[Json] = [
            _signed(self.clients, "upload_part", seconds, **where, PartNumber=number + 1) for number in range(count)
        ]
        return {"parts": parts, "complete": _signed(self.clients, "complete_multipart_upload", seconds, **where)}


def _signed(clients: Clients, operation: str, seconds: int, **parameters: object) -> str:
    signed = clients("s3").generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)
    return str(signed)


def _put_first(clients: Clients, where: Mapping[str, str], data: bytes) -> bool:
    """Put an object where there is none; False: somebody was first."""
    with mapped(f"s3 put {where['Key']}"):
        try:
            clients("s3").put_object(**where, Body=data, IfNoneMatch="*")
        except ClientError as error:
            if code_of(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            return False
    return True


def _says_no(error: BackendError) -> bool:
    """Tell an answer that a place is not there, or not ours, from none at all."""
    return isinstance(error, SubmitRefused) or failed_with(error) == "NoSuchBucket"


Owned = Mapping[str, str]
"""The parameter of S3 calls that names the account which the bucket must belong to; empty where nobody said."""


ANY_OWNER = "any"


def owned_by(account: str) -> Owned:
    """Make it."""
    return {"ExpectedBucketOwner": account} if account else {}


def headers_of(owned: Owned) -> dict[str, Json]:
    """Give the headers that go with a presigned URL: they are signed, so that S3 refuses it without them."""
    return {"x-amz-expected-bucket-owner": owned["ExpectedBucketOwner"]} if owned else {}


def download(clients: Clients, bucket: str, key: str, into: Path, *, owned: Owned = MappingProxyType({})) -> bool:
    """Download one object to a file; False when it is not there."""
    private.make_folder(into.parent)
    try:
        with mapped(f"s3 get {key}"):
            body = clients("s3").get_object(Bucket=bucket, Key=key, **owned)["Body"]
            with private.open_file(into, "wb") as file:
                for chunk in body.iter_chunks(1024 * 1024):
                    file.write(chunk)
    except BackendError as error:
        if failed_with(error) in {"NoSuchKey", "404"}:
            return False
        raise
    return True


def list_objects(
    clients: Clients, bucket: str, prefix: str, owned: Owned = MappingProxyType({})
) -> Iterator[tuple[str, int]]:
    """List keys below a prefix with their sizes, in key order."""
    for item in list_items(clients, bucket, prefix, owned):
        yield item.key, item.bytes


def list_items(clients: Clients, bucket: str, prefix: str, owned: Owned = MappingProxyType({})) -> Iterator[Item]:
    """List objects below a prefix, in key order."""
    with mapped(f"s3 list {prefix}"):
        for page in clients("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, **owned):
            for item in page.get("Contents", ()):
                yield Item(item["Key"], int(item["Size"]), str(item.get("ETag", "")).strip('"'))


def download_prefix(
    clients: Clients, bucket: str, prefix: str, into: Path, *, owned: Owned = MappingProxyType({})
) -> int:
    """Download every object below a prefix under its relative name; return how many.

    Raises:
        BackendError: a key would leave the folder.
    """
    count = 0
    for key, _ in list_objects(clients, bucket, prefix, owned):
        name = key.removeprefix(prefix)
        if not name or name.endswith("/"):
            continue
        if leaves_folder(name):
            message = f"s3 key with an unsafe name: {key!r}"
            raise BackendError(message)
        download(clients, bucket, key, into / name, owned=owned)
        count += 1
    return count


def leaves_folder(name: str) -> bool:
    """Tell whether an object's name is absolute, goes up, or names no file; the shim refuses the same names."""
    return "\0" in name or any(part in {"", ".", ".."} for part in name.split("/"))


def ensure_bucket(clients: Clients, bucket: str, region: str) -> None:
    """Create the staging bucket of a sandbox account; a bucket that is there is left alone."""
    s3 = clients("s3")
    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError:
        with mapped(f"s3 create-bucket {bucket}"):
            extra = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
            s3.create_bucket(Bucket=bucket, **extra)


def sha256(data: bytes) -> str:
    """Hash bytes as bare hex, as the shim does."""
    return hashlib.sha256(data).hexdigest()
