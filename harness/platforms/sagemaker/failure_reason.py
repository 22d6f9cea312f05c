"""The grammar of FailureReason; every part may be absent, and a text that fits nothing is kept as it is. Pure.

    CLASS: TEXT, exit code: N

Classes as captured; their spacing and case changed over the years, so both are ignored. The training toolkit always
ends with 1 and writes the script's own code as `ExitCode N` into the text (measured, sagemaker-training 5.1.4).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.model.event import Event

CLASSES = ("AlgorithmError", "ClientError", "InternalServerError", "CapacityError")
TEXT_MAX = 1024
"""Characters that the service keeps (API model)."""
_KNOWN = {name.lower(): name for name in CLASSES}
_TAIL = re.compile(r",?\s*exit code:\s*(\d{1,3})\s*\.?\s*$", re.IGNORECASE)
_SCRIPT = re.compile(r"\bExitCode\s+(\d{1,3})\b")
_HEAD_MAX = 40
_NO_BUCKET = re.compile(r"NoSuchBucket|specified bucket does not exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FailureReason:
    """What a FailureReason says, taken apart."""

    klass: str
    """One of CLASSES; empty: none that is known."""
    text: str
    exit_code: int | None
    """Of the container's first process."""
    script_code: int | None
    """Of the user's script, where the toolkit hides it behind a 1."""

    @property
    def code(self) -> int | None:
        """Give the code that the work ended with."""
        return self.script_code if self.script_code is not None else self.exit_code


def parse(reason: str) -> FailureReason:
    """Take a FailureReason apart; nothing of it has to be there."""
    head, colon, rest = reason.partition(":")
    klass = _KNOWN.get("".join(head[:_HEAD_MAX].split()).lower(), "") if colon else ""
    body = rest if klass else reason
    tail = _TAIL.search(body)
    script = _SCRIPT.search(body)
    return FailureReason(
        klass=klass,
        text=(body[: tail.start()] if tail else body).strip(),
        exit_code=int(tail[1]) if tail else None,
        script_code=int(script[1]) if script else None,
    )


def bucket_gone(events: Iterable[Event]) -> str:
    """Give the FailureReason by which the service did not find a bucket; empty: none.

    An AlgorithmError holds what the program itself was told, which is its own affair.
    """
    reasons = (event.native.get("FailureReason", "") for event in events)
    return next((text for text in reasons if _NO_BUCKET.search(text) and parse(text).klass != "AlgorithmError"), "")
