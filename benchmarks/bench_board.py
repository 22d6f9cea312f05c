"""The board over 200 repositories and 90 days: 36,000 campaigns, from SQLite and from PostgreSQL 15.

Goals (issue on report and board): index from nothing in 60 s, first page under 1 s, filter under 100 ms, 50 readers at
once under 200 ms at p95, export at most 5 MB. `--small` takes 20 repositories and 10 days. It ends with 1 where a goal
is missed at full size.
"""

from __future__ import annotations

import argparse
import http.client
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import uvicorn
from board import postgres
from board.made import END, OWNERS, Fleet, make

from harness.board import pages, queries, server
from harness.board.causes import causes_view
from harness.board.export import ExportOptions, export
from harness.board.fleet import Filter, now_view
from harness.board.index import Index, open_index
from harness.board.links import ServedLinks, address
from harness.board.pages import Frame
from harness.board.progress import progress_view
from harness.board.serving import Board
from harness.board.updating import update
from harness.model.clock import SystemClock
from harness.store.reports import Reports, in_folder

READERS = 50
REQUESTS = 20
"""Of each reader."""
REPEATS = 9
Row = tuple[str, float, float | None, str, float]
"""What, how much, of that our own CPU, in which unit, and the goal."""


def timed(what: str, act: Callable[[], object], goal: float, repeats: int = REPEATS, unit: str = "s") -> Row:
    """Give the median of some calls, after one that warms up where there are several."""
    if repeats > 1:
        act()
    walls, own, scale = [], [], 1e3 if unit == "ms" else 1.0
    for _ in range(repeats):
        begun, used = time.perf_counter(), time.process_time()
        act()
        walls.append((time.perf_counter() - begun) * scale)
        own.append((time.process_time() - used) * scale)
    return what, statistics.median(walls), statistics.median(own), unit, goal


def measured(url: str, stores: dict[str, Reports], folder: Path) -> Iterator[Row]:
    """Measure one database."""
    index = open_index(url)
    yield timed("index from nothing", lambda: _look(index, stores), 60.0, 1)
    yield timed("look with nothing new", lambda: _look(index, stores), 2.0)
    yield timed("page Now, drawn", lambda: _now(index, Filter()), 1.0)
    for wanted in (Filter(owner=OWNERS[0]), Filter(state="NO-GO")):
        yield timed(f"rows of {address(wanted)}, drawn", partial(_rows, index, wanted), 100.0, unit="ms")
    yield timed("page Causes, drawn", lambda: _causes(index), 1.0)
    yield timed("page Progress, drawn", lambda: _progress(index), 1.0)
    files: list[tuple[str, int]] = []
    wanted_files = ExportOptions(folder, END, END + 90 * 86_400, "parity-harness")
    yield timed("export", lambda: files.extend(export(index, stores, {}, wanted_files)), 60.0, 1)
    yield "size of the export", sum(size for _, size in files) / 1e6, None, "MB", 5.0
    yield f"{READERS} readers at once, p95", 1e3 * _readers(index), None, "ms", 200.0
    index.close()


def _look(index: Index, stores: dict[str, Reports]) -> None:
    for reports in stores.values():
        found = update(index, reports, SystemClock())
        assert not found.trouble, found


def _frame(index: Index) -> Frame:
    with index.reading() as connection:
        return Frame(ServedLinks(server.SCRIPT, "/rows"), END, queries.places(connection), "parity-harness")


def _now(index: Index, wanted: Filter) -> bytes:
    with index.reading() as connection:
        view = now_view(queries.fleet(connection), wanted, END)
    return pages.now_page(view, _frame(index))


def _rows(index: Index, wanted: Filter) -> bytes:
    with index.reading() as connection:
        view = now_view(queries.fleet(connection), wanted, END)
    return pages.now_rows(view, _frame(index))


def _causes(index: Index) -> bytes:
    with index.reading() as connection:
        return pages.causes_page(causes_view(queries.shared(connection)), _frame(index))


def _progress(index: Index) -> bytes:
    with index.reading() as connection:
        known, counts = queries.fleet(connection), queries.counts(connection)
    return pages.progress_page(progress_view(known, counts, END, None), _frame(index))


@contextmanager
def _served(index: Index) -> Iterator[int]:
    """Serve in a thread of this process; give the port."""
    board = Board(index, {}, SystemClock(), "parity-harness")
    app = server.application(board, server.AccessRules(("127.0.0.1",)))
    running = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", access_log=False))
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            running.should_exit = True
            thread.join()


def _readers(index: Index) -> float:
    """Let readers in a process of their own ask for several pages at once; give the 95th percentile, in seconds."""
    with _served(index) as port:
        command = [sys.executable, __file__, "--readers", str(port)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def read(port: int) -> float:
    """Be the readers, each over a connection of its own."""
    paths = ["/", "/rows", "/causes", "/progress", address(Filter(owner=OWNERS[1])), "/live"]
    with ThreadPoolExecutor(READERS) as pool:
        _reader(port, paths, 0)
        found = pool.map(lambda number: _reader(port, paths, number), range(READERS))
        return statistics.quantiles((seconds for reader in found for seconds in reader), n=20)[-1]


def _reader(port: int, paths: Sequence[str], number: int) -> list[float]:
    connection, times = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    for place in range(REQUESTS):
        begun = time.perf_counter()
        connection.request("GET", paths[(number + place) % len(paths)])
        answer = connection.getresponse()
        answer.read()
        times.append(time.perf_counter() - begun)
        assert answer.status == 200, answer.status
        time.sleep(0.25)  # somebody reads what they asked for
    connection.close()
    return times


def main() -> int:
    """Measure both databases, and print one table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--made", type=Path, help="folder to make the stores in, or where they lie from an earlier run")
    parser.add_argument("--readers", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.readers:
        print(read(asked.readers))
        return 0
    fleet = Fleet(20, 10, stores=2) if asked.small else Fleet(200, 90, stores=10)
    with tempfile.TemporaryDirectory() as temporary:
        made = asked.made or Path(temporary) / "made"
        folders = sorted(made.glob("team-*")) if made.is_dir() else make(made, fleet)
        stores = {str(in_folder(place)): in_folder(place) for place in folders}
        missed = 0
        for name, address_of in (("SQLite", lambda: _file(temporary)), ("PostgreSQL", postgres.server)):
            with address_of() as url:
                fresh = {place: in_folder(reports.folder) for place, reports in stores.items()}
                for what, value, own, unit, goal in measured(url, fresh, Path(temporary) / name):
                    missed += value > goal
                    told = " MISSED" if value > goal else ""
                    cpu = "" if own is None else f"own CPU {own:8.3f}"
                    line = f"{name:10} {what:34} {value:9.3f} {unit:2} {cpu:16} (goal {goal:g}){told}"
                    print(line, flush=True)
    return int(missed > 0 and not asked.small)


@contextmanager
def _file(folder: str) -> Iterator[str]:
    yield str(Path(folder) / "board.sqlite")


if __name__ == "__main__":
    sys.exit(main())
