"""Hostile artifacts: archives, tables and JSON files that a job may leave, read as the harness reads them."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import random
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from attack import nasty
from attack.case import Case

from harness.compare import json_values, tables
from harness.compare.documents import read
from harness.compare.documents.unreadable import Unreadable
from harness.compare.format import NotCompared
from harness.model.job import CompareRule
from harness.store import artifacts

EQUAL, DIFFERENT, UNREADABLE = 0, 1, 3
KEPT = r"into(/[0-9]+)?"
"""Names that the store makes."""
NAMES = (
    "../outside/escaped", "/outside/escaped", "a/../../outside/escaped", "", ".", "..", "a\\..\\..\\outside\\escaped",
    "n" * 300, "/".join(["d"] * 4000), "a\nb", "\x1b[2J", "con", "a ", "ü", "u\u0308", "a//b", "./a", "../", "~/x",
)  # fmt: skip
KINDS = {"link": tarfile.SYMTYPE, "hard link": tarfile.LNKTYPE, "fifo": tarfile.FIFOTYPE, "device": tarfile.CHRTYPE}
Members = list[tuple[tarfile.TarInfo, bytes]]


def member(
    name: str, data: bytes = b"x", kind: bytes = tarfile.REGTYPE, target: str = ""
) -> tuple[tarfile.TarInfo, bytes]:
    """Make one member of a tar."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    info.size = len(data) if kind == tarfile.REGTYPE else 0
    return info, data if kind == tarfile.REGTYPE else b""


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """Make a symbolic link."""
    return member(name, kind=tarfile.SYMTYPE, target=target)


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Pack them as `model.tar.gz`."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), 1)


def _huge_claim() -> bytes:
    info = tarfile.TarInfo("sparse")
    info.size = 1 << 40
    return gzip.compress(info.tobuf() + b"x" * 512)


def _zipped() -> bytes:
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("../outside/escaped", "x")
    return plain.getvalue()


def _negative() -> bytes:
    header = bytearray(member("a")[0].tobuf())
    header[124:136] = b"\xff" * 12  # a size below zero
    return gzip.compress(bytes(header) + b"x" * 1024)


ARCHIVES: Mapping[str, Callable[[], bytes]] = {
    "link out and through it": lambda: packed(link("l", "../outside"), member("l/escaped")),
    "absolute link and through it": lambda: packed(link("l", "/"), member("l/tmp/escaped")),
    "link to a link": lambda: packed(
        link("a", "b"), link("b", "../outside"), member("a/escaped")
    ),
    "links in a ring": lambda: packed(link("a", "b"), link("b", "a")),
    "hard link out": lambda: packed(member("h", kind=tarfile.LNKTYPE, target="../outside/canary"), member("h")),
    "one name twice": lambda: packed(member("a"), member("a", b"y")),
    "names equal but for case": lambda: packed(member("a"), member("A", b"y")),
    "two archives": lambda: packed(member("a")) + packed(member("b")),
    "bytes after the end": lambda: packed(member("a")) + b"trailing",
    "a gigabyte of zeros": lambda: gzip.compress(bytes(1 << 28), 1),
    "zipped twice": lambda: gzip.compress(gzip.compress(bytes(1 << 26))),
    "a million members": lambda: packed(*(member(f"{number}", b"") for number in range(100_000))),
    "a claim of a tebibyte": _huge_claim,
    "a size below zero": _negative,
    "a zip": _zipped,
    "bzip2": lambda: bz2.compress(gzip.decompress(packed(member("a")))),
    "xz header": lambda: b"\xfd7zXZ\x00" + bytes(64),
    "gzip header alone": lambda: packed(member("a"))[:10],
    "nothing": lambda: b"",
    "a pax header of 50 MB": lambda: packed(_pax()),
}  # fmt: skip


def _pax() -> tuple[tarfile.TarInfo, bytes]:
    info, data = member("a")
    info.pax_headers = {"comment": "c" * (50 << 20)}
    return info, data


def archived(draw: random.Random, count: int) -> Iterator[Case]:
    """Archives whose members climb, link, repeat, lie or never end; and seeded damage of a sound one."""
    for kind, make in ARCHIVES.items():
        yield _archive(kind, make())
    for name in NAMES:
        yield _archive(f"name {name[:30]!r}", packed(member(name), member("b")))
    for kind, form in KINDS.items():
        for target in ("../outside/canary", "/etc/passwd", "b"):
            yield _archive(f"{kind} to {target}", packed(member("b"), member("l", kind=form, target=target)))
    sound = packed(member("a", b"x" * 2000), member("b/c", draw.randbytes(700)))
    for _ in range(max(0, count - len(ARCHIVES) - len(NAMES) - 3 * len(KINDS))):
        kind = draw.choice(["cut", "flipped bit", "inner flip"])
        if kind == "inner flip":
            yield _archive(kind, gzip.compress(nasty.BYTES["flipped bit"](gzip.decompress(sound), draw)))
        else:
            yield _archive(kind, nasty.BYTES[kind](sound, draw))


def _archive(name: str, data: bytes) -> Case:
    return Case("archives", name, _unpack, {"package": data}, codes=frozenset({EQUAL, UNREADABLE}), writes=KEPT)


def _unpack() -> int:
    Path("into").mkdir()
    found = artifacts.unpack(Path("package"), Path("into"), artifacts.LIMITS)
    print(ascii(found.damage)[:500] if found.damage else f"{len(found.files)} members")  # noqa: T201 - its answer
    return UNREADABLE if found.damage else EQUAL


# -- tables -----------------------------------------------------------------------------------------------------------

ROWS = b"id,x,label\n" + b"".join(b"%d,0.%d,a\n" % (number, number) for number in range(1, 40))
CSVS: Mapping[str, bytes] = {
    "an open quote": b'id,x\n1,"' + b"a" * 100_000,
    "quotes everywhere": b'"""' * 10_000,
    "a column twice": b"id,x,x\n1,2,3\n",
    "no header": b"\n\n\n",
    "zeros": bytes(100_000),
    "one wide row": b"id" + b",c" * 1500 + b"\n" + b"1" + b",2" * 1500 + b"\n",
    "a row that is longer": ROWS + b"1,2,3,4,5,6\n",
    "UTF-16": ROWS.decode().encode("utf-16"),
    "names as SQL": b"id,x');DROP TABLE t;--,label\n1,2,a\n",
    "names as markup": b"id,<script>,\x1b[2J\n1,2,3\n",
    "a long cell": b"id,x,label\n1,2," + b"z" * 20_000_000 + b"\n",
    "ids that are one number": ROWS.replace(b"\n1,", b"\n01,"),
    "not a number": ROWS.replace(b"0.1", b"nan", 1),
    "infinite": ROWS.replace(b"0.1", b"1e999", 1),
    "a key twice": ROWS + b"1,0.1,a\n",
    "an empty key": ROWS + b",0.1,a\n",
    "nothing": b"",
}


def _parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"id": list(range(200)), "x": [n / 7 for n in range(200)], "label": ["a"] * 200}), sink)
    return sink.getvalue()


def _long_footer(data: bytes) -> bytes:
    return data[:-8] + struct.pack("<I", 0x7FFFFFFF) + b"PAR1"


def tabled(draw: random.Random, count: int) -> Iterator[Case]:
    """Tables beside a sound one: none of them equals it, whatever a reader makes of them."""
    whole = _parquet()
    for kind, data in CSVS.items():
        yield _table(kind, "csv", ROWS, data)
    forged = {
        "a footer of 2 GiB": _long_footer(whole),
        "a CSV": ROWS,
        "no footer": whole[:-8],
        "magic alone": b"PAR1PAR1",
        "nothing": b"",
    }
    for kind, data in forged.items():
        yield _table(kind, "parquet", whole, data)
    for _ in range(max(0, count - len(CSVS) - len(forged))):
        kind = draw.choice(["cut", "flipped bit"])
        if draw.random() < 0.7:
            at = draw.randrange(len(whole) // 2, len(whole))  # mostly the footer, which says how to read the rest
            changed = whole[:at] + bytes([whole[at] ^ (1 << draw.randrange(8))]) + whole[at + 1 :]
            # A bit of the padding, or of who wrote the file, is no difference of the table.
            yield _table("footer bit", "parquet", whole, changed, may_be_equal=True)
        else:
            yield _table(kind, "parquet", whole, nasty.BYTES[kind](whole, draw), may_be_equal=True)


def _table(name: str, form: str, sound: bytes, data: bytes, *, may_be_equal: bool = False) -> Case:
    codes = frozenset({DIFFERENT, UNREADABLE} | ({EQUAL} if may_be_equal else set()))
    files = {"a": sound, "b": data}
    return Case("tables", f"{form}: {name}", lambda: _compare_tables(form), files, codes=codes)


def _compare_tables(form: str) -> int:
    try:
        found = tables.compare_tables(Path("a"), Path("b"), form, CompareRule(files="*", key=("id",)))
    except NotCompared as error:
        print(ascii(str(error))[:1000])  # noqa: T201 - its answer
        return UNREADABLE
    print(ascii(found.summary())[:1000])  # noqa: T201 - its answer
    return EQUAL if found.equal else DIFFERENT


# -- JSON files -------------------------------------------------------------------------------------------------------


def jsons(draw: random.Random, count: int) -> Iterator[Case]:
    """JSON files beside a sound one."""
    sound = {"w": [1, 2, 3], "b": {"deep": [{"x": 0.5, "y": "a"}] * 4}, "n": None, "flag": True}
    data = json.dumps(sound).encode()
    for _ in range(count):
        kind, other = nasty.spoiled(sound, draw)
        files = {"a": data, "b": other}
        yield Case("json", kind, _compare_json, files, codes=frozenset({EQUAL, DIFFERENT, UNREADABLE}))


def _compare_json() -> int:
    try:
        documents = [next(read.documents("json", Path(name))) for name in ("a", "b")]
    except Unreadable as error:
        print(ascii(str(error))[:1000])  # noqa: T201 - its answer
        return UNREADABLE
    found = json_values.compare_json(documents[0], documents[1], CompareRule(files="*"))
    print(ascii(found.summary())[:1000])  # noqa: T201 - its answer
    return EQUAL if found.equal else DIFFERENT


# -- folders ----------------------------------------------------------------------------------------------------------


def scanned() -> Iterator[Case]:
    """Folders of outputs with what no job should leave there."""
    yield Case(
        "archives",
        "a folder of links, pipes and rings",
        _scan,
        codes=frozenset({EQUAL, UNREADABLE}),
        writes=r"(from|into)(/.*)?",
    )


def _scan() -> int:
    folder = Path("from")
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "ring").symlink_to("..")
    (folder / "out").symlink_to("../../outside/canary")
    os.mkfifo(folder / "pipe")
    Path("into").mkdir()
    found = artifacts.scan_tree(folder, Path("into"), artifacts.LIMITS)
    print(ascii(found.damage)[:500] or len(found.files))  # noqa: T201 - its answer
    return UNREADABLE if found.damage else EQUAL
