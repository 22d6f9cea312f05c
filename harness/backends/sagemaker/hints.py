"""The few fields of a job's event that the reducer needs, read without building the rest. Pure.

Speed matters here and nowhere else: an event storm is mostly duplicates. What enters a history is read strictly
(`bus`), so a hint may be read leniently: it never ends a job.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from harness.backends.sagemaker.reducer import Reducer
from harness.backends.sagemaker.translate import MILLISECONDS_FROM, read_time


class _Training(msgspec.Struct, gc=False):
    """Of the commonest kind: few fields make a fast decoder."""

    name: str = msgspec.field(name="TrainingJobName", default="")
    status: str = msgspec.field(name="TrainingJobStatus", default="")
    secondary: str = msgspec.field(name="SecondaryStatus", default="")
    modified: int | float | str | None = msgspec.field(name="LastModifiedTime", default=None)


class _TrainingEvent(msgspec.Struct, gc=False):
    detail: _Training


class _Other(msgspec.Struct, gc=False):
    training: str | None = msgspec.field(name="TrainingJobName", default=None)
    processing: str | None = msgspec.field(name="ProcessingJobName", default=None)
    transform: str | None = msgspec.field(name="TransformJobName", default=None)
    tuning: str | None = msgspec.field(name="HyperParameterTuningJobName", default=None)
    training_status: str | None = msgspec.field(name="TrainingJobStatus", default=None)
    processing_status: str | None = msgspec.field(name="ProcessingJobStatus", default=None)
    transform_status: str | None = msgspec.field(name="TransformJobStatus", default=None)
    tuning_status: str | None = msgspec.field(name="HyperParameterTuningJobStatus", default=None)
    secondary: str | None = msgspec.field(name="SecondaryStatus", default=None)
    modified: int | float | str | None = msgspec.field(name="LastModifiedTime", default=None)


class _OtherEvent(msgspec.Struct, gc=False):
    detail: _Other
    time: str = ""


_training = msgspec.json.Decoder(_TrainingEvent).decode
_other = msgspec.json.Decoder(_OtherEvent).decode


def take(reducer: Reducer, body: bytes, received: float) -> bool:
    """Let a reducer take one message; False: it could not be read, or is about no job."""
    return take_all(reducer, (body,), received) == 0


def take_all(reducer: Reducer, bodies: Iterable[bytes], received: float) -> int:
    """Let a reducer take messages that came together; count those that could not be read, or are about no job."""
    refused, decode, reduce, least = 0, _training, reducer.event, MILLISECONDS_FROM
    for body in bodies:
        try:
            detail = decode(body).detail
            name, modified = detail.name, detail.modified
            if name and type(modified) is int and modified > least:
                status = detail.status
                reduce(name, status, detail.secondary or status, modified / 1000, received)
            else:
                refused += not _take_other(reducer, _other(body), received)
        except (msgspec.DecodeError, UnicodeError):
            refused += 1
    return refused


def _take_other(reducer: Reducer, event: _OtherEvent, received: float) -> bool:
    """Take an event of another kind, or with its times in another encoding."""
    detail = event.detail
    name = detail.training or detail.processing or detail.transform or detail.tuning
    status = detail.training_status or detail.processing_status or detail.transform_status or detail.tuning_status
    at = read_time(detail.modified) or read_time(event.time)
    if not name or not status or at is None:
        return False
    reducer.event(name, status, detail.secondary or status, at.seconds, received)
    return True
