"""`parity init --nox`: a session for each repository, with the exit code of `parity run`."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from harness.cli.main import parity

ROOT = Path(__file__).parents[2]


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the printed file where nox is a name only, beside a repos.yaml; give what it defines."""
    printed = CliRunner().invoke(parity, ["init", "--nox"])
    assert printed.exit_code == 0
    stand_in: Any = ModuleType("nox")
    stand_in.session = lambda **_: lambda function: function
    stand_in.parametrize = lambda *_, **__: lambda function: function
    monkeypatch.setitem(sys.modules, "nox", stand_in)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repos.yaml").write_text((ROOT / "repos.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    scope: dict[str, Any] = {}
    exec(compile(printed.stdout, "noxfile.py", "exec"), scope)
    return SimpleNamespace(**scope)


def test_each_entry_has_a_session(session: Any, tmp_path: Path) -> None:
    """By its name, whatever the indent and however it is commented."""
    assert session.repositories() == ["diabetes", "cancer", "digits", "demand", "wine", "features"]
    (tmp_path / "repos.yaml").write_text(
        "# a\ndefaults:\n  owner: x\nrepositories:  # b\n\n    # c\n    a-b:\n        x: 1\n    c: {}\nz: 1\n"
    )
    assert session.repositories() == ["a-b", "c"]


def test_a_session_ends_with_the_code_of_the_run(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chosen alone it is the code of nox itself; among others it fails the session, so that the others run."""
    failures: list[str] = []
    asked = SimpleNamespace(
        install=lambda *_: None, bin=str(Path(sys.executable).parent), posargs=(), error=failures.append
    )
    monkeypatch.setattr(sys, "argv", ["nox", "-s", "parity(nosuch)"])
    with pytest.raises(SystemExit) as ended:
        session.parity(asked, "nosuch")
    assert ended.value.code == 2
    monkeypatch.setattr(sys, "argv", ["nox", "-s", "parity"])
    session.parity(asked, "nosuch")
    assert failures == ["nosuch: parity run ended with 2"]


def test_our_own_noxfile_has_the_same_sessions() -> None:
    """So that CI of this project runs what teams run."""
    text = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert '@nox.parametrize("repository", repositories(), ids=repositories())\ndef parity(' in text
