"""Image archives without a registry and without a container engine, the same bytes every time.

The form is that of `docker save`: an OCI image layout that also has the older manifest.json. containerd, podman, docker
and the sandbox read it, and all see the same configuration and layers.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

CHUNK = 1024 * 1024
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
NAME_ANNOTATION = "io.containerd.image.name"
PLATFORM = {"architecture": "amd64", "os": "linux"}
PATH = "PATH=/usr/local/bin:/usr/bin:/bin"

Member = tuple[tarfile.TarInfo, bytes | Path]


@dataclass(frozen=True, slots=True)
class Layer:
    """An uncompressed layer in a file."""

    path: Path
    digest: str
    """Bare hex of SHA-256."""
    size: int


@dataclass(frozen=True, slots=True)
class Image:
    """One image of an archive."""

    tag: str
    layers: tuple[Layer, ...]
    command: tuple[str, ...]
    environment: tuple[str, ...] = (PATH,)
    working_directory: str = "/"
    config: bytes = field(init=False)
    manifest: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Write what the engines name the image by."""
        object.__setattr__(self, "config", self._config())
        object.__setattr__(self, "manifest", self._manifest())

    def _config(self) -> bytes:
        run = {"Cmd": self.command, "Env": self.environment, "WorkingDir": self.working_directory}
        root = {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in self.layers]}
        return _json({**PLATFORM, "created": "1970-01-01T00:00:00Z", "config": run, "rootfs": root, "history": []})

    def _manifest(self) -> bytes:
        layers = [_descriptor(LAYER_TYPE, layer.digest, layer.size) for layer in self.layers]
        config = _descriptor(CONFIG_TYPE, _sha256(self.config), len(self.config))
        return _json({"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": layers})

    @property
    def config_digest(self) -> str:
        """Name what would run; engines agree on it."""
        return f"sha256:{_sha256(self.config)}"

    @property
    def manifest_digest(self) -> str:
        """Name how it is packed; engines may pack anew."""
        return f"sha256:{_sha256(self.manifest)}"


def write(out: Path, images: Iterable[Image]) -> None:
    """Write an archive of several images; a layer that several have stands there once."""
    written = list(images)
    layers = {layer.digest: layer.path for image in written for layer in image.layers}
    texts = {_sha256(data): data for image in written for data in (image.config, image.manifest)}
    index = {"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": [_index_entry(image) for image in written]}
    members: dict[str, bytes | Path] = {
        "oci-layout": _json({"imageLayoutVersion": "1.0.0"}),
        **{_blob(digest): data for digest, data in sorted({**layers, **texts}.items())},
        "index.json": _json(index),
        "manifest.json": _json([_old_entry(image) for image in written]),
    }
    with out.open("wb") as target:
        pack(target, (file(name, data) for name, data in members.items()))


def _index_entry(image: Image) -> dict[str, Any]:
    about = {"annotations": {NAME_ANNOTATION: image.tag}, "platform": PLATFORM}
    return {**_descriptor(MANIFEST_TYPE, _sha256(image.manifest), len(image.manifest)), **about}


def _old_entry(image: Image) -> dict[str, Any]:
    layers = [_blob(layer.digest) for layer in image.layers]
    return {"Config": _blob(_sha256(image.config)), "RepoTags": [image.tag], "Layers": layers}


def _blob(digest: str) -> str:
    return f"blobs/sha256/{digest}"


def _descriptor(media_type: str, digest: str, size: int) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": size}


# -- layers -----------------------------------------------------------------------------------------------------------


def layer(path: Path, members: Iterable[Member]) -> Layer:
    """Write a layer's file and name it."""
    with path.open("wb") as target:
        pack(target, members)
    with path.open("rb") as written:
        return Layer(path, hashlib.file_digest(written, "sha256").hexdigest(), path.stat().st_size)


def pack(target: IO[bytes], members: Iterable[Member]) -> None:
    """Pack members one after the other; their times and owners are fixed, so that equal inputs have one digest."""
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, data in members:
            with io.BytesIO(data) if isinstance(data, bytes) else data.open("rb") as source:
                tar.addfile(info, source)


def tree(root: Path, prefix: str = "") -> Iterator[Member]:
    """List everything below a folder in order of name: folders, files and links, with their modes."""
    for path in sorted(root.rglob("*"), key=lambda each: each.relative_to(root).as_posix()):
        name, status = prefix + path.relative_to(root).as_posix(), path.lstat()
        if path.is_symlink():
            yield link(name, os.readlink(path))  # noqa: PTH115 - as it is written, not as a path
        elif path.is_dir():
            yield folder(name, stat.S_IMODE(status.st_mode))
        elif path.is_file():
            yield file(name, path, stat.S_IMODE(status.st_mode))


def file(name: str, data: bytes | Path, mode: int = 0o755) -> Member:
    """Make a file's entry."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = data.stat().st_size if isinstance(data, Path) else len(data), mode
    return info, data


def folder(name: str, mode: int = 0o755) -> Member:
    """Make a folder's entry."""
    info = tarfile.TarInfo(name)
    info.type, info.mode = tarfile.DIRTYPE, mode
    return info, b""


def link(name: str, target: str) -> Member:
    """Make a symbolic link's entry."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, b""


def _json(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
