"""Files and folders that their owner alone may read and write, whatever the umask. Standard library only.

Logs, records and pages of a campaign say what jobs did and may quote what they read, so nobody else on the machine
is let in. Everything below a reports folder is made here.
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import BinaryIO, Literal, cast

FOLDER = 0o700
FILE = 0o600
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def state_folder() -> Path:
    """Give the folder for what this user's programs keep between runs: below $XDG_STATE_HOME, else ~/.local/state."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state).absolute() / "parity"


def make_folder(path: Path) -> tuple[Path, ...]:
    """Make a folder and those above it that are not there yet, and name them; one that is there keeps its mode.

    Raises:
        OSError: the file system refused.
    """
    missing = [parent for parent in (path, *path.parents) if not parent.exists()]
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=FOLDER)
        except FileExistsError:  # another process made it meanwhile
            continue
        folder.chmod(FOLDER)  # mkdir takes the umask's bits away, its owner's too
    if not path.is_dir():
        raise NotADirectoryError(20, "not a folder", str(path))
    return tuple(missing)


def open_file(path: Path, mode: Literal["wb", "ab", "xb"]) -> BinaryIO:
    """Open a file for writing; one that is there is tightened first.

    Raises:
        OSError: the file system refused.
    """
    file = cast("BinaryIO", open(path, mode, opener=_opened))  # noqa: SIM115 - the caller closes it
    try:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fchmod(file.fileno(), FILE)
    except OSError:
        file.close()
        raise
    return file


def _opened(name: str, flags: int) -> int:
    return os.open(name, flags, FILE)


def write_file(path: Path, data: bytes) -> None:
    """Write a whole file; for one that has to outlive a crash see `harness.store.files.write_durably`."""
    with open_file(path, "wb") as file:
        file.write(data)


def tighten(root: Path) -> int:
    """Take everybody else's rights from a folder and all that lies in it; return how many had such rights.

    Links are left alone: what they point at may be somebody else's.

    Raises:
        OSError: a mode could not be changed; names the path.
    """
    changed = int(_tighten(root))
    for folder, names, files in os.walk(root):
        changed += sum(_tighten(Path(folder, name)) for name in (*names, *files))
    return changed


def remove(root: Path) -> None:
    """Delete a folder with all that lies in it, also below folders that took their owner's own rights away.

    Raises:
        OSError: something could not be deleted; names the path.
    """
    for folder, names, _ in os.walk(root):
        for name in names:
            inner = Path(folder, name)
            if not inner.is_symlink():
                inner.chmod(FOLDER)
    shutil.rmtree(root)


def is_open(root: Path) -> bool:
    """Tell whether others than its owner have rights on a folder."""
    return bool(root.stat().st_mode & _OTHERS)


def _tighten(path: Path) -> bool:
    mode = path.lstat().st_mode
    if not mode & _OTHERS or not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
        return False
    path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    return True
