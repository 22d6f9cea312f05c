"""Documents that a user names: read whole where they are files of a bearable size, refused by name else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

from harness.errors import ConfigError, Problem

DOCUMENT_BYTES_MAX = 64 * 1024 * 1024
"""Parsed, JSON takes about eight times its size: half a gigabyte is the most that one document may cost."""


RECORDS_BYTES_MAX = 160 * 1024 * 1024
"""Of what is explained: a dump of 16,000 Jobs with a pod and five events each takes 147 MiB."""


def document(path: Path, bytes_max: int = DOCUMENT_BYTES_MAX) -> bytes:
    """Read a document.

    Raises:
        ConfigError: it can't be read, or is too large, as a device is that never ends.
    """
    try:
        with path.open("rb") as file:
            return _bounded(file, str(path), bytes_max)
    except OSError as error:
        raise ConfigError((Problem(str(path), 0, 0, "file", str(error), "a file that can be read"),)) from error


def standard_input(bytes_max: int = DOCUMENT_BYTES_MAX) -> bytes:
    """Read standard input to its end.

    Raises:
        ConfigError: it is too large.
    """
    return _bounded(sys.stdin.buffer, "standard input", bytes_max)


def _bounded(file: BinaryIO, name: str, bytes_max: int) -> bytes:
    data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        found, expected = f"more than {bytes_max >> 20} MiB", f"at most {bytes_max >> 20} MiB"
        raise ConfigError((Problem(name, 0, 0, "file", found, expected),))
    return data
