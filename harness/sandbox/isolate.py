"""Runs as PID 1 of fresh user, mount and PID namespaces: builds the container's root, enters it, becomes the command.

The root is the host's own, bound folder by folder, with the container's mounts at their targets, a private /opt/ml
and a private /tmp. Of one that may do nothing outside the host's folders are read-only, but for /dev, and /run with its
sockets is private as well. Standard library only; started with `python -I -S isolate.py PLAN PIPE`.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
TMP = "/tmp"  # noqa: S108 # nosec B108 # the container's own, not the host's
PRIVATE = ("/opt/ml", TMP)
RUN = "/run"
_WRITABLE = ("dev", "proc", "sys")
"""Of the host's folders; the kernel keeps what is a user's own there."""
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE, _ATTR_RDONLY = 442, -100, 0x8000, 1
_libc = ctypes.CDLL(None, use_errno=True)


def mount(source: str, target: Path, kind: str, flags: int) -> None:
    """Ask the kernel for a mount.

    Raises:
        OSError: the kernel refused.
    """
    if _libc.mount(source.encode(), str(target).encode(), kind.encode(), ctypes.c_ulong(flags), None):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


class _Attributes(ctypes.Structure):
    """struct mount_attr (mount_setattr(2))."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in ("attr_set", "attr_clr", "propagation", "userns_fd"))


def show(source: Path, target: Path, *, read_only: bool) -> None:
    """Show what the host has, with all that is mounted below it."""
    bind(source, target)
    if read_only and os.path.ismount(target):
        lock(target)


def lock(target: Path) -> None:
    """Make a mount read-only with all below it, whatever else they are.

    Raises:
        OSError: the kernel refused; before Linux 5.12 it can't.
    """
    wanted = _Attributes(_ATTR_RDONLY)
    given = (_AT_FDCWD, str(target).encode(), _AT_RECURSIVE, ctypes.byref(wanted), ctypes.sizeof(wanted))
    if _libc.syscall(_MOUNT_SETATTR, *given):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(target))


def bind(source: Path, target: Path) -> None:
    """Show a file or folder a second time; a link is copied, and what has vanished meanwhile is left out."""
    if not os.path.lexists(source):
        return
    if source.is_symlink():
        if not target.is_symlink():
            target.symlink_to(source.readlink())
        return
    if source.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch(exist_ok=True)
    try:
        mount(str(source), target, "", _MS_BIND | _MS_REC)
    except FileNotFoundError:
        if os.path.lexists(source):
            raise


def open_up(root: Path, host: Path, target: str, *, blocked: bool = False) -> Path:
    """Make a place for a target below the root: what the host has beside it on the way is bound one by one.

    Nothing of the host is shown beside a target in a private folder.
    """
    private = (*PRIVATE, RUN) if blocked else PRIVATE
    place = root
    parts = Path(target).parts[1:]
    for depth, part in enumerate(parts):
        here = host.joinpath(*parts[:depth])
        shown = not any(here.is_relative_to(name) for name in private)
        if shown and depth and here.is_dir() and not os.path.ismount(place) and not any(place.iterdir()):
            for path in sorted(here.iterdir()):
                if path.name != part:
                    show(path, place / path.name, read_only=blocked and parts[0] not in _WRITABLE)
        place /= part
        if not place.exists():
            place.mkdir()
    return place


def build(plan: dict[str, object]) -> Path:
    """Build the root."""
    root, host = Path(str(plan["root"])), Path("/")
    mounts = [[*mount] for mount in plan["mounts"]]  # type: ignore[attr-defined]
    blocked = bool(plan.get("blocked"))
    targets = sorted({str(target) for _, target, _ in mounts} | set(PRIVATE) | ({RUN} if blocked else set()))
    root.mkdir(exist_ok=True)
    mount("none", host, "", _MS_REC | _MS_PRIVATE)
    mount("tmpfs", root, "tmpfs", 0)
    opened = {Path(target).parts[1] for target in targets}
    for path in sorted(host.iterdir()):
        if path.name not in opened and path.name != "proc":
            show(path, root / path.name, read_only=blocked and path.name not in _WRITABLE)
    (root / "proc").mkdir()
    mount("/proc", root / "proc", "", _MS_BIND | _MS_REC)
    places = {target: open_up(root, host, target, blocked=blocked) for target in targets}
    bind(Path(str(plan["tmp"])), places[TMP])
    for source, target, read_only in sorted(mounts, key=lambda each: len(str(each[1]))):
        place = open_up(root, host, str(target), blocked=blocked)
        if not Path(source).is_dir() and place.is_dir():
            place.rmdir()
        bind(Path(source), place)
        if read_only and blocked:
            lock(place)
        elif read_only:
            mount("", place, "", _MS_BIND | _MS_REMOUNT | _MS_RDONLY)
    return root


def main(path: str, begins: int) -> None:
    """Build the root, enter it, say so, become the command."""
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    os.chroot(build(plan))
    os.chdir(plan["working_directory"])
    os.write(begins, b"1")
    os.close(begins)
    os.execvpe(plan["command"][0], plan["command"], os.environ)  # noqa: S606 # nosec B606 # this is what a container runtime does


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except OSError as error:
        sys.stderr.write(f"sandbox: {error}\n")
        sys.exit(128 if error.errno != 2 else 127)
