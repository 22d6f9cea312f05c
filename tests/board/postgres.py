"""A PostgreSQL of its own, as a process on a socket in a short path; Debian's package postgresql has its programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

WAIT_SECONDS = 60


def programs() -> Path:
    """Find the folder of initdb and postgres; without it skip with the reason, or fail where it is asked for."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(shutil.which("initdb") or "/missing")]
    if not found[-1].exists():
        reason = "PostgreSQL is not installed, so the index was tried on SQLite alone"
        print(reason)  # noqa: T201 - said even where skips are not listed
        if os.environ.get("PARITY_REQUIRE_POSTGRES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found[-1].parent


@contextmanager
def server() -> Iterator[str]:
    """Run a server; give the URL of its database. It refuses to be root, so root runs it as another user."""
    where, folder = programs(), Path(tempfile.mkdtemp(prefix="pg"))
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    try:
        data = folder / "data"
        made = [where / "initdb", "-D", data, "-U", "board", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        subprocess.run(made, check=True, capture_output=True, timeout=WAIT_SECONDS, cwd=folder, **user)
        options = ("-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=60")
        command = [where / "postgres", "-D", data, "-k", folder, *options]
        with subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **user
        ) as process:
            try:
                _wait(where, folder)
                yield f"postgresql://board@/postgres?host={folder}"
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(where: Path, folder: Path) -> None:
    end = time.monotonic() + WAIT_SECONDS
    asked = [where / "pg_isready", "-q", "-h", folder, "-U", "board"]
    while subprocess.run(asked, check=False, timeout=WAIT_SECONDS).returncode != 0:
        assert time.monotonic() < end, "PostgreSQL did not begin to listen"
        time.sleep(0.1)
