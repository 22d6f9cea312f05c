"""Drafts of entries from the documents of a platform: what every platform's reader of them has."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.platforms.tracked import Tracked
from harness.scrub import detect

WORD = "CHANGE-ME"
"""Stands for what only an owner knows; a file that still holds it is not finished."""
BUCKET = "change-me"
ACCOUNT = "000000000000"
"""Also that of stand-ins for AWS, which need an endpoint of their own."""

_NAME_MAX = 36
"""Short enough to stand beside a job's name in one label of Kubernetes."""


def label(text: str) -> str:
    """Make a name that both platforms accept of any text."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_NAME_MAX].strip("-")
    return made or "job"


def is_variable(name: str) -> bool:
    """Tell whether a variable may be named in the file."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,255}", name) is not None and not name.startswith("PARITY_")


def may_be_written(name: str, value: str) -> bool:
    """Tell whether a variable may stand in the file; credentials never may."""
    return is_variable(name) and not detect.rule_of(name, value)


StandIns: TypeAlias = Mapping[str, tuple[Any, str]]
"""Key of a side → a value that may stand there for now, and what has to be decided."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """How `parity init` reads the documents of one platform, and what a side on it needs besides."""

    documents: str
    """What can be read, as `a batch/v1 Job`."""
    read: Callable[[Tracked], dict[str, Any] | None]
    """Draft an entry of a document; None: it is none of this platform's."""
    hint: Callable[[Tracked], str]
    """Say how to get a document that can be read out of one that can't; empty: not from this one."""
    settings: Callable[[str], StandIns]
    """Stand-ins of a side's settings; takes the account, or its stand-in."""
    job: StandIns
    """Stand-ins of a side of a job."""
