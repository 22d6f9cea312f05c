"""What a child's memory is measured against: itself as it began, not the process that forked it."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import forked

MIB = 1 << 20


def test_a_child_is_charged_for_what_it_took_however_much_the_parent_has_mapped(tmp_path: Path) -> None:
    """Pages of a mapped file are the parent's and no child's: they must not hide what the child takes."""
    mapped = tmp_path / "mapped"
    with mapped.open("wb") as handle:
        handle.truncate(192 * MIB)
    with mapped.open("rb") as handle, mmap.mmap(handle.fileno(), 0, prot=mmap.PROT_READ) as pages:
        assert not any(pages[at] for at in range(0, len(pages), mmap.PAGESIZE))
        ended = forked.run(lambda: len(b"x" * (96 * MIB)) and 0, tmp_path / "grows")
        idle = forked.run(lambda: 0, tmp_path / "idle")
    assert (ended.code, idle.code) == (0, 0)
    # The kernel keeps these counters by processor and adds them up now and then: some pages more or less.
    assert 64 <= ended.memory_bytes // MIB < 160
    assert idle.memory_bytes // MIB < 32


def test_a_child_that_died_before_it_began_is_charged_for_all_of_it(tmp_path: Path) -> None:
    """Without a size to begin from, nothing is taken off."""
    ended = forked.run(lambda: 0, tmp_path / "said", cwd=tmp_path / "missing")
    assert ended.code != 0
    gone = forked.Child(os.spawnlp(os.P_NOWAIT, "true", "true"), tmp_path)
    for name in ("out", "err"):
        (tmp_path / name).touch()
    assert gone.wait(60).memory_bytes > 0
