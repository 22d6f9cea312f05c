"""Members of the same name on two sides → whether they hold the same, by the owner's rules.

Those with the same bytes are never opened. What a rule says and a format can't follow is refused, never left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.compare.format import Difference, Format, NotCompared, Part
from harness.compare.members import Member, partition_of
from harness.compare.output_rules import OpenPayload
from harness.model.finding import TABLES_MAX, Sample, TableCounts
from harness.model.job import CompareRule, Json
from harness.model.wording import counted

OPENED_MAX = 5000
"""Members of one output that are opened; one that a process has to read costs a quarter of a second."""


@dataclass(slots=True)
class Group:
    """All members of one output that one check speaks of."""

    identical: int = 0
    judged: int = 0
    """With other bytes, which something else decides about."""
    compared: int = 0
    """With other bytes and the same content."""
    within: int = 0
    """Values in them that differ within tolerance."""
    differing: list[str] = field(default_factory=list)
    """Half a sentence each."""
    noisy: list[str] = field(default_factory=list)
    """They differ, and only in what legacy's own runs differ in beyond what is allowed."""
    unread: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    samples: list[Sample] = field(default_factory=list)
    left_out: int = 0
    whole: list[Json] = field(default_factory=list)
    """All that differs, member by member: what was found where that is all of it, else the digests of the bytes."""
    tables: list[TableCounts] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Count the members."""
        return self.identical + self.judged + self.compared + len(self.differing) + len(self.noisy) + len(self.unread)


def refusal(rule: CompareRule, form: Format) -> str:
    """Say which keys of a rule a format can't follow, and what to write instead; empty where it follows all."""
    unfit = [key for key in rule.asks if key not in form.applies]
    if not unfit:
        return ""
    keys = ", ".join(f"`{key}`" for key in unfit)
    if form.compare is None:
        return f"not opened: its rule says {keys}, and no format that reads such a file is named: say `form:`"
    return f"its rule says {keys}, which {form.name} files can't follow: give them a rule of their own"


def compare_bytes(group: Group, pair: tuple[Member, Member]) -> None:
    """Note two files that no format reads, and that have other bytes."""
    left, right = pair
    group.differing.append(f"{left.name} differs in its bytes")
    group.samples.append(Sample(left.name, _bytes(left), _bytes(right)))
    group.whole.append([left.name, *_digests(pair)])


def _bytes(member: Member) -> str:
    return f"{counted(member.file.bytes, 'byte')}, sha256 {member.file.sha256[:12]}…"


def _digests(pair: tuple[Member, Member]) -> list[Json]:
    made: list[Json] = []
    for member in pair:
        shas: list[Json] = [part.sha256 for part in member.parts]
        made.append(shas if member.data_set else shas[0])
    return made


def opened(pair: tuple[Member, Member], open_payload: OpenPayload) -> tuple[list[Part], list[Part]]:
    """Give the payloads of two members.

    Raises:
        NotCompared: one was not kept.
    """
    left, right = (parts_of(member, open_payload) for member in pair)
    return left, right


def parts_of(member: Member, open_payload: OpenPayload) -> list[Part]:
    """Give the payloads of a member.

    Raises:
        NotCompared: one was not kept.
    """
    parts = []
    for file in member.parts:
        path = open_payload(file.stored) if file.stored else None
        if path is None:
            raise NotCompared("its payload was not kept")
        if member.folder is not None:
            parts.append(Part(path, name=member.below(file)))
        else:
            parts.append(Part(path, partition_of(file.name) if member.data_set else {}))
    return parts


def difference_of_pair(pair: tuple[Member, Member], open_payload: OpenPayload) -> Difference:
    """Open two members with other bytes, and compare what they say.

    Raises:
        NotCompared: one can't be read, or a limit was met.
    """
    left, right = opened(pair, open_payload)
    form, rule = pair[0].form, pair[0].rule
    if pair[0].data_set and form.data_set is not None:
        return form.data_set.compare(left, right, rule)
    if form.compare is None:
        raise NotCompared("no format reads it")
    return form.compare(left[0].path, right[0].path, rule)


def compare_content(group: Group, pair: tuple[Member, Member], open_payload: OpenPayload) -> Difference | None:
    """Compare two members and count them; give what differs, where something does."""
    name = pair[0].name
    try:
        found = difference_of_pair(pair, open_payload)
    except NotCompared as trouble:
        group.unread.append(f"{name}: {trouble}")
        return None
    group.ignored |= set(found.ignored)
    group.within += found.within
    if found.equal:
        group.compared += 1
        return None
    return found


def note_difference(group: Group, pair: tuple[Member, Member], found: Difference) -> None:
    """Note two members that hold something else."""
    name = pair[0].name
    group.differing.append(f"{name}: {found.summary}")
    group.whole.append([name, found.whole or _digests(pair)])
    group.samples += [replace(sample, where=f"{name} {sample.where}") for sample in found.samples]
    group.left_out += found.samples_left_out
    if found.table is not None and len(group.tables) < TABLES_MAX:
        group.tables.append(replace(found.table, file=name))


def shared(legacy: Mapping[str, Member], candidate: Mapping[str, Member]) -> list[tuple[Member, Member]]:
    """Pair the members of the same name."""
    return [(legacy[name], candidate[name]) for name in sorted(legacy.keys() & candidate.keys())]
