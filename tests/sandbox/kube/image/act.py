"""What the tests' containers do: `act.py WORD [ARGUMENT]`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path


def say(text: str) -> None:
    """Write one line, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write(path: str, text: str) -> None:
    """Leave a file."""
    Path(path).write_text(text)


FILES = {"print": say, "read": lambda path: say(Path(path).read_text()), "write": write}


def main(word: str, *more: str) -> int:
    """Do one thing and end."""
    say(f"ready {word}")
    if word == "exit":
        return int(more[0])
    if word == "wait":  # until a file is there
        while not Path(more[0]).exists():
            time.sleep(0.02)
    if word == "hear":  # SIGTERM, and end well
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        time.sleep(60)
    if word == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    if word == "show":
        say(f"{os.environ.get('COLOUR')} {os.environ.get('PASSWORD')} {Path(more[0], 'a').read_text()}")
    if word in FILES:
        FILES[word](*more)
    if word == "fail-first":  # fails until it has left its mark often enough
        mark = Path(more[0])
        mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
        return int(len(mark.read_text()) <= int(more[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
