"""Documents that a user names: read whole where they are files of a bearable size, refused by name else."""

from __future__ import annotations

from pathlib import Path

from harness.errors import ConfigError, Problem

DOCUMENT_BYTES_MAX = 64 * 1024 * 1024
"""Parsed, JSON takes about eight times its size: half a gigabyte is the most that one document may cost."""


def document(path: Path) -> bytes:
    """Read a document.

    Raises:
        ConfigError: it can't be read, or is larger than 64 MiB, as a device is that never ends.
    """
    try:
        with path.open("rb") as file:
            data = file.read(DOCUMENT_BYTES_MAX + 1)
    except OSError as error:
        raise ConfigError((Problem(str(path), 0, 0, "file", str(error), "a file that can be read"),)) from error
    if len(data) > DOCUMENT_BYTES_MAX:
        expected = f"at most {DOCUMENT_BYTES_MAX >> 20} MiB"
        raise ConfigError((Problem(str(path), 0, 0, "file", f"more than {DOCUMENT_BYTES_MAX >> 20} MiB", expected),))
    return data
