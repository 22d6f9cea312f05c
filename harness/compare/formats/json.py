"""JSON documents, value by value; a field is a path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.compare.format import Difference, FieldDifference, Format, without_file
from harness.compare.json_noise import differing_paths, json_noise
from harness.compare.json_values import compare_json, read_json
from harness.model.job import CompareRule


def _compare(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    both = read_json(legacy, "legacy file"), read_json(candidate, "candidate file")
    found = compare_json(*both, rule)
    samples, left_out = found.samples_of("")
    return Difference(
        equal=found.equal,
        summary="" if found.equal else found.summary(),
        within=found.within,
        ignored=found.ignored,
        whole=found.whole(),
        samples=without_file(samples),
        samples_left_out=left_out,
        fields=differing_paths(*both, rule),
    )


def _noise(one: Path, other: Path, rule: CompareRule) -> Iterator[FieldDifference]:
    yield from json_noise(read_json(one, "one run"), read_json(other, "another run"), rule)


FORMAT = Format("json", "outputs.json", (".json",), _compare, _noise, applies=frozenset({"tolerance", "ignore"}))
