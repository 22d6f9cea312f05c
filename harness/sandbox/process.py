"""Run one container: as a process in namespaces of its own where the kernel allows it, else relocated; or by an engine.

Relocated means: no isolation (and the evidence says so). Paths of the command line and the environment that begin with
a mount's target are rewritten to its source, all mounts are listed in PARITY_PATHS for programs that start others, the
folder that stands for /opt/ml is named in PARITY_ML_ROOT, and signals go to the process group. In namespaces the
process is PID 1, so that a signal without a handler is ignored, as in any container; PARITY_MOUNTS lists the targets
that are the container's, among those of the host's folders that stand for an image. An engine (engine.py) is asked for
by name only; there the image is a real one.
"""

from __future__ import annotations

import contextlib
import functools
import json
import math
import os
import re
import secrets
import select
import selectors
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO

from harness.sandbox import engine
from harness.sandbox.images import Image

ML_ROOT = "/opt/ml"
_PYTHONS = frozenset({"python", "python3", "/usr/bin/python", "/usr/bin/python3", "/usr/local/bin/python3"})
_LAUNCHER = Path(__file__).with_name("isolate.py")
NAME_SERVER = "198.19.255.2"
"""Any address outside would do: what is sent there comes to the gate."""
DETECT_SECONDS = 10.0
LAUNCH_SECONDS = 10.0
LAST_WORDS_SECONDS = 1.0
"""After the first process has ended: for what stands in its pipes."""
ENGINE_STARTS_SECONDS = 10.0
"""An engine that made no container by then has none to signal."""


class Isolation(StrEnum):
    """How far a container is kept apart from the host."""

    NAMESPACES = "namespaces"
    RELOCATED = "relocated"
    PODMAN = "podman"
    DOCKER = "docker"

    @property
    def is_engine(self) -> bool:
        """Whether a container engine runs real images."""
        return self.value in engine.PROGRAMS


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder or file that the container sees at `target`."""

    source: Path
    target: str
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """Everything one container is started from."""

    name: str
    image: Image
    command: tuple[str, ...]
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    log: Path
    """CRI style: time, stream, F, text."""
    isolation: Isolation
    scratch: Path
    """Private to this container."""
    working_directory: str | None = None
    memory_bytes: int | None = None
    """Kept by an engine; the cluster's node keeps it where there is none (memory.py)."""
    entering: tuple[str, ...] = ()
    """Begins a command that is to be in a network without a way out (block/network.py), in namespaces only; then the
    host's folders are read-only as well."""

    @property
    def is_blocked(self) -> bool:
        """Whether it may do nothing outside."""
        return bool(self.entering)


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended."""

    code: int
    """128 + signal when a signal ended it."""
    signal: int | None
    started_at: float
    finished_at: float


@functools.cache
def detect() -> Isolation:
    """Really try once whether namespaces work here."""
    if not shutil.which("unshare"):
        return Isolation.RELOCATED
    command = [*_unshare(), sys.executable, "-I", "-S", "-c", "import os; os._exit(0 if os.getpid() == 1 else 1)"]
    try:
        tried = subprocess.run(command, check=False, capture_output=True, timeout=DETECT_SECONDS)  # nosec B603 # a list of arguments, no shell
    except (OSError, subprocess.TimeoutExpired):
        return Isolation.RELOCATED
    return Isolation.NAMESPACES if tried.returncode == 0 else Isolation.RELOCATED


def _unshare(entering: tuple[str, ...] = ()) -> list[str]:
    """Begin a command in namespaces of its own; a network that is entered brings its user namespace along."""
    own = [*entering, "unshare"] if entering else ["unshare", "--user", "--map-root-user"]
    return [*own, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


def start(spec: ContainerSpec) -> Container:
    """Start a container.

    Raises:
        FileNotFoundError: the command is not there.
        EngineError: the engine refuses what is asked.
    """
    spec.scratch.mkdir(parents=True, exist_ok=True)
    spec.log.parent.mkdir(parents=True, exist_ok=True)
    if spec.isolation.is_engine:
        return _in_engine(spec)
    command, environment = list(spec.command), _environment(spec)
    if command and command[0] in _PYTHONS:
        command[0] = sys.executable
    if spec.isolation is Isolation.NAMESPACES:
        environment["PARITY_MOUNTS"] = json.dumps([mount.target for mount in spec.mounts])
        return _in_namespaces(spec, command, environment)
    rewrite = functools.partial(_relocate, mounts=(*_home(spec), *spec.mounts))
    environment = {name: rewrite(value) for name, value in environment.items()}
    environment["PARITY_ML_ROOT"] = rewrite(ML_ROOT)
    moved = {mount.target: str(mount.source) for mount in (*_home(spec), *spec.mounts)}
    environment["PARITY_PATHS"] = json.dumps(moved)
    place = spec.working_directory or spec.image.home
    where = rewrite(place) if place else str(spec.image.code)
    return Container(spec, [rewrite(name) for name in command], environment, where)


def _in_engine(spec: ContainerSpec) -> Container:
    order = engine.Order(
        name=f"{engine.LABEL}-{secrets.token_hex(8)}",
        image=spec.image.config_digest,
        command=spec.command,
        environment=spec.environment,
        volumes=tuple(engine.Volume(mount.source, mount.target, mount.read_only) for mount in spec.mounts),
        working_directory=spec.working_directory,
        memory_bytes=spec.memory_bytes,
    )
    return Container(spec, engine.command(spec.isolation.value, order), os.environ, "/", name=order.name)


def _environment(spec: ContainerSpec) -> dict[str, str]:
    """Give what the spec gives, over what every image has; one thread a library: cores are not oversubscribed."""
    image = {
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:{spec.image.home or spec.image.code}",
        "HOME": str(spec.scratch),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "PARITY_IMAGE_CODE": str(spec.image.code),
    }
    return {**image, **spec.environment}


def _relocate(text: str, mounts: tuple[Mount, ...]) -> str:
    """Rewrite a path, alone or after a `=` or `:`, that lies at or below a mount's target; the longest target wins."""
    for mount in sorted(mounts, key=lambda each: -len(each.target)):
        text, count = _movable(mount.target).subn(r"\1" + str(mount.source).replace("\\", r"\\"), text)
        if count:
            break
    return text


def _movable(target: str) -> re.Pattern[str]:
    return re.compile(rf"(^|[=:,]|file://){re.escape(target.rstrip('/'))}(?=/|$|[:,])")


def hard_codes(text: str, target: str) -> bool:
    """Tell whether a text has a mount's target where no rewriting reaches it: inside a script."""
    left = _movable(target).sub("", text)
    return re.search(rf"(?<![\w./-]){re.escape(target.rstrip('/'))}(?![\w.-])", left) is not None


def _in_namespaces(spec: ContainerSpec, command: list[str], environment: dict[str, str]) -> Container:
    plan = spec.scratch / "isolate.json"
    plan.write_text(
        json.dumps(
            {
                "command": command,
                "root": str(spec.scratch / "root"),
                "mounts": [
                    [str(path.source), path.target, path.read_only]
                    for path in (*_own_paths(spec), *_home(spec), *_blocked_paths(spec), *spec.mounts)
                ],
                "blocked": spec.is_blocked,
                "working_directory": spec.working_directory or spec.image.home or str(spec.image.code),
                "tmp": str(spec.scratch / "tmp"),
            }
        ),
        encoding="utf-8",
    )
    (spec.scratch / "tmp").mkdir(exist_ok=True)
    heard, told = os.pipe()
    launcher = [*_unshare(spec.entering), sys.executable, "-I", "-S", str(_LAUNCHER), str(plan), str(told)]
    try:
        return Container(spec, launcher, environment, "/", begins=(heard, told))
    finally:
        os.close(heard)


def _home(spec: ContainerSpec) -> tuple[Mount, ...]:
    """Show a copy of the image's code where its commands look for it: a container may write there."""
    place = spec.image.home or (str(spec.image.code) if spec.is_blocked else "")
    if not place:
        return ()
    copy = spec.scratch / "image"
    if not copy.exists():
        shutil.copytree(spec.image.code, copy, symlinks=True)
    return (Mount(copy, place),)


def _blocked_paths(spec: ContainerSpec) -> tuple[Mount, ...]:
    """Give a process that may do nothing outside a home that it may write to, and name servers that are the gate's."""
    if not spec.is_blocked:
        return ()
    servers, home = spec.scratch / "resolv.conf", spec.scratch / "home"
    servers.write_text(f"nameserver {NAME_SERVER}\n", encoding="utf-8")
    home.mkdir(exist_ok=True)
    return (Mount(servers, "/etc/resolv.conf", read_only=True), Mount(home, str(spec.scratch)))


def _own_paths(spec: ContainerSpec) -> tuple[Mount, ...]:
    """Show the image's code and the interpreter at their own paths, which a mount or the private folders might hide."""
    paths = {str(spec.image.code), sys.prefix, sys.base_prefix}
    hiding = ("/tmp/", "/opt/ml/", *(f"{mount.target.rstrip('/')}/" for mount in spec.mounts))  # noqa: S108 # nosec B108 # a prefix is compared, nothing is written
    kept = spec.is_blocked
    return tuple(Mount(Path(path), path, read_only=kept) for path in sorted(paths) if path.startswith(hiding))


class Container:
    """A running or ended container."""

    def __init__(
        self,
        spec: ContainerSpec,
        command: list[str],
        environment: Mapping[str, str],
        where: str,
        *,
        name: str = "",
        begins: tuple[int, int] | None = None,
    ) -> None:
        """Start the process and follow its output; an engine knows the container by a name.

        `begins`: a pipe that a launcher tells when it becomes the command; before that no signal would reach it.
        """
        self._isolation, self._name = spec.isolation, name
        self.started_at = time.time()
        self._process = subprocess.Popen(  # nosec B603 # a list of arguments, no shell
            command,
            env=dict(environment),
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            pass_fds=begins[1:] if begins else (),
        )
        self.pid = self._process.pid
        if begins:
            os.close(begins[1])
            select.select([begins[0]], [], [], LAUNCH_SECONDS)
            self.started_at = time.time()
        self._exit: Exit | None = None
        self._ended = threading.Event()
        threading.Thread(target=self._follow, args=(spec.log,), name=f"log-{spec.name}", daemon=True).start()

    def signal(self, number: int) -> None:
        """Send a signal to the container's first process; one that is gone is fine."""
        if self._name:
            self._signal_in_engine(number)
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if self._isolation is Isolation.NAMESPACES:
                for pid in self._inner():
                    os.kill(pid, number)
            else:
                os.killpg(self.pid, number)

    def _signal_in_engine(self, number: int) -> None:
        """Ask the engine, again while it is still making the container."""
        ends = time.monotonic() + ENGINE_STARTS_SECONDS
        while not engine.signal(self._isolation.value, self._name, number):
            if self._process.poll() is not None or time.monotonic() > ends:
                return
            time.sleep(0.1)

    def _inner(self) -> list[int]:
        """Find PID 1 of the namespace, as the host numbers it."""
        try:
            text = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text(encoding="ascii")
        except OSError:
            return []
        return [int(name) for name in text.split()]

    def kill(self) -> None:
        """End it at once, with everything it started."""
        self.signal(signal.SIGKILL)
        if self._name:
            return  # the engine's own process says how it ended
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def wait(self, timeout_seconds: float | None) -> Exit | None:
        """Wait for the end, at most so long; None: still running."""
        self._ended.wait(timeout_seconds)
        return self._exit

    def _follow(self, log: Path) -> None:
        try:
            with log.open("ab", buffering=0) as file:
                self._copy(file)
        except Exception:  # noqa: BLE001 - a disk that is full: nobody reads its pipes any more, and it has to end
            traceback.print_exc()
            self.kill()
        for stream in filter(None, (self._process.stdout, self._process.stderr)):
            stream.close()
        code = self._process.wait()
        if self._isolation is Isolation.RELOCATED:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)  # what it left behind ends with it, as in a container
        number = -code if code < 0 else code - 128 if 128 < code < 128 + signal.NSIG else None
        self._exit = Exit(128 - code if code < 0 else code, number, self.started_at, time.time())
        self._ended.set()

    def _copy(self, file: IO[bytes]) -> None:
        """Copy both streams line by line until the first process has ended and the pipes are empty."""
        assert self._process.stdout is not None  # nosec B101 # opened above
        assert self._process.stderr is not None  # nosec B101 # opened above
        with selectors.DefaultSelector() as ready:
            rest = {self._process.stdout: b"", self._process.stderr: b""}
            for stream, name in ((self._process.stdout, b"stdout"), (self._process.stderr, b"stderr")):
                os.set_blocking(stream.fileno(), False)
                ready.register(stream, selectors.EVENT_READ, name)
            last_look = math.inf
            while ready.get_map() and time.monotonic() < last_look:
                found = ready.select(timeout=0.2)
                for key, _ in found:
                    self._take(ready, key, rest, file)
                if self._process.poll() is not None:  # an orphan may hold the pipe open, or write to it, for ever
                    last_look = min(last_look, time.monotonic() + (LAST_WORDS_SECONDS if found else 0.0))
            for stream, name in ((self._process.stdout, b"stdout"), (self._process.stderr, b"stderr")):
                if rest[stream]:
                    file.write(_line(name, rest[stream]))

    @staticmethod
    def _take(
        ready: selectors.BaseSelector, key: selectors.SelectorKey, rest: dict[IO[bytes], bytes], file: IO[bytes]
    ) -> None:
        stream: IO[bytes] = key.fileobj  # type: ignore[assignment]
        chunk = stream.read(65536)
        if not chunk:
            ready.unregister(stream)
            return
        *lines, rest[stream] = (rest[stream] + chunk).split(b"\n")
        file.write(b"".join(_line(key.data, line) for line in lines))


def _line(stream: bytes, text: bytes) -> bytes:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z").encode()
    return b"%b %b F %b\n" % (now, stream, text)
