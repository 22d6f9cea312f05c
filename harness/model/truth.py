"""How a run ended: the canonical cause, and the truth of work against the platform's label. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why a run ended, in words both platforms share (design section 4)."""

    SUCCESS = "success"
    CODE_ERROR = "code error"
    START_FAILED = "start failed"
    INPUT_UNAVAILABLE = "input unavailable"
    CREDENTIALS_UNAVAILABLE = "credentials unavailable"
    IMAGE_UNAVAILABLE = "image unavailable"
    REFUSED = "refused"
    OUT_OF_MEMORY = "out of memory"
    TIME_LIMIT = "time limit"
    USER_STOP = "user stop"
    NO_CAPACITY = "no capacity"
    PLATFORM_LOSS = "platform loss"
    UPLOAD_FAILED = "upload failed"
    UNKNOWN = "unknown"


PLATFORM_CAUSES = frozenset({Cause.NO_CAPACITY, Cause.PLATFORM_LOSS})
"""Preregistered causes that void a pair: the platform cut the run, the work had no say."""


class Work(StrEnum):
    """Whether the work itself was done."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Platform(StrEnum):
    """What the platform says of the job."""

    OK = "ok"
    FAILED = "failed"
    NONE = "none"


class Blame(StrEnum):
    """Whose doing a disagreement is."""

    JOB = "job"
    PLATFORM = "platform"
    HARNESS = "harness"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


class How(StrEnum):
    """How the work came to its end, or did not."""

    NEVER_RAN = "never ran"
    CUT = "cut"
    ENDED = "ended"
    RUNS = "runs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Account:
    """What happened to the work, in one sentence and in fields."""

    how: How
    sentence: str
    container: str = ""
    by: str = ""
    """Who or what cut it, or kept it from starting."""
    at_seconds: float | None = None
    """When it ended, was cut or refused, in epoch seconds of the witness's clock."""
    advice: str = ""
    """What to do about it, where that is more to the point than a class's advice."""


UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happened in one attempt, decided from all witnesses by written rules."""

    work: Work
    platform: Platform
    klass: str | None
    """Class id such as K08 or S03; `unexplained`; None when work and platform agree."""
    also: tuple[str, ...]
    """Other classes whose rules match as well."""
    blames: Blame
    missing: tuple[str, ...]
    """Witnesses or facts that would have decided."""
    cause: Cause
    exit_code: int | None
    """Of the main container; None: not known. 137 without a trustworthy witness is None."""
    because: str
    """The rule in one sentence, with the facts it rests on."""
    account: Account = Account(How.UNKNOWN, "")
    hints: tuple[str, ...] = ()
    """What else a reader should know, and what decides nothing."""

    @property
    def agrees(self) -> bool:
        """Tell whether work and platform say the same."""
        return (self.work, self.platform) in {(Work.OK, Platform.OK), (Work.FAILED, Platform.FAILED)}

    @property
    def false_failure(self) -> bool:
        """Work done, job marked failed."""
        return self.work is Work.OK and self.platform is Platform.FAILED

    @property
    def false_success(self) -> bool:
        """Work failed or cut, platform says ok."""
        return self.work is Work.FAILED and self.platform is Platform.OK
