"""Image identity and registry: in the sandbox an image is a code tree under the daemon's own interpreter and packages.

The config digest is the SHA-256 of these lines joined by newlines: `python X.Y.Z`, then `name==version` (lower case) of
every installed distribution, sorted, then `relative/path sha256` of every file of the code tree, sorted by path;
`__pycache__` is left out. The shim computes the same from inside the job (directory in PARITY_IMAGE_CODE).

With an engine an image is a real one, out of an archive; its configuration, manifest and digests are the archive's own.
"""

from __future__ import annotations

import hashlib
import json
import platform
import threading
from dataclasses import dataclass, replace
from functools import cache
from importlib import metadata
from pathlib import Path

from harness.sandbox import engine

ACCOUNT = "123456789012"
REGION = "us-east-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


@dataclass(frozen=True, slots=True)
class Image:
    """One image: a code tree with its digests."""

    reference: str
    repository: str
    tag: str
    code: Path
    """The code tree; with an engine, the archive."""
    config_digest: str
    manifest: str
    """Canonical OCI manifest."""
    manifest_digest: str
    home: str = ""
    """Where the code tree stands in a container, and its working folder; empty: at its own path."""


def code_digest_lines(code: Path) -> list[str]:
    """List `path sha256` of every file of a code tree."""
    files = sorted(
        (path.relative_to(code).as_posix(), path)
        for path in code.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    return [f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for name, path in files]


@cache
def _distributions() -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                f"{distribution.metadata['Name'].lower()}=={distribution.version}"
                for distribution in metadata.distributions()
            }
        )
    )


def config_digest(code: Path) -> str:
    """Name what would run: interpreter, packages and code."""
    lines = [f"python {platform.python_version()}", *_distributions(), *code_digest_lines(code)]
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def make_image(repository: str, tag: str, code: Path) -> Image:
    """Compute an image's digests."""
    config = config_digest(code)
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": config, "size": 0},
            "layers": [],
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    digest = "sha256:" + hashlib.sha256(manifest.encode()).hexdigest()
    return Image(f"{REGISTRY}/{repository}:{tag}", repository, tag, code, config, manifest, digest)


def folder_of(text: str) -> tuple[Path, str]:
    """Take FOLDER or FOLDER:PLACE apart; PLACE is where a container has the folder, such as /app."""
    folder, _, place = text.rpartition(":")
    if not folder or not place.startswith("/") or Path(text).exists():
        return Path(text), ""
    return Path(folder), place.rstrip("/")


class ImageStore:
    """All images the sandbox knows."""

    def __init__(self) -> None:
        """Start empty."""
        self._images: list[Image] = []
        self._lock = threading.Lock()

    def add(self, repository: str, tag: str, code: Path, home: str = "") -> Image:
        """Register a code tree under a name and tag; `home`: where it stands in a container."""
        image = replace(make_image(repository, tag, code.resolve()), home=home)
        with self._lock:
            self._images.append(image)
        return image

    def add_archive(self, repository: str, tag: str, archive: Path) -> Image:
        """Register an image of an archive.

        Raises:
            EngineError: it is not in there.
        """
        name = f"{repository}:{tag}"
        found = engine.look_up(archive, name)
        image = Image(
            f"{REGISTRY}/{name}",
            repository,
            tag,
            archive.resolve(),
            found.config_digest,
            found.manifest,
            found.manifest_digest,
        )
        with self._lock:
            self._images.append(image)
        return image

    def load_into(self, program: str) -> None:
        """Bring every image into an engine, each archive once.

        Raises:
            EngineError: the engine does not take one.
        """
        for archive in {image.code for image in self.all()}:
            engine.load(program, archive, [image.config_digest for image in self.all() if image.code == archive])

    def find(self, reference: str) -> Image | None:
        """Find by [host/]repository:tag or [host/]repository@sha256:manifest; the host is ignored."""
        name, _, digest = reference.partition("@")
        if not digest:
            name, _, tag = name.rpartition(":")
        for image in self.all():
            if name == image.repository or name.endswith("/" + image.repository):
                wanted = digest == image.manifest_digest if digest else tag == image.tag
                if wanted:
                    return image
        return None

    def all(self) -> tuple[Image, ...]:
        """List every image."""
        with self._lock:
            return tuple(self._images)
