"""Names, kinds and link targets of both sides → one finding. Parts of a data set have no name here, and no number."""

from __future__ import annotations

from collections.abc import Mapping

from harness.compare.difference import difference_of
from harness.compare.members import Member, Members
from harness.compare.name_patterns import shape_of, shapes_of
from harness.compare.output_case import Both, Case
from harness.compare.wording import kind_of
from harness.model.finding import Finding, Outcome, Sample
from harness.model.job import Json, Side
from harness.model.observation import OutputSeen
from harness.model.wording import counted, first_of

CHECK = "outputs.files"
REMEDY = "make both sides write the same files, or correct the declared path"
_MISSING, _EXTRA = "only on the legacy side", "only on the candidate side"
_OTHER = "of another kind or link target"
NAMED_MAX = 3

Sides = Mapping[Side, Members]
Seen = Mapping[Side, OutputSeen]


def compare_file_sets(case: Case, seen: Seen, sides: Sides, both: Both) -> Finding:
    """Compare names, kinds and link targets of what both sides left."""
    legacy, candidate = sides[Side.LEGACY].by_name, sides[Side.CANDIDATE].by_name
    lonely = {
        Side.LEGACY: sorted(legacy.keys() - candidate.keys()),
        Side.CANDIDATE: sorted(candidate.keys() - legacy.keys()),
    }
    other = [
        Sample(name, _kind(legacy[name]), _kind(candidate[name]))
        for name in sorted(legacy.keys() & candidate.keys())
        if _kind(legacy[name]) != _kind(candidate[name])
    ]
    also = f"{_folders(seen)}{_left_out(sides)}"
    if not (lonely[Side.LEGACY] or lonely[Side.CANDIDATE] or other):
        summary = f"{case.output.name} has the same {_counted(sides)} on both sides{also}."
        return case.finding(CHECK, Outcome.MATCH, summary)
    missing, extra = (
        [one_sided(case, sides[side].by_name[name], side, both) for name in lonely[side]] for side in Side
    )
    samples = [*missing, *extra, *other]
    parts = [_some(files, text) for files, text in ((missing, _MISSING), (extra, _EXTRA), (other, _OTHER)) if files]
    names = [name for side in Side for name in lonely[side]]
    said = f"The files of {case.output.name} differ: {', '.join(parts)}{also}"
    if not other and all(shape_of(name) in case.noise.names for name in names):
        said += ": legacy's own runs do not agree on such names either"
        return case.finding(CHECK, Outcome.INCONCLUSIVE, f"{said}.", samples, remedy=_pattern_advice(names))
    shapes = {side: shapes_of(lonely[side]) for side in Side}
    same_shapes = shapes[Side.LEGACY] & shapes[Side.CANDIDATE]
    remedy = f"{REMEDY}; {_pattern_advice(same_shapes)}" if same_shapes else REMEDY
    return case.finding(CHECK, Outcome.MISMATCH, f"{said}.", samples, remedy=remedy, difference=difference(sides))


def _pattern_advice(names: list[str] | frozenset[str]) -> str:
    """Propose the rule for names that differ from run to run."""
    shapes = sorted({shape_of(name) for name in names})[:NAMED_MAX]
    shown = ", ".join(f'files: "{shape}"' for shape in shapes)
    return f"where a name differs from run to run, write a rule with {shown}"


def one_sided(case: Case, member: Member, side: Side, both: Both) -> Sample:
    """Show what one side lacks, and whether the process of that side says that it wrote it."""
    size = sum(part.bytes for part in member.parts)
    many = f" of {counted(len(member.parts), 'file')}" if member.data_set else ""
    shown = {side: f"{_kind(member)}{many}, {counted(size, 'byte')}"}
    lacking = Side.CANDIDATE if side is Side.LEGACY else Side.LEGACY
    record = both[lacking].record
    wrote = record is not None and member.file.name in record.outputs.get(case.output.name, {})
    note = f"the {lacking.value} process wrote a file of this name, and it did not arrive" if wrote else ""
    return Sample(member.name, shown.get(Side.LEGACY, "not there"), shown.get(Side.CANDIDATE, "not there"), note)


def difference(sides: Sides) -> str:
    """Bind to every name that one side lacks, with its bytes, and to every kind that differs."""
    legacy, candidate = sides[Side.LEGACY].by_name, sides[Side.CANDIDATE].by_name
    lonely = [
        [side.value, name, _kind(sides[side].by_name[name]), _digest(sides[side].by_name[name])]
        for side in Side
        for name in sorted(sides[side].by_name.keys() - (candidate if side is Side.LEGACY else legacy).keys())
    ]
    shared = sorted(legacy.keys() & candidate.keys())
    kinds = [[name, _kind(legacy[name]), _kind(candidate[name])] for name in shared]
    return difference_of(lonely, [kind for kind in kinds if kind[1] != kind[2]])


def _digest(member: Member) -> Json:
    return [part.sha256 for part in member.parts] if member.data_set else member.file.sha256


def _kind(member: Member) -> str:
    return "data set" if member.data_set else kind_of(member.file)


def _some(files: list[Sample], text: str) -> str:
    """Name one file, and count the rest."""
    more = f" and {counted(len(files) - 1, 'more file')}" if len(files) > 1 else ""
    return f"{files[0].where}{more} {text}"


def _counted(sides: Sides) -> str:
    """Count files and data sets; how many parts a data set has is told, and no difference."""
    members = sides[Side.LEGACY].by_name.values()
    sets = [member for member in members if member.data_set]
    files = len(members) - len(sets)
    said = [counted(files, "file")] if files or not sets else []
    if sets:
        parts = [sum(len(member.parts) for member in sides[side].by_name.values() if member.data_set) for side in Side]
        how_many = counted(parts[0], "file") if parts[0] == parts[1] else f"{parts[0]} and {counted(parts[1], 'file')}"
        said.append(f"{counted(len(sets), 'data set')} ({how_many})")
    return " and ".join(said)


def _left_out(sides: Sides) -> str:
    """Tell which files were not compared, so that nothing is ignored without a word."""
    parts = []
    skipped = sorted({name for members in sides.values() for name in members.skipped})
    if skipped:
        parts.append(f"skipped by rule: {first_of(skipped, NAMED_MAX)}")
    checksums = max(len(members.checksums) for members in sides.values())
    if checksums:
        parts.append(f"{counted(checksums, 'file')} of checksums and the like not compared")
    return f" ({'; '.join(parts)})" if parts else ""


def _folders(seen: Seen) -> str:
    """Mention folders without content that only one side has."""
    legacy, candidate = (
        {file.name for file in seen[side].files if file.kind == "directory"} for side in (Side.LEGACY, Side.CANDIDATE)
    )
    lonely = sorted(legacy ^ candidate)
    return f" (empty folders on one side only: {', '.join(lonely[:3])})" if lonely else ""
