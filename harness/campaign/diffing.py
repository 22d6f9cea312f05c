"""Two places → how they differ: local files, folders, archives, s3:// prefixes, and queries of databases."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from harness.compare.comparing import Tree, compare_trees
from harness.errors import Refused
from harness.model.comparison import Comparison
from harness.model.job import CompareRule
from harness.model.observation import OutputFile
from harness.store import artifacts

ARCHIVES = (".tar.gz", ".tgz", ".tar")
CHUNK = 1 << 20
FILES_MAX = 100_000
"""As many as an output may hold."""
S3 = "s3://"
QUERY = "query:"
QUERY_FILE = "query.parquet"
"""What the rows of a query are called, for rules."""


def diff(left: str | Path, right: str | Path, rules: Sequence[CompareRule] = ()) -> Comparison:
    """Compare two files, folders, archives (.tar.gz, .tgz, .tar), s3:// prefixes or queries by the rules of outputs.

    Raises:
        ConfigError: the file of a query has problems.
        Refused: a place is not there, can't be read, or both are not of one sort.
        PluginUnusable: a rule names a format that is not installed, or can't be loaded.
        StoreError: a bucket can't be read.
    """
    with tempfile.TemporaryDirectory(prefix="parity-diff-") as name:
        trees = [_tree(str(place), Path(name) / side) for place, side in ((left, "left"), (right, "right"))]
        return compare_trees(*_named_alike(*trees), rules, Path)


def _tree(place: str, into: Path) -> Tree:
    into.mkdir()
    if place.startswith(S3):
        return _prefix(place, into)
    if place.startswith(QUERY):
        return _query(place, into)
    path = Path(place)
    if path.is_dir():
        return Tree(place, {file.name: file for file in _folder(path)})
    if not path.is_file():
        known = "a file, a folder, an archive, s3://BUCKET/PREFIX or query:FILE"
        message = f"{place}: no such file or folder; a place is {known}"
        raise Refused(message)
    if path.name.lower().endswith(ARCHIVES):
        found = artifacts.unpack(path, into)
        files = (replace(file, stored=str(into / file.stored)) if file.stored else file for file in found.files)
        return Tree(place, {file.name: file for file in files if file.kind != "directory"}, found.damage)
    return Tree(place, {path.name: _file(path, path.name)})


def _query(place: str, into: Path) -> Tree:
    """Read the rows of a query as one table."""
    from harness.campaign.query_rows import write_rows  # noqa: PLC0415 - only where a place is a query
    from harness.config.query_file import read_query  # noqa: PLC0415 - the same

    path = into / QUERY_FILE
    write_rows(read_query(Path(place.removeprefix(QUERY))), path)
    return Tree(place, {QUERY_FILE: _file(path, QUERY_FILE)})


def _named_alike(left: Tree, right: Tree) -> tuple[Tree, Tree]:
    """Give two single files one name: they were named one by one, so they belong to each other."""
    singles = [tree for tree in (left, right) if set(tree.files) in ({Path(tree.place).name}, {QUERY_FILE})]
    if len(singles) < len((left, right)):
        return left, right
    (name,), (other,) = left.files, right.files
    return left, replace(right, files={name: replace(right.files[other], name=name)})


def _folder(root: Path) -> Iterator[OutputFile]:
    """List a folder; symbolic links are compared as what they say, and never followed."""
    count, whole = 0, root.resolve()
    for folder, folders, names in os.walk(whole):
        folders.sort()
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in sorted([*names, *links]):
            count += 1
            if count > FILES_MAX:
                message = f"{root}: more than {FILES_MAX} files"
                raise Refused(message)
            path = Path(folder) / name
            yield _file(path, path.relative_to(whole).as_posix())


def _file(path: Path, name: str) -> OutputFile:
    try:
        found = path.lstat()
        if stat.S_ISLNK(found.st_mode):
            return OutputFile(name, 0, "", "symlink", str(path.readlink()))
        if not stat.S_ISREG(found.st_mode):
            return OutputFile(name, 0, "", "other", "no plain file")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise Refused(message) from error
    return OutputFile(name, found.st_size, digest, stored=str(path.absolute()))


def _prefix(place: str, into: Path) -> Tree:
    """Fetch all objects below a prefix, or the one object that is called like it."""
    from harness.store import s3  # noqa: PLC0415 - the client is half a second of start-up that files need not pay

    bucket, _, key = place.removeprefix(S3).partition("/")
    if not bucket:
        message = f"{place}: no bucket; write s3://BUCKET/PREFIX"
        raise Refused(message)
    store = s3.Bucket(s3.client(), bucket, "", into)
    single = [name for name in store.names(key) if name == key] if key and not key.endswith("/") else []
    prefix = "" if single else f"{key.rstrip('/')}/".lstrip("/")
    names = single or [name for name in store.names(prefix) if not name.endswith("/")]
    if not names:
        message = f"{place}: no object there; a place is a file, a folder, an archive or s3://BUCKET/PREFIX"
        raise Refused(message)
    fetched = {}
    for number, name in enumerate(names):
        path = into / f"{number:06d}"
        _write(path, store.chunks(name))
        inner = Path(name).name if single else name.removeprefix(prefix)
        fetched[inner] = _file(path, inner)
    if single and key.lower().endswith(ARCHIVES):
        unpacked = into / "unpacked"
        found = artifacts.unpack(into / "000000", unpacked)
        files = (replace(file, stored=str(unpacked / file.stored)) if file.stored else file for file in found.files)
        return Tree(place, {file.name: file for file in files if file.kind != "directory"}, found.damage)
    return Tree(place, fetched)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
