"""The board as files: one page each, and one a repository, that ask for nothing and work from a folder or a bucket."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from harness.board import pages, queries
from harness.board.causes import Cause, causes_view
from harness.board.fleet import Filter, Sort, now_view
from harness.board.history import history_view
from harness.board.index import Index
from harness.board.links import STUCK, FileLinks
from harness.board.live import LiveProgress, live_view
from harness.board.pages import Frame
from harness.board.progress import progress_view
from harness.board.recent import RECENT_SECONDS, recent_view
from harness.board.standing import Known
from harness.board.values import CampaignRow, Key
from harness.report.render import file_name
from harness.store.files import write_durably
from harness.store.folder import Folder
from harness.store.reports import Reports

NOTE = "A picture of the time above; it does not change."


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What an export is told."""

    into: Path
    now: float
    target: float | None
    tool: str


def export(
    index: Index, stores: Mapping[str, Reports], beats: Mapping[Key, LiveProgress], wanted: ExportOptions
) -> tuple[tuple[str, int], ...]:
    """Write all pages; give each file's name and size.

    Raises:
        StoreError: the file system or the index refused.
    """
    written = []
    with index.reading() as connection:
        for name, data in _files(connection, stores, beats, wanted):
            path = wanted.into / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, data)
            written.append((name, len(data)))
    return tuple(written)


def _files(
    connection: Connection, stores: Mapping[str, Reports], beats: Mapping[Key, LiveProgress], wanted: ExportOptions
) -> Iterator[tuple[str, bytes]]:
    known, now = queries.fleet(connection), wanted.now
    frame = Frame(FileLinks(names_of(known)), now, queries.places(connection), wanted.tool, NOTE)
    causes = causes_view(queries.shared(connection))
    yield "index.html", pages.now_page(now_view(known, Filter(), now), frame)
    yield STUCK, pages.now_page(now_view(known, Filter(sort=Sort.STUCK), now), frame)
    yield "causes.html", pages.causes_page(causes, frame)
    progress = progress_view(known, queries.counts(connection), now, wanted.target)
    yield "progress.html", pages.progress_page(progress, frame)
    judged = recent_view(queries.judged_since(connection, now - RECENT_SECONDS), now)
    yield "live.html", pages.live_page(live_view(known, beats, now), frame, judged)
    yield from _repositories(connection, known, causes, (stores, wanted, frame))


def _repositories(
    connection: Connection,
    known: Iterable[Known],
    causes: Iterable[Cause],
    rest: tuple[Mapping[str, Reports], ExportOptions, Frame],
) -> Iterator[tuple[str, bytes]]:
    stores, wanted, frame = rest
    by_signature = {cause.signature: cause for cause in causes}
    names = names_of(known)
    below = replace(frame, links=FileLinks(names, up="../"))
    link = ReportFiles(stores, wanted.into / "r")
    for repository in known:
        told = queries.told_of(connection, repository)
        own = tuple(by_signature[signature] for signature in repository.causes if signature in by_signature)
        view = history_view(replace(told, causes=own), wanted.now, link)
        yield f"r/{names[repository.store, repository.repository]}.html", pages.repository_page(view, below)


def names_of(known: Iterable[Known]) -> dict[tuple[str, str], str]:
    """Name the file of every repository: as its report's page is, told apart by the store where two have one name."""
    every = list(known)
    often = Counter(file_name(found.repository) for found in every)
    return {
        (found.store, found.repository): file_name(found.repository)
        if often[file_name(found.repository)] == 1
        else file_name(f"{found.repository} in {found.store}")
        for found in every
    }


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the pages of a campaign's report lie, as seen from a folder; of a bucket nobody knows."""

    stores: Mapping[str, Reports]
    folder: Path

    def __call__(self, row: CampaignRow) -> str:
        """Give the address of a repository's report; empty: it is not there."""
        reports = self.stores.get(row.key.store)
        if reports is None or not isinstance(reports.store, Folder):
            return ""
        page = reports.folder / row.key.campaign / "report" / f"{file_name(row.key.repository)}.html"
        return os.path.relpath(page, self.folder) if page.is_file() else ""
