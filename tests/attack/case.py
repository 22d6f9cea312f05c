"""One hostile input: what lies in the folder, what is run on it, and what must hold afterwards."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import forked

CPU_SECONDS = 10.0
"""Of one input, its readers' children counted in; the harness promises it for a file (docs/security.md)."""
MEMORY_BYTES = 512 << 20
ANSWER_BYTES = 256 << 10
"""And 16 characters for each byte of the input: every problem is told, each in its own line."""
BOUNDS = forked.Bounds(cpu_seconds=20, memory_bytes=3 << 30, wall_seconds=150.0)
"""Where a run is cut; beyond the limits above it is a failure in any case, but its cost is known."""
DOCUMENTED = frozenset({0, 1, 2, 3, 4, 5})
_RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Case:
    """One input of a family, and the codes that are an answer to it."""

    family: str
    name: str
    act: Callable[[], object]
    """Runs in the case's folder, in a process of its own."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    tree: Path | None = None
    """Copied into the folder before the files."""
    codes: frozenset[int] = DOCUMENTED
    writes: str = ""
    """Where new files may come to be, as a regular expression over their names; empty: nowhere."""


@dataclass(frozen=True, slots=True)
class Held:
    """What became of a case; no failures: it held."""

    case: Case
    failures: tuple[str, ...]
    ended: forked.Ended


def run(case: Case, folder: Path) -> Held:
    """Lay out a case, run it, look at what it said, cost and left."""
    place = folder / "place"
    if case.tree is None:
        place.mkdir(parents=True)
    else:
        shutil.copytree(case.tree, place, symlinks=True)
    (folder / "outside").mkdir()
    (folder / "outside" / "canary").write_text("untouched", encoding="utf-8")
    for name, data in case.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    before = listing(folder)
    ended = forked.run(case.act, folder / "said", BOUNDS, cwd=place)
    after = {name: told for name, told in listing(folder).items() if not name.startswith("said")}
    failures = (*_said(case, ended), *_cost(ended), *_left(case, before, after))
    shutil.rmtree(folder)
    return Held(case, failures, ended)


def listing(folder: Path) -> dict[str, str]:
    """Name every entry below a folder with its kind and what would show a change of it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        said = path.lstat()
        kind = stat.S_IFMT(said.st_mode)
        found[path.relative_to(folder).as_posix()] = f"{kind:o}" if stat.S_ISDIR(kind) else f"{kind:o} {said.st_size}"
    return found


def _said(case: Case, ended: forked.Ended) -> list[str]:
    """Look for what is no answer: a crash, an unknown code, silence, too much of it, raw control characters."""
    failures = []
    text = ended.out + ended.err
    if "Traceback (most recent call last)" in text or "an error in the harness itself" in text:
        failures.append(f"crash: {ended.err.strip().splitlines()[-1][:200] if ended.err.strip() else ''}")
    elif ended.code not in DOCUMENTED:
        failures.append(f"crash: code {ended.code}: {ended.err[-200:]!r}")
    elif ended.code not in case.codes:
        failures.append(f"code {ended.code}, expected {sorted(case.codes)}: {text[-200:]!r}")
    elif ended.code and not text.strip():
        failures.append("no message")
    if len(text) > ANSWER_BYTES + 16 * sum(len(data) for data in case.files.values()):
        failures.append(f"bounds: answer of {len(text)} characters")
    if raw := _RAW.search(text):
        failures.append(f"raw control character {raw[0]!r} near {text[max(0, raw.start() - 40) : raw.end() + 20]!r}")
    return failures


def _cost(ended: forked.Ended) -> list[str]:
    failures = []
    if ended.stopped or ended.cpu_seconds > CPU_SECONDS:
        failures.append(f"bounds: {ended.cpu_seconds:.1f} CPU s{', stopped' if ended.stopped else ''}")
    if ended.memory_bytes > MEMORY_BYTES:
        failures.append(f"bounds: {ended.memory_bytes >> 20} MiB")
    return failures


def _left(case: Case, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Find what was written where nothing may be."""
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    allowed = re.compile(case.writes or r"(?!)")
    return [
        f"escape: {name}"
        for name in changed
        if not (name.startswith("place/") and allowed.fullmatch(name.removeprefix("place/")))
    ]
