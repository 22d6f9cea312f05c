"""Compares two untrusted documents: a process of its own, run by file path, bounded before it reads.

Request as JSON on standard input: `ask` (`difference` or `noise`), form (a name of `read.documents`), tolerance
({pattern: [absolute, relative]}), ignore, and sides ({side: [{"file": name}]}); files are names in the working
directory. Answer as JSON on standard output: {ask: …} or {"trouble": text}.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from harness.bounded import process_limits
from harness.compare.documents.notebook import STAMPED
from harness.compare.documents.read import STREAMED, documents
from harness.compare.documents.unreadable import Unreadable
from harness.compare.json_noise import differing_paths, json_noise
from harness.compare.json_values import JsonComparison, JsonTrouble, finished
from harness.model.job import CompareRule, Json, Tolerance

SIDES = ("legacy", "candidate")
ABSENT = object()
FIELDS_MAX = 1000


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Compare, or say why not."""
    tolerance = {name: Tolerance(*bounds) for name, bounds in request["tolerance"].items()}
    stamped = STAMPED if request["form"] == "notebook" else ()
    rule = CompareRule("*", tolerance=tolerance, ignore=(*request["ignore"], *stamped))
    asked = {"difference": _difference, "noise": _noise}[request.get("ask", "difference")]
    try:
        return {request.get("ask", "difference"): asked(request, rule)}
    except (Unreadable, JsonTrouble) as error:
        return {"trouble": " ".join(str(error).split())[:500]}
    except (MemoryError, RecursionError):
        return {"trouble": "needs more memory than it may"}


def _pairs(request: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Give the documents of both sides in pairs, each with its path; one side may have fewer."""
    form = str(request["form"])
    readers = [_named(side, form, Path(request["sides"][side][0]["file"])) for side in SIDES]
    for number, (left, right) in enumerate(zip_longest(*readers, fillvalue=ABSENT)):
        yield (f"$[{number}]" if form in STREAMED else "$"), left, right


def _named(side: str, form: str, path: Path) -> Iterator[Json]:
    try:
        yield from documents(form, path)
    except Unreadable as error:
        message = f"{side} file: {error}"
        raise Unreadable(message) from error
    except OSError as error:
        message = f"{side} file: {error.strerror}"
        raise Unreadable(message) from error


def _difference(request: Mapping[str, Any], rule: CompareRule) -> dict[str, Any]:
    tally = JsonComparison(rule)
    fields: set[str] = set()
    for path, left, right in _pairs(request):
        if left is ABSENT or right is ABSENT:
            tally.one_sided(path, left if right is ABSENT else right, only_legacy=right is ABSENT)
            continue
        before = tally.found
        tally.compare(path, left, right)
        if tally.found > before and len(fields) < FIELDS_MAX:
            fields |= differing_paths(left, right, rule, path)
    found = finished(tally)
    rows = [[item.path, item.change.value, item.legacy, item.candidate, item.distance] for item in found.differences]
    return {
        "differences": rows,
        "left_out": found.left_out,
        "values": found.values,
        "within": found.within,
        "ignored": list(found.ignored),
        "fields": sorted(fields),
    }


def _noise(request: Mapping[str, Any], rule: CompareRule) -> list[list[Any]]:
    rows: dict[str, list[Any]] = {}
    for path, left, right in _pairs(request):
        if left is ABSENT or right is ABSENT:
            rows[""] = ["", "unstable", None, True]
            break
        for field in json_noise(left, right, rule, path):
            row = rows.setdefault(field.name, [field.name, field.kind.value, field.largest, field.above])
            if row[1] != field.kind.value:
                row[1] = "unstable"
            row[2] = max((value for value in (row[2], field.largest) if value is not None), default=None)
            row[3] = row[3] or field.above
    return list(rows.values())


if __name__ == "__main__":
    process_limits.serve(answer)
