"""Container engines, asked for by name and never chosen: podman, or docker, whose command line podman's follows.

What an engine can't do here is refused by name: an image that is a folder, and a command that only the image knows. Its
images come from archives with an OCI layout, as `docker save` writes them since 25, and `skopeo copy … oci-archive:`.
"""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = ("podman", "docker")
LABEL = "parity-sandbox"
"""On every container: what a sandbox that was killed left behind is found by it."""
CALL_SECONDS = 60.0
LOAD_SECONDS = 600.0
JSON_BYTES_MAX = 8 * 1024 * 1024
NEVER_RAN = (125, 126, 127)
"""Exit codes of the engine itself: its own error, a command that can't be run, one that is not there."""
_NAMES = ("io.containerd.image.name", "org.opencontainers.image.ref.name")


class EngineError(Exception):
    """The engine, or an archive for it, can't be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """One image of an archive."""

    config_digest: str
    manifest: str
    manifest_digest: str


def look_up(archive: Path, name: str) -> Found:
    """Find the image of a name in an archive, or its only one.

    Raises:
        EngineError: no archive with an OCI layout, no such image, or one of several architectures.
    """
    try:
        with tarfile.open(archive) as tar:
            entries = json.loads(_member(tar, "index.json"))["manifests"]
            entry = entries[0] if len(entries) == 1 else next(entry for entry in entries if _is_named(entry, name))
            manifest = _member(tar, f"blobs/sha256/{entry['digest'].removeprefix('sha256:')}")
            return Found(json.loads(manifest)["config"]["digest"], manifest.decode(), entry["digest"])
    except StopIteration:
        message = f"{archive} has no image {name}"
        raise EngineError(message) from None
    except (OSError, tarfile.TarError, KeyError, ValueError, TypeError) as error:
        message = f"{archive} is no archive with an OCI layout of images of one architecture: {error!r}"
        raise EngineError(message) from error


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    if found is None:
        message = f"{name} is no file"
        raise KeyError(message)
    return found.read(JSON_BYTES_MAX)


def _is_named(entry: Mapping[str, Any], name: str) -> bool:
    given = [entry.get("annotations", {}).get(name, "") for name in _NAMES]
    return any(item == name or item.endswith(f"/{name}") for item in given)


def load(program: str, archive: Path, digests: Sequence[str]) -> None:
    """Bring an archive's images into the engine; each must be there afterwards under its configuration's digest.

    Raises:
        EngineError: the engine does not work here, or knows an image by another name.
    """
    _call([program, "load", "--quiet", "--input", str(archive)], LOAD_SECONDS)
    for digest in digests:
        _call([program, "image", "inspect", digest], CALL_SECONDS)


def _call(command: list[str], seconds: float) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=seconds)  # nosec B603 # a list of arguments, no shell
    except subprocess.CalledProcessError as error:
        message = f"{' '.join(command)}: {error.stderr.decode(errors='replace').strip()}"
        raise EngineError(message) from error
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{' '.join(command)}: {error}"
        raise EngineError(message) from error


@dataclass(frozen=True, slots=True)
class Volume:
    """A folder or file of the host that the container sees."""

    source: Path
    target: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Order:
    """One container to run: the image by digest, so that no other can be meant."""

    name: str
    image: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    volumes: tuple[Volume, ...]
    working_directory: str | None
    memory_bytes: int | None


def command(program: str, order: Order) -> list[str]:
    """Write the command line that runs a container and ends with its exit code.

    Its network is the host's: the sandbox answers there, and nothing that a job opens is to be reached from outside.

    Raises:
        EngineError: the order has no command.
    """
    if not order.command:
        message = "an engine runs commands that the job names; the image's own entrypoint is refused"
        raise EngineError(message)
    entrypoint, *arguments = order.command
    line = [program, "run", "--rm", f"--name={order.name}", f"--label={LABEL}", "--network=host", "--pull=never"]
    line += [f"--env={name}={value}" for name, value in order.environment.items()]
    line += [f"--volume={volume.source}:{volume.target}{':ro' if volume.read_only else ''}" for volume in order.volumes]
    if order.working_directory:
        line.append(f"--workdir={order.working_directory}")
    if order.memory_bytes:
        # The same with swap: what is over the limit is killed, as on both platforms.
        line += [f"--memory={order.memory_bytes}", f"--memory-swap={order.memory_bytes}"]
    return [*line, f"--entrypoint={entrypoint}", order.image, *arguments]


def signal(program: str, name: str, number: int) -> bool:
    """Send a signal to a container's PID 1; False: there is no such container, yet or any more."""
    called = subprocess.run(  # nosec B603 # a list of arguments, no shell
        [program, "kill", f"--signal={number}", name], check=False, capture_output=True, timeout=CALL_SECONDS
    )
    return called.returncode == 0
