"""Alterations of clocks and of links: dates of documents, of runs and of entries moved by years, and hard links."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from attack.alterations import Alteration, Change, Place, class_of, mended, rechained

from harness.campaign.story import LEDGER
from harness.model.clock import iso, parse_iso
from harness.store import codec

DAYS = 400
DAY_SECONDS = 86400.0
MOVES = {"later": DAYS * DAY_SECONDS, "earlier": -DAYS * DAY_SECONDS}
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
_EPOCH_FROM = 1e9
"""A number from here on is a time of this century."""


def dated(place: Place) -> Iterator[Alteration]:
    """Move all dates of each class of document, and of the ledger's entries; each also with digests mended."""
    for kind, names in place.files().items():
        if not kind.endswith(".json"):
            continue
        for what, seconds in MOVES.items():
            change = _moved(names, seconds)
            label = f"{kind}: all dates {DAYS} days {what}"
            yield Alteration(label, change)
            yield from mended(label, change, place)
    for what, seconds in MOVES.items():
        for whose, campaign in (("all entries", ""), ("the campaign's entries", place.campaign)):
            for chain in (False, True):
                label = f"ledger: {whose} {DAYS} days {what}{', rechained' if chain else ''}"
                yield Alteration(label, _entries_moved(campaign, seconds, chain=chain))


def _moved(names: list[str], seconds: float) -> Change:
    def change(tree: Path) -> None:
        changed = 0
        for name in names:
            data = (tree / name).read_bytes()
            new = codec.encode(_shifted(json.loads(data), seconds))
            changed += new != data
            (tree / name).write_bytes(new)
        if not changed:
            message = "nothing is dated there"
            raise ValueError(message)

    return change


def _shifted(value: Any, seconds: float) -> Any:
    match value:
        case dict():
            return {key: _shifted(member, seconds) for key, member in value.items()}
        case list():
            return [_shifted(member, seconds) for member in value]
        case str() if _DATE.fullmatch(value):
            return iso(parse_iso(value) + seconds)
        case float() if value > _EPOCH_FROM:
            return value + seconds
        case _:
            return value


def _entries_moved(campaign: str, seconds: float, *, chain: bool) -> Change:
    def change(tree: Path) -> None:
        book = tree / "reports" / LEDGER
        entries = [json.loads(line) for line in book.read_bytes().splitlines()]
        moved = [_shifted(entry, seconds) if campaign in {"", entry["campaign"]} else entry for entry in entries]
        lines = rechained(moved) if chain else [codec.line(entry) for entry in moved]
        book.write_bytes(b"".join(line + b"\n" for line in lines))

    return change


def linked(place: Place) -> Iterator[Alteration]:
    """Put a hard link in a file's place: to another of its class, to the other campaign's, to something else."""
    root = place.tree / "reports" / place.other
    others = {class_of(path.relative_to(root).as_posix()): path for path in sorted(root.rglob("*")) if path.is_file()}
    for kind, names in place.files().items():
        sources: Mapping[str, str] = {
            "another of its class": names[-1],
            "the other campaign's": others[kind].relative_to(place.tree).as_posix() if kind in others else "",
            "repos.yaml": "repos.yaml",
        }
        for what, source in sources.items():
            if source and source != names[0]:
                yield Alteration(f"{kind}: hard link to {what}", _hard_link(source, names[0]))
    book = f"reports/{LEDGER}"
    yield Alteration("ledger: hard link to the journal", _hard_link(f"reports/{place.campaign}/journal.log", book))


def _hard_link(source: str, target: str) -> Callable[[Path], None]:
    def change(tree: Path) -> None:
        if (tree / source).read_bytes() == (tree / target).read_bytes():
            message = "both are the same"
            raise ValueError(message)
        (tree / target).unlink()
        os.link(tree / source, tree / target)

    return change


def redated_files(tree: Path, seconds: float) -> None:
    """Give every file and folder that time of change: no evidence, so that no verdict may rest on it."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            os.utime(path, (seconds, seconds))
