"""Take the gallery's screenshots: `python -m report.gallery FOLDER`, run by `nox -s gallery`.

Pages are those of the tests: a report that must not move, the same on a phone, and the board over eighty generated
repositories. The same pages give the same pictures wherever the same browser and fonts are.
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from board.eighty import fleet
from board.sample import DAY, NOW, STORE
from devtools import Look, Page, browser
from report.states import states

from harness.board import writes
from harness.board.export import ExportOptions, export
from harness.board.index import open_index
from harness.board.values import StorePosition
from harness.report.render import page


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the gallery."""

    name: str
    file: str
    look: Look = Look(1280, 900)  # noqa: RUF009 - a frozen value


SHOTS = (
    Shot("report-no-go", "no-go.html"),
    Shot("report-phone", "no-go.html", Look(375, 812)),
    Shot("report-dark", "go.html", Look(1280, 900, dark=True)),
    Shot("board-now", "index.html"),
    Shot("board-causes", "causes.html", Look(1280, 700)),
    Shot("board-progress", "progress.html"),
)


def pages(into: Path) -> None:
    """Write every page that a picture is taken of."""
    known = states()
    for name in ("no-go", "go"):
        (into / f"{name}.html").write_bytes(page(known[name]))
    made, index = fleet(), open_index(str(into / "board.sqlite"))
    with index.writing() as connection:
        writes.put_reads(connection, made.reads, fresh=True)
        writes.put_steps(connection, made.steps)
        writes.put_signed(connection, made.signatures)
        writes.settle(connection, STORE, sorted(made.truth.owner))
        writes.put_place(connection, StorePosition(STORE, 400, "sha256:40", NOW))
    export(index, {}, {}, ExportOptions(into, NOW, NOW + 120 * DAY, "parity-harness"))
    index.close()


def taken(tab: Page, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Take every picture."""
    for shot in SHOTS:
        tab.open((folder / shot.file).as_uri(), shot.look)
        yield f"{shot.name}.png", base64.b64decode(tab.call("Page.captureScreenshot", format="png")["data"])


def main(into: Path) -> None:
    """Write the pictures."""
    into.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        pages(folder)
        with browser(folder) as tab:
            for name, data in taken(tab, folder):
                (into / name).write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
