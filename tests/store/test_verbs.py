"""Every verb over a finished campaign, its evidence in a folder and in a bucket: the same words, codes and effects."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import pytest
from campaign.finished import LATER, Draft, finish, repository
from campaign.team import Clock
from click.testing import CliRunner, Result

from harness.cli.main import parity
from harness.model.policy import DAY, Approver
from harness.model.repository import Retention
from harness.store import codec, ledger
from harness.store.reports import Reports, open_reports

DAY_31 = "2026-12-26T12:00:01Z"


@dataclass(frozen=True)
class Desk:
    """Somebody with a finished campaign and the key of its approver."""

    place: str
    folder: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def key(self) -> str:
        """Of the approver."""
        return str(self.folder / "ada")

    @property
    def reports(self) -> Reports:
        """Open what is there now."""
        return open_reports(self.place)

    def run(self, *words: str, at: str = LATER) -> Result:
        """Run a command, as another machine would: from an empty spool."""
        self.monkeypatch.setenv("PARITY_SPOOL", str(self.folder / f"spool-{len(list(self.folder.iterdir()))}"))
        clock = Clock(at)
        with (
            patch("harness.cli.expiring.SystemClock", lambda: clock),
            patch("harness.cli.rulings.SystemClock", lambda: clock),
        ):
            return CliRunner().invoke(parity, [*words, "--reports", self.place])


@pytest.fixture
def desk(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Conclude a NO-GO whose candidate reports more."""
    return concluded(place, tmp_path, monkeypatch, 13.0)


@pytest.fixture
def good(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Conclude a GO."""
    return concluded(place, tmp_path, monkeypatch, 10.0)


@pytest.fixture
def shared(user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Conclude a GO in a bucket; what is changed in a folder is tried in tests/campaign."""
    return concluded(user, tmp_path, monkeypatch, 10.0)


def concluded(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, candidate: float) -> Desk:
    """Conclude a campaign that keeps logs for 30 days."""
    made = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(tmp_path / "ada")]
    subprocess.run(made, check=True, timeout=30)
    base = repository()
    ada = Approver("ada", (tmp_path / "ada.pub").read_text(encoding="utf-8").strip())
    of = replace(base, policy=replace(base.policy, approvers=(ada,)), retention=Retention(30 * DAY, None))
    finish(open_reports(place), repositories=(of,), candidate=Draft(candidate))
    return Desk(place, tmp_path, monkeypatch)


def keys(desk: Desk) -> set[str]:
    """Name all that is kept of the campaign."""
    return set(desk.reports.archive("c1").store.names(""))


def test_it_is_gated_told_and_reported(desk: Desk) -> None:
    """NO-GO in each form; what is printed as JSON is what is kept."""
    gate = desk.run("gate", "c1", "--as-planned", "--allow-synthetic")
    assert (gate.exit_code, gate.stdout.startswith("wine: NO-GO")) == (1, True), gate.output
    rejudged = desk.run("rejudge", "c1")
    assert (rejudged.exit_code, json.loads(rejudged.stdout)["decision"]) == (1, "NO-GO")
    for form, word in (("json", '"NO-GO"'), ("markdown", "NO-GO"), ("junit", "<failure"), ("text", "NO-GO")):
        said = desk.run("report", "c1", "--format", form)
        assert (said.exit_code, word in said.stdout) == (0, True), said.output
    page = desk.run("report", "c1")
    assert (page.exit_code, Path(page.stdout.strip()).is_file()) == (0, True)
    explained = desk.run("explain-verdict", "wine")
    assert (explained.exit_code, explained.stdout.startswith("wine: NO-GO")) == (1, True), explained.output
    assert "report/wine.html" in keys(desk)


def test_a_difference_is_ruled_and_signed(desk: Desk) -> None:
    """It stands in the ledger of the place."""
    listed = desk.run("accept", "wine")
    assert (listed.exit_code, "metrics.equivalence/train/rmse" in listed.stdout) == (0, True), listed.output
    words = ("--finding", "metrics.equivalence/train/rmse", "--reason", "it rounds", "--as", "ada", "--key", desk.key)
    ruled = desk.run("accept", "wine", *words)
    assert (ruled.exit_code, "in force from the next verdict on" in ruled.stdout) == (0, True), ruled.output
    assert [entry.kind for entry in ledger.read(desk.reports.ledger)] == [
        ledger.CAMPAIGN,
        ledger.VERDICT,
        ledger.RULING,
    ]
    assert "signed by ada" in desk.run("accept", "wine").stdout


def test_the_ledger_is_anchored_verified_and_exported(good: Desk) -> None:
    """Against a git repository; a tail that is cut is found, and the export is verified anywhere."""
    anchors = good.folder / "anchors.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(anchors)], check=True, timeout=30)
    git = ("--git", str(anchors))
    anchored = good.run("ledger", "anchor", *git)
    assert (anchored.exit_code, "anchored: 2 entries" in anchored.stdout) == (0, True), anchored.output
    verified = good.run("ledger", "verify", *git)
    assert (verified.exit_code, "every entry is covered" in verified.stdout) == (0, True), verified.output
    exported = good.run("ledger", "export", str(good.folder / "ledger.json"), *git)
    assert exported.exit_code == 0, exported.output
    offline = CliRunner().invoke(parity, ["ledger", "verify", str(good.folder / "ledger.json")])
    assert (offline.exit_code, "every entry is covered" in offline.stdout) == (0, True), offline.output
    cut_the_tail(good)
    cut = good.run("ledger", "verify", *git)
    assert (cut.exit_code, "ledger entry 1" in cut.stdout) == (3, True), cut.output
    assert good.run("rejudge", "c1").exit_code == 3


def cut_the_tail(desk: Desk) -> None:
    """Take the last entry away, as whoever may write there can."""
    store = desk.reports.store
    if desk.place.startswith("s3://"):
        store.remove("ledger/0000000001.json")
    else:
        book = Path(desk.place) / "ledger.jsonl"
        book.write_bytes(book.read_bytes().splitlines(keepends=True)[0])


def test_payloads_whose_time_is_over_go_and_the_verdict_stays(desk: Desk) -> None:
    """The logs, out of the place itself; whoever reads it then finds the tombstone in their stead."""
    before = keys(desk)
    logs = {name for name in before if name.endswith("/payload/log.txt")}
    assert logs
    listed = desk.run("expire", "c1", at=DAY_31)
    assert (listed.exit_code, f"wine: {len(logs)} payloads due" in listed.stdout) == (0, True), listed.output
    done = desk.run("expire", "c1", "--as", "ada", "--key", desk.key, at=DAY_31)
    assert (done.exit_code, f"wine: {len(logs)} payloads deleted" in done.stdout) == (0, True), done.output
    assert before - keys(desk) == logs
    assert (desk.run("rejudge", "c1").exit_code, desk.run("expire", "c1", at=DAY_31).exit_code) == (1, 5)


@pytest.mark.parametrize("kind", ["plan.json", "judgement/wine.json", "observation.json", "payload/0"])
@pytest.mark.parametrize(
    "change", [lambda data: data[:-1], lambda data: data.replace(b"1", b"2", 1)], ids=["cut", "edited"]
)
def test_an_object_that_was_changed_in_the_place_closes_the_gate(
    shared: Desk, kind: str, change: Callable[[bytes], bytes]
) -> None:
    """No GO, no NO-GO: damage, by name."""
    name = next(name for name in sorted(keys(shared)) if name.endswith(kind))
    store = shared.reports.archive("c1").store
    data = store.read(name)
    assert data
    assert json.loads(shared.run("rejudge", "c1").stdout)["decision"] == "GO"
    store.put(name, change(data))
    assert shared.run("rejudge", "c1").exit_code == 3
    assert codec.digest(data) != codec.digest(change(data))
