"""Two sides of files that a job wrote → what a process of its own says of them; bounded, and under names of ours."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path as FilePath

from harness.bounded import child as bounded_child
from harness.compare.format import NotCompared, Part
from harness.model import strict_json
from harness.model.job import CompareRule, Json

ANSWER_BYTES_MAX = 8 * 1024 * 1024
"""Far above 20 columns of 10 samples of 3 texts; more is no answer of ours."""
LIMITS = bounded_child.Limits(cpu_seconds=120, memory_bytes=4 * 1024**3, answer_bytes=ANSWER_BYTES_MAX)
"""Of small inputs. CPU time, so that a table is compared or not whatever else the machine does (ADR 0105)."""
CPU_SECONDS_PER_GIB = 600
"""Added for the bytes of both sides: about six times what a gibibyte of CSV with a key and tolerances costs."""
FILES_MORE = 2
"""Descriptors for each file: the engine may hold one for its footer and one for its rows."""
SPILL_BYTES = 8 * 1024**3
SPILL_FACTOR = 8
"""Bytes that may be spilled for each byte of input: rows grow when they are unpacked."""
SIDES = ("legacy", "candidate")


def parts_of(table: FilePath | Sequence[Part]) -> Sequence[Part]:
    """Take one file as a data set of one."""
    return (Part(table),) if isinstance(table, FilePath) else table


def limits_of(rule: CompareRule, sizes: Sequence[int]) -> bounded_child.Limits:
    """Bound a comparison by the bytes of its files, or as its rule says."""
    cpu = rule.cpu_seconds_max or LIMITS.cpu_seconds + sum(sizes) * CPU_SECONDS_PER_GIB // 1024**3
    memory = rule.memory_bytes_max or LIMITS.memory_bytes
    files = LIMITS.open_files + FILES_MORE * len(sizes)
    return replace(LIMITS, cpu_seconds=cpu, memory_bytes=memory, open_files=files)


def ask(
    program: FilePath, sides: tuple[Sequence[Part], Sequence[Part]], request: Mapping[str, Json], rule: CompareRule
) -> Json:
    """Let one of our own files read two sides in a process of its own, under names of ours, and give its answer.

    Raises:
        NotCompared: a payload is gone, a limit was met, or the child has no answer that can be read.
    """
    return ask_of(program, dict(zip(SIDES, sides, strict=True)), request, rule)


def ask_of(
    program: FilePath,
    sets: Mapping[str, Sequence[Part]],
    request: Mapping[str, Json],
    rule: CompareRule,
    *,
    cpu_seconds_more: int = 0,
) -> Json:
    """Let one of our own files read sets of files by name; `cpu_seconds_more`: what its start costs beyond reading.

    Raises:
        NotCompared: a payload is gone, a limit was met, or the child has no answer that can be read.
    """
    with tempfile.TemporaryDirectory(prefix="parity-compare-") as name:
        folder = FilePath(name)
        sizes: list[int] = []
        placed: dict[str, Json] = {}
        for side, parts in sets.items():
            placed[side] = [_placed(part, side, f"{side}-{n}", folder, sizes=sizes) for n, part in enumerate(parts)]
        spill = max(SPILL_BYTES, SPILL_FACTOR * sum(sizes))
        asked = {**request, "sides": placed, "spill_bytes": spill}
        limits = limits_of(rule, sizes)
        limits = replace(limits, cpu_seconds=limits.cpu_seconds + cpu_seconds_more)
        try:
            answer = _read(bounded_child.ask(program, folder, strict_json.write(asked), limits))
        except bounded_child.NoAnswer as error:
            raise NotCompared(str(error)) from error
    if isinstance(answer, dict) and answer.keys() == {"trouble"} and isinstance(answer["trouble"], str):
        raise NotCompared(answer["trouble"])
    return answer


def _placed(part: Part, side: str, name: str, folder: FilePath, *, sizes: list[int]) -> Json:
    """Put a file where its path can't be read as a pattern, and give it as the request names it."""
    try:
        found = part.path.stat()
    except OSError:
        found = None
    if found is None or not stat.S_ISREG(found.st_mode):
        message = f"{side} file: its payload is gone"
        raise NotCompared(message)
    (folder / name).symlink_to(part.path.absolute())
    sizes.append(found.st_size)
    return {"file": name, "partition": dict(part.partition), "name": part.name}


def _read(data: bytes) -> Json:
    try:
        return strict_json.read(data, bytes_max=ANSWER_BYTES_MAX)
    except strict_json.StrictError as error:
        message = f"the reader's answer can't be read: {error}"
        raise NotCompared(message) from error
