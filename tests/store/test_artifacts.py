"""Archives and folders: every byte accounted for, nothing extracted, damage named."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import StoreError
from harness.store.artifacts import LIMITS, Limits, OutputContents, scan_tree, unpack

Member = tuple[tarfile.TarInfo, bytes]


def file(name: str, data: bytes = b"") -> Member:
    """Make a regular member."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data


def special(name: str, kind: bytes, target: str = "") -> Member:
    """Make a member without data."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def tar_of(*members: Member, form: int = tarfile.PAX_FORMAT) -> bytes:
    """Pack members into a plain tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return packed.getvalue()


def read(folder: Path, data: bytes, limits: Limits = LIMITS) -> OutputContents:
    """Write an artifact and read it."""
    package = folder / "package"
    package.write_bytes(data)
    return unpack(package, folder / "into", limits)


SOUND = tar_of(file("./b/two.txt", b"two" * 300), file("a.txt", b"one"), special("b", tarfile.DIRTYPE))
ZIPPED = gzip.compress(SOUND, mtime=0)


@pytest.mark.parametrize("data", [SOUND, ZIPPED], ids=["tar", "tar.gz"])
def test_a_sound_archive_is_kept_under_store_made_names(tmp_path: Path, data: bytes) -> None:
    """Names are normal and sorted, hashes are those of the bytes, and only numbers are names on disk."""
    found = read(tmp_path, data)
    assert found.damage == ""
    assert [(file.name, file.bytes, file.kind) for file in found.files] == [
        ("a.txt", 3, "file"),
        ("b/two.txt", 900, "file"),
    ]
    for file in found.files:
        kept = (tmp_path / "into" / file.stored).read_bytes()
        assert (hashlib.sha256(kept).hexdigest(), len(kept)) == (file.sha256, file.bytes)
    assert sorted(path.name for path in (tmp_path / "into").iterdir()) == ["000000", "000001"]


def test_an_archive_without_members_is_sound_and_empty(tmp_path: Path) -> None:
    """Two blocks of zeros are a whole archive, as other packers than tar write it."""
    assert read(tmp_path, bytes(1024)) == OutputContents((), "")


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_and_foreign_names_are_read_whole(tmp_path: Path, form: int) -> None:
    """Both ways of writing names beyond 100 bytes give the same name."""
    name = "d" * 90 + "/" + "ü" * 70
    found = read(tmp_path, tar_of(file(name, b"x"), form=form))
    assert ([file.name for file in found.files], found.damage) == ([name], "")


@given(st.integers(0, len(ZIPPED) - 1))
def test_any_cut_of_a_compressed_archive_is_damage(at: int) -> None:
    """No prefix passes as whole, and none equals the whole."""
    with tempfile.TemporaryDirectory() as name:
        whole = read(Path(name), ZIPPED)
        cut = read(Path(name), ZIPPED[:at])
    assert cut.damage
    assert cut != whole


END = 3072
"""Where SOUND's end blocks begin: three headers, two blocks of data and one."""


@given(st.integers(0, END + 1023))
def test_any_cut_of_a_plain_archive_is_damage(at: int) -> None:
    """Up to the last byte of the end blocks; what follows them is padding, and its loss loses nothing."""
    with tempfile.TemporaryDirectory() as name:
        assert read(Path(name), SOUND[:at]).damage


def test_padding_behind_the_end_blocks_may_be_missing(tmp_path: Path) -> None:
    """The negative control of the cuts: the shortest whole archive is whole."""
    found = read(tmp_path, SOUND[: END + 1024])
    assert (found.damage, len(found.files)) == ("", 2)


@given(st.integers(0, len(ZIPPED) - 1), st.integers(1, 255))
@settings(max_examples=400)
def test_a_changed_byte_never_gives_other_content_unseen(at: int, change: int) -> None:
    """Any flipped byte is damage, or one that means nothing, such as the time in the header or bits that only pad."""
    data = bytearray(ZIPPED)
    data[at] ^= change
    with tempfile.TemporaryDirectory() as name:
        whole = read(Path(name), ZIPPED)
        found = read(Path(name), bytes(data))
    assert found.damage or found == whole


@given(st.binary(max_size=3000) | st.binary(max_size=3000).map(lambda tail: SOUND[:512] + tail))
def test_no_bytes_make_the_reader_crash(data: bytes) -> None:
    """Whatever arrives gives contents or damage."""
    with tempfile.TemporaryDirectory() as name:
        assert isinstance(read(Path(name), data), OutputContents)


@given(st.integers(0, 511), st.binary(min_size=1, max_size=20))
def test_crafted_headers_are_damage_or_read(at: int, patch: bytes) -> None:
    """A second header with anything patched in and a right checksum costs damage at most."""
    header = bytearray(SOUND[:512])
    header[at : at + len(patch)] = patch
    header = header[:512]
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    with tempfile.TemporaryDirectory() as name:
        found = read(Path(name), bytes(header) + SOUND)
    assert isinstance(found, OutputContents)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (ZIPPED[:-1], "breaks off"),
        (ZIPPED[:-9], "breaks off"),
        (ZIPPED[:-8] + bytes(4) + ZIPPED[-4:], "incorrect data check"),
        (ZIPPED[:-4] + bytes(4), "incorrect length check"),
        (ZIPPED + b"tail", "behind the end of the gzip"),
        (ZIPPED + bytes(8), "behind the end of the gzip"),
        (ZIPPED + ZIPPED, "data behind the end"),
        (SOUND + SOUND, "data behind the end"),
        (SOUND + b"tail", "data behind the end"),
        (gzip.compress(SOUND[:END], mtime=0), "end blocks"),
        (SOUND[:1536] + b"\1" + SOUND[1537:], "unreadable member header"),
        (b"no archive at all" * 100, "unreadable archive"),
    ],
)
def test_damage_says_what_is_wrong(tmp_path: Path, data: bytes, says: str) -> None:
    """Each fault has words of its own."""
    assert says in read(tmp_path, data).damage


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([file("a"), file("./a")], "a: the same name twice"),
        ([file("/etc/passwd")], "absolute"),
        ([file("a/../../b")], "'..'"),
        ([file("a"), file("a/b")], "a: is a file and a folder"),
        ([file("a"), special("a", tarfile.DIRTYPE)], "a: is a file and a folder"),
        ([special("pipe", tarfile.FIFOTYPE)], "pipe: neither file"),
        ([special("null", tarfile.CHRTYPE)], "null: neither file"),
        ([special("disk", tarfile.BLKTYPE)], "disk: neither file"),
        ([special("odd", b"Z")], "odd: neither file"),
        ([special("holes", tarfile.GNUTYPE_SPARSE)], "holes: sparse"),
        ([special("b", tarfile.LNKTYPE, "a")], "hard link to 'a'"),
        ([special("b", tarfile.LNKTYPE, "../a")], "'..'"),
        ([special(".", tarfile.SYMTYPE, "a")], "has no name"),
        ([file("a\udcff")], "not UTF-8"),
        ([file("n" * 5000)], "5000 bytes"),
    ],
)
def test_members_that_no_sane_job_writes_are_damage(tmp_path: Path, members: list[Member], says: str) -> None:
    """Each is named, and what came before it is still listed."""
    found = read(tmp_path, tar_of(file("first", b"1"), *members))
    assert says in found.damage
    assert "first" in [file.name for file in found.files]


def test_nul_in_a_name_is_damage(tmp_path: Path) -> None:
    """A pax record can hold what a file system can't."""
    info, data = file("a")
    info.pax_headers = {"path": "a\0b"}
    assert "NUL" in read(tmp_path, tar_of((info, data))).damage


def test_links_are_recorded_and_never_followed(tmp_path: Path) -> None:
    """A symbolic link keeps its target as text; a hard link is the file it names."""
    members = (file("a", b"1"), special("s", tarfile.SYMTYPE, "/etc/passwd"), special("h", tarfile.LNKTYPE, "./a"))
    found = read(tmp_path, tar_of(*members))
    first, hard, soft = found.files
    assert found.damage == ""
    assert (soft.kind, soft.target, soft.sha256, soft.stored) == ("symlink", "/etc/passwd", "", "")
    assert (hard.kind, hard.target, hard.sha256, hard.stored) == ("hardlink", "./a", first.sha256, first.stored)


def test_only_folders_that_hold_nothing_are_listed(tmp_path: Path) -> None:
    """A folder with a file in it is told by the file's name."""
    folders = [special(name, tarfile.DIRTYPE) for name in (".", "full", "empty", "empty/deep")]
    found = read(tmp_path, tar_of(*folders, file("full/x", b"1")))
    assert [(file.name, file.kind) for file in found.files] == [("empty/deep", "directory"), ("full/x", "file")]


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(members_max=2), "more than 2 members"),
        (Limits(bytes_max=2000), "more than 2000 bytes unpacked"),
        (Limits(member_bytes_max=899), "b/two.txt: 900 bytes"),
        (Limits(path_bytes_max=8), "name of 11 bytes"),
    ],
)
def test_caps_are_named(tmp_path: Path, limits: Limits, says: str) -> None:
    """Over a cap is damage; the same archive is sound without it."""
    assert says in read(tmp_path, ZIPPED, limits).damage
    assert read(tmp_path, ZIPPED).damage == ""


def test_a_bomb_is_stopped_at_the_cap(tmp_path: Path) -> None:
    """A member that claims little and a stream that unpacks to much: reading stops near the cap."""
    bomb = gzip.compress(SOUND + bytes(64 * 1024 * 1024), mtime=0)
    assert "bytes unpacked" in read(tmp_path, bomb, Limits(bytes_max=1024 * 1024)).damage


def test_a_huge_header_is_refused_before_it_is_held(tmp_path: Path) -> None:
    """A pax record of megabytes would live in memory."""
    info, data = file("a")
    info.pax_headers = {"comment": "x" * 3_000_000}
    assert "member header" in read(tmp_path, tar_of((info, data))).damage
    info.pax_headers = {"comment": "x" * 300_000}
    assert read(tmp_path, tar_of((info, data))).damage == ""


def test_a_negative_size_is_damage(tmp_path: Path) -> None:
    """The header that once made tarfile read in circles (CVE-2025-8194)."""
    header = bytearray(SOUND[:512])
    header[124:136] = b"\xff" * 10 + b"\xfe\x00"
    header[148:156] = b"%06o\0 " % (sum(header[:148]) + 8 * 32 + sum(header[156:]))
    assert read(tmp_path, bytes(header) + SOUND[512:]).damage


def test_reading_again_into_the_same_folder_gives_the_same(tmp_path: Path) -> None:
    """A harness that was killed half way leaves files behind; they are replaced."""
    (tmp_path / "into").mkdir()
    (tmp_path / "into" / "000000").write_bytes(b"half")
    assert read(tmp_path, ZIPPED) == read(tmp_path, ZIPPED)
    assert (tmp_path / "into" / "000000").read_bytes() != b"half"


def test_a_file_that_breaks_off_is_not_kept(tmp_path: Path) -> None:
    """Half a payload can't be taken for one."""
    found = read(tmp_path, SOUND[:700])
    assert (found.files, list((tmp_path / "into").iterdir())) == ((), [])


def test_a_missing_package_is_damage_and_a_broken_store_is_not(tmp_path: Path) -> None:
    """Fault of the artifact and fault of the store are told apart."""
    assert "No such file" in unpack(tmp_path / "gone", tmp_path / "into").damage
    (tmp_path / "blocked").write_text("a file where the store's folder should be")
    with pytest.raises(StoreError, match="blocked"):
        read_into_blocked(tmp_path)


def read_into_blocked(folder: Path) -> None:
    """Unpack below a file."""
    (folder / "package").write_bytes(ZIPPED)
    unpack(folder / "package", folder / "blocked" / "into")


def test_a_link_is_no_package(tmp_path: Path) -> None:
    """What was fetched is a file of ours, never a way to another one."""
    (tmp_path / "real").write_bytes(ZIPPED)
    (tmp_path / "package").symlink_to(tmp_path / "real")
    assert unpack(tmp_path / "package", tmp_path / "into").damage
    assert unpack(tmp_path / "real", tmp_path / "into").damage == ""


# -- folders ----------------------------------------------------------------------------------------------------------


def fill(folder: Path) -> None:
    """Lay out what SOUND holds."""
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "two.txt").write_bytes(b"two" * 300)
    (folder / "a.txt").write_bytes(b"one")


def test_a_folder_and_an_archive_of_it_agree(tmp_path: Path) -> None:
    """Both platforms' ways of bringing home the same files give the same facts."""
    fill(tmp_path / "tree")
    found = scan_tree(tmp_path / "tree", tmp_path / "kept")
    facts = [(file.name, file.bytes, file.sha256, file.kind) for file in found.files]
    assert found.damage == ""
    assert facts == [(file.name, file.bytes, file.sha256, file.kind) for file in read(tmp_path, ZIPPED).files]
    assert (tmp_path / "kept" / found.files[0].stored).read_bytes() == b"one"


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """Neither to files nor to folders, and not in circles."""
    fill(tmp_path / "tree")
    (tmp_path / "tree" / "up").symlink_to("..")
    (tmp_path / "tree" / "secret").symlink_to("/etc/passwd")
    found = {file.name: file for file in scan_tree(tmp_path / "tree", tmp_path / "kept").files}
    assert sorted(found) == ["a.txt", "b/two.txt", "secret", "up"]
    assert (found["up"].kind, found["up"].target, found["secret"].stored) == ("symlink", "..", "")


@pytest.mark.parametrize(
    ("spoil", "limits", "says"),
    [
        (lambda tree: os.mkfifo(tree / "pipe"), LIMITS, "pipe: neither"),
        (lambda tree: (tree / os.fsdecode(b"\xff")).touch(), LIMITS, "not UTF-8"),
        (lambda _: None, Limits(members_max=2), "more than 2 members"),
        (lambda _: None, Limits(bytes_max=500), "cap on unpacked bytes"),
        (lambda _: None, Limits(member_bytes_max=500), "b/two.txt: 900 bytes"),
    ],
)
def test_damage_in_a_folder_is_named(
    tmp_path: Path, spoil: Callable[[Path], object], limits: Limits, says: str
) -> None:
    """The same rules as for archives; a folder that is not there is damage as well."""
    fill(tmp_path / "tree")
    spoil(tmp_path / "tree")
    assert says in scan_tree(tmp_path / "tree", tmp_path / "kept", limits).damage
    assert "No such file" in scan_tree(tmp_path / "gone", tmp_path / "kept").damage
