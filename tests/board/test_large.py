"""A generated fleet, small and seeded: what grows with the number of repositories stays within the export's budget."""

from __future__ import annotations

from pathlib import Path

import pytest
from board.made import END, Fleet, make

from harness.board.export import ExportOptions, export
from harness.board.index import Index
from harness.board.updating import update
from harness.model.clock import SystemClock
from harness.store.reports import in_folder

REPOSITORIES, BYTES_MAX = 200, 5_000_000
"""Goal of the issue; benchmarks/bench_board.py writes it whole."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    """Make twelve repositories of three teams over thirty days."""
    return make(tmp_path_factory.mktemp("made"), Fleet(12, 30, stores=3))


def test_the_export_of_two_hundred_repositories_fits_in_five_megabytes(
    stores: tuple[Path, ...], sqlite: Index, tmp_path: Path
) -> None:
    """By what one repository adds to each file, over more campaigns than a page shows."""
    empty = dict(export(sqlite, {}, {}, ExportOptions(tmp_path / "empty", END, None, "parity-harness")))
    folders = {str(in_folder(place)): in_folder(place) for place in stores}
    for reports in folders.values():
        assert update(sqlite, reports, SystemClock()).trouble == ""
    sizes = dict(export(sqlite, folders, {}, ExportOptions(tmp_path / "site", END, None, "parity-harness")))
    own = sum(size for name, size in sizes.items() if name.startswith("r/"))
    assert len([name for name in sizes if name.startswith("r/")]) == 12
    rows = sum(sizes[name] - empty[name] for name in ("index.html", "stuck.html"))
    assert (own + rows) / 12 * REPOSITORIES + sum(empty.values()) + sizes["progress.html"] < BYTES_MAX


def test_the_same_seed_makes_the_same_bytes(stores: tuple[Path, ...], tmp_path: Path) -> None:
    """What is measured can be measured again."""
    again = make(tmp_path / "again", Fleet(12, 30, stores=3))
    assert [(place / "ledger.jsonl").read_bytes() for place in again] == [
        (place / "ledger.jsonl").read_bytes() for place in stores
    ]
