"""`parity init`: entries from documents, and what their reader has to decide and will miss."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import click

from harness.cli import answer, console
from harness.cli.reading import document, standard_input
from harness.config import into as merging
from harness.config.init import Drafted, InitResult, init_files
from harness.config.load import problems_of
from harness.errors import ConfigError, Problem
from harness.model.wording import first_of
from harness.report.text import safe_text

STDIN = Path("-")
STDIN_NAME = "standard input"
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_FILES_MAX = 2000
_KEYS_SHOWN = 8
_PLACES_SHOWN = 4


def init(sources: tuple[Path, ...], into: Path | None) -> int:
    """Print entries, or add them to a file; 2 where a job became none."""
    files = [file for source in sources for file in files_of(source)]
    paths = _paths(files, into)
    if into is None or not into.exists():
        result = init_files(files, paths=paths)
        if into is None:
            answer.rows([{"state": "printed", "repositories": ", ".join(result.entries), "text": result.yaml_text}])
            answer.raw(result.yaml_text)
        else:
            if not console.dry_run():
                into.write_text(result.yaml_text, encoding="utf-8")
            _tell(into, "made, with", tuple(result.entries))
    else:
        held = merging.there(document(into), str(into))
        result = init_files(files, held.known, held.given, paths=paths)
        merged = merging.merge(held, result)
        _add(into, merged)
        result = replace(result, problems=tuple(_of(problems_of(merged.text.encode(), str(into)), result.entries)))
    for line in _lines(result):
        click.echo(safe_text(line), err=True)
    return 2 if result.refused else 0


def _of(problems: tuple[Problem, ...], entries: Mapping[str, object]) -> Iterator[Problem]:
    """Choose the problems that are about some repositories."""
    keys = tuple(f"repositories.{name}." for name in entries)
    return (problem for problem in problems if problem.key.startswith(keys))


def _paths(files: Sequence[tuple[str, bytes]], into: Path | None) -> Mapping[str, str]:
    """Say what an entry calls each file that it can stand on: its path from the folder of repos.yaml."""
    folder = into.resolve().parent if into else Path.cwd()
    return {
        name: os.path.relpath(Path(name).resolve(), folder)
        for name, _ in files
        if name != STDIN_NAME and " " not in name and "#" not in name
    }


def files_of(source: Path) -> Iterator[tuple[str, bytes]]:
    """Read a file, standard input, or every document of a folder."""
    if source == STDIN:
        yield STDIN_NAME, standard_input()
    elif source.is_dir():
        if (source / "Chart.yaml").exists():
            hint = f"render it first: helm template {source} | parity init --from -"
            raise ConfigError(
                (Problem(str(source), 0, 0, "folder", "a chart of Helm", "documents that were rendered", hint),)
            )
        found = sorted(path for path in source.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
        if not found or len(found) > _FILES_MAX:
            expected = f"1 to {_FILES_MAX} files that end in {', '.join(sorted(_SUFFIXES))}"
            raise ConfigError((Problem(str(source), 0, 0, "folder", f"{len(found)} files", expected),))
        yield from ((str(path), document(path)) for path in found)
    else:
        yield str(source), document(source)


def _add(into: Path, merged: merging.Merged) -> None:
    if merged.added:
        if not console.dry_run():
            fresh = into.with_name(f".{into.name}.new")
            fresh.write_text(merged.text, encoding="utf-8")
            os.replace(fresh, into)  # noqa: PTH105 - whole, or not at all
        _tell(into, "added", merged.added)
    if merged.kept:
        _tell(into, "unchanged, there already:", merged.kept)


def _tell(into: Path, state: str, names: Sequence[str]) -> None:
    would = "would be " if console.dry_run() and not state.startswith("unchanged") else ""
    listed, state = ", ".join(names), f"{would}{state}"
    answer.row(f"{into}: {state} {listed}", file=str(into), state=state.rstrip(":"), repositories=listed)


# -- the three lists --------------------------------------------------------------------------------------------------


def _lines(result: InitResult) -> Iterator[str]:
    several = len(result.drafted) > 1
    for drafted in result.drafted:
        name = f"{drafted.repository}/{drafted.job}: " if several else ""
        yield from (f"{name}{line}" for line in _lists(drafted))
    for problem in (*result.problems, *result.refused):
        yield str(problem)
    if result.beside:
        yield "no jobs, left out: " + ", ".join(f"{kind} ({count})" for kind, count in sorted(result.beside.items()))


def _lists(drafted: Drafted) -> Iterator[str]:
    job = f"jobs.{drafted.job}."
    for decision in drafted.decide:
        found = f"; it names {first_of(decision.found, _PLACES_SHOWN)}" if decision.found else ""
        keys = first_of(tuple(key.removeprefix(job) for key in decision.keys), _KEYS_SHOWN)
        yield f"decide {decision.what}: {keys}{found}"
    for loss in drafted.lost:
        where = f" ({first_of(loss.where, _PLACES_SHOWN)})" if loss.where else ""
        yield f"lost, and it matters: {loss.what}{where}"
    if drafted.unimportant:
        yield f"lost, and it does not matter: {drafted.unimportant} of {drafted.leaves} values"
