"""Files of skops → arrays and values by path; nothing of the classes that the schema names is imported.

A zip archive with `schema.json`, a tree of nodes, and a file of NumPy's for each array. Objects are called by their
address in the process that wrote them (`__id__`, names of files): here by their first place in the schema.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from harness.compare.models.npy import array_at
from harness.compare.models.parts import Array, Parts, Scalar, Trouble, gathered, member
from harness.model import strict_json

SCHEMA = "schema.json"
SCHEMA_BYTES_MAX = 256 * 1024 * 1024
DEPTH_MAX = 200
MEMBER_BYTES_MAX = 256 * 1024 * 1024
"""Of a member that is no array, which is compared by its digest."""
IDENTITY, FILE = "__id__", "file"


def read_skops(path: Path) -> Parts:
    """Take a file apart.

    Raises:
        Trouble: it is none, or lacks what its schema names.
    """
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if SCHEMA not in names or len(set(names)) != len(names):
            raise Trouble(f"no {SCHEMA} in it, or a name that stands twice")
        if archive.getinfo(SCHEMA).file_size > SCHEMA_BYTES_MAX:
            raise Trouble(f"its schema has more than {SCHEMA_BYTES_MAX} bytes")
        try:
            schema = strict_json.read(archive.read(SCHEMA), bytes_max=SCHEMA_BYTES_MAX, constants=True)
        except strict_json.StrictError as error:
            raise Trouble(f"its schema: {error}") from error
        reader = _Reader(path, archive)
        parts = gathered(reader.values(schema, "$", 0))
        lost = sorted(set(names) - reader.used - {SCHEMA})
    if lost:
        raise Trouble(f"its schema does not name {lost[0]!r}")
    return parts


class _Reader:
    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self._path = path
        self._archive = archive
        self._seen: dict[object, int] = {}
        self.used: set[str] = set()

    def values(self, node: Any, at: str, depth: int) -> Iterator[tuple[str, Array | Scalar]]:  # noqa: ANN401 - JSON
        """Give what a node and all below it hold."""
        if depth > DEPTH_MAX:
            raise Trouble(f"deeper than {DEPTH_MAX} levels")
        if isinstance(node, dict):
            yield f"{at}.keys", ", ".join(sorted(node))
            for key, value in node.items():
                if key == IDENTITY:
                    yield f"{at}.{key}", self._seen.setdefault(value, len(self._seen))
                elif key == FILE and isinstance(value, str):
                    yield f"{at}.{key}", self._member(value)
                else:
                    yield from self.values(value, f"{at}.{key}", depth + 1)
        elif isinstance(node, list):
            yield f"{at}.length", len(node)
            for number, value in enumerate(node):
                yield from self.values(value, f"{at}[{number}]", depth + 1)
        else:
            yield at, node

    def _member(self, name: str) -> Array | Scalar:
        try:
            info = self._archive.getinfo(name)
        except KeyError as error:
            raise Trouble(f"its schema names {name!r}, which is not in it") from error
        self.used.add(name)
        opened = partial(member, self._path, name)
        if name.endswith(".npy"):
            return array_at(opened)
        if info.file_size > MEMBER_BYTES_MAX:
            raise Trouble(f"{name!r} has more than {MEMBER_BYTES_MAX} bytes")
        return hashlib.sha256(self._archive.read(name)).hexdigest()
