"""Every alteration of a finished campaign, enumerated: each file by each operation, each class of field by each one.

An alteration changes a copy of the whole folder. It comes in three strengths: as it is; with every digest mended that
other files of the campaign hold of what was changed; and with the ledger's entries changed and rechained besides, which
only an anchor can find.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from attack.nasty import paths, replaced

from harness.campaign.story import LEDGER
from harness.store import codec, ledger

DERIVED = ("report", "sandbox", "writers", "anchor.json")
"""Pages, who wrote, and the receipt of an anchor for pages: beside the evidence, and never read for a verdict."""
Change = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Alteration:
    """One change of a copy of the folder; it raises OSError or ValueError where there is nothing to change."""

    name: str
    apply: Change
    refused: bool = False
    """A command may refuse to look at all: 2, with what is wrong."""


@dataclass(frozen=True, slots=True)
class Place:
    """A campaign in the folder, and another one to take things from."""

    tree: Path
    campaign: str
    other: str
    no_go: bool = False
    """The campaign is one, so that no rule of today may make it a GO."""
    signed: str = ""
    """The repository, where its campaign is signed off."""

    @property
    def root(self) -> Path:
        """Of the campaign."""
        return self.tree / "reports" / self.campaign

    def files(self) -> dict[str, list[str]]:
        """List evidence files by class, as paths below the folder."""
        found: dict[str, list[str]] = {}
        for path in sorted(self.root.rglob("*")):
            name = path.relative_to(self.root).as_posix()
            if path.is_file() and name.partition("/")[0] not in DERIVED:
                found.setdefault(class_of(name), []).append(path.relative_to(self.tree).as_posix())
        return found


def class_of(name: str) -> str:
    """Name the class of an evidence file: the same file of every run is of one class."""
    return re.sub(r"^(runs|judgement|verdict)/[^/]+", r"\1/*", name)


def singles(place: Place, draw: random.Random) -> Iterator[Alteration]:
    """Enumerate all single alterations of a campaign."""
    classes = place.files()
    for kind, names in classes.items():
        yield from of_file(place, kind, draw.choice(names), names)
    for kind, names in classes.items():
        if kind.endswith(".json"):
            yield from of_fields(place, kind, draw.choice(names), draw)
    yield from of_records(place)
    yield from of_ledger(place, draw)
    yield from added(place)


def pairs(found: list[Alteration], draw: random.Random, count: int) -> Iterator[Alteration]:
    """Draw pairs of single alterations, one after the other on one copy."""
    for _ in range(count):
        first, second = draw.sample(found, 2)

        def both(tree: Path, first: Alteration = first, second: Alteration = second) -> None:
            first.apply(tree)
            second.apply(tree)

        yield Alteration(f"{first.name} + {second.name}", both, first.refused or second.refused)


# -- files ------------------------------------------------------------------------------------------------------------


def of_file(place: Place, kind: str, name: str, same: list[str]) -> Iterator[Alteration]:
    """Do everything to one file that can be done to a file."""
    twin = next((text for text in same if text != name), "")
    elsewhere = name.replace(f"/{place.campaign}/", f"/{place.other}/")
    changes: Mapping[str, Change] = {
        "delete": lambda tree: (tree / name).unlink(),
        "flip a bit": lambda tree: _rewrite(tree / name, _flip),
        "append a byte": lambda tree: _rewrite(tree / name, lambda data: data + b" "),
        "cut in half": lambda tree: _rewrite(tree / name, lambda data: data[: len(data) // 2]),
        "cut the last byte": lambda tree: _rewrite(tree / name, lambda data: data[:-1]),
        "empty": lambda tree: _rewrite(tree / name, lambda data: data[:0]),
        "rename": lambda tree: (tree / name).rename(tree / f"{name}.away"),
        "FIFO in its place": lambda tree: _in_its_place(tree / name, os.mkfifo),
        "folder in its place": lambda tree: _in_its_place(tree / name, Path.mkdir),
        "dangling link in its place": lambda tree: _in_its_place(tree / name, lambda path: path.symlink_to("nowhere")),
        "device in its place": lambda tree: _in_its_place(tree / name, lambda path: path.symlink_to("/dev/zero")),
        "swap with another of its class": lambda tree: _swap(tree / name, tree / twin),
        "copy another of its class over it": lambda tree: _copy(tree / twin, tree / name),
        "replay from another campaign": lambda tree: _replay(tree, place, name, elsewhere),
    }
    for what, change in changes.items():
        if "another of its class" not in what or twin:
            yield Alteration(f"{kind}: {what}", change)
            if what in {"flip a bit", "append a byte", "cut in half", "empty", "copy another of its class over it"}:
                yield from mended(f"{kind}: {what}", change, place)


def _rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    data = path.read_bytes()
    changed = change(data)
    if changed == data:
        message = f"{path}: nothing to change"
        raise ValueError(message)
    path.write_bytes(changed)


def _flip(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if data else data


def _in_its_place(path: Path, make: Callable[[Path], object]) -> None:
    path.unlink()
    make(path)


def _swap(one: Path, two: Path) -> None:
    data, other = one.read_bytes(), two.read_bytes()
    if data == other:
        message = "both are the same"
        raise ValueError(message)
    one.write_bytes(other)
    two.write_bytes(data)


def _copy(source: Path, target: Path) -> None:
    _rewrite(target, lambda _: source.read_bytes())


def _replay(tree: Path, place: Place, name: str, elsewhere: str) -> None:
    """Take the file of the same class that another repository's campaign has."""
    kind = class_of(Path(name).relative_to(f"reports/{place.campaign}").as_posix())
    root = tree / "reports" / place.other
    found = [path for path in sorted(root.rglob("*")) if class_of(path.relative_to(root).as_posix()) == kind]
    source = tree / elsewhere if (tree / elsewhere).is_file() else found[0]
    _copy(source, tree / name)


# -- fields -----------------------------------------------------------------------------------------------------------

WORDS = {
    "MISMATCH": "MATCH", "INCONCLUSIVE": "MATCH", "NOT RUN": "MATCH", "MATCH": "WAIVED", "NO-GO": "GO", "GO": "NO-GO",
    "synthetic": "real", "real": "synthetic", "legacy": "candidate", "candidate": "legacy", "standard": "trial",
}  # fmt: skip
"""What somebody who wants another verdict would write instead."""


def of_fields(place: Place, kind: str, name: str, draw: random.Random) -> Iterator[Alteration]:
    """Change and remove one field of each class; the same field of every run, pair or finding is of one class."""
    document = json.loads((place.tree / name).read_bytes())
    classes: dict[str, list[tuple[Any, ...]]] = {}
    for path in paths(document):
        if path:
            classes.setdefault(_field_class(path), []).append(path)
    for field, members in classes.items():
        path = draw.choice(members)
        value = _at(document, path)
        changed = Alteration(f"{kind} {field}: {_said(value)}", _field_edit(name, path, _other(value)))
        yield changed
        yield from mended(changed.name, changed.apply, place)
        if isinstance(path[-1], str):
            yield Alteration(f"{kind} {field}: removed", _field_edit(name, path, _REMOVED))


_REMOVED = object()


def _field_class(path: tuple[Any, ...]) -> str:
    return ".".join("*" if isinstance(step, int) or not re.fullmatch(r"[a-z_]{1,30}", step) else step for step in path)


def _at(document: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        document = document[step]
    return document


def _other(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return WORDS.get(value, f"{value}x")
        case None:
            return 1
        case list():
            return value[:-1] or [None]
        case _:
            return {} if value else {"x": "y"}


def _said(value: Any) -> str:
    return f"{json.dumps(value)[:20]} to {json.dumps(_other(value))[:20]}"


def _field_edit(name: str, path: tuple[Any, ...], value: Any) -> Change:
    def edit(tree: Path) -> None:
        file = tree / name
        try:
            document = json.loads(file.read_bytes())
            _at(document, path)
        except (KeyError, IndexError, TypeError) as error:
            raise ValueError(str(error)) from error
        if value is not _REMOVED:
            file.write_bytes(codec.encode(replaced(document, path, value)))
            return
        owner = {key: member for key, member in _at(document, path[:-1]).items() if key != path[-1]}
        file.write_bytes(codec.encode(replaced(document, path[:-1], owner)))

    return edit


# -- records of the journal -------------------------------------------------------------------------------------------


def of_records(place: Place) -> Iterator[Alteration]:
    """Drop, double, swap and cut whole records of the journal."""
    name = f"reports/{place.campaign}/journal.log"
    changes: Mapping[str, Callable[[list[bytes]], list[bytes]]] = {
        "drop the first record": lambda lines: lines[1:],
        "drop the last record": lambda lines: lines[:-1],
        "drop one in the middle": lambda lines: lines[: len(lines) // 2] + lines[len(lines) // 2 + 1 :],
        "double one": lambda lines: [*lines[:2], *lines[1:]],
        "swap two": lambda lines: [lines[1], lines[0], *lines[2:]],
        "reverse": lambda lines: lines[::-1],
        "drop all": lambda _: [],
    }
    for what, change in changes.items():
        altered = Alteration(f"journal.log: {what}", lambda tree, change=change: _lines(tree / name, change))
        yield altered
        yield from mended(altered.name, altered.apply, place)


def _lines(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    _rewrite(path, lambda data: b"".join(change(data.splitlines(keepends=True))))


# -- ledger -----------------------------------------------------------------------------------------------------------


def of_ledger(place: Place, draw: random.Random) -> Iterator[Alteration]:
    """Edit, drop, double, swap and forge entries of the ledger, and make the chain whole again after each."""
    name = f"reports/{LEDGER}"
    entries = [json.loads(line) for line in (place.tree / name).read_bytes().splitlines()]
    own = [number for number, entry in enumerate(entries) if entry["campaign"] == place.campaign]
    changes: dict[str, Callable[[list[Any]], list[Any]]] = {
        "cut the last entry": lambda found: found[:-1],
        "cut half": lambda found: found[: len(found) // 2],
        "drop the first entry": lambda found: found[1:],
        "double the last": lambda found: [*found, found[-1]],
        "swap the last two": lambda found: [*found[:-2], found[-1], found[-2]],
        "drop all": lambda _: [],
        "drop those of the campaign": lambda found: [item for item in found if item["campaign"] != place.campaign],
        "drop those of the others": lambda found: [item for item in found if item["campaign"] == place.campaign],
    }
    for number in own:
        for field in ("kind", "at", "repository", "campaign", *(f"facts.{key}" for key in entries[number]["facts"])):
            path = tuple(field.split(".", 1))
            changes[f"entry {entries[number]['kind']}, {field}"] = _entry_edit(number, path)
    for what, change in changes.items():
        for chain in (False, True):
            label = f"ledger: {what}{', rechained' if chain else ''}"
            yield Alteration(label, lambda tree, change=change, chain=chain: _ledger(tree / name, change, chain=chain))
    yield Alteration("ledger: a bit", lambda tree: _rewrite(tree / name, _flip))
    yield Alteration("ledger: cut in the last line", lambda tree: _rewrite(tree / name, lambda data: data[:-20]))
    yield Alteration("ledger: deleted", lambda tree: (tree / name).unlink())
    yield Alteration("ledger: FIFO in its place", lambda tree: _in_its_place(tree / name, os.mkfifo))
    del draw


def _entry_edit(number: int, path: tuple[str, ...]) -> Callable[[list[Any]], list[Any]]:
    def edit(found: list[Any]) -> list[Any]:
        if number >= len(found):
            message = "no such entry any more"
            raise ValueError(message)
        return [*found[:number], replaced(found[number], path, _other(_at(found[number], path))), *found[number + 1 :]]

    return edit


def _ledger(path: Path, change: Callable[[list[Any]], list[Any]], *, chain: bool) -> None:
    data = path.read_bytes()
    entries = change([json.loads(line) for line in data.splitlines()])
    lines = rechained(entries) if chain else [codec.line(entry) for entry in entries]
    changed = b"".join(line + b"\n" for line in lines)
    if changed == data:
        message = "nothing to change"
        raise ValueError(message)
    path.write_bytes(changed)


def rechained(entries: list[Any]) -> list[bytes]:
    """Write entries as a chain that verifies, as whoever owns the file can."""
    lines: list[bytes] = []
    for number, entry in enumerate(entries):
        previous = codec.digest(lines[-1]) if lines else ledger.FIRST
        lines.append(codec.line({**entry, "sequence": number, "previous": previous}))
    return lines


def rechained_text(lines: list[bytes]) -> bytes:
    """Write lines of a ledger as a chain that verifies."""
    return b"".join(line + b"\n" for line in rechained([json.loads(line) for line in lines]))


# -- what is added ----------------------------------------------------------------------------------------------------


def added(place: Place) -> Iterator[Alteration]:
    """Put other campaigns' things in, whole."""
    root, other = f"reports/{place.campaign}", f"reports/{place.other}"

    def another(folder: str) -> Change:
        def change(tree: Path) -> None:
            shutil.rmtree(tree / root / folder)
            shutil.copytree(tree / other / folder, tree / root / folder)

        return change

    def judged_as(tree: Path) -> None:
        """Another repository's judgement and verdict under this one's name."""
        for folder in ("judgement", "verdict"):
            (mine,) = (tree / root / folder).glob("*.json")
            (theirs,) = (tree / other / folder).glob("*.json")
            _copy(theirs, mine)

    for folder in ("judgement", "verdict", "runs"):
        yield Alteration(f"{folder}: another campaign's folder", another(folder))
        yield Alteration(f"{folder}: removed whole", lambda tree, folder=folder: shutil.rmtree(tree / root / folder))
    yield Alteration("judgement and verdict of another repository", judged_as)
    yield from mended("judgement and verdict of another repository", judged_as, place)


# -- mending ----------------------------------------------------------------------------------------------------------

_ROUNDS = 4
"""A payload's digest stands in its observation, whose digest in the judgement, whose digest in the verdict."""


def mended(name: str, change: Change, place: Place) -> Iterator[Alteration]:
    """The same change, with the digests that other files hold made right; then with the ledger too."""
    yield Alteration(f"{name}, digests mended", lambda tree: mend(tree, place.campaign, change, ledger_too=False))
    yield Alteration(
        f"{name}, digests mended and ledger rechained", lambda tree: mend(tree, place.campaign, change, ledger_too=True)
    )


def mend(tree: Path, campaign: str, change: Change, *, ledger_too: bool) -> None:
    """Change, then put the new digest of every changed file in place of its old one, until nothing changes."""
    root, book = tree / "reports" / campaign, tree / "reports" / LEDGER
    before = _digests(root)
    change(tree)
    for _ in range(_ROUNDS):
        after = _digests(root)
        new = {before[name]: after[name] for name in before if name in after and before[name] != after[name]}
        texts = [
            path for path in root.rglob("*.json") if path.is_file() and path.relative_to(root).parts[0] not in DERIVED
        ]
        for path in texts:
            _substitute(path, new)
        if ledger_too and book.is_file():
            _substitute(book, new)
        if _digests(root) == after:
            break
    if ledger_too and book.is_file():
        book.write_bytes(rechained_text(book.read_bytes().splitlines()))


def _digests(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] not in DERIVED
    }


def _substitute(path: Path, new: Mapping[str, str]) -> None:
    data = path.read_bytes()
    changed = data
    for old, digest in new.items():
        changed = changed.replace(old.encode(), digest.encode())
    if changed != data:
        path.write_bytes(changed)
