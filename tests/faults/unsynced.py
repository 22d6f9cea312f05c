"""A power cut, modelled: what was never synced is lost, wholly or in part, as the strictest file system may lose it.

A file's bytes are safe up to its size at its last fsync, a name in a folder at the last fsync of that folder. What is
safe is noted by the process that is to be struck; afterwards the tree is made what the disk would hold. A hard link to
each file keeps its content while its name comes and goes.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import stat
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAFE = "safe.json"
KEPT = "inodes"
_LINK, _REPLACE = os.link, os.replace


@dataclass
class Disk:
    """What of a tree is safe."""

    root: Path
    notes: Path
    """A folder of the same file system, outside of the tree."""
    sizes: dict[int, int] = field(default_factory=dict)
    """Inode → bytes that are safe."""
    names: dict[str, dict[str, int]] = field(default_factory=dict)
    """Folder → its safe names with their inodes; -1 is a folder."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Take all that is there for safe."""
        (self.notes / KEPT).mkdir(parents=True, exist_ok=True)
        for folder, _, files in os.walk(self.root):
            self._sync_folder(Path(folder))
            for name in files:
                self._sync_file(Path(folder) / name)
        self._write()

    def synced(self, handle: int) -> None:
        """Note that a file or folder was synced; any thread may have."""
        with self.lock:
            self._synced(handle)

    def _synced(self, handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if not path.is_relative_to(self.root):
            return
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            self._sync_folder(path)
        else:
            self._sync_file(path)
        self._write()

    def _sync_folder(self, path: Path) -> None:
        self.names[str(path)] = {
            dir_entry.name: -1 if dir_entry.is_dir() else dir_entry.inode() for dir_entry in os.scandir(path)
        }

    def _sync_file(self, path: Path) -> None:
        said = path.stat()
        self.sizes[said.st_ino] = said.st_size
        kept = self.notes / KEPT / str(said.st_ino)
        if not kept.exists():
            _LINK(path, kept)

    def _write(self) -> None:
        safe = {"sizes": {str(inode): size for inode, size in self.sizes.items()}, "names": self.names}
        new = self.notes / f"{SAFE}.new"
        new.write_text(json.dumps(safe), encoding="utf-8")
        _REPLACE(new, self.notes / SAFE)


def taken_over(disk: Disk) -> None:
    """Let this process's fsync note what is safe."""
    real: Callable[[Any], Any] = os.fsync

    def fsync(target: Any) -> None:
        real(target)
        disk.synced(target if isinstance(target, int) else target.fileno())

    os.fsync = fsync


def cut(disk: Disk, draw: random.Random, chance: float) -> int:
    """Make the tree what a power cut leaves; each unsafe name or piece stays with a chance. Give how much was lost."""
    safe = json.loads((disk.notes / SAFE).read_bytes())
    sizes = {int(inode): size for inode, size in safe["sizes"].items()}
    after = disk.root.with_name(disk.root.name + ".after")
    lost = _rebuild(disk, disk.root, after, _Cut(sizes, safe["names"], draw, chance))
    shutil.rmtree(disk.root)
    after.rename(disk.root)
    return lost


@dataclass(frozen=True, slots=True)
class _Cut:
    sizes: Mapping[int, int]
    names: Mapping[str, Mapping[str, int]]
    draw: random.Random
    chance: float

    def stays(self) -> bool:
        return self.draw.random() < self.chance


def _rebuild(disk: Disk, folder: Path, into: Path, cut_: _Cut) -> int:
    """Copy what is left of a folder; give how many names or pieces of files were lost."""
    into.mkdir(mode=0o700)
    lost = 0
    there = (
        {dir_entry.name: -1 if dir_entry.is_dir() else dir_entry.inode() for dir_entry in os.scandir(folder)}
        if folder.is_dir()
        else {}
    )
    known = cut_.names.get(str(folder), {})
    for name in sorted(there.keys() | known.keys()):
        inode = there.get(name)
        if inode != known.get(name) and not cut_.stays():
            inode = known.get(name)  # the change of this name is lost
            lost += 1
        if inode is None:
            continue
        if inode == -1:
            lost += _rebuild(disk, folder / name, into / name, cut_)
            continue
        kept = disk.notes / KEPT / str(inode)
        data = (kept if kept.exists() else folder / name).read_bytes()
        size = min(cut_.sizes.get(inode, 0), len(data))
        if size < len(data):
            size = cut_.draw.randint(size, len(data)) if cut_.stays() else size
            lost += size < len(data)
        (into / name).write_bytes(data[:size])
        (into / name).chmod(0o600)
    return lost
