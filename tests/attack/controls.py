"""Planted weaknesses, one for each thing that is measured. Where one is not found, nothing is measured."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from attack.case import CPU_SECONDS, MEMORY_BYTES, Case, run


def _raises() -> NoReturn:
    raise RuntimeError("planted")


def _dies() -> NoReturn:
    os.abort()


def _is_silent() -> int:
    return 2


def _escapes() -> None:
    Path("../outside/escaped").write_text("x", encoding="utf-8")


def _litters() -> None:
    Path("left").write_text("x", encoding="utf-8")


def _works_on() -> None:
    while sum(os.times()[:2]) < CPU_SECONDS + 60:
        pass


def _grows() -> None:
    assert len(b"x" * (2 * MEMORY_BYTES)) > 0


def _talks() -> None:
    sys.stdout.write("x" * (1 << 20))


def _forges() -> None:
    sys.stdout.write("\x1b[2JGO")


PLANTED: Mapping[str, tuple[Callable[[], object], str]] = {
    "raises": (_raises, "crash"),
    "dies": (_dies, "crash"),
    "is silent": (_is_silent, "no message"),
    "escapes": (_escapes, "escape"),
    "litters": (_litters, "escape"),
    "works on": (_works_on, "bounds"),
    "grows": (_grows, "bounds"),
    "talks": (_talks, "bounds"),
    "forges": (_forges, "raw control"),
}
"""What it does, and how the failure that it must give begins."""


def missed(folder: Path) -> list[str]:
    """Name the planted weaknesses that were not found."""
    found = []
    for number, (name, (act, begins)) in enumerate(PLANTED.items()):
        held = run(Case("control", name, act), folder / str(number))
        if not any(failure.startswith(begins) for failure in held.failures):
            found.append(f"{name}: {held.failures or 'held'}")
    return found
