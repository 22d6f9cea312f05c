"""Every ending of a SageMaker job → its canonical cause: what the platform says, before other witnesses. Pure.

`Completed` is the platform's word only: whether the work was done is for the shim's record and the artifacts to say.
`Stopped` is never a success.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.model.truth import Cause
from harness.platforms.sagemaker.failure_reason import FailureReason, parse

STOPPED = {"MaxRuntimeExceeded": Cause.TIME_LIMIT, "MaxWaitTimeExceeded": Cause.NO_CAPACITY}
"""Secondary status of a stopped training job; any other is a user's stop (documented)."""
CLASS_CAUSES = {"CapacityError": Cause.NO_CAPACITY, "InternalServerError": Cause.PLATFORM_LOSS}
CODE_CAUSES = {97: Cause.REFUSED, 126: Cause.START_FAILED, 127: Cause.START_FAILED}
"""97 is the shim's own refusal; 126 and 127 are the shell's words for what cannot be started (POSIX)."""
TEXT_CAUSES = tuple(
    (cause, re.compile(pattern))
    for cause, pattern in (
        (
            Cause.NO_CAPACITY,
            r"insufficient *(instance *)?capacity|resourcelimitexceeded|service limit|unable to provision",
        ),
        (Cause.UPLOAD_FAILED, r"upload"),
        (Cause.OUT_OF_MEMORY, r"out *of *memory|more memory"),
        (Cause.START_FAILED, r"executable file not found|exec:|entrypoint"),
        (Cause.INPUT_UNAVAILABLE, r"no s3 objects|data download|download (the )?(input )?data|channel|no data"),
        (Cause.IMAGE_UNAVAILABLE, r"\bimages?\b|\becr\b"),
    )
)
"""Texts as captured or reported; the service promises none of them, so what fits none is unknown."""
_NAMED = re.compile(r"\b(s3|https?)://\S+|\barn:\S+")
"""What a text names is no part of what it says: s3://b/images/ speaks of no image."""

Facts = Mapping[str, object]


def cause_of(
    status: str, secondary: str, reason: str, ran_seconds: float | None, *, limit_seconds: int | None
) -> Cause:
    """Give the cause of an ending; UNKNOWN for a status that is none, or a text that fits nothing.

    `ran_seconds`, `limit_seconds`: a processing job has no secondary status, so that a time limit shows only in how
    long it ran (unverified on the service). A training job's says it: the time of a spot job holds its waits too.
    """
    match status:
        case "Completed":
            return Cause.SUCCESS
        case "Stopped":
            return _stopped(secondary, reason, ran_seconds, limit_seconds)
        case "Failed":
            return _failed(parse(reason))
    return Cause.UNKNOWN


def _stopped(secondary: str, reason: str, ran: float | None, limit: int | None) -> Cause:
    over = not secondary and ran is not None and limit is not None and ran >= limit
    if over or "MaxRuntime" in reason:
        return Cause.TIME_LIMIT
    return STOPPED.get(secondary, Cause.USER_STOP)


def _failed(reason: FailureReason) -> Cause:
    if reason.klass in CLASS_CAUSES:
        return CLASS_CAUSES[reason.klass]
    text = _NAMED.sub(" ", reason.text.lower())
    if reason.klass != "AlgorithmError":
        named = next((cause for cause, pattern in TEXT_CAUSES if pattern.search(text)), None)
        if named is not None and (reason.klass or reason.code is None):
            return named
    elif "outofmemory" in text or "out of memory" in text:
        return Cause.OUT_OF_MEMORY
    elif "cannotstartcontainer" in text:
        return Cause.START_FAILED
    if reason.code is None or reason.code == 0:
        return Cause.CODE_ERROR if "traceback (most recent call last)" in text else Cause.UNKNOWN
    return CODE_CAUSES.get(reason.code, Cause.CODE_ERROR)
