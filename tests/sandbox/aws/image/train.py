"""The program of the tests' image: does what its hyperparameter `mode` says."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

ML = Path(os.environ.get("PARITY_ML_ROOT", "/opt/ml"))
LONG_SECONDS = 100.0


def say(text: str) -> None:
    """Write a line of log."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def report() -> None:
    """Leave a model that tells what the program saw, and other data."""
    config, data = ML / "input" / "config", ML / "input" / "data"
    seen = {
        "pid": os.getpid(),
        "arguments": sys.argv[1:],
        "environment": dict(os.environ),
        "config": {path.name: json.loads(path.read_text(encoding="utf-8")) for path in config.iterdir()},
        "data": {
            path.relative_to(data).as_posix(): path.read_text(encoding="utf-8")
            for path in data.rglob("*")
            if path.is_file()
        },
    }
    (ML / "model" / "seen.json").write_text(json.dumps(seen), encoding="utf-8")
    (ML / "output" / "data" / "nested").mkdir()
    (ML / "output" / "data" / "nested" / "scores.json").write_text("{}", encoding="utf-8")
    (ML / "output" / "failure").write_text("nothing is wrong", encoding="utf-8")
    say("loss=0.5;")
    sys.stderr.write("loss=0.25;\n")


def fail() -> None:
    """Fail with a code and a reason."""
    (ML / "output" / "failure").write_text("the data is bad", encoding="utf-8")
    (ML / "output" / "data" / "partial.txt").write_text("so far", encoding="utf-8")
    sys.exit(3)


def fail_at_length() -> None:
    """Fail with more text than the field holds."""
    (ML / "output" / "failure").write_text("é" * 5000, encoding="utf-8")
    sys.exit(17)


def command_not_found() -> None:
    """End with the code that a launcher would give, and with its words, but not as the launcher."""
    sys.stderr.write("sandbox: [Errno 2] No such file or directory\nworking\n")
    sys.exit(127)


def hear(ready: Callable[[], object] = lambda: None) -> None:
    """Save when told to end."""

    def save(*_: object) -> None:
        (ML / "model" / "saved.txt").write_text("in time", encoding="utf-8")
        say("saved")
        sys.exit(0)

    signal.signal(signal.SIGTERM, save)
    ready()
    say(f"ready {os.getpid()}")
    time.sleep(LONG_SECONDS)


def deaf() -> None:
    """Ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    say(f"ready {os.getpid()}")
    time.sleep(LONG_SECONDS)


def checkpoint() -> None:
    """Add one checkpoint to those that are there, and delete the one called old."""
    folder = ML / "checkpoints"
    names = sorted(path.name for path in folder.iterdir())
    say(f"found {' '.join(names)}")
    (folder / "new").write_text("2", encoding="utf-8")
    (folder / "old").unlink()


def resume() -> None:
    """Go on where an earlier run was cut, if one was; else leave half of the work and wait to be told to end."""
    half = ML / "checkpoints" / "half"
    if half.exists():
        say("resumed")
        (ML / "model" / "whole.txt").write_text("whole", encoding="utf-8")
        return
    half.write_text("half", encoding="utf-8")
    hear()


def quiet() -> None:
    """Leave nothing."""


def nap() -> None:
    """Take long enough to be billed for."""
    time.sleep(2.0)


def read_bucket() -> None:
    """Read from a bucket with the role that the job was given."""
    import boto3  # noqa: PLC0415 - slow, and only this one wants it

    body = boto3.client("s3", region_name="us-east-1").get_object(Bucket="bucket", Key="in/train/a.csv")["Body"]
    say("read " + body.read().decode())


def host() -> str:
    """Name the host that this runs on."""
    known = json.loads((ML / "input" / "config" / "resourceconfig.json").read_text(encoding="utf-8"))
    return str(known["current_host"])


def each_host() -> None:
    """Leave a model of this host's own, and one file that every host leaves."""
    report()
    (ML / "model" / "seen.json").rename(ML / "model" / f"{host()}.json")
    (ML / "model" / "shared.txt").write_text(host(), encoding="utf-8")
    (ML / "output" / "data" / f"{host()}.txt").write_text(host(), encoding="utf-8")


def second_fails() -> None:
    """Fail on the second host once the other is ready; elsewhere wait to be told to end."""
    meeting = "\0" + os.environ["TRAINING_JOB_NAME"]
    if host() != "algo-2":
        with socket.socket(socket.AF_UNIX) as ready:
            hear(lambda: (ready.bind(meeting), ready.listen()))
    while True:
        with socket.socket(socket.AF_UNIX) as other, suppress(ConnectionRefusedError):
            other.connect(meeting)
            break
    (ML / "output" / "failure").write_text("a peer is gone", encoding="utf-8")
    sys.exit(3)


def greet() -> None:
    """Listen on one port under this host's own name, and say a word to every other host."""
    known = json.loads((ML / "input" / "config" / "resourceconfig.json").read_text(encoding="utf-8"))
    others = [item for item in known["hosts"] if item != host()]
    port = int(json.loads((ML / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8"))["port"])
    with socket.create_server((host(), port)) as door:
        for item in others:
            while True:
                with suppress(ConnectionRefusedError), socket.create_connection((item, port)) as caller:
                    caller.sendall(host().encode())
                    break
        for _ in others:
            guest, _ = door.accept()
            with guest:
                say(f"{host()} heard {guest.recv(100).decode()}")


def stream() -> None:
    """Read a whole epoch, close the next one early, and read the one after that."""
    for epoch, size in enumerate((-1, 1, -1)):
        with (ML / "input" / "data" / f"train_{epoch}").open("rb", buffering=0) as fifo:
            text = (fifo.readall() if size < 0 else fifo.read(size)).decode()
        say(f"epoch {epoch}: {text}")


def overwrite() -> None:
    """Try to change an input."""
    try:
        (ML / "input" / "data" / "train" / "a.csv").write_text("changed", encoding="utf-8")
    except OSError:
        say("refused")


MODES: Mapping[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        report, fail, fail_at_length, command_not_found, hear, deaf, checkpoint, quiet, nap, read_bucket,
        each_host, greet, resume, second_fails, stream, overwrite,
    )
}  # fmt: skip

if __name__ == "__main__":
    hyperparameters = json.loads((ML / "input" / "config" / "hyperparameters.json").read_text(encoding="utf-8"))
    MODES[hyperparameters.get("mode", "report")]()
