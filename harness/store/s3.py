"""A prefix of an S3 bucket as store; the only file of this package that imports boto3.

Credentials, region and endpoint are those of the user's own AWS settings (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL),
read when the store is opened: what a sandbox sets later for the jobs does not move the evidence. Encryption is the
bucket's default. Conditional puts are `If-None-Match: *`; a lost reply is settled by reading back what is there.
"""

from __future__ import annotations

import email.utils
import mimetypes
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from harness import private
from harness.errors import EvidenceDamaged, StoreError
from harness.model.clock import Clock, Deadline, SystemClock
from harness.store.base import CHUNK_BYTES, READERS
from harness.store.regular import BYTES_MAX, WHOLE_BYTES_MAX, too_long

PATIENCE_SECONDS = 900.0
"""A bucket that does not answer suspends a writer for so long; then it ends, and can be resumed."""
TOLD_AFTER_SECONDS = 20.0
_PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_BREAKS_MAX = 5
"""How often the reading of one object may break in the middle."""
_ONE_PUT_BYTES = 64 * 1024 * 1024
_TRANSIENT_FROM = 500
_TRANSIENT = frozenset(
    {
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "RequestTimeout",
        "RequestTimeTooSkewed",
        "ConditionalRequestConflict",
    }
)
_ABSENT = frozenset({"NoSuchKey", "404", "NotFound"})
_TAKEN = "PreconditionFailed"
_CONFIG = Config(
    connect_timeout=5,
    read_timeout=60,
    max_pool_connections=READERS,
    signature_version="s3v4",
    retries={"mode": "standard", "total_max_attempts": 3},
)
T = TypeVar("T")


def client() -> Any:  # noqa: ANN401 - boto3 has no types
    """Make a client from the user's own AWS settings.

    Raises:
        StoreError: there are no credentials, or the settings can't be used.
    """
    try:
        session = boto3.Session()
        if session.get_credentials() is None:
            message = "the evidence store: no AWS credentials; sign in (AWS_PROFILE, `aws sso login` or a role)"
            raise StoreError(message)
        return session.client("s3", config=_CONFIG)
    except (BotoCoreError, ValueError) as error:
        message = f"the evidence store: the AWS settings can't be used: {error}"
        raise StoreError(message) from error


@dataclass(frozen=True, slots=True)
class Bucket:
    """A store that is a prefix of a bucket. What is put or read lies in the spool as well."""

    client: Any
    bucket: str
    prefix: str
    """With its last `/`, or empty."""
    spool: Path
    owner: str = ""
    """Account that must own the bucket; empty: whoever does."""
    clock: Clock = field(default_factory=SystemClock)
    patience_seconds: float = PATIENCE_SECONDS
    tell: Callable[[str], None] = lambda _: None
    """Takes a sentence about an outage, or that it is over."""
    halt: threading.Event = field(default_factory=threading.Event)
    """Set by an interrupt: an outage is not waited for any longer."""
    held: set[str] = field(default_factory=set)
    """Keys whose content this process has put or fetched: their spool files are what the bucket has."""

    def place(self, name: str = "") -> str:
        """Give the URL."""
        return f"s3://{self.bucket}/{self.prefix}{name}".rstrip("/")

    def under(self, prefix: str) -> Bucket:
        """Give the store below a prefix, with the same connections."""
        return replace(self, prefix=f"{self.prefix}{prefix}/", spool=self.spool / prefix)

    def read(self, name: str) -> bytes | None:
        """Get one object."""
        return self._persist("read", name, lambda: self._get(name))

    def read_all(self, names: Iterable[str]) -> tuple[bytes, ...]:
        """Get objects in parallel."""
        with ThreadPoolExecutor(READERS, "read") as pool:
            return tuple(pool.map(self._present, names))

    def _present(self, name: str) -> bytes:
        found = self.read(name)
        if found is None:
            message = f"{name}: not in {self.place()}"
            raise EvidenceDamaged(message)
        return found

    def _get(self, name: str) -> bytes | None:
        answer = self._from(name, 0, "")
        if answer is None:
            return None
        with closing(answer["Body"]) as body:
            _check_length(name, answer, WHOLE_BYTES_MAX)
            return bytes(body.read())

    def chunks(self, name: str) -> Iterator[bytes]:
        """Get an object in pieces; a connection that breaks in the middle is taken up where it broke."""
        offset, version = 0, ""
        for broken in range(_BREAKS_MAX + 1):
            answer = self._persist("read", name, partial(self._from, name, offset, version))
            if answer is None:
                message = f"{name}: not in {self.place()}"
                raise EvidenceDamaged(message)
            version = str(answer["ETag"])
            try:
                with closing(answer["Body"]) as body:
                    _check_length(name, answer, BYTES_MAX)
                    for chunk in body.iter_chunks(CHUNK_BYTES):
                        offset += len(chunk)
                        yield chunk
            except BotoCoreError as error:
                if broken == _BREAKS_MAX or not _transient(error):
                    raise _failed("read", self.place(name), error) from error
            else:
                return

    def _from(self, name: str, offset: int, version: str) -> Mapping[str, Any] | None:
        """Open an object at a place, and only as it was when reading began."""
        where = {"Range": f"bytes={offset}-", "IfMatch": version} if offset else {}
        try:
            return cast("Mapping[str, Any]", self.client.get_object(**self._key(name), **where))
        except ClientError as error:
            if _code(error) in _ABSENT:
                return None
            raise

    def put(self, name: str, data: bytes) -> None:
        """Put an object, as often as needed."""
        call = lambda: self.client.put_object(**self._key(name), Body=data, **_type_of(name))  # noqa: E731
        self._persist("write", name, call)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Put an object where there is none. After a lost reply it is there already: it is read and compared."""

        def call() -> bool:
            try:
                self.client.put_object(**self._key(name), Body=data, IfNoneMatch="*", **_type_of(name))
            except ClientError as error:
                if _code(error) != _TAKEN:
                    raise
                return self._get(name) == data
            return True

        return self._persist("write", name, call)

    def put_file(self, name: str, path: Path) -> None:
        """Put a local file; a large one in parts."""

        def call() -> None:
            if path.stat().st_size <= _ONE_PUT_BYTES:
                with path.open("rb") as file:
                    self.client.put_object(**self._key(name), Body=file, **_type_of(name))
            else:
                more = {**self._owned(), **_type_of(name)}
                self.client.upload_file(str(path), self.bucket, self.prefix + name, ExtraArgs=more)

        self._persist("write", name, call)
        if path == self.spool / name:
            self.held.add(self.prefix + name)

    def remove(self, name: str) -> None:
        """Delete the object, and its copy in the spool; a bucket with versions keeps what its own rules keep."""
        self._persist("delete", name, lambda: self.client.delete_object(**self._key(name)))
        (self.spool / name).unlink(missing_ok=True)

    def names(self, prefix: str, after: str = "") -> tuple[str, ...]:
        """List objects, a thousand a page."""

        def call() -> tuple[str, ...]:
            request = {"Bucket": self.bucket, "Prefix": self.prefix + prefix, **self._owned()}
            if after:
                request["StartAfter"] = self.prefix + after
            pages = self.client.get_paginator("list_objects_v2").paginate(**request)
            keys = (entry["Key"] for page in pages for entry in page.get("Contents", ()))
            return tuple(sorted(str(key).removeprefix(self.prefix) for key in keys))

        return self._persist("list", prefix, call)

    def age_seconds(self, name: str) -> float | None:
        """Compare LastModified with the Date of the same answer: both are S3's own time, to the second."""

        def call() -> float | None:
            try:
                answer = self.client.head_object(**self._key(name))
            except ClientError as error:
                if _code(error) in _ABSENT:
                    return None
                raise
            now = email.utils.parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            return max(0.0, float((now - answer["LastModified"]).total_seconds()))

        return self._persist("ask for", name, call)

    def local(self, name: str) -> Path | None:
        """Download an object into the spool, unless this process has put or fetched it already."""
        path = self.spool / name
        if self.prefix + name in self.held and path.is_file():
            return path

        private.make_folder(path.parent)
        part = path.with_name(f".{path.name}.part")
        try:
            with private.open_file(part, "wb") as file:
                for chunk in self.chunks(name):
                    file.write(chunk)
            part.replace(path)
        except EvidenceDamaged:
            return None
        finally:
            part.unlink(missing_ok=True)
        self.held.add(self.prefix + name)
        return path

    def _key(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket, "Key": self.prefix + name, **self._owned()}

    def _owned(self) -> dict[str, str]:
        return {"ExpectedBucketOwner": self.owner} if self.owner else {}

    def _persist(self, action: str, name: str, call: Callable[[], T]) -> T:
        """Repeat what an outage cut, for a bounded time; say so once when it lasts.

        Raises:
            StoreError: the service refused, or did not answer in time.
        """
        limit, quiet = Deadline.after(self.clock, self.patience_seconds), Deadline.after(self.clock, TOLD_AFTER_SECONDS)
        attempt, told = 0, False
        while True:
            try:
                done = call()
            except (ClientError, BotoCoreError) as error:
                if not _transient(error) or limit.left(self.clock) <= 0 or self.halt.is_set():
                    raise _failed(action, self.place(name), error) from error
                if not told and quiet.left(self.clock) <= 0:
                    told = True
                    left = max(0.0, limit.left(self.clock))
                    self.tell(
                        f"{self.place()} does not answer ({_one_line(error)}); waiting for up to {left:.0f} s more"
                    )
                self.clock.wait(self.halt, _PAUSES_SECONDS[min(attempt, len(_PAUSES_SECONDS) - 1)])
                attempt += 1
                continue
            if told:
                self.tell(f"{self.place()} answers again")
            return done


def _failed(action: str, place: str, error: Exception) -> StoreError:
    return StoreError(f"can't {action} {place}: {_one_line(error)}{_cure(error)}")


def _transient(error: Exception) -> bool:
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= _TRANSIENT_FROM or _code(error) in _TRANSIENT
    return isinstance(error, HTTPClientError) or type(error).__name__ in {
        "IncompleteReadError",
        "ResponseStreamingError",
        "FlexibleChecksumError",
    }


def _cure(error: Exception) -> str:
    code = _code(error) if isinstance(error, ClientError) else ""
    return {
        "NoSuchBucket": "; create the bucket, or correct --reports",
        "AccessDenied": "; docs/store.md lists the rights that a store needs",
        "ExpiredToken": "; sign in again, then `parity resume` goes on",
        "ExpiredTokenException": "; sign in again, then `parity resume` goes on",
    }.get(code, "")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _type_of(name: str) -> dict[str, str]:
    return {"ContentType": mimetypes.guess_type(name)[0] or "application/octet-stream"}


def _check_length(name: str, answer: Mapping[str, Any], bytes_max: int) -> None:
    """Refuse an object that is longer than any that the harness puts there, before its first byte is read.

    Raises:
        EvidenceDamaged: it is.
    """
    length = int(answer.get("ContentLength") or 0)
    if length > bytes_max:
        raise EvidenceDamaged(too_long(name, length, bytes_max))
