"""Files of one side of an output → what is compared as one: a file, a file whose name varies, or a data set. Pure.

A data set is one table in many files. Engines name and count the files by themselves (a number, a random id, one a
task), so names and number of part files are no result of the job; what the folders say (`day=2026-11-25`) is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote

from harness.compare.format import Format
from harness.compare.formats import FORMATS, format_of, with_log
from harness.compare.output_rules import rule_at, rule_for
from harness.config.registered import AUTO
from harness.fields.placeholders import has_placeholder
from harness.model.job import CompareRule
from harness.model.observation import OutputFile

PARTITION = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=(.*)")
"""A folder of a partitioned data set, as Hive named them."""
HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
PART = re.compile(rf"(part[-.]|data_)[0-9].*|[0-9]+(_[0-9]+)*(\..*)?|.*-[0-9]{{5}}-of-[0-9]{{5}}(\..*)?|.*{_UUID}.*")
"""Names of part files: of Spark, Hadoop, pyarrow and Dask (`part-0…`, `part.0`), DuckDB (`data_0`), Hive, Polars and
BigQuery (numbers), Beam and TensorFlow (`…-00000-of-00010`), Trino and Athena (a UUID)."""
MARKERS = frozenset({"_SUCCESS"})
"""Says by being there that a data set is whole; what is in it is the committer's affair."""
BESIDE = re.compile(r"_metadata|_common_metadata|_committed_.*|_started_.*")
"""What engines keep beside part files, and write anew for each set of them."""


@dataclass(frozen=True, slots=True)
class Member:
    """What is compared as one."""

    name: str
    """The same on both sides: a file's own name, its rule's pattern, or a data set's folder and what its parts are."""
    rule: CompareRule
    form: Format
    parts: tuple[OutputFile, ...]
    """In the order of their names."""
    data_set: bool = False
    folder: str | None = None
    """Of a table whose log says which files are its own; empty: the output's own."""

    @property
    def file(self) -> OutputFile:
        """Give the first file; the only one, but of a data set."""
        return self.parts[0]

    @property
    def marker(self) -> bool:
        """Tell whether only its being there says something."""
        return PurePosixPath(self.name).name in MARKERS

    def same_bytes(self, other: Member) -> bool:
        """Tell whether both have the same bytes in the same partitions, whatever their files are called."""
        return self.content == other.content

    @property
    def content(self) -> tuple[tuple[str, str], ...]:
        """Give partition and digest of every file, whatever its name; by name, where a log names files."""
        if self.folder is not None:
            return tuple(sorted((self.below(part), part.sha256) for part in self.parts))
        return tuple(sorted(_bytes(part) for part in self.parts))

    def below(self, part: OutputFile) -> str:
        """Give the path of a file below the table's folder."""
        return part.name.removeprefix(f"{self.folder}/") if self.folder else part.name


@dataclass(slots=True)
class Members:
    """All members of one side, by name, and the files that are none."""

    by_name: dict[str, Member] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    """Their rule says so."""
    checksums: list[str] = field(default_factory=list)
    """Of other files, and what engines keep beside part files."""


def partition_of(name: str) -> dict[str, str | None]:
    """Read the values of partition folders from a path."""
    found = (PARTITION.fullmatch(folder) for folder in PurePosixPath(name).parts[:-1])
    return {match[1]: None if match[2] == HIVE_NULL else unquote(match[2]) for match in found if match}


def members_of(files: Mapping[str, OutputFile], rules: tuple[CompareRule, ...]) -> Members:
    """Put the files of one side together.

    Raises:
        PluginUnusable: a rule names a format that is not installed, or can't be loaded.
    """
    made = Members()
    files = _without_tables(files, rules, made)
    groups: dict[tuple[str, bool, int], list[OutputFile]] = {}
    for name in sorted(files):
        at, rule = rule_for(name, rules)
        if rule.skip:
            made.skipped.append(name)
        elif _is_checksum(name, files):
            made.checksums.append(name)
        else:
            groups.setdefault((*_place(files[name], rule), at), []).append(files[name])
    for (name, data_set, at), parts in groups.items():
        rule = rule_at(at, rules)
        if data_set:
            _add(made, name, rule, parts, data_set=True)
        else:
            for number, part in enumerate(parts, 1):
                _add(made, name if number == 1 else f"{name} (number {number})", rule, [part], data_set=False)
    return _without_beside(made)


def _without_tables(
    files: Mapping[str, OutputFile], rules: tuple[CompareRule, ...], made: Members
) -> Mapping[str, OutputFile]:
    """Put the files of each table with a log together, by the rule of its data files, and give the others."""
    left = dict(files)
    for folder, form in _logged(files).items():
        belongs = re.compile(f"{re.escape(folder)}/({with_log()[form].files})" if folder else with_log()[form].files)
        inside = {name: file for name, file in left.items() if belongs.fullmatch(name) and file.sha256}
        name = str(PurePosixPath(folder, f"*.{form}"))
        data = min((file for file in inside if file.endswith(".parquet") and not _is_log(file)), default=name)
        rule = rule_for(data, rules)[1]
        if rule.data_set is False or rule.skip or rule.form not in {AUTO, form}:
            continue
        left = {other: file for other, file in left.items() if other not in inside}
        parts = tuple(inside[file] for file in sorted(inside))
        made.by_name[name] = Member(name, rule, FORMATS.get(form), parts, data_set=True, folder=folder)
    return left


def _logged(files: Mapping[str, OutputFile]) -> dict[str, str]:
    """Find the folders that are tables with a log, outermost first, with the name of their format."""
    found: dict[str, str] = {}
    for name in sorted(files):
        for form, log in with_log().items():
            if match := re.fullmatch(f"(?:(?P<folder>.*)/)?({log.entry})", name):
                found.setdefault(match["folder"] or "", form)
    return dict(sorted(found.items()))


def _is_log(name: str) -> bool:
    return not {"_delta_log", "metadata"}.isdisjoint(PurePosixPath(name).parts[:-1])


def _place(file: OutputFile, rule: CompareRule) -> tuple[str, bool]:
    """Name what a file belongs to, and say whether that is a data set."""
    if not file.sha256:
        return file.name, False
    form = format_of(file.name, rule)
    if form.data_set is not None and rule.data_set is not False:
        if rule.data_set:
            return rule.files, True
        if not has_placeholder(rule.files) and (found := _data_set(file.name, form)):
            return found, True
    return (rule.files if has_placeholder(rule.files) else file.name), False


def _data_set(name: str, form: Format) -> str:
    """Name the data set that a file is a part of by convention; empty where it is a table of its own."""
    path = PurePosixPath(name)
    folders = path.parts[:-1]
    first = next((n for n, folder in enumerate(folders) if PARTITION.fullmatch(folder)), None)
    is_part = PART.fullmatch(path.name) is not None
    if first is None and not is_part:
        return ""
    called = f"*.{form.name}" if is_part else path.name
    return str(PurePosixPath(*folders[:first], called))


def _is_checksum(name: str, files: Mapping[str, OutputFile]) -> bool:
    """Tell whether Hadoop wrote a file beside another one, to check its bytes."""
    path = PurePosixPath(name)
    if not (path.name.startswith(".") and path.suffix == ".crc"):
        return False
    return str(path.with_name(path.name[1:].removesuffix(".crc"))) in files


def _add(made: Members, name: str, rule: CompareRule, parts: list[OutputFile], *, data_set: bool) -> None:
    form = format_of(parts[0].name, rule)
    called = name if name not in made.by_name else f"{name} ({rule.files})"
    made.by_name[called] = Member(called, rule, form, tuple(parts), data_set)


def _without_beside(made: Members) -> Members:
    """Put aside what an engine keeps beside the parts of a data set."""
    roots = {str(PurePosixPath(member.name).parent) for member in made.by_name.values() if member.data_set}
    for name in list(made.by_name):
        path = PurePosixPath(name)
        if str(path.parent) in roots and BESIDE.fullmatch(path.name):
            del made.by_name[name]
            made.checksums.append(name)
    return made


def _bytes(part: OutputFile) -> tuple[str, str]:
    folders = (folder for folder in PurePosixPath(part.name).parts[:-1] if PARTITION.fullmatch(folder))
    return "/".join(folders), part.sha256
