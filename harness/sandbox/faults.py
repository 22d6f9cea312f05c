"""The nemesis: which faults a sandbox is to commit, how often, and a record of those that it did.

The file: `{"faults": [{"name": "event-lost", "side": "candidate", "match": "train", "at": "Training", "count": 1}]}`.

- `name`: one fault; the halves of the sandbox have one function for each and refuse names they don't know.
- `side`: `legacy` (Kubernetes), `candidate` (SageMaker).
- `match`: part of a job's or run's name; `*`, the default, is any.
- `at`: the moment it waits for, in the fault's own words (a status, an operation); left out, any moment will do.
- `count`: how often it fires; 1 by default.

Every other key is an option of that fault. A fault that fires appends a line to `faults.jsonl`: one that never fired is
seen by its absence.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import NoReturn

SIDES = ("legacy", "candidate")
RECORD = "faults.jsonl"
ANY = "*"
_OWN = ("name", "side", "match", "at", "count")


class FaultFileError(ValueError):
    """The nemesis file says something that can't be done; the message names the entry, the key and what was found."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as the file asks for it."""

    name: str
    side: str
    match: str = ANY
    at: str | float | None = None
    count: int = 1
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def number(self, option: str, default: float) -> float:
        """Read a numeric option; anything else there is refused."""
        value = self.options.get(option, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            message = f"fault {self.name}: {option}: found {value!r}, expected a number"
            raise FaultFileError(message)
        return float(value)

    def concerns(self, subject: str, moment: str) -> bool:
        """Tell whether it waits for this subject at this moment."""
        here = self.match == ANY or self.match in subject
        return here and (not isinstance(self.at, str) or self.at == moment)


class Faults:
    """The faults of one sandbox, counted down as they fire. Safe to use from any thread."""

    def __init__(self, planned: tuple[Fault, ...], record: Path, clock: Callable[[], float] = time.time) -> None:
        """Remember the plan; `record` is appended to, one line a fault that fired."""
        self.planned = planned
        self._left = [fault.count for fault in planned]
        self._record = record
        self._clock = clock
        self._lock = threading.Lock()

    def of(self, side: str) -> Faults:
        """Give the faults of one side, counted by themselves."""
        return Faults(tuple(fault for fault in self.planned if fault.side == side), self._record, self._clock)

    def take(self, name: str, subject: str, moment: str = "") -> Fault | None:
        """Give the fault to commit on this subject now, and count it as fired; None when there is none left."""
        with self._lock:
            for index, fault in enumerate(self.planned):
                if fault.name == name and self._left[index] > 0 and fault.concerns(subject, moment):
                    self._left[index] -= 1
                    self._write(index, fault, subject, moment)
                    return fault
        return None

    def waiting(self, name: str) -> bool:
        """Tell whether any fault of that name is left: lets a hot path skip its question."""
        return any(left > 0 and fault.name == name for fault, left in zip(self.planned, tuple(self._left), strict=True))

    def _write(self, index: int, fault: Fault, subject: str, moment: str) -> None:
        said = {
            "time": self._clock(),
            "index": index,
            "name": fault.name,
            "side": fault.side,
            "subject": subject,
            "moment": moment,
        }
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")


def load(path: Path | None, directory: Path) -> Faults:
    """Read a nemesis file; without one no fault ever fires. What fires is recorded in the directory.

    Raises:
        FaultFileError: the file is no list of faults, or an entry has a wrong key or value.
    """
    record = directory / RECORD
    if path is None:
        return Faults((), record)
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path}: not JSON: {error}"
        raise FaultFileError(message) from error
    entries = written.get("faults") if isinstance(written, dict) else None
    if not isinstance(entries, list):
        message = f'{path}: expected {{"faults": [...]}}'
        raise FaultFileError(message)
    return Faults(tuple(_fault(f"{path}: faults[{index}]", entry) for index, entry in enumerate(entries)), record)


def check(faults: Faults, side: str, known: Mapping[str, frozenset[str]]) -> None:
    """Refuse planned faults of a side that it can't commit; `known` has every fault with its own options.

    Raises:
        FaultFileError: an unknown name or option, or an option that is no number.
    """
    for fault in faults.planned:
        if fault.side != side:
            continue
        if fault.name not in known:
            message = f"fault {fault.name}: the {side} half of the sandbox can't commit it; it can: {', '.join(known)}"
            raise FaultFileError(message)
        for option in fault.options:
            if option not in known[fault.name]:
                message = f"fault {fault.name}: unknown option {option}"
                raise FaultFileError(message)
            fault.number(option, 0.0)


def tally(faults: Faults, folder: Path) -> tuple[tuple[Fault, int], ...]:
    """Say of every planned fault how often it fired, from the record in the folder."""
    counts = fired(folder)
    places: Counter[str] = Counter()
    found = []
    for fault in faults.planned:
        found.append((fault, counts.get((fault.side, places[fault.side]), 0)))
        places[fault.side] += 1
    return tuple(found)


def fired(folder: Path) -> Mapping[tuple[str, int], int]:
    """Count what fired, by side and place in that side's plan; a half-written last line is no fault yet."""
    try:
        *lines, _ = (folder / RECORD).read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return {}
    said = [json.loads(line) for line in lines]
    return Counter((item["side"], item["index"]) for item in said)


def _fault(place: str, entry: object) -> Fault:
    if not isinstance(entry, dict):
        _refuse(place, entry, "an object")
    name, side, match = entry.get("name"), entry.get("side"), entry.get("match", ANY)
    at, count = entry.get("at"), entry.get("count", 1)
    if not isinstance(name, str) or not name:
        _refuse(f"{place}.name", name, "the name of a fault")
    if side not in SIDES:
        _refuse(f"{place}.side", side, " or ".join(SIDES))
    if not isinstance(match, str) or not match:
        _refuse(f"{place}.match", match, "part of a name, or *")
    if isinstance(at, bool) or not isinstance(at, str | int | float | None):
        _refuse(f"{place}.at", at, "a word or a number")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        _refuse(f"{place}.count", count, "a whole number from 1")
    options = {key: value for key, value in entry.items() if key not in _OWN}
    return Fault(name, side, match, at, count, MappingProxyType(options))


def _refuse(place: str, found: object, expected: str) -> NoReturn:
    message = f"{place}: found {found!r}, expected {expected}"
    raise FaultFileError(message)
