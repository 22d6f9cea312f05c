"""What travels between buckets and a job's folders."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING

from harness.sandbox.aws import emulator
from harness.sandbox.aws.storage import files
from harness.sandbox.aws.wire import Home

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cloud


def test_a_key_may_go_while_its_bucket_is_listed(cloud: Cloud) -> None:
    """Jobs of one bucket remove what they staged beside each other; what stays is always listed."""
    home, over = Home("123456789012", "us-east-1"), threading.Event()
    cloud.s3.create_bucket(Bucket="listed")
    emulator.put_object(home, "listed", "kept/model", b"1")

    def work() -> None:
        while not over.is_set():
            for number in range(50):
                emulator.put_object(home, "listed", f"gone/{number}", b"1")
            for number in range(50):
                emulator.delete_object(home, "listed", f"gone/{number}")

    other = threading.Thread(target=work)
    other.start()
    try:
        assert all(emulator.keys_below(home, "listed", "kept/") == ("kept/model",) for _ in range(3000))
    finally:
        over.set()
        other.join(10)


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
