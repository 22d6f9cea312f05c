"""The images of the tests: the same bytes from the same inputs, small enough to be kept."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest
from cluster import archives, images, python_layer

SIZE_MAX = 700_000_000


@pytest.fixture(autouse=True)
def _root() -> None:
    if os.geteuid() != 0:
        pytest.skip("the layer of Python is compiled in a chroot: root is needed")


def test_a_second_build_has_the_same_digest(tmp_path: Path) -> None:
    """Nothing of the machine's hour, order of files or process gets in."""
    inputs = python_layer.inputs()
    known = python_layer.made(inputs)
    python_layer.build(inputs, tmp_path)
    assert (tmp_path / "digest").read_text(encoding="ascii") == known.digest
    assert known.size < SIZE_MAX


def test_an_image_is_named_by_what_is_in_it(tmp_path: Path) -> None:
    """Times and owners of files don't count; one byte does."""
    digests = []
    for number, (text, seconds) in enumerate((("a", 1), ("a", 2_000_000_000), ("b", 1))):
        source = tmp_path / str(number)
        source.mkdir()
        (source / "file").write_text(text, encoding="ascii")
        os.utime(source / "file", (seconds, seconds))
        layer = archives.layer(tmp_path / f"{number}.tar", archives.tree(source))
        digests.append(archives.Image("localhost/x:1", (layer,), ("/x",)).config_digest)
    assert digests[0] == digests[1] != digests[2]


def test_the_demo_is_one_archive_with_python_once(tmp_path: Path) -> None:
    """Six images, each with its own code as the last layer; what the archive says of itself is true."""
    del tmp_path
    archive = images.demo()
    assert archive.stat().st_size < SIZE_MAX
    with tarfile.open(archive) as tar:
        names = tar.getnames()
        index = json.loads(_read(tar, "index.json"))
        manifests = [_read(tar, f"blobs/sha256/{manifest['digest'][7:]}") for manifest in index["manifests"]]
    assert [hashlib.sha256(manifest).hexdigest() for manifest in manifests] == [
        manifest["digest"][7:] for manifest in index["manifests"]
    ]
    layers = [[layer["digest"] for layer in json.loads(one)["layers"]] for one in manifests]
    assert len(layers) == len(images.demo_names()) == 6
    assert len({base for base, _ in layers}) == 1
    assert len({code for _, code in layers}) == 6
    assert len(names) == len(set(names))


def _read(tar: tarfile.TarFile, name: str) -> bytes:
    found = tar.extractfile(name)
    assert found is not None
    return found.read()
