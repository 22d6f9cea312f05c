"""The shim around small commands, as a subprocess, with a store that keeps what it sends."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.shim import shim

SOURCE = Path(shim.__file__)
KEY = "00ff" * 8
ENDS_SECONDS = 60.0


class _Store(BaseHTTPRequestHandler):
    """Takes what is put, gives what is there; paths below /refuses and /broken are denied."""

    kept: ClassVar[dict[str, bytes]]

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def _take(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        if path.startswith("/refuses"):
            self._answer(403, b"<Error><Code>AccessDenied</Code></Error>")
            return
        self.kept[path] = data
        self._answer(200, b"<Error><Code>InternalError</Code></Error>" if path.startswith("/broken") else b"")

    do_PUT = do_POST = _take  # noqa: N815 - names the base class looks for

    def do_GET(self) -> None:
        """Give what is kept."""
        data = self.kept.get(self.path.partition("?")[0])
        self._answer(404 if data is None else 200, data or b"")

    def _answer(self, code: int, data: bytes) -> None:
        self.send_response(code)
        self.send_header("ETag", '"tag"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@dataclass
class Bench:
    """A folder, a store, and the shim."""

    folder: Path
    url: str
    kept: dict[str, bytes]
    granted: dict[str, Any] = field(default_factory=dict)

    def spec(self, *command: str, **changes: Any) -> dict[str, Any]:
        """Write a specification."""
        return {
            "schema": "parity.shim/1",
            "run": "run-1",
            "side": "legacy",
            "attempt": 1,
            "grants_path": str(self.folder / "grants.json"),
            "command": list(command),
            "working_directory": None,
            "parameters": self.parameters({}, "argv"),
            "environment": {"values": {}, "staged": None},
            "inputs": [],
            "outputs": [],
            "secrets": [],
            "libraries": [],
            "heartbeat_grant": "heartbeat",
            "record_grant": "record",
            **changes,
        }

    def parameters(self, values: Mapping[str, Any], delivery: str, shape: str = "json") -> dict[str, Any]:
        """Say how parameters travel."""
        path = str(self.folder / "parameters.json")
        return {
            "delivery": delivery, "path": path, "format": shape, "values": dict(values), "staged": None, "prefix": "--",
        }  # fmt: skip

    def output(self, name: str, *, grant: bool = False) -> dict[str, Any]:
        """Declare an output in the folder."""
        place = {"name": name, "path": str(self.folder / name), "kind": "directory", "bytes_max": 1000}
        return {**place, "grant": f"output-{name}" if grant else None}

    def grant(self, name: str, below: str = "", parts: int = 3) -> None:
        """Grant an upload in one piece, or in parts of 100 bytes."""
        urls = [f"{self.url}{below}/{name}/{number}?X-Amz-Signature=hush" for number in range(parts)]
        upload = {"parts": urls, "complete": f"{self.url}{below}/{name}/complete"}
        whole = f"{self.url}{below}/{name}/whole?X-Amz-Signature=hush"
        self.granted[name] = {"part_bytes": 100, "whole": whole, "uploads": [upload]}

    def command(self, spec: Mapping[str, Any], digest: str = "") -> list[str]:
        """Stage everything; give the command line."""
        data = json.dumps(spec).encode()
        (self.folder / "spec.json").write_bytes(data)
        grants = {name: {"url": f"{self.url}/{name}?X-Amz-Signature=hush"} for name in ("heartbeat", "record")}
        given = {"hmac_key": KEY, "grants": {**grants, **self.granted}}
        (self.folder / "grants.json").write_text(json.dumps(given), encoding="utf-8")
        return [sys.executable, str(SOURCE), str(self.folder / "spec.json"), digest or hashlib.sha256(data).hexdigest()]

    def run(self, spec: Mapping[str, Any], digest: str = "", **options: Any) -> subprocess.CompletedProcess[bytes]:
        """Run the shim to its end."""
        environment = {"PATH": os.environ["PATH"], **options.pop("environment", {})}
        given: dict[str, Any] = {"capture_output": True} if "stdout" not in options else {}
        return subprocess.run(
            self.command(spec, digest), env=environment, timeout=ENDS_SECONDS, check=False, **given, **options
        )

    def python(self, code: str, **changes: Any) -> dict[str, Any]:
        """Write a specification that runs a piece of Python."""
        return self.spec(sys.executable, "-c", code, **changes)

    @property
    def record(self) -> dict[str, Any]:
        """Read the record that was sent."""
        found: dict[str, Any] = json.loads(self.kept["/record"])
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Give a folder and a store."""
    kept: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Store", (_Store,), {"kept": kept}))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield Bench(tmp_path, f"http://127.0.0.1:{server.server_address[1]}", kept)
    finally:
        server.shutdown()
        server.server_close()
