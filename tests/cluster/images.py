"""The images of the tests: pause, busybox, and the demo's five, which share one layer of Python."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from cluster import archives, cache, python_layer
from cluster.archives import Image, Layer
from cluster.settings import PAUSE_IMAGE

BUSYBOX_IMAGE = "localhost/busybox:1"
APPLETS = ("sh", "sleep", "echo", "cat", "ls", "true", "false", "date", "kill", "mkdir", "rm", "head", "tail", "touch")
DEMO_CODE = Path(__file__).parents[2] / "scenarios" / "demo" / "images"
CODE_FOLDER = "/opt/program"
ENVIRONMENT = (
    archives.PATH,
    "LANG=C.UTF-8",
    "PYTHONUNBUFFERED=1",
    "PYTHONDONTWRITEBYTECODE=1",
    # One thread a library, as in the sandbox: cores are not oversubscribed.
    "OMP_NUM_THREADS=1",
    "OPENBLAS_NUM_THREADS=1",
)


def pause(programs: Path, out: Path) -> None:
    """Write the image that keeps a pod's namespaces open."""
    _small(out, PAUSE_IMAGE, [archives.file("pause", programs / "pause")], ("/pause",))


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
        *(archives.folder(name) for name in ("bin", "tmp", "etc")),
        archives.file("bin/busybox", Path(found)),
        *(archives.link(f"bin/{applet}", "busybox") for applet in APPLETS),
        archives.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"),
    ]
    _small(out, BUSYBOX_IMAGE, members, ("/bin/sh",))


def _small(out: Path, tag: str, members: Sequence[archives.Member], command: tuple[str, ...]) -> None:
    layer = archives.layer(out.with_suffix(".layer"), members)
    archives.write(out, [Image(tag, (layer,), command)])
    layer.path.unlink()


def demo() -> Path:
    """Return the archive of the demo's images; made once for each change of packages, wheels or code."""
    inputs = python_layer.inputs()
    code = [path.relative_to(DEMO_CODE).as_posix().encode() + b"\0" + path.read_bytes() for path in _code_files()]
    name = f"demo-{cache.key(inputs.key.encode(), repr((ENVIRONMENT, CODE_FOLDER)).encode(), *code)}"
    return cache.made_once(cache.home(), name, lambda into: _make_demo(into, inputs)) / "demo.tar"


def _make_demo(into: Path, inputs: python_layer.Inputs) -> None:
    base = python_layer.made(inputs)
    layers = {name: _code_layer(name, into / f"{name}.tar") for name in demo_names()}
    archives.write(into / "demo.tar", [demo_image(name, base, code) for name, code in layers.items()])
    for layer in layers.values():
        layer.path.unlink()


def demo_image(name: str, base: Layer, code: Layer) -> Image:
    """Describe one of the demo's images: Python below, its own code as the last layer."""
    return Image(f"localhost/demo/{name}:1", (base, code), ("python3",), ENVIRONMENT, CODE_FOLDER)


def demo_names() -> tuple[str, ...]:
    """Name the demo's images."""
    return tuple(sorted(path.name for path in DEMO_CODE.iterdir() if path.is_dir()))


def _code_layer(name: str, path: Path) -> Layer:
    prefix = CODE_FOLDER.lstrip("/") + "/"
    files = [file for file in _code_files() if file.parent == DEMO_CODE / name]
    members = [archives.file(prefix + file.name, file, 0o644) for file in files]
    return archives.layer(path, [archives.folder("opt"), archives.folder(prefix.rstrip("/")), *members])


def _code_files() -> list[Path]:
    return sorted(DEMO_CODE.glob("*/*.py"))
