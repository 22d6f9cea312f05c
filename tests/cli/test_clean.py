"""`parity stop` and `parity clean` where a platform refuses: each refusal is told, the rest is done, the code is 4."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from faults.campaign import NAME, Scene
from faults.platform import Scripted, present
from faults.seam import Strike, What

from harness.backends.base import Handle
from harness.campaign.wiring import Connections
from harness.cli import campaigns
from harness.cli.main import parity
from harness.errors import BackendError
from harness.model.event import Event
from harness.model.job import Side


class Refusing(Scripted):
    """Platforms that may refuse."""

    refuses: frozenset[str] = frozenset()

    def stop(self, handle: Handle) -> None:
        """End a run by request, where that is allowed."""
        self.maybe("stop", handle.run.name)
        super().stop(handle)

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Remove an object, where that is allowed."""
        self.maybe("remove", handle.run.name)
        return super().remove(handle)

    def close(self) -> None:
        """Give back queue and rule, where that is allowed."""
        self.maybe("close", "rule")

    def maybe(self, verb: str, name: str) -> None:
        """Refuse what is to be refused."""
        if verb in self.refuses:
            message = f"{verb} {name}: AccessDenied"
            raise BackendError(message)


def test_what_can_not_be_stopped_or_removed_is_named_and_the_next_try_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A campaign is killed with runs on its platforms; nothing that is left there is left without a word."""
    scene = Scene(tmp_path / "scene")
    scene.prepare(1)
    scene.run(Strike(What.KILL, 1, "submit, after"))
    there = present(scene.platform)
    records = scene.archive.read_journal().records
    names = sorted({str(record["name"]) for record in records if record["record"] == "intent"})
    assert there  # those of one pair, or of two: threads submit
    assert set(there) <= set(names)
    backend = Refusing(scene.platform)
    wiring = Connections(
        {("wine", side): backend for side in Side},
        {},
        campaigns.SystemClock(),
        lambda *_: pytest.fail("nothing is staged"),
    )
    monkeypatch.setattr(campaigns, "wire", lambda *_: wiring)
    monkeypatch.chdir(scene.folder)

    def told(verb: str, *refuses: str) -> tuple[int, list[str]]:
        backend.refuses = frozenset(refuses)
        found = CliRunner().invoke(parity, [verb, NAME, "--reports", "reports"])
        lines = [line for line in found.stderr.splitlines() if line.startswith("not ")]
        return found.exit_code, sorted(lines)

    assert told("stop", "stop") == (
        4,
        [
            f"not stopped: {name} (Kubernetes): stop {name}: AccessDenied; parity clean {NAME} tries again"
            if "legacy" in name
            else f"not stopped: {name} (SageMaker): stop {name}: AccessDenied; parity clean {NAME} tries again"
            for name in names
        ],
    )
    code, lines = told("clean", "stop", "remove", "close")
    assert (code, len(lines)) == (4, 2 * len(names) + 1)
    assert "not removed: close rule: AccessDenied; the same command tries again" in lines
    assert present(scene.platform).keys() == there.keys()
    assert told("clean") == (0, [])
    assert present(scene.platform) == {}
    assert told("clean") == (0, [])


def test_all_campaigns_without_a_verdict_are_stopped_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command, whoever began them; what one refuses is told, and what was never begun is nothing to stop."""
    scene = Scene(tmp_path / "scene")
    scene.prepare(1)
    scene.run(Strike(What.KILL, 1, "submit, after"))
    backends = {("wine", side): Refusing(scene.platform) for side in Side}
    wiring = Connections(backends, {}, campaigns.SystemClock(), lambda *_: pytest.fail("nothing is staged"))
    monkeypatch.setattr(campaigns, "wire", lambda *_: wiring)
    monkeypatch.chdir(scene.folder)

    def told(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(parity, ["stop", *words])
        return found.exit_code, found.stdout + found.stderr

    def unreached(*_: object) -> Connections:
        message = "no answer"
        raise BackendError(message)

    with monkeypatch.context() as away:
        away.setattr(campaigns, "wire", unreached)
        assert told("--all", "--reports", "reports") == (4, f"campaign {NAME}\nnot stopped: {NAME}: no answer\n")
    code, said = told("--all", "--reports", "reports")
    assert (code, "stopped " in said) == (0, True)
    assert told("--all", "--reports", "elsewhere")[0] == 5
    assert told("--all", NAME, "--reports", "reports")[0] == told("--reports", "reports")[0] == 2
