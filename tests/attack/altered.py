"""Altering finished campaigns one thing at a time and two at a time, and counting the GOs that are left standing."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import forked
from attack import finished
from attack.alterations import Alteration, Place, pairs, singles
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
CODES = {1, 3}
REFUSED = 2
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


def measure(base: finished.Finished, seed: int, folder: Path, every: int) -> dict[str, Count]:
    """Alter all three campaigns; give the counts by campaign, one at a time and in pairs."""
    counts = {}
    for repository in finished.UNTOUCHED:
        no_go = finished.UNTOUCHED[repository] == 1
        place = Place(base.folder, base.campaigns[repository], base.campaigns[OTHER[repository]], no_go)
        draw = random.Random(f"{seed} {repository}")
        found = list(singles(place, draw))
        chosen = {
            "one at a time": (found, every * THINNED),
            "whole folders, names and rules": (list(strange(place)), every),
            "in pairs": (list(pairs(found, draw, PAIRS)), every),
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
    count = Count()
    for number, alteration in enumerate(alterations):
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(base.folder, copy, symlinks=True, ignore=shutil.ignore_patterns("sandbox"))
        try:
            alteration.apply(copy)
        except (OSError, ValueError, IndexError):
            continue  # nothing to change there, as after the first of a pair
        count.tried += 1
        codes = CODES | ({REFUSED} if alteration.refused else set())
        for failure in _look(place, copy, folder / "said", count, weakness, codes, more=number % SAMPLED == 0):
            count.told.append(f"{alteration.name}: {failure}")
    return count


def _look(
    place: Place, copy: Path, said: Path, count: Count, weakness: Weakness, codes: set[int], *, more: bool
) -> Iterator[str]:
    """Run the gate, and on a sample the other commands; name a GO that is left, and an end without a reason."""
    gate = _command(copy, said, weakness, "gate", place.campaign, "--allow-synthetic")
    count.codes[gate.code] += 1
    if gate.code == 0:
        count.left += 1
        yield f"GO left standing: {gate.out.strip()[:300]}"
    elif gate.code not in codes or gate.stopped or "Traceback" in gate.err or not (gate.out + gate.err).strip():
        count.other += 1
        yield f"code {gate.code}{', stopped' if gate.stopped else ''}: {(gate.out + gate.err).strip()[-300:]}"
    if more and gate.code == 3 and "anchor" not in gate.out + gate.err:
        for words in COMMANDS:
            ended = _command(copy, said, weakness, words[0], place.campaign, *words[1:])
            if "Traceback" in ended.err or ended.stopped or "✔ GO" in ended.out:
                count.other += 1
                yield f"{words[0]}, code {ended.code}: {(ended.out + ended.err).strip()[-300:]}"


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
