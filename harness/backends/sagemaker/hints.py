"""The few fields of a job's event that the reducer needs, read without building the rest. Pure.

Speed matters here and nowhere else: an event storm is mostly duplicates. What enters a history is read strictly
(`bus`), so a hint may be read leniently: it never ends a job.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal

import msgspec

from harness.backends.sagemaker.reducer import KNOWN, RANK, Reducer
from harness.platforms.sagemaker.translate import MILLISECONDS_FROM, read_time

_STATUS: Any = Literal[tuple(KNOWN)]
_WORD: Any = Literal[tuple(RANK)]
_MILLISECONDS = Annotated[int, msgspec.Meta(gt=int(MILLISECONDS_FROM))]
_Training = msgspec.defstruct(
    "_Training",
    (
        ("name", Annotated[str, msgspec.Meta(min_length=1)], msgspec.field(name="TrainingJobName")),
        ("status", _STATUS, msgspec.field(name="TrainingJobStatus")),
        ("word", _WORD, msgspec.field(name="SecondaryStatus")),
        ("modified_ms", _MILLISECONDS, msgspec.field(name="LastModifiedTime")),
    ),
    gc=False,
)
"""Of the commonest kind, with words that are known and its time in milliseconds: no word is made anew."""
_TrainingEvent = msgspec.defstruct("_TrainingEvent", (("detail", _Training),), gc=False)


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


_training: Callable[[bytes], Any] = msgspec.json.Decoder(_TrainingEvent).decode
_other = msgspec.json.Decoder(_OtherEvent).decode


def take(reducer: Reducer, body: bytes, received: float) -> bool:
    """Let a reducer take one message; False: it could not be read, or is about no job."""
    return take_all(reducer, (body,), received) == 0


def take_all(reducer: Reducer, bodies: Iterable[bytes], received: float) -> int:
    """Let a reducer take messages that came together; count those that could not be read, or are about no job."""
    refused, decode, reduce, received_ms = 0, _training, reducer.event, int(received * 1000)
    for body in bodies:
        try:
            detail = decode(body).detail
        except (msgspec.DecodeError, UnicodeError):
            refused += not _take_other(reducer, body, received_ms)
        else:
            reduce(detail.name, detail.status, detail.word, detail.modified_ms, received_ms=received_ms)
    return refused


def _take_other(reducer: Reducer, body: bytes, received_ms: int) -> bool:
    """Take an event of another kind, with a word that nobody knows, or with its times in another encoding."""
    try:
        event = _other(body)
    except (msgspec.DecodeError, UnicodeError):
        return False
    detail = event.detail
    name = detail.training or detail.processing or detail.transform or detail.tuning
    status = detail.training_status or detail.processing_status or detail.transform_status or detail.tuning_status
    at = read_time(detail.modified) or read_time(event.time)
    if not name or not status or at is None:
        return False
    reducer.event(name, status, detail.secondary or status, round(at.seconds * 1000), received_ms=received_ms)
    return True
