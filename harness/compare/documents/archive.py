"""A zip archive → its members by name with size and digest, whatever their times, order and compression.

Read to the end and never unpacked to a disk; every member's own checksum is held against its bytes.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import hashlib
import zipfile
import zlib
from pathlib import Path

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

MEMBERS_MAX = 1_000_000
CHUNK = 1 << 20


def read_zip(path: Path) -> Json:
    """Give the members.

    Raises:
        Unreadable: it is none, is cut, encrypted, or has two members of one name.
    """
    found: dict[str, Json] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_MAX:
                raise Unreadable(f"{len(members)} members, more than {MEMBERS_MAX}")
            for member in members:
                if member.filename in found:
                    raise Unreadable(f"two members are called {member.filename!r}")
                digest, size = hashlib.sha256(), 0
                with archive.open(member) as stream:
                    while chunk := stream.read(CHUNK):
                        digest.update(chunk)
                        size += len(chunk)
                kind = "directory" if member.is_dir() else "file"
                found[member.filename] = {"kind": kind, "bytes": size, "sha256": digest.hexdigest()}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error, ValueError) as error:
        raise Unreadable(f"no sound zip archive: {' '.join(str(error).split())[:200]}") from error
    return {"members": found}
