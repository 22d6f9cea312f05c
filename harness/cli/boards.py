"""`parity board`: read stores into the index, and write the pages or serve them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import click

from harness import private
from harness.board import queries, updating
from harness.board.export import ExportOptions
from harness.board.export import export as write
from harness.board.index import Index, clear, open_index
from harness.board.live_reading import beats
from harness.board.standing import Known
from harness.campaign import story
from harness.cli import answer
from harness.cli.campaigns import opened
from harness.model.clock import Clock, SystemClock
from harness.report.text import safe_text
from harness.report.wording import counted
from harness.store.reports import Reports

DAMAGED = 3
"""Evidence of a row, or the ledger of a store, is missing or damaged."""


@dataclass(frozen=True, slots=True)
class BoardOptions:
    """What both ways of the command are told."""

    places: tuple[str, ...]
    index: str | None
    target: date | None
    rebuild: bool
    verify: bool

    @property
    def target_at(self) -> float | None:
        """The target as a time; None: no day is named."""
        day = self.target
        return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() if day else None


def default_index(places: tuple[str, ...]) -> str:
    """Name the index of these stores in this user's state folder."""
    whole = [place if "://" in place else str(Path(place).absolute()) for place in places]
    digest = sha256("\n".join(sorted(whole)).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return str(private.state_folder() / "board" / f"{digest}.sqlite")


@contextmanager
def opened_index(asked: BoardOptions) -> Iterator[Index]:
    """Open the index, emptied where that is asked for."""
    index = open_index(asked.index or default_index(asked.places))
    try:
        if asked.rebuild:
            with index.writing() as connection:
                clear(connection)
        yield index
    finally:
        index.close()


def read_all(index: Index, stores: Mapping[str, Reports], clock: Clock, *, verify: bool) -> bool:
    """Bring the index up to date and say what was new; tell whether every store could be believed."""
    sound = True
    for name, reports in stores.items():
        found = updating.update(index, reports, clock)
        sound = sound and not found.trouble
        said = found.trouble or f"{counted(found.entries, 'new ledger entry', 'new ledger entries')}"
        click.echo(safe_text(f"{name}: {said}"), err=True)
    if verify:
        with index.reading() as connection:
            known = queries.fleet(connection)
        for repository in known:
            _verify(index, stores, repository, clock)
    return sound


def _verify(index: Index, stores: Mapping[str, Reports], known: Known, clock: Clock) -> None:
    """Hash the evidence of a repository's newest verdict, unless that was done."""
    row = known.judged
    if row is not None and not row.verified_at and row.key.store in stores:
        updating.verify(index, stores[row.key.store], row.key.campaign, clock)


def open_stores(places: tuple[str, ...]) -> dict[str, Reports]:
    """Open every store, each once."""
    return {str(reports): reports for reports in map(opened, dict.fromkeys(places))}


LOOPBACK = ("127.0.0.1", "localhost", "::1")


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine alone."""
    return host in LOOPBACK


def serve(asked: BoardOptions, where: tuple[str, int], header: str, names: tuple[str, ...]) -> int:
    """Serve the board until interrupted; it begins with what the index has, and reads on."""
    from harness.board import server  # noqa: PLC0415 - an export needs no server
    from harness.board.serving import Board  # noqa: PLC0415

    stores, hosts = open_stores(asked.places), dict.fromkeys((where[0], *LOOPBACK, *names))
    with opened_index(asked) as index:
        board = Board(index, stores, SystemClock(), story.tool_version(), asked.target_at, asked.verify)
        door = server.AccessRules(tuple(hosts), header)
        server.serve(board, door, where, _tell_address)
    return 0


def _tell_address(address: str) -> None:
    """Say at once where it is served: a program that waits for the end of the answer would wait for good."""
    click.echo(f"board: {address} (Ctrl-C ends it)", err=not answer.is_text())
    answer.rows([{"address": address}])


def export(asked: BoardOptions, into: Path) -> int:
    """Write the pages into a folder; 3 where a ledger can't be believed or the newest evidence is damaged."""
    clock, stores = SystemClock(), open_stores(asked.places)
    with opened_index(asked) as index:
        sound = read_all(index, stores, clock, verify=asked.verify)
        with index.reading() as connection:
            known = queries.fleet(connection)
        running = [found.running for found in known if found.running]
        wanted = ExportOptions(into, clock.now(), asked.target_at, story.tool_version())
        files = write(index, stores, beats(stores, running), wanted)
    size = sum(written for _, written in files) / 1e6
    damaged = sum(found.judged is not None and bool(found.judged.trouble) for found in known)
    more = f", {damaged} of them damaged" if damaged else ""
    repositories = counted(len(known), "repository", "repositories")
    page = into / "index.html"
    answer.row(
        f"{page}: {repositories}{more}; {counted(len(files), 'file')}, {size:.2f} MB", file=str(page),
        repositories=len(known), damaged=damaged, files=len(files), megabytes=round(size, 2),
    )  # fmt: skip
    return 0 if sound and not damaged else DAMAGED
