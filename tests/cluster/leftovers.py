"""What one cluster leaves on the machine, however it ended: found by the run's folder and bridge, and taken away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NETWORK_RESULTS = Path("/var/lib/cni/results")
"""Where the CNI library remembers what it did; a path of its own that no setting moves."""
LOG_LINKS = Path("/var/log/containers")
"""Where the kubelet links the containers' logs; no setting moves it either."""
RUNTIME_STATES = (Path("/run/runc"), Path("/run/containerd/runc/k8s.io"))
"""Where runc keeps a folder for each container, for podman and for containerd; it stays when a container is killed."""
ENGINE = b"podman"
"""Its processes are told by the configuration that they were handed: a `podman run` names no path of ours."""
KILL_SECONDS = 20.0
_NAMED_SOCKET_FIELDS = 8


def processes(run: Path) -> tuple[int, ...]:
    """List a run's live processes: programs and shims by command line, podman by settings, containers by mounts."""
    mine = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return tuple(pid for pid in mine if pid != os.getpid() and _is_of(pid, run))


def _is_of(pid: int, run: Path) -> bool:
    proc, mark = Path("/proc") / str(pid), f"{run}/".encode()
    with suppress(OSError):
        if (proc / "stat").read_bytes().rpartition(b")")[2].split()[0] == b"Z":
            return False
        if mark in (proc / "cmdline").read_bytes() + b"/":
            return True
        if (proc / "comm").read_bytes().strip() == ENGINE and mark in (proc / "environ").read_bytes():
            return True
        # A container's root is one of the run's file systems; a bystander in a namespace of its own only sees them.
        mounts_seen = (proc / "mountinfo").read_bytes().splitlines()
        return any(line.split()[4] == b"/" and mark in line for line in mounts_seen)
    return False


def mounts(run: Path) -> tuple[str, ...]:
    """List what is mounted below a run's folder, the deepest first."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
    points = (line.split()[1] for line in lines)
    return tuple(sorted((point for point in points if point.startswith(f"{run}/")), reverse=True))


def files(run: Path) -> tuple[Path, ...]:
    """List the files and folders that the programs keep outside the run's folder."""
    links = (path for path in _inside(LOG_LINKS) if path.is_symlink() and str(path.readlink()).startswith(f"{run}/"))
    results = (path for path in _inside(NETWORK_RESULTS) if f"{run}/" in path.read_text(encoding="utf-8"))
    states = (state / name for name in _containers(run) for state in RUNTIME_STATES if (state / name).exists())
    return (*links, *results, *states)


def _containers(run: Path) -> frozenset[str]:
    """Name a run's containers: of containerd and of podman."""
    places = ("containerd-state/io.containerd.runtime.v2.task/*/*", "store/overlay-containers/*/")
    return frozenset(path.name for place in places for path in run.glob(place))


def _inside(folder: Path) -> Iterator[Path]:
    return folder.iterdir() if folder.is_dir() else iter(())


def has_bridge(bridge: str) -> bool:
    """Tell whether the pods' network is there."""
    return (Path("/sys/class/net") / bridge).exists()


def remove(run: Path, bridge: str) -> None:
    """Kill, unmount and delete all of a run; safe to call twice.

    Raises:
        TimeoutError: a process of the run does not go.
    """
    sockets = _sockets(run)
    cgroups, kept = _cgroups(run), files(run)
    _kill(run)
    for point in mounts(run):
        subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)
    if has_bridge(bridge):
        subprocess.run(["ip", "link", "delete", bridge], check=True)
    for socket in (*kept, *sockets):
        if socket.is_dir() and not socket.is_symlink():
            shutil.rmtree(socket, ignore_errors=True)
        else:
            socket.unlink(missing_ok=True)
    for cgroup in cgroups:
        with suppress(OSError):  # not empty: others use it as well
            cgroup.rmdir()
    shutil.rmtree(run, ignore_errors=True)


def _kill(run: Path) -> None:
    ends = time.monotonic() + KILL_SECONDS
    while left := processes(run):
        if time.monotonic() > ends:
            message = f"processes of {run} do not end: {left}"
            raise TimeoutError(message)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def _sockets(run: Path) -> tuple[Path, ...]:
    """List the sockets that a run's processes hold outside its folder: all shims of a machine share one for theirs."""
    lines = (line.split() for line in Path("/proc/net/unix").read_text(encoding="utf-8").splitlines()[1:])
    paths = {f"socket:[{line[6]}]": Path(line[7]) for line in lines if len(line) == _NAMED_SOCKET_FIELDS}
    held: set[str] = set()
    for pid in processes(run):
        with suppress(OSError):
            held |= {str(path.readlink()) for path in (Path("/proc") / str(pid) / "fd").iterdir()}
    # conmon names one by a path below its own /proc/self, which is another one here.
    return tuple(path for inode, path in paths.items() if inode in held and path.is_absolute() and path.is_socket())


def _cgroups(run: Path) -> tuple[Path, ...]:
    """List the control groups of the run's containers, the deepest first; the kernel keeps them when all have ended."""
    names = {f"{prefix}{container}" for container in _containers(run) for prefix in ("", "libpod-")}
    names |= {"libpod_parent" for _ in run.glob("store")}
    found = {path for name in names for path in Path("/sys/fs/cgroup").rglob(name)}
    found |= {path.parent for path in found}
    return tuple(sorted(found, key=lambda each: len(each.parts), reverse=True))
