"""Debian's Chromium without a display: opens a page, tells what it said and what it asked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

TIMEOUT_SECONDS = 90
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)
"""The resolver rule keeps the browser's own errands inside the machine too."""


PLACES = ("/usr/bin/chromium", shutil.which("chromium"), shutil.which("chromium-browser"))


def chromium(places: Iterable[str | None] = PLACES) -> str:
    """Find the browser; without it skip with the reason, or fail where PARITY_REQUIRE_CHROMIUM=1 asks for it."""
    found = next((path for path in places if path and Path(path).exists()), None)
    if found is None:
        reason = "chromium is not installed, so no page was opened in a browser"
        print(reason)  # noqa: T201 - said even where skips are not listed
        if os.environ.get("PARITY_REQUIRE_CHROMIUM") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@dataclass(frozen=True)
class Visit:
    """What came of opening one page."""

    dom: str
    console: tuple[str, ...]
    asked: tuple[str, ...]
    """Addresses that a page, not the browser itself, asked for."""


def visit(url: str, folder: Path, *more: str) -> Visit:
    """Open a page and wait until it is loaded."""
    log = folder / "net.json"
    command = [
        chromium(),
        *FLAGS,
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}",
        *(more or ("--dump-dom",)),
        url,
    ]
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS, check=True, cwd=folder)
    said = tuple(line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line)
    return Visit(done.stdout.decode(), said, _asked(log, url))


def _asked(log: Path, url: str) -> tuple[str, ...]:
    events = json.loads(log.read_text())["events"]
    told = [event["params"] for event in events if "initiator" in event.get("params", {}) and "url" in event["params"]]
    assert told, "the browser's log names no request at all, not even its own"
    return tuple(item["url"] for item in told if item["initiator"] != "not an origin" and item["url"] != url)


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve a folder on loopback; give its address and the paths that are asked for."""
    paths: list[str] = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            paths.append(self.path)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", paths
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
