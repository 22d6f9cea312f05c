"""Starts the project's own one-node cluster on loopback, and stops it again without a trace."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster import images, leftovers, programs, settings
from cluster.die_with_parent import killed_with_parent

RUNS = Path("/var/tmp/parity-cluster")
"""One folder a run; short, because sockets lie in it (108 bytes)."""
READY_SECONDS = 120.0
STOP_SECONDS = 10.0
STOP_ORDER = ("kubelet", "kube-scheduler", "kube-controller-manager", "kube-apiserver", "etcd", "containerd")
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that runs, and a hand on each of its programs by name."""

    at: settings.Layout
    started: dict[str, subprocess.Popen[bytes]]

    @property
    def kubeconfig(self) -> Path:
        """Return the administrator's kubeconfig."""
        return self.at.run / "kubeconfig"

    def start(self, name: str) -> None:
        """Start one program; whoever needs it ready waits for that."""
        self.started[name] = _spawn(self.at.run, name, settings.commands(self.at)[name])

    def stop(self, name: str) -> None:
        """End one program as a service manager does; containers go on."""
        _end(self.started.pop(name))

    def kill(self, name: str) -> None:
        """End one program as a crash does."""
        program = self.started.pop(name)
        program.kill()
        program.wait()

    def restart_api_server(self) -> None:
        """End the API server, start it again, and wait until it is ready."""
        self.stop("kube-apiserver")
        self.start_api_server()

    def start_api_server(self) -> None:
        """Start the API server, and wait until it is ready."""
        self.start("kube-apiserver")
        _wait(self.at.run, self.started, "the API server", *_kubectl(self.at), "get", "--raw=/readyz")

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl as the administrator; give what it prints."""
        return subprocess.run([*_kubectl(self.at), *arguments], check=True, capture_output=True, text=True).stdout

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Let one program neither answer nor end for a while: its connections stay open and silent."""
        self.started[name].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.started[name].send_signal(signal.SIGCONT)


@contextmanager
def cluster() -> Iterator[Path]:
    """Give the kubeconfig of a cluster with one ready node and the busybox image; sweep before, leave nothing after."""
    with running() as found:
        yield found.kubeconfig


@contextmanager
def running(eviction: Mapping[str, str] = settings.EVICTION) -> Iterator[Running]:
    """Give a cluster whose programs can be stopped one by one; `eviction` is the kubelet's evictionHard."""
    built = programs.built()
    sweep()
    run = RUNS / secrets.token_hex(3)
    with owned(run):
        layout = _layout(run, built, eviction)
        try:
            with ExitStack() as ends:
                yield Running(layout, _start(layout, ends))
        finally:
            leftovers.remove(run, layout.bridge)


def sweep() -> None:
    """Take away what runs left whose process is gone."""
    for run in sorted(RUNS.glob("*/")):
        with (run / "owner").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody is using it
            leftovers.remove(run, bridge_of(run))


def bridge_of(run: Path) -> str:
    """Name a run's network interface (15 letters at most)."""
    return f"parity-{run.name}"


@contextmanager
def owned(run: Path) -> Iterator[None]:
    """Hold a run's folder: the lock goes with the process, so a sweep can tell a dead run from a live one."""
    run.mkdir(parents=True)
    with (run / "owner").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _layout(run: Path, built: Path, eviction: Mapping[str, str]) -> settings.Layout:
    number = int(run.name, 16)
    subnet = f"10.{64 + number % 128}.{number // 128 % 64 * 4}"
    ports = settings.Ports(*_free_ports(5))
    return settings.Layout(run, built, ports, bridge_of(run), subnet, _snapshotter(run), eviction)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as open_at_once:
        sockets = [open_at_once.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [socket.getsockname()[1] for socket in sockets]


def _snapshotter(run: Path) -> str:
    """Choose overlayfs where a probe mounts: it saves a copy for each container."""
    lower, upper, work, merged = (run / "probe" / name for name in ("lower", "upper", "work", "merged"))
    for path in (lower, upper, work, merged):
        path.mkdir(parents=True)
    options = f"lowerdir={lower},upperdir={upper},workdir={work}"
    command = ["mount", "-t", "overlay", "overlay", "-o", options, str(merged)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        return "native"
    subprocess.run(["umount", str(merged)], check=True)
    return "overlayfs"


def _start(at: settings.Layout, ends: ExitStack) -> dict[str, subprocess.Popen[bytes]]:
    _configure(at)
    _make_bridge(at)
    lines = settings.commands(at)
    started: dict[str, subprocess.Popen[bytes]] = {}
    ends.callback(_stop, started)

    def start(name: str) -> None:
        started[name] = _spawn(at.run, name, lines[name])

    def wait(what: str, *command: str) -> None:
        _wait(at.run, started, what, *command)

    kubectl = _kubectl(at)
    ctr = ("ctr", f"--address={at.containerd_socket}", "--namespace=k8s.io")
    for name in ("etcd", "kube-apiserver", "containerd"):
        start(name)
    wait("the container runtime", *ctr, "version")
    for name in ("pause", "busybox"):
        _run(*ctr, "images", "import", f"{at.run}/{name}.tar")
    wait("the API server", *kubectl, "get", "--raw=/readyz")
    for name in ("kube-controller-manager", "kube-scheduler", "kubelet"):
        start(name)
    wait("the node", *kubectl, "wait", "--for=condition=Ready", f"node/{settings.NODE}", "--timeout=1s")
    wait("the service account", *kubectl, "get", "serviceaccount", "default")
    return started


def _kubectl(at: settings.Layout) -> tuple[str, ...]:
    return (f"{at.programs}/kubectl", f"--kubeconfig={at.run}/kubeconfig")


def _configure(at: settings.Layout) -> None:
    token, run = secrets.token_hex(16), at.run
    (run / "cni").mkdir()
    written = {
        "tokens.csv": f"{token},admin,admin,system:masters\n",
        "kubeconfig": settings.kubeconfig(at, token),
        "containerd.toml": settings.containerd(at),
        "cni/10-bridge.conflist": settings.network(at),
        "kubelet.json": settings.kubelet(at),
    }
    for name, text in written.items():
        path = run / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    _run("openssl", "genrsa", "-out", str(run / "service-account.key"), "2048")
    images.pause(at.programs, run / "pause.tar")
    images.busybox(run / "busybox.tar")


def _make_bridge(at: settings.Layout) -> None:
    """Make the pods' bridge before the first pod: the kubelet listens on its address."""
    _run("ip", "link", "add", at.bridge, "type", "bridge")
    _run("ip", "address", "add", f"{at.gateway}/22", "dev", at.bridge)
    _run("ip", "link", "set", at.bridge, "up")


def _spawn(run: Path, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
    with (run / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=run,
            preexec_fn=killed_with_parent,  # noqa: PLW1509 - it only calls prctl
        )


def _stop(started: dict[str, subprocess.Popen[bytes]]) -> None:
    for name in STOP_ORDER:
        if name in started:
            _end(started[name])


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _wait(run: Path, started: Mapping[str, subprocess.Popen[bytes]], what: str, *command: str) -> None:
    """Wait until a command succeeds.

    Raises:
        RuntimeError: it does not, or a program ended meanwhile.
    """
    ends = time.monotonic() + READY_SECONDS
    while not _succeeds(command):
        dead = {name: each.returncode for name, each in started.items() if each.poll() is not None}
        if dead or time.monotonic() > ends:
            message = f"{what} does not come up; ended: {dead or 'nothing'}\n{_last_words(run)}"
            raise RuntimeError(message)
        time.sleep(POLL_SECONDS)


def _last_words(run: Path) -> str:
    """Give the end of every log; the folder will be gone when somebody wants to look."""
    logs = sorted(run.glob("*.log"))
    return "\n".join(f"{log.name}: {log.read_text(encoding='utf-8', errors='replace')[-1000:]}" for log in logs)


def _succeeds(command: Sequence[str]) -> bool:
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})
