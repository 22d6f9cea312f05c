"""What travels between buckets and a job's folders."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

from harness.sandbox.aws.storage import files

if TYPE_CHECKING:
    from pathlib import Path


def test_a_folder_may_go_while_it_is_listed(tmp_path: Path) -> None:
    """A program makes, renames and removes checkpoint folders while they are followed; what stays is always listed."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "model").touch()
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            (tmp_path / "step.tmp" / "shards").mkdir(parents=True)
            (tmp_path / "step.tmp" / "shards" / "0").touch()
            (tmp_path / "step.tmp").rename(tmp_path / "step")
            shutil.rmtree(tmp_path / "step")

    program = threading.Thread(target=work)
    program.start()
    try:
        assert all("kept/model" in files(tmp_path) for _ in range(2000))
    finally:
        over.set()
        program.join(10)
