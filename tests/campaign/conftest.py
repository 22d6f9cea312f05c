"""Two approvers of a repository, and one outsider."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from campaign.team import Team, sample

from harness.model.policy import Approver


@pytest.fixture
def team(tmp_path: Path) -> Team:
    """Make two approvers of a repository, and one outsider."""
    approvers = []
    for name in ("ada", "bob", "eve"):
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(made, check=True, timeout=30)
        approvers.append(Approver(name, (tmp_path / f"{name}.pub").read_text(encoding="utf-8").strip()))
    of = sample()
    return Team(tmp_path / "reports", replace(of, policy=replace(of.policy, approvers=tuple(approvers[:2]))), tmp_path)
