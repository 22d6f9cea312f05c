"""Altering finished campaigns one thing at a time and two at a time, and counting the GOs that are left standing."""

from __future__ import annotations

import random
import shutil
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import forked
from attack import finished
from attack.alterations import Alteration, Place, pairs, singles
from attack.dated import dated, linked, redated_files
from attack.strange import strange

from harness.cli import ledgers, rulings, verdicts
from harness.cli.main import parity
from harness.store import codec

PAIRS = 150
"""Of each campaign."""
OTHER = {"sound": "ruled", "liar": "sound", "ruled": "sound"}
"""Whose things are put into a campaign."""
THINNED = 3
"""Of the single ones, some 1,600 of each campaign, every third is tried; the seed says which."""
SAMPLED = 10
"""Every so many alterations are looked at by the other commands too."""
COMMANDS = (("rejudge",), ("report", "--format", "text"))
BOUNDS = forked.Bounds(cpu_seconds=20, wall_seconds=60.0)
FILE_TIMES = (0.0, 4_102_444_800.0)
"""1970 and 2100: what a file system says of a file's time is no evidence."""
CODES = {1, 3}
OPEN = 3
REFUSED = 2
LARGE_BYTES = 1 << 30
Weakness = Callable[[], object]


@dataclass
class Count:
    """What the alterations of one kind came to."""

    tried: int = 0
    left: int = 0
    """GOs that were left standing."""
    other: int = 0
    """Ends without a reason, or with another code than 1 and 3."""
    codes: Counter[int] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Write it as a row of the table."""
        return f"| {name} | {self.tried} | {self.left} | {self.codes[3]} | {self.codes[1]} | {self.other} |"


HEAD = (
    "| altered | tried | GOs left standing | INCONCLUSIVE (3) | NO-GO (1) | other |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: |"
)


@dataclass(frozen=True, slots=True)
class Steps:
    """Every so many are tried: of the single alterations, and of all others."""

    single: int
    other: int


def measure(base: finished.Finished, seed: int, folder: Path, steps: Steps) -> dict[str, Count]:
    """Alter all three campaigns; give the counts by campaign, one at a time and in pairs."""
    counts = {}
    for repository in finished.UNTOUCHED:
        no_go = finished.UNTOUCHED[repository] == 1
        signed = repository if repository == finished.SIGNED else ""
        place = Place(base.folder, base.campaigns[repository], base.campaigns[OTHER[repository]], no_go, signed)
        draw = random.Random(f"{seed} {repository}")
        found, clocks, folders = list(singles(place, draw)), [*dated(place), *linked(place)], list(strange(place))
        chosen = {
            "one at a time": (found, steps.single),
            "dates and hard links": (clocks, steps.other),
            "whole folders, names and rules": (folders, steps.other),
            "in pairs": (list(pairs([*found, *clocks, *folders], draw, PAIRS)), steps.other),
        }
        for what, (alterations, step) in chosen.items():
            some = [each for number, each in enumerate(alterations) if not (number + seed) % step]
            counts[f"{repository}, {what}"] = tried(base, place, some, folder)
    return counts


def tried(
    base: finished.Finished,
    place: Place,
    alterations: list[Alteration],
    folder: Path,
    weakness: Weakness = lambda: None,
) -> Count:
    """Try alterations, each on a copy of its own."""
    count, whole = Count(), _digests(base.folder)
    for number, alteration in enumerate(alterations):
        copy = _copy(base, folder / "copy")
        try:
            alteration.apply(copy)
        except (OSError, ValueError, IndexError):
            continue  # nothing to change there, as after the first of a pair
        if _digests(copy) == whole:
            continue  # the second of a pair undid the first
        count.tried += 1
        look = _Look(place, copy, folder / "said", weakness, count)
        codes = CODES | ({REFUSED} if alteration.refused else set())
        found = [*look.gate(codes), *(look.others() if number % SAMPLED == 0 else ())]
        if place.signed and (number % SAMPLED == 0 or alteration.name.startswith("ledger")):
            found += look.signoff()
        count.told += [f"{alteration.name}: {failure}" for failure in found]
    return count


def _copy(base: finished.Finished, into: Path) -> Path:
    shutil.rmtree(into, ignore_errors=True)
    return shutil.copytree(base.folder, into, symlinks=True, ignore=shutil.ignore_patterns("sandbox"))


def _digests(tree: Path) -> dict[str, str]:
    """Give the bytes of every file by digest; what is no plain file, or endless, counts by its kind and length."""
    found = {}
    for path in tree.rglob("*"):
        said = path.lstat()
        plain = stat.S_ISREG(said.st_mode) and said.st_size < LARGE_BYTES
        found[str(path.relative_to(tree))] = (
            codec.digest(path.read_bytes()) if plain else f"{stat.S_IFMT(said.st_mode)} {said.st_size}"
        )
    return found


@dataclass
class _Look:
    """Looks at an altered copy by the commands that give a verdict, or rest on one."""

    place: Place
    copy: Path
    said: Path
    weakness: Weakness
    count: Count
    code: int = 0
    anchored: bool = False

    def gate(self, codes: set[int]) -> Iterator[str]:
        """Name a GO that is left, and an end without a reason."""
        ended = self._run("gate", self.place.campaign, "--allow-synthetic")
        self.code, self.anchored = ended.code, "anchor" in ended.out + ended.err
        self.count.codes[ended.code] += 1
        if ended.code == 0:
            self.count.left += 1
            yield f"GO left standing: {ended.out.strip()[:300]}"
        elif (
            ended.code not in codes or ended.stopped or "Traceback" in ended.err or not (ended.out + ended.err).strip()
        ):
            self.count.other += 1
            yield f"code {ended.code}{', stopped' if ended.stopped else ''}: {(ended.out + ended.err).strip()[-300:]}"

    def others(self) -> Iterator[str]:
        """Let the other readers look, where the evidence itself is damaged."""
        for words in COMMANDS if self.code == OPEN and not self.anchored else ():
            ended = self._run(words[0], self.place.campaign, *words[1:])
            if "Traceback" in ended.err or ended.stopped or "✔ GO" in ended.out:
                self.count.other += 1
                yield f"{words[0]}, code {ended.code}: {(ended.out + ended.err).strip()[-300:]}"

    def signoff(self) -> Iterator[str]:
        """Ask what the sign-off is worth on this copy."""
        ended = self._run("signoff", self.place.signed)
        if ended.code == 0:
            self.count.left += 1
            yield f"sign-off left standing: {ended.out.strip()[:300]}"

    def _run(self, *words: str) -> forked.Ended:
        return _command(self.copy, self.said, self.weakness, *words)


def _command(copy: Path, said: Path, weakness: Weakness, *words: str) -> forked.Ended:
    def act() -> object:
        weakness()
        return parity(list(words), prog_name="parity")

    return forked.run(act, said, BOUNDS, cwd=copy)


def controls(base: finished.Finished, folder: Path) -> list[str]:
    """Untouched campaigns keep their codes; where digests are not compared, GOs are left and are counted."""
    failures = []
    for repository, code in finished.UNTOUCHED.items():
        place = Place(base.folder, base.campaigns[repository], base.campaigns[OTHER[repository]])
        gate = _command(base.folder, folder / "said", lambda: None, "gate", place.campaign, "--allow-synthetic")
        if gate.code != code:
            failures.append(f"untouched {repository}: code {gate.code}, not {code}: {gate.out}{gate.err}"[:500])
        for seconds in FILE_TIMES:
            copy = _copy(base, folder / "copy")
            redated_files(copy, seconds)
            gate = _command(copy, folder / "said", lambda: None, "gate", place.campaign, "--allow-synthetic")
            if gate.code != code:
                failures.append(f"{repository}, files of {seconds:g} s: code {gate.code}, not {code}: {gate.out}"[:500])
    worth = _command(base.folder, folder / "said", lambda: None, "signoff", finished.SIGNED)
    if worth.code != 0:
        failures.append(f"the untouched sign-off: code {worth.code}: {worth.out}{worth.err}"[:500])
    place = Place(base.folder, base.campaigns["sound"], base.campaigns["ruled"])
    some = [single for single in singles(place, random.Random(1)) if "flip a bit" in single.name]
    weak = tried(base, place, some, folder, _weakened)
    if not weak.left:
        failures.append("a harness that compares no digests left no GO: the session would not see one")
    return failures


def _weakened() -> None:
    """Plant a weakness: every file has the digest that it should have."""

    class Same(str):
        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        def __ne__(self, other: object) -> bool:
            return False

        __hash__ = str.__hash__

    real = codec.digest_of_chunks
    codec.digest_of_chunks = lambda chunks: Same(real(chunks))


LOADED = (ledgers, rulings, verdicts)
"""What the commands would import one by one in each child."""
