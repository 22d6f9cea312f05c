"""How a transform job's objects become payloads, and answers become objects. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.transform_rules import PAYLOAD_MB

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
MEGABYTE = 1024 * 1024
TIMEOUT_SECONDS = 600
RETRIES = 3
"""ModelClientConfig left out, both (API model)."""
_STRATEGIES = {"MultiRecord": "MULTI_RECORD", "SingleRecord": "SINGLE_RECORD"}


class PayloadError(Exception):
    """A record is larger than a payload may be; the text is the data log's."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the container is called: the request first, then its own /execution-parameters, then the defaults."""

    concurrent: int
    payload_mb: int
    strategy: str
    split: bool
    line: bool
    """Put a newline behind every answer (AssembleWith Line)."""
    headers: Mapping[str, str]
    timeout_seconds: float
    retries: int

    @property
    def environment(self) -> dict[str, str]:
        """Tell the container (developer guide, "how containers serve requests"; the spelling of `true` is assumed)."""
        return {
            "SAGEMAKER_BATCH": "true",
            "SAGEMAKER_MAX_PAYLOAD_IN_MB": str(self.payload_mb),
            "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES[self.strategy],
            "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": str(self.concurrent),
        }


def terms(job: Job, said: Mapping[str, object]) -> Terms:
    """Settle them; `said` is what the container says of itself."""
    request, given = job.request, part(job.request, "TransformInput")
    target, client = part(job.request, "TransformOutput"), part(job.request, "ModelClientConfig")
    headers = {"Content-Type": given.get("ContentType"), "Accept": target.get("Accept")}
    strategy = request.get("BatchStrategy") or said.get("BatchStrategy") or "MultiRecord"
    concurrent, payload = request.get("MaxConcurrentTransforms"), request.get("MaxPayloadInMB")
    return Terms(
        concurrent=max(1, integer(concurrent or said.get("MaxConcurrentTransforms"), 1)),
        payload_mb=max(1, integer(payload or said.get("MaxPayloadInMB"), PAYLOAD_MB)),
        strategy="SingleRecord" if str(strategy).replace("_", "").lower() == "singlerecord" else "MultiRecord",
        split=given.get("SplitType") == "Line",
        line=target.get("AssembleWith") == "Line",
        headers={name: str(value) for name, value in headers.items() if value},
        timeout_seconds=float(integer(client.get("InvocationsTimeoutInSeconds"), TIMEOUT_SECONDS)),
        retries=integer(client.get("InvocationsMaxRetries"), RETRIES),
    )


def payloads(data: bytes, how: Terms) -> Iterator[bytes]:
    """Cut an object: whole; a line each, without its newline; or as many lines as fit, as they lie in the object.

    Raises:
        PayloadError: a record alone is too large.
    """
    most = how.payload_mb * MEGABYTE
    if not how.split:
        yield _fitting(data, most)
        return
    records = _LINE.findall(data)
    if how.strategy == "SingleRecord":
        yield from (_fitting(record.removesuffix(b"\n"), most) for record in records)
        return
    batch, size = list[bytes](), 0
    for record in records:
        if batch and size + len(record) > most:
            yield b"".join(batch)
            batch, size = [], 0
        batch.append(_fitting(record, most))
        size += len(record)
    if batch:
        yield b"".join(batch)


def assembled(answers: Iterable[bytes], how: Terms) -> bytes:
    """Put answers together."""
    return b"".join(answer + b"\n" if how.line else answer for answer in answers)


def _fitting(payload: bytes, most: int) -> bytes:
    if len(payload) > most:
        message = "Too much data for max payload size"
        raise PayloadError(message)
    return payload
