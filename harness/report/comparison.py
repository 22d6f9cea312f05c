"""A comparison without a campaign as text, JSON with its schema, and a page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec

from harness.model.comparison import Comparison, MemberComparison
from harness.model.finding import Outcome, Sample
from harness.report.render import document
from harness.report.wording import counted

WORDS = {Outcome.MATCH: "equal", Outcome.MISMATCH: "different", Outcome.INCONCLUSIVE: "undecided"}
ORDER = {Outcome.MISMATCH: 0, Outcome.INCONCLUSIVE: 1, Outcome.MATCH: 2}
NAMES_MAX = 20
"""Files that only one side has, by name; the rest is counted."""
EQUAL_MAX = 20
"""Members that are equal, by name."""


def sentence(found: Comparison) -> str:
    """Say in one sentence how both sides compare."""
    if found.damaged:
        return f"Undecided: {found.damaged[0]}."
    if not (found.members or found.only_left or found.only_right):
        return "Undecided: there is nothing to compare."
    counts = Counter(member.outcome for member in found.members)
    parts = [f"{counts[outcome]} {WORDS[outcome]}" for outcome in ORDER if counts[outcome]]
    parts += [f"{len(found.only_left)} only on the left"] if found.only_left else []
    parts += [f"{len(found.only_right)} only on the right"] if found.only_right else []
    return f"{WORDS[found.outcome].capitalize()}: {', '.join(parts)}."


def ordered(found: Comparison) -> list[MemberComparison]:
    """Give the members, those that differ first."""
    return sorted(found.members, key=lambda member: (ORDER.get(member.outcome, 1), member.name))


def text_of(found: Comparison) -> str:
    """Write a comparison as lines of text."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    yield sentence(found)
    yield f"left (called legacy below):     {found.left}"
    yield f"right (called candidate below): {found.right}"
    for what, names in (("left", found.only_left), ("right", found.only_right)):
        yield from (f"only on the {what}: {name}" for name in names[:NAMES_MAX])
        if len(names) > NAMES_MAX:
            yield f"only on the {what}: {len(names) - NAMES_MAX} more"
    equal = 0
    for member in ordered(found):
        equal += member.outcome is Outcome.MATCH
        if member.outcome is not Outcome.MATCH or equal <= EQUAL_MAX:
            yield from _member(member)
    if equal > EQUAL_MAX:
        yield f"{equal - EQUAL_MAX} more are equal"
    if found.skipped:
        yield f"skipped by rule: {', '.join(found.skipped[:NAMES_MAX])}"
    if found.beside:
        yield f"{counted(found.beside, 'file')} of checksums and the like not compared"
    yield from rules_of(found)


def rules_of(found: Comparison) -> Iterator[str]:
    """Give every effective rule, once."""
    yield from (f"rule {rule}" for rule in dict.fromkeys(member.rule for member in found.members))


def _member(member: MemberComparison) -> Iterator[str]:
    many = "" if member.files == (1, 1) else f" ({member.files[0]} and {counted(member.files[1], 'file')})"
    yield f"{WORDS[member.outcome]}: {member.name}{many}, as {member.form}: {member.summary}"
    if member.ignored:
        yield f"    not compared by rule: {', '.join(member.ignored)}"
    yield from (f"    {_sample(sample)}" for sample in member.samples)
    if member.samples_left_out:
        yield f"    {counted(member.samples_left_out, 'more place')} not shown"


def _sample(sample: Sample) -> str:
    note = f" ({sample.note})" if sample.note else ""
    return f"{sample.where}: {sample.legacy} | {sample.candidate}{note}"


def json_of(found: Comparison) -> str:
    """Write a comparison as JSON; `outcome` is the worst of all."""
    value: dict[str, Any] = {**asdict(found), "outcome": found.outcome.value}
    return json.dumps(value, ensure_ascii=False, allow_nan=False, indent=1)


def schema() -> dict[str, Any]:
    """Give the JSON Schema of `json_of`."""
    made = msgspec.json.schema(Comparison)
    found: dict[str, Any] = made["$defs"]["Comparison"]
    found["properties"]["outcome"] = {"enum": [outcome.value for outcome in WORDS]}
    found["required"] = [*found["required"], "outcome"]
    return made


def page_of(found: Comparison) -> bytes:
    """Draw a page that asks for nothing outside itself."""
    outcome = found.outcome
    return document(
        "comparison.html",
        found=found,
        outcome=outcome.value,
        word=WORDS[outcome],
        sentence=sentence(found),
        members=ordered(found),
        rules=list(rules_of(found)),
        names_max=NAMES_MAX,
    )
