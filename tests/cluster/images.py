"""Container images without a registry and without a container engine: docker archives, the same bytes every time."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from cluster.settings import PAUSE_IMAGE

BUSYBOX_IMAGE = "localhost/busybox:1"
APPLETS = ("sh", "sleep", "echo", "cat", "ls", "true", "false", "date", "kill", "mkdir", "rm", "head", "tail", "touch")
_DIRECTORY, _PROGRAM = 0o755, 0o755


def pause(programs: Path, out: Path) -> None:
    """Write the image that keeps a pod's namespaces open."""
    _write(out, PAUSE_IMAGE, [_file("pause", (programs / "pause").read_bytes())], ["/pause"])


def busybox(out: Path) -> None:
    """Write the image that the scenarios run: Debian's static busybox.

    Raises:
        FileNotFoundError: busybox-static is not installed.
    """
    found = shutil.which("busybox")
    if not found:
        message = "busybox is not installed (Debian's busybox-static has it)"
        raise FileNotFoundError(message)
    members = [
        *(_folder(name) for name in ("bin", "tmp", "etc")),
        _file("bin/busybox", Path(found).read_bytes()),
        *(_link(f"bin/{applet}", "busybox") for applet in APPLETS),
        _file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
    ]
    _write(out, BUSYBOX_IMAGE, members, ["/bin/sh"])


def _write(out: Path, tag: str, members: Iterable[tuple[tarfile.TarInfo, bytes]], command: list[str]) -> None:
    layer = _tar(members)
    config = _json(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Cmd": command, "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": ["sha256:" + _sha256(layer)]},
            "history": [],
        }
    )
    names = {f"{_sha256(config)}.json": config, f"{_sha256(layer)}/layer.tar": layer}
    config_name, layer_name = names
    manifest = _json([{"Config": config_name, "RepoTags": [tag], "Layers": [layer_name]}])
    out.write_bytes(_tar(_file(name, data) for name, data in {**names, "manifest.json": manifest}.items()))


def _tar(members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """Pack members; their times, owners and modes are fixed, so that equal inputs have one digest."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info, data in members:
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def _file(name: str, data: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), _PROGRAM
    return info, data


def _folder(name: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, _DIRECTORY
    return info, b""


def _link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


def _json(value: Mapping[str, object] | list[object]) -> bytes:
    return json.dumps(value, sort_keys=True).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
