"""Names that a user gives, checked against those that there are: one wording for every command."""

from __future__ import annotations

from collections.abc import Iterable

from harness.config.problems import did_you_mean, show
from harness.errors import ConfigError, Problem


def check_names(where: object, key: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Refuse names that are not there.

    Raises:
        ConfigError: lists them, those that are, and which was likely meant.
    """
    there = sorted(known)
    expected = f"one of: {', '.join(there)}" if there else "a name, and there is none yet (parity run makes the first)"
    problems = tuple(
        Problem(str(where), 0, 0, key, show(name), expected, did_you_mean(name, there))
        for name in names
        if name not in there
    )
    if problems:
        raise ConfigError(problems)
