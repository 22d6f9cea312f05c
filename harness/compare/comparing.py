"""Two sets of files and rules → how they differ, member by member: the comparison of outputs without a pair of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.compare.contents import difference_of_pair, refusal, shared
from harness.compare.effective_rule import in_words
from harness.compare.format import Difference, NotCompared
from harness.compare.members import Member, members_of
from harness.compare.output_rules import OpenPayload
from harness.compare.wording import kind_of
from harness.model.comparison import SCHEMA, Comparison, MemberComparison
from harness.model.finding import Outcome, Sample
from harness.model.job import CompareRule
from harness.model.observation import OutputFile
from harness.model.wording import counted


@dataclass(frozen=True, slots=True)
class Tree:
    """All files of one side."""

    place: str
    """As it was named."""
    files: Mapping[str, OutputFile]
    damage: str = ""
    """Why it can't be trusted."""


def compare_trees(left: Tree, right: Tree, rules: Sequence[CompareRule], open_payload: OpenPayload) -> Comparison:
    """Compare every file that either side has.

    Raises:
        PluginUnusable: a rule names a format that is not installed, or can't be loaded.
    """
    sides = [members_of(tree.files, tuple(rules)) for tree in (left, right)]
    names = [set(members.by_name) for members in sides]
    damaged = tuple(f"{tree.place}: {tree.damage}" for tree in (left, right) if tree.damage)
    pairs = shared(sides[0].by_name, sides[1].by_name)
    return Comparison(
        schema=SCHEMA,
        left=left.place,
        right=right.place,
        members=() if damaged else tuple(_compared(pair, open_payload) for pair in pairs),
        only_left=tuple(sorted(names[0] - names[1])),
        only_right=tuple(sorted(names[1] - names[0])),
        damaged=damaged,
        skipped=tuple(sorted({name for members in sides for name in members.skipped})),
        beside=sum(len(members.checksums) for members in sides),
    )


def _compared(pair: tuple[Member, Member], open_payload: OpenPayload) -> MemberComparison:
    left, right = pair
    if not (left.file.sha256 and right.file.sha256):
        kinds = kind_of(left.file), kind_of(right.file)
        same = kinds[0] == kinds[1]
        said = f"Both are a {kinds[0]}." if same else f"The left is a {kinds[0]}, the right a {kinds[1]}."
        return _result(pair, Outcome.MATCH if same else Outcome.MISMATCH, said)
    if left.same_bytes(right):
        return _result(pair, Outcome.MATCH, "The bytes are the same.")
    if left.marker:
        return _result(pair, Outcome.MATCH, "Both are there, which is all that it says.")
    refused = refusal(left.rule, left.form)
    if refused:
        return _result(pair, Outcome.INCONCLUSIVE, f"{refused[:1].upper()}{refused[1:]}.")
    if left.form.compare is None:
        return _result(pair, Outcome.MISMATCH, "The bytes differ, and no format that reads it is known or named.")
    try:
        found = difference_of_pair(pair, open_payload)
    except NotCompared as trouble:
        return _result(pair, Outcome.INCONCLUSIVE, f"It can't be compared: {trouble}.")
    return _told(pair, found)


def _told(pair: tuple[Member, Member], found: Difference) -> MemberComparison:
    near = f", {counted(found.within, 'value')} within tolerance" if found.within else ""
    said = f"Both hold the same{near}." if found.equal else f"{found.summary[:1].upper()}{found.summary[1:]}{near}."
    outcome = Outcome.MATCH if found.equal else Outcome.MISMATCH
    return _result(pair, outcome, said, found)


def _result(
    pair: tuple[Member, Member], outcome: Outcome, summary: str, found: Difference | None = None
) -> MemberComparison:
    left, right = pair
    samples: tuple[Sample, ...] = found.samples if found else ()
    return MemberComparison(
        name=left.name,
        form=left.form.name,
        rule=in_words(left.rule),
        outcome=outcome,
        summary=summary,
        files=(len(left.parts), len(right.parts)),
        bytes=(sum(part.bytes for part in left.parts), sum(part.bytes for part in right.parts)),
        within=found.within if found else 0,
        ignored=found.ignored if found else (),
        samples=samples,
        samples_left_out=found.samples_left_out if found else 0,
    )
