"""A team with two approvers, an outsider, and campaigns that are judged; commands run at a fixed time."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import pytest
from campaign.finished import LATER, Draft, finish, repository
from campaign.team import Clock
from click.testing import CliRunner, Result

from harness.cli.main import parity
from harness.model.plan import Plan
from harness.model.policy import Approver, Policy
from harness.model.repository import Repository
from harness.store import ledger
from harness.store.archive import Archive

AUTHOR = "carol"
HALVED = Draft(5.0)
"""A candidate whose metric is half of legacy's."""


@dataclass
class Scene:
    """A reports folder, the repository as today's repos.yaml has it, and the clock of the commands."""

    folder: Path
    keys: Path
    of: Repository
    clock: Clock = field(default_factory=lambda: Clock(LATER))

    @property
    def reports(self) -> Path:
        """Of all campaigns."""
        return self.folder / "reports"

    @property
    def archive(self) -> Archive:
        """Of the first campaign."""
        return Archive(self.reports / "c1")

    def key(self, name: str) -> Path:
        """Give somebody's private key."""
        return self.keys / name

    def policy(self, **changes: object) -> None:
        """Change today's policy."""
        self.of = replace(self.of, policy=replace(self.of.policy, **changes))

    def campaign(
        self,
        name: str = "c1",
        *,
        candidate: Draft = Draft(10.0),  # noqa: B008 - a frozen value
        at: str = LATER,
        author: str = AUTHOR,
        alter: Callable[[Plan], Plan] = lambda plan: plan,
    ) -> None:
        """Judge a campaign: a GO on real evidence, if nothing else is said."""
        finish(self.reports, name, candidate=candidate, repositories=(self.of,), at=at, author=author, alter=alter)

    def parity(self, *words: str) -> Result:
        """Run a command with today's repository, at the scene's time."""
        repositories = None if "--as-planned" in words else (self.of,)
        with (
            patch("harness.cli.verdicts.todays", lambda _: repositories),
            patch("harness.cli.verdicts.SystemClock", lambda: self.clock),
            patch("harness.cli.cutovers.SystemClock", lambda: self.clock),
            patch("harness.cli.rollbacks.SystemClock", lambda: self.clock),
        ):
            return CliRunner().invoke(parity, [*words, "--reports", str(self.reports)])

    def sign(self, name: str = "ada", *more: str, key: str = "") -> Result:
        """Sign off as somebody, with their own key or with another."""
        return self.parity("signoff", self.of.name, "--as", name, "--key", str(self.key(key or name)), *more)

    def cut_over(self, stage: str, *more: str) -> Result:
        """Go to a stage."""
        return self.parity("cutover", self.of.name, "--to", stage, "--reason", "as planned", *more)

    def entries(self, kind: str) -> tuple[ledger.Entry, ...]:
        """Give the ledger's entries of a kind."""
        return tuple(entry for entry in ledger.in_folder(self.reports).entries() if entry.kind == kind)


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make keys of two approvers and an outsider."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ada", "bob", "eve"):
        made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(made, check=True, timeout=30)
    return folder


def approvers(keys: Path, *names: str) -> tuple[Approver, ...]:
    """Name approvers with their public keys."""
    return tuple(Approver(name, (keys / f"{name}.pub").read_text(encoding="utf-8").strip()) for name in names)


@pytest.fixture
def scene(tmp_path: Path, keys: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Give the team before its first campaign; files are written where commands run."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PARITY_AUTHOR", AUTHOR)
    monkeypatch.setenv("PARITY_ROUTES", str(tmp_path / "routes"))
    of = repository()
    policy: Policy = replace(of.policy, approvers=approvers(keys, "ada", "bob"))
    return Scene(tmp_path, keys, replace(of, policy=policy))
