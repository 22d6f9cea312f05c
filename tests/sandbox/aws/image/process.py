"""The other program of the tests' image: a processing job that does what its argument says."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

ML = Path(os.environ.get("PARITY_ML_ROOT", "/opt/ml"))
INPUT, OUT = ML / "processing" / "input", ML / "processing" / "out"


def say(text: str) -> None:
    """Write a line of log."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def on_hosts(mode: str) -> None:
    """Say what this host was given and leave a file of its own; the second one may fail once the other has done so."""
    host = json.loads((ML / "config" / "resourceconfig.json").read_text(encoding="utf-8"))["current_host"]
    files = sorted(path.relative_to(INPUT).as_posix() for path in INPUT.rglob("*") if path.is_file())
    say(f"{host}: {' '.join(files)}")
    (OUT / f"{host}.txt").write_text(host, encoding="utf-8")
    if mode == "second_fails":
        meet(host)
        sys.exit(5)


def meet(host: str) -> None:
    """Wait for ever on the first host, and on the second one until the first does."""
    job = json.loads((ML / "config" / "processingjobconfig.json").read_text(encoding="utf-8"))
    with socket.socket(socket.AF_UNIX) as ready:
        if host == "algo-1":
            ready.bind("\0" + job["ProcessingJobName"])
            ready.listen()
            time.sleep(100.0)
    while True:
        with socket.socket(socket.AF_UNIX) as other, suppress(ConnectionRefusedError):
            other.connect("\0" + job["ProcessingJobName"])
            return


def copy(mode: str) -> None:
    """Copy the input in capitals; then end as asked."""
    text = (INPUT / "a.csv").read_text(encoding="utf-8")
    (OUT / "b.csv").write_text(text.upper(), encoding="utf-8")
    (OUT / "link.csv").symlink_to("b.csv")
    message = b"\xff\xfe" if mode == "garbled" else b"all rows copied"
    (ML / "output" / "message").write_bytes(message)
    say(f"{mode} TRAINING_JOB_NAME={os.environ.get('TRAINING_JOB_NAME')}")
    if mode == "sleep":
        time.sleep(100.0)
    if mode == "fail":
        sys.exit(5)


if __name__ == "__main__":
    (on_hosts if sys.argv[1] in {"list", "second_fails"} else copy)(sys.argv[1])
