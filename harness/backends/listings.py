"""What lies at an input's place: under which names a run finds it, and whether it is still what lay there before.

S3 lists keys in the order of their bytes, a thousand at a time, and may be asked for those after a key (API reference,
ListObjectsV2). So a page that was seen can be asked for again by one presigned URL, and one digest says whether it is
the same: keys, sizes and entity tags, whatever an object's encryption makes of its tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from harness.errors import BackendError
from harness.model import strict_json
from harness.model.job import Json
from harness.model.order import ListedPage, Listing, S3Place

PAGE_OBJECTS = 1_000
"""S3 gives no more at once."""
OBJECTS_MAX = 100_000
"""Of an input that is held against its listing before the command: each side asks for a page a thousand of them."""
WRITTEN_BYTES_MAX = 256 * 1024
UNORDERED = "--x-s3"
"""Ends the name of a directory bucket, which lists its keys in no order (S3 user guide, "Differences for directory
buckets")."""


@dataclass(frozen=True, slots=True)
class Item:
    """One object as S3 lists it."""

    key: str
    bytes: int
    tag: str
    """Its entity tag: another one where the content is another."""


def begun_by(uri: str) -> S3Place:
    """Take an input's place apart as it is written: an object, or what the keys of its objects begin with."""
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return S3Place(bucket, prefix)


def name_below(key: str, prefix: str) -> str:
    """Name an object below its input's folder, as SageMaker does: one that is the whole place keeps its last part.

    A partial prefix is cut at its last slash (assumed; public reports differ).
    """
    if key == prefix and not prefix.endswith("/"):
        return key.rpartition("/")[2]
    folder = prefix if prefix.endswith("/") or not prefix else prefix + "/"
    return key.removeprefix(folder if key.startswith(folder) else prefix.rpartition("/")[0] + "/")


def listing_of(items: Iterable[Item], prefix: str) -> Listing | None:
    """Keep what tells a later listing from this one; None: more lies there than is asked for a second time."""
    found = list(items)
    if len(found) > OBJECTS_MAX:
        return None
    pages = [found[start : start + PAGE_OBJECTS] for start in range(0, len(found), PAGE_OBJECTS)]
    before = ["", *(page[-1].key for page in pages)]
    cuts = {len(item.key) - len(name_below(item.key, prefix)) for item in found}
    return Listing(
        tuple(ListedPage(after, len(page), _digest(page)) for after, page in zip(before, pages, strict=False)),
        cuts.pop() if len(cuts) == 1 else None,
    )


def _digest(page: Sequence[Item]) -> str:
    """Hash a page as the shim does."""
    found = hashlib.sha256()
    for item in page:
        found.update(f"{item.key} {item.bytes} {item.tag}\n".encode())
    return found.hexdigest()


def written(listing: Listing | None) -> bytes:
    """Write a listing down for the pair's other run."""
    pages: list[Json] = [asdict(page) for page in listing.pages] if listing else []
    return strict_json.write({"pages": pages, "cut": listing.cut if listing else None, "listed": listing is not None})


def read(data: bytes) -> Listing | None:
    """Read it back.

    Raises:
        BackendError: it is no listing that was written here.
    """
    try:
        value = strict_json.read(data, bytes_max=WRITTEN_BYTES_MAX)
        if not isinstance(value, Mapping) or not value["listed"]:
            return None
        pages = value["pages"]
        assert isinstance(pages, list)  # noqa: S101 # nosec B101 # else it was not written here, as for any other shape
        return Listing(tuple(ListedPage(**page) for page in pages), value["cut"])  # type: ignore[arg-type]
    except (strict_json.StrictError, AssertionError, KeyError, TypeError) as error:
        message = f"the listing of an input that was staged for the pair's first run is damaged: {error}"
        raise BackendError(message) from error
