"""The sandbox's daemon: both halves in one process, until SIGTERM."""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.sandbox import door, faults, process, startup
from harness.sandbox.aws import server as aws
from harness.sandbox.aws.front import Guard
from harness.sandbox.images import ACCOUNT, REGION, ImageStore, folder_of
from harness.sandbox.kube import server as kube
from harness.sandbox.kube.node import Apart

SCHEMA = "parity.sandbox/1"
PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
"""What a sandbox keeps lets whoever reads it run commands as the user."""
DEFAULT_SCALE = 0.02
"""Published startup times, made this much shorter."""


def main(arguments: list[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m harness.sandbox", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--time-scale", type=float, default=DEFAULT_SCALE)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--image", action="append", default=[], metavar="NAME:TAG=FOLDER[:PLACE] or ARCHIVE")
    parser.add_argument("--isolation", choices=["auto", *process.Isolation], default="auto")
    parser.add_argument("--bind", default=door.LOOPBACK, metavar="ADDRESS", help="where the AWS half answers")
    parser.add_argument("--bind-beyond-loopback", action="store_true", help="yes, others reach that address")
    parser.add_argument("--nemesis", type=Path)
    asked = parser.parse_args(arguments)
    try:
        door.check_bind(asked.bind, confirmed=asked.bind_beyond_loopback)
    except door.BindError as error:
        parser.error(str(error))
    serve(asked)


def serve(asked: argparse.Namespace) -> None:
    """Start both halves, say where they are, wait for SIGTERM, stop both."""
    folder: Path = asked.dir.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    folder.chmod(PRIVATE_FOLDER)
    planned = faults.load(asked.nemesis, folder)
    isolation = process.detect() if asked.isolation == "auto" else process.Isolation(asked.isolation)
    images = _images(asked.image, isolation)
    audit = _Audit(folder / "audit.jsonl")
    own = door.draw()
    cloud = aws.start(
        images,
        folder / "aws",
        startup.StartupModel(asked.seed, asked.time_scale),
        audit,
        faults=planned.of("candidate"),
        guard=Guard(own.access_key_id, asked.bind),
        isolation=isolation,
    )
    half = kube.start(
        images,
        folder / "kube",
        apart=Apart(isolation, cloud.outlet),
        scale=asked.time_scale,
        seed=asked.seed,
        audit=audit,
        faults=planned.of("legacy"),
    )
    environment = {
        "AWS_ACCESS_KEY_ID": own.access_key_id,
        "AWS_SECRET_ACCESS_KEY": own.secret_access_key,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": cloud.url,
    }
    _publish(folder, half, environment, images, isolation=isolation, scale=asked.time_scale)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    done.wait()
    half.stop()
    cloud.stop()
    os._exit(0)  # daemon threads of servers have nothing left to say


def _images(named: Sequence[str], isolation: process.Isolation) -> ImageStore:
    """Take the images: code trees, or with an engine archives.

    Raises:
        EngineError: the engine does not take one.
    """
    images = ImageStore()
    for text in named:
        name, _, source = text.partition("=")
        repository, _, tag = name.rpartition(":")
        if isolation.is_engine:
            images.add_archive(repository, tag, Path(source))
        else:
            folder, home = folder_of(source)
            images.add(repository, tag, folder, home)
    if isolation.is_engine:
        images.load_into(isolation.value)
    return images


class _Audit:
    """Every API request as one JSON line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def __call__(self, facts: Mapping[str, object]) -> None:
        line = json.dumps({"time": time.time(), **facts}, sort_keys=True, default=str)
        with self._lock:
            self._file.write(line + "\n")
            self._file.flush()


def _publish(
    folder: Path,
    half: kube.KubeServer,
    environment: Mapping[str, str],
    images: ImageStore,
    *,
    isolation: process.Isolation,
    scale: float,
) -> None:
    config = folder / "kubeconfig"
    _write(config, kube.kubeconfig(half))
    said = {
        "schema": SCHEMA,
        "pid": os.getpid(),
        "kubeconfig": str(config),
        "kube_url": half.url,
        "aws_endpoint_url": environment["AWS_ENDPOINT_URL"],
        "aws": environment,
        "account": ACCOUNT,
        "region": REGION,
        "cluster_id": half.cluster_id,
        "isolation": isolation.value,
        "time_scale": scale,
        "images": {image.reference: image.manifest_digest for image in images.all()},
    }
    temporary = folder / ".sandbox.json.tmp"
    _write(temporary, json.dumps(said, indent=1, sort_keys=True))
    temporary.replace(folder / "sandbox.json")


def _write(path: Path, text: str) -> None:
    """Write a file that nobody else may read, not even for a moment."""
    path.unlink(missing_ok=True)
    path.touch(mode=PRIVATE_FILE, exist_ok=False)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
