"""Alterations of whole folders, of names and of what lies around a campaign: no field and no byte would show them."""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attack.alterations import Alteration, Place, mended, rechained_text

from harness.campaign.story import LEDGER

HUGE_BYTES = 1 << 40
"""Of a sparse file, which takes no room and is read for hours."""


def strange(place: Place) -> Iterator[Alteration]:
    """Enumerate them for one campaign."""
    yield from _whole(place)
    yield from _runs(place)
    yield from _names(place)
    yield from _sparse(place)
    yield from _ledgers(place)
    if place.no_go:
        yield from _rules()


# -- whole folders ----------------------------------------------------------------------------------------------------


def _whole(place: Place) -> Iterator[Alteration]:
    """Put the other campaign in this one's place: as it is, and renamed to the last byte."""
    root, other = f"reports/{place.campaign}", f"reports/{place.other}"

    def taken(tree: Path) -> None:
        shutil.rmtree(tree / root)
        shutil.copytree(tree / other, tree / root, symlinks=True)

    def renamed(tree: Path) -> None:
        """Write its name, and its repository's, wherever the other's stood; the ledger is rechained."""
        taken(tree)
        for path in sorted((tree / root).rglob("*")):
            if path.is_file() and not path.is_symlink():
                path.write_bytes(path.read_bytes().replace(place.other.encode(), place.campaign.encode()))

    def emptied(tree: Path) -> None:
        shutil.rmtree(tree / root)
        (tree / root).mkdir()

    def linked(tree: Path) -> None:
        shutil.rmtree(tree / root)
        (tree / root).symlink_to(tree / other)

    yield Alteration("campaign: the other one's folder in its place", taken)
    yield from mended("campaign: the other one's folder, renamed", renamed, place)
    yield Alteration("campaign: emptied", emptied)
    yield Alteration("campaign: removed", lambda tree: shutil.rmtree(tree / root), refused=True)
    yield Alteration("campaign: a link to the other one", linked, refused=True)


def _runs(place: Place) -> Iterator[Alteration]:
    """Swap the folders of two runs: of a pair's two sides, and of one side."""
    runs = sorted(path.name for path in (place.root / "runs").iterdir())
    legacy = [name for name in runs if "legacy" in name]
    candidate = [name for name in runs if "candidate" in name]
    swaps = {"both sides of a pair": (legacy[0], candidate[0]), "two of one side": (candidate[0], candidate[1])}
    for what, (first, second) in swaps.items():

        def swapped(tree: Path, first: str = first, second: str = second) -> None:
            folder = tree / "reports" / place.campaign / "runs"
            (folder / first).rename(folder / "away")
            (folder / second).rename(folder / first)
            (folder / "away").rename(folder / second)

        yield Alteration(f"runs: {what} swapped", swapped)
        yield from mended(f"runs: {what} swapped", swapped, place)
    for name, keep in (("all legacy", candidate), ("all candidate", legacy)):

        def dropped(tree: Path, keep: list[str] = keep) -> None:
            for run in (tree / "reports" / place.campaign / "runs").iterdir():
                if run.name not in keep:
                    shutil.rmtree(run)

        yield Alteration(f"runs: {name} dropped", dropped)


# -- names ------------------------------------------------------------------------------------------------------------


def _names(place: Place) -> Iterator[Alteration]:
    """Write names in another case and in another composition of the same characters."""
    spelt: Mapping[str, Callable[[str], str]] = {
        "upper case": str.upper,
        "another composition": lambda name: unicodedata.normalize("NFD", name.replace("o", "\u00f6")),
    }
    for what, spell in spelt.items():
        for folder in ("runs", "judgement", "verdict"):

            def respelt(tree: Path, folder: str = folder, spell: Callable[[str], str] = spell) -> None:
                for path in sorted((tree / "reports" / place.campaign / folder).iterdir()):
                    path.rename(path.with_name(spell(path.name)))

            yield Alteration(f"{folder}: names in {what}", respelt)


# -- files that never end ---------------------------------------------------------------------------------------------


def _sparse(place: Place) -> Iterator[Alteration]:
    """Make a file a terabyte long, which costs its writer nothing."""
    for kind, names in place.files().items():
        yield Alteration(f"{kind}: a terabyte long", lambda tree, name=names[0]: os.truncate(tree / name, HUGE_BYTES))
    yield Alteration("ledger: a terabyte long", lambda tree: os.truncate(tree / "reports" / LEDGER, HUGE_BYTES))


# -- ledger and rules -------------------------------------------------------------------------------------------------


def _ledgers(place: Place) -> Iterator[Alteration]:
    """Give the campaign the entries that the other one has, rechained; or a ledger with nothing but them."""
    book = f"reports/{LEDGER}"

    def alone(tree: Path) -> None:
        lines = [line for line in (tree / book).read_bytes().splitlines() if place.other.encode() in line]
        (tree / book).write_bytes(rechained_text(lines))

    def borrowed(tree: Path) -> None:
        lines = [
            line.replace(place.other.encode(), place.campaign.encode())
            for line in (tree / book).read_bytes().splitlines()
            if place.campaign.encode() not in line
        ]
        (tree / book).write_bytes(rechained_text(lines))

    yield Alteration("ledger: the other campaign's entries alone", alone)
    yield Alteration("ledger: the other campaign's entries under this name", borrowed)


def _rules() -> Iterator[Alteration]:
    """Soften today's rules after a NO-GO: evidence is judged by none that is weaker than the plan's."""
    edits = {
        "policy: trial": (r"preset: standard", "preset: trial"),
        "no anchor": (r"^  anchor:.*\n", ""),
        "a margin of 90 %": (r"margin: 1%", "margin: 90%"),
        "no metric": (r"^    metrics:.*\n", ""),
        "no output": (r"^    outputs:.*\n", ""),
        "one pair": (r"pairs: 3, repeats: 2", "pairs: 1, repeats: 1"),
        "a failure is expected": (
            r"^    kind: training\n",
            "    kind: training\n    expected: {cause: code error, exit_code: 1}\n",
        ),
        "a waiver of everything": (
            r"^  liar:\n",
            "  liar:\n    waivers: [{id: w, owner: o, reason: r, scope: '*', last_day: 2027-01-10}]\n",
        ),
        "a waiver of the check": (
            r"^  liar:\n",
            "  liar:\n    waivers: [{id: w, owner: o, reason: r, scope: truth.agreement/work, last_day: 2027-01-10}]\n",
        ),
        "the repository renamed": (r"^  liar:\n", "  honest:\n"),
        "emptied": (r"(?s)\A.*\Z", ""),
    }
    for what, (pattern, text) in edits.items():

        def edited(tree: Path, pattern: str = pattern, text: str = text) -> None:
            file = tree / "repos.yaml"
            before = file.read_text(encoding="utf-8")
            after = re.sub(pattern, lambda _: text, before, count=1, flags=re.MULTILINE)
            if after == before:
                message = f"nothing in repos.yaml matches {pattern}"
                raise LookupError(message)
            file.write_text(after, encoding="utf-8")

        yield Alteration(f"repos.yaml: {what}", edited, refused=True)
    yield Alteration("repos.yaml: removed", lambda tree: (tree / "repos.yaml").unlink(), refused=True)
