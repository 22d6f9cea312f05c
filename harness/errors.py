"""The error tree. A job that fails raises nothing: its history says so, and says who said so.

HarnessError
  ConfigError      the user can mend it: every problem found, with file, line, column, key, found and expected
  PluginUnusable   a plug-in is missing, can't be loaded, or takes a name that is taken
  Refused          a plan, price, cap or scope forbids the step; nothing was started
  BackendError     a platform refused or lost us
    SubmitRefused  the platform said no to a job
      InputMissing a place that a job reads is not there
    Conflict       the name is taken by an object that is not the one we planned
    Throttled      the platform asked us to slow down and kept asking
    Unreachable    no answer within the bounded time
    Unavailable    the platform failed inside, or our credentials have run out
    NotSetUp       this machine's own settings for a platform cannot be used; nobody was asked
  StoreError       evidence could not be kept: always fatal
    EvidenceDamaged  stored evidence is missing, cut or was changed
    Fenced           another writer holds the campaign
"""

from __future__ import annotations

from dataclasses import dataclass


class HarnessError(Exception):
    """Anything the harness itself could not do; never a failed job."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a configuration file, as its author needs to see it."""

    file: str
    line: int
    """1-based; 0 when the place is not known."""
    column: int
    """1-based; 0 when the place is not known."""
    key: str
    found: str
    expected: str
    hint: str = ""

    def __str__(self) -> str:
        """Say where, which key, what was found and what was expected."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{place}: {self.key}: expected {self.expected}, found {self.found}"
        return f"{text} ({self.hint})" if self.hint else text


class ConfigError(HarnessError):
    """The configuration can't be used; carries all problems at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep every problem, in file order."""
        self.problems = tuple(sorted(problems, key=lambda each: (each.file, each.line, each.column, each.key)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class PluginUnusable(HarnessError):  # noqa: N818 - see Refused
    """A plug-in is missing, can't be loaded, or takes a name that is taken; the text names it and its distribution."""


class Refused(HarnessError):  # noqa: N818 - a refusal is the field's word, as in SubmitRefused
    """A rule forbids the step; nothing was started."""


class BackendError(HarnessError):
    """A platform refused us, lost us or answered nonsense."""


class SubmitRefused(BackendError):  # noqa: N818 - see Refused
    """The platform said no to a job."""


class InputMissing(SubmitRefused):
    """A place that a job reads is not there, or not ours to list."""


class Conflict(BackendError):  # noqa: N818 - see Refused
    """The name is taken by an object that differs from the one that was planned."""


class Throttled(BackendError):  # noqa: N818 - see Refused
    """The platform asked to slow down for longer than the allowed time."""


class Unreachable(BackendError):  # noqa: N818 - see Refused
    """The platform gave no answer within the bounded time."""


class Unavailable(BackendError):  # noqa: N818 - see Refused
    """The platform answered that it can't serve us now: it failed inside, or our credentials have run out."""


LATER = (Throttled, Unreachable, Unavailable)
"""Says nothing of the call itself: the same one, made later, may be answered."""


class NotSetUp(BackendError):  # noqa: N818 - see Refused
    """This machine's own settings for a platform (profile, credentials, kubeconfig) can't be used; nobody was asked."""

    def __init__(self, subject: str, text: str, fix: str) -> None:
        """Keep what it is about, what is wrong with it, and the way to mend it."""
        self.subject, self.text, self.fix = subject, text, fix
        super().__init__(f"{subject}: {text}; {fix}")


class StoreError(HarnessError):
    """Evidence could not be kept or read."""


class EvidenceDamaged(StoreError):  # noqa: N818 - see Refused
    """Stored evidence is missing, cut or was changed."""


class Fenced(StoreError):  # noqa: N818 - see Refused
    """Another writer holds the campaign."""
