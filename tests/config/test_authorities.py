"""A policy's bundle of certificate authorities is looked at when the file is checked, not first by a campaign."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trustme
from config.samples import WINE, Change

from harness.config.load import check, load


def told(change: Change, name: str) -> list[str]:
    """Name a bundle and give what is said of it."""
    return [problem.found for problem in check(change({(*WINE, "real"): {"ca": name}}))]


def test_a_bundle_that_can_be_used_is_taken(change: Change, tmp_path: Path) -> None:
    """Its path is relative to the file."""
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    (repository,) = load(change({(*WINE, "real"): {"ca": "ca.pem"}}))
    assert repository.real.ca == str(tmp_path / "ca.pem")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (None, "no such file"),
        (b"", "no certificate could be read from it"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "no certificate could be read from it"),
        (b"x" * ((1 << 20) + 1), "more than 1 MiB"),
    ],
    ids=["missing", "empty", "no certificate", "too large"],
)
def test_a_bundle_that_proves_nothing_is_told(change: Change, tmp_path: Path, data: bytes | None, why: str) -> None:
    """With its path, what is expected and where it comes from."""
    if data is not None:
        (tmp_path / "ca.pem").write_bytes(data)
    (problem,) = check(change({(*WINE, "real"): {"ca": "ca.pem"}}))
    assert problem.found == f"{tmp_path / 'ca.pem'}: {why}"
    assert problem.key == "repositories.wine.real.ca"
    assert problem.line > 1
    assert "certificate-authority-data" in problem.hint


def test_a_folder_and_a_pipe_are_no_bundle(change: Change, tmp_path: Path) -> None:
    """And nobody waits for a writer."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert told(change, "folder") == [f"{tmp_path / 'folder'}: no such file"]
    assert told(change, "pipe") == [f"{tmp_path / 'pipe'}: no such file"]
