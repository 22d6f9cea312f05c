"""Archives inside of outputs are compared by their members, and one that is cut decides nothing."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.compare.contents import refusal
from harness.compare.documents.tar import read_archive
from harness.compare.documents.unreadable import Unreadable
from harness.compare.format import NotCompared
from harness.compare.formats import FORMATS, format_of
from harness.model.job import CompareRule, Tolerance

FORMS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "tar": bytes, "gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress,
}  # fmt: skip


def packed(members: dict[str, bytes], form: str = "pax", when: int = 0, **links: str) -> bytes:
    """Make an archive by Python's own library; `links`: name to target."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=FORMS[form]) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uid = len(content), when, when
            archive.addfile(info, io.BytesIO(content))
        for name, target in links.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return made.getvalue()


def read(folder: Path, data: bytes) -> Any:
    """Read an archive from a file."""
    (folder / "a").write_bytes(data)
    return read_archive(folder / "a")["members"]  # type: ignore[index, call-overload]


NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/."), min_size=1, max_size=12)
MEMBERS = st.dictionaries(st.lists(NAMES, min_size=1, max_size=12).map("/".join), st.binary(max_size=1500), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(MEMBERS, st.sampled_from(["gnu", "pax"]), st.sampled_from(list(PACKERS)))
def test_members_are_those_that_were_packed(tmp_path: Path, members: dict[str, bytes], form: str, packer: str) -> None:
    """Whatever their names, lengths and order, in either form and packed in any way."""
    found = read(tmp_path, PACKERS[packer](packed(members, form)))
    wanted = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    }
    assert found == wanted


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_an_archive_that_is_cut_anywhere_is_never_read(tmp_path: Path, data: st.DataObject) -> None:
    """Not even between two members, where nothing but the end is missing."""
    whole = packed({"a": b"x" * 700, "b/c": b"y"})
    end = whole.rstrip(b"\x00")
    most = -(-len(end) // 512) * 512 + 1023
    with pytest.raises(Unreadable):
        read(tmp_path, whole[: data.draw(st.integers(0, most))])
    zipped = gzip.compress(whole)
    with pytest.raises(Unreadable):
        read(tmp_path, zipped[: data.draw(st.integers(0, len(zipped) - 1))])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_byte_that_is_another_one_is_refused_or_seen(tmp_path: Path, data: st.DataObject) -> None:
    """Headers have checksums, contents have digests; what is no one's, such as times and padding, is no difference."""
    whole = bytearray(packed({"a": b"x" * 700}))
    at = data.draw(st.integers(0, 512 + 699))
    whole[at] ^= data.draw(st.integers(1, 255))
    try:
        found = read(tmp_path, bytes(whole))
    except Unreadable:
        return
    assert found != {"a": {"bytes": 700, "sha256": hashlib.sha256(b"x" * 700).hexdigest()}}


def test_links_and_long_names_are_read(tmp_path: Path) -> None:
    """By both ways to write a name of more than 100 bytes."""
    name = "d/" * 60 + "n" * 90
    for form in ("gnu", "pax"):
        found = read(tmp_path, packed({name: b"1"}, form, link="t" * 120))
        assert found["link"] == {"link": "t" * 120}
        assert name in found
    assert list(read(tmp_path, packed({"p" * 90 + "/" + "n" * 60: b""}, "ustar"))) == ["p" * 90 + "/" + "n" * 60]


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    """Which of them is meant depends on who unpacks."""
    one = packed({"a": b"1"})[:1024]
    with pytest.raises(Unreadable, match="two members are called 'a'"):
        read(tmp_path, one + packed({"./a": b"2"}))


def compare(folder: Path, legacy: bytes, candidate: bytes, rule: CompareRule) -> Any:
    """Compare two archives as their format does."""
    (folder / "l").write_bytes(legacy)
    (folder / "c").write_bytes(candidate)
    compares = FORMATS.get("tar").compare
    assert compares is not None
    return compares(folder / "l", folder / "c", rule)


def test_times_order_and_compression_are_no_difference_and_contents_are(tmp_path: Path) -> None:
    """With the member's name; a member may be ignored, and the finding says so."""
    legacy = gzip.compress(packed({"m.bin": b"1", "log": b"a"}, when=1), 9)
    again = gzip.compress(packed({"log": b"a", "m.bin": b"1"}, "gnu", when=2), 1)
    assert compare(tmp_path, legacy, again, CompareRule("*")).equal
    other = packed({"m.bin": b"1", "log": b"b"})
    found = compare(tmp_path, legacy, other, CompareRule("*"))
    assert [sample.where for sample in found.samples] == ["$.members.log.sha256"]
    assert compare(tmp_path, legacy, other, CompareRule("*", ignore=("$.members.log",))).equal
    assert not compare(tmp_path, legacy, packed({"m.bin": b"1"}), CompareRule("*")).equal
    with pytest.raises(NotCompared, match="candidate file: it is cut"):
        compare(tmp_path, legacy, other[:1536], CompareRule("*"))


def test_a_tolerance_that_an_archive_can_t_follow_is_refused() -> None:
    """It is known by its ending, whatever it is packed with."""
    rule = CompareRule("*", tolerance={"*": Tolerance(absolute=1.0)})
    for name in ("model.tar.gz", "a.tgz", "b.tar", "c.tar.bz2", "d.tar.xz"):
        form = format_of(name, rule)
        assert form.name == "tar"
        assert "`tolerance`" in refusal(rule, form)
