"""Keeps campaigns of the version that is checked out: `PYTHONPATH=tests python -m archives.keep`, at each release.

Two campaigns, a GO that was signed and a NO-GO, with their ledger; pages are derived and left out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from unittest.mock import patch

from campaign.finished import LATER, Draft, finish, repository
from campaign.team import Clock
from click.testing import CliRunner

from harness.cli.main import parity
from harness.model.policy import Approver

HERE = Path(__file__).parent
SIGNER = "ada"


def keep(folder: Path) -> None:
    """Write the campaigns of this version into a folder."""
    with tempfile.TemporaryDirectory() as keys:
        key = Path(keys) / SIGNER
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", SIGNER, "-f", str(key)], check=True)
        approver = Approver(SIGNER, key.with_suffix(".pub").read_text(encoding="utf-8").strip())
        wine = repository()
        wine = replace(wine, policy=replace(wine.policy, approvers=(approver,)))
        finish(folder, "old-go", repositories=(wine,), author="carol")
        words = ["signoff", wine.name, "--as", SIGNER, "--key", str(key), "--file", str(Path(keys) / "signoff.json")]
        clock = Clock(LATER)
        with (
            patch("harness.cli.verdicts.todays", lambda _: (wine,)),
            patch("harness.cli.verdicts.SystemClock", lambda: clock),
            patch("harness.cli.cutovers.SystemClock", lambda: clock),
        ):
            told = CliRunner().invoke(parity, [*words, "--reports", str(folder)])
    if told.exit_code:
        sys.exit(told.output)
    beer = repository("beer")
    finish(folder, "old-no-go", candidate=Draft(5.0), repositories=(beer,), author="carol")
    for page in folder.glob("*/report"):
        shutil.rmtree(page)
    for lock in folder.rglob("*.lock"):
        lock.unlink()


if __name__ == "__main__":
    keep(HERE / version("parity-harness"))
