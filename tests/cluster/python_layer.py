"""A root file system with Debian's Python and the demo's wheels, as one image layer: the same bytes on every build.

Packages come from the mirrors that the machine's apt knows, wheels from the index that its pip knows. None of their own
scripts run: everything is unpacked, so nothing depends on the machine or the hour. Only the compiled modules are made
here, by the Python of the image.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from cluster import archives, cache
from cluster.archives import Layer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / "requirements.lock"
PACKAGES = ("libstdc++6", "python3")
"""The wheels bring all other libraries with them."""
DISTRIBUTIONS = ("numpy", "scikit-learn")
"""What the demo's scenarios import; what these need comes with them."""
MERGED = ("bin", "lib", "lib64", "sbin")
"""Folders that are links into /usr; on an installed system a package's script makes them so."""
UNWANTED = ("usr/share/doc", "usr/share/man", "usr/share/info", "usr/share/lintian", "usr/share/locale", "var/cache")
ACCOUNTS = {"etc/passwd": "root:x:0:0:root:/root:/bin/sh\n", "etc/group": "root:x:0:\n"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that the layer is made of, by exact version."""

    packages: tuple[str, ...]
    """name_version_architecture.deb, as the mirrors have them now."""
    wheels: tuple[str, ...]
    """Lines of the lock, with hashes."""
    python: str
    """Version that the image will have, such as 3.11."""

    @property
    def key(self) -> str:
        """Change with anything that goes in, the way it is put together too."""
        own = [Path(module_type.__file__ or "").read_bytes() for module_type in (archives,)] + [
            Path(__file__).read_bytes()
        ]
        return cache.key(repr((self.packages, self.wheels, self.python)).encode(), *own)


def inputs() -> Inputs:
    """Ask apt for the packages and read the wheels' lines from the lock.

    Raises:
        RuntimeError: apt knows no such package even after an update.
    """
    files = _package_files() or (_apt("update", "-qq"), _package_files())[1]
    versions = [found[1] for file in files if (found := re.match(r"python(3\.\d+)-minimal_", file))]
    if len(versions) != 1:
        message = f"apt offers no python3: {files}"
        raise RuntimeError(message)
    return Inputs(files, tuple(_locked(versions[0])), versions[0])


def _package_files() -> tuple[str, ...]:
    """List what an empty system would need."""
    said = subprocess.run(
        ["apt-get", "--print-uris", "-qq", "-y", "-o", "Dir::State::status=/dev/null", "--no-install-recommends",
         "install", *PACKAGES],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    lines = [line.split() for line in said.stdout.splitlines() if line.startswith("'")]
    return tuple(sorted(line[1] for line in lines))


def _locked(python: str) -> Iterator[str]:
    """Give the lock's lines for a Python, markers decided."""
    needed = _with_needs(DISTRIBUTIONS)
    for line in LOCK.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        head, _, hashes = line.partition(" --hash")
        if not head or head.startswith((" ", "#")):
            continue
        wanted = Requirement(head)
        where = {"python_version": python, "python_full_version": f"{python}.0"}
        if wanted.name in needed and (wanted.marker is None or wanted.marker.evaluate(where)):
            yield f"{wanted.name}{wanted.specifier} --hash{hashes}"


def _with_needs(names: Iterable[str]) -> set[str]:
    """Add what distributions need, as the ones installed here say, extras left out."""
    found: set[str] = set()
    open_ones = list(names)
    while open_ones:
        name = canonicalize_name(open_ones.pop())
        if name not in found:
            found.add(name)
            wanted = map(Requirement, metadata.requires(name) or ())
            open_ones += [
                requirement.name
                for requirement in wanted
                if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            ]
    return found


def made(of: Inputs) -> Layer:
    """Return the layer; the first call takes a minute or two."""
    path = cache.made_once(cache.home(), f"python-{of.key}", lambda into: build(of, into)) / "layer.tar"
    digest = (path.parent / "digest").read_text(encoding="ascii")
    return Layer(path, digest, path.stat().st_size)


def build(of: Inputs, into: Path) -> None:
    """Write layer.tar and its digest into a folder."""
    root, fetched = into / "root", into / "fetched"
    for path in (root, fetched):
        path.mkdir()
    with _fixed_modes():
        _unpack_packages(of, root, fetched)
        _unpack_wheels(of, root, fetched)
        _tidy(root)
        _compile(root, of.python)
    layer = archives.layer(into / "layer.tar", archives.tree(root))
    (into / "digest").write_text(layer.digest, encoding="ascii")
    for path in (root, fetched):
        shutil.rmtree(path)


@contextmanager
def _fixed_modes() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def _unpack_packages(of: Inputs, root: Path, fetched: Path) -> None:
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    exact = ["=".join(package.replace("%3a", ":").split("_")[:2]) for package in of.packages]
    _apt("download", "-qq", "-o", "APT::Sandbox::User=root", *exact, where=fetched)
    for package in of.packages:
        _run("dpkg-deb", "--extract", str(fetched / package), str(root))


def _unpack_wheels(of: Inputs, root: Path, fetched: Path) -> None:
    wanted = fetched / "wheels.txt"
    wanted.write_text("\n".join(of.wheels), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
    ]
    _run(*command, "--python-version", of.python, "--dest", str(fetched), "--requirement", str(wanted))
    target = root / "usr" / "local" / "lib" / f"python{of.python}" / "dist-packages"
    for wheel in sorted(fetched.glob("*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(target)


def _tidy(root: Path) -> None:
    for each in UNWANTED:
        shutil.rmtree(root / each, ignore_errors=True)
    (root / "tmp").mkdir(exist_ok=True)
    (root / "tmp").chmod(0o1777)
    (root / "usr" / "local" / "bin").mkdir(parents=True, exist_ok=True)
    (root / "usr" / "local" / "bin" / "python").symlink_to("/usr/bin/python3")
    for name, text in ACCOUNTS.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="ascii")


def _compile(root: Path, python: str) -> None:
    """Compile all modules, marked as never to be checked against times, in one process with fixed hashes."""
    folders = ["/usr/lib/python3", f"/usr/lib/python{python}", f"/usr/local/lib/python{python}/dist-packages"]
    command = ["/usr/bin/python3", "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash", *folders]
    environment = {"PATH": "/usr/sbin:/usr/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    subprocess.run(["/usr/sbin/chroot", str(root), *command], check=True, env=environment)


def _apt(*command: str, where: Path | None = None) -> None:
    _run("apt-get", *command, where=where)


def _run(*command: str, where: Path | None = None) -> None:
    subprocess.run(command, check=True, cwd=where, env={**os.environ, "LC_ALL": "C"})
