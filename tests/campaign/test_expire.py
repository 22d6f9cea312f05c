"""`parity expire`: payloads whose time is over go, with a signed tombstone; nothing else may be missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from campaign.finished import Finished, finish, repository
from campaign.team import Clock, Team
from click.testing import Result

from harness.campaign import conclude, tombstones
from harness.campaign.verified import verified
from harness.model.policy import DAY
from harness.model.repository import Retention
from harness.store import codec, ledger

DAY_31 = "2026-12-26T12:00:01Z"
"""31 days after the verdict."""
DAY_29 = "2026-12-24T12:00:00Z"


@pytest.fixture
def of(team: Team, tmp_path: Path) -> Finished:
    """Make a campaign that is GO and keeps logs for 30 days and outputs for 90."""
    base = repository()
    policy = replace(base.policy, approvers=team.of.policy.approvers)
    kept = replace(base, policy=policy, retention=Retention(30 * DAY, 90 * DAY))
    made, (verdict,) = finish(tmp_path / "finished", repositories=(kept,))
    assert verdict.decision.value == "GO"
    return made


def expire(of: Finished, at: str, team: Team | None = None, signer: str = "ada", key: str = "ada") -> Result:
    """Run the command on a day; without a team it only lists."""
    signed = ("--as", signer, "--key", str(team.keys / key)) if team else ()
    with patch("harness.cli.expiring.SystemClock", lambda: Clock(at)):
        return of.parity("expire", "c1", *signed)


def payloads(of: Finished, name: str) -> list[Path]:
    """List what lies there of one name in all runs."""
    return sorted(of.archive.root.glob(f"runs/*/payload/{name}"))


def test_a_class_whose_time_is_over_is_listed_and_deleted_and_the_verdict_stays(of: Finished, team: Team) -> None:
    """Logs after 30 days; the outputs stay, and so do the bytes of the verdict."""
    before = of.parity("rejudge", "c1")
    assert (expire(of, DAY_29).exit_code, expire(of, DAY_29, team).exit_code) == (5, 5)
    listed = expire(of, DAY_31)
    assert (listed.exit_code, "wine: 6 payloads due" in listed.stdout, len(payloads(of, "log.txt"))) == (0, True, 6)
    done = expire(of, DAY_31, team)
    assert (done.exit_code, "wine: 6 payloads deleted" in done.stdout) == (0, True), done.output
    assert (payloads(of, "log.txt"), len(payloads(of, "0"))) == ([], 6)
    after = of.parity("rejudge", "c1")
    assert (after.exit_code, after.stdout) == (0, before.stdout)
    page = of.parity("report", "c1", "--format", "markdown")
    assert (page.exit_code, "6 payloads were deleted on 2026" in page.stdout) == (0, True)
    assert "signed by ada" in of.parity("explain-verdict", "wine").stdout
    assert expire(of, DAY_31).exit_code == 5


def test_a_payload_that_is_missing_without_a_tombstone_closes_the_verdict(of: Finished, team: Team) -> None:
    """Before any is signed, and one more than was signed for."""
    payloads(of, "0")[0].unlink()
    assert of.parity("rejudge", "c1").exit_code == 3
    refused = expire(of, DAY_31, team)
    assert (refused.exit_code, "nothing is deleted of this evidence" in refused.stderr) == (3, True)
    assert len(payloads(of, "log.txt")) == 6


def test_what_expired_is_not_compared_again(of: Finished, team: Team) -> None:
    """Nobody can read it; the verdict follows from the facts."""
    expire(of, DAY_31, team)
    told = of.parity("recompare", "c1")
    assert (told.exit_code, "can't be compared again" in told.stderr) == (2, True), told.output


def test_a_payload_that_lies_there_after_its_tombstone_must_have_its_bytes_and_is_deleted_at_the_next_run(
    of: Finished, team: Team
) -> None:
    """A crash between the entry and the deletion."""
    with patch("harness.store.folder.Folder.remove", lambda *_: None):
        expire(of, DAY_31, team)
    assert (len(payloads(of, "log.txt")), of.parity("rejudge", "c1").exit_code) == (6, 0)
    length = len(of.archive.ledger.entries())
    assert expire(of, DAY_31, team).exit_code == 0
    assert (payloads(of, "log.txt"), len(of.archive.ledger.entries())) == ([], length)


@pytest.mark.parametrize(
    ("signer", "key", "why"),
    [
        ("eve", "eve", "eve may not sign for wine: the policy of the plan names ada, bob"),
        ("ada", "eve", "is not the key that the policy names for ada"),
    ],
)
def test_only_an_approver_with_the_own_key_signs(of: Finished, team: Team, signer: str, key: str, why: str) -> None:
    """Else nothing is entered and nothing deleted."""
    length = len(of.archive.ledger.entries())
    told = expire(of, DAY_31, team, signer, key)
    assert (told.exit_code, why in told.stderr) == (2, True), told.output
    assert (len(of.archive.ledger.entries()), len(payloads(of, "log.txt"))) == (length, 6)


Lie = Callable[[Finished], dict[str, str]]
LIES: dict[str, tuple[Lie, str, str]] = {
    "of facts": (lambda of: {_observation(of): "sha256:0"}, DAY_31, "is no payload of this campaign, and facts stay"),
    "before its day": (lambda of: _due(of, "log.txt"), DAY_29, "was deleted before its day"),
    "of outputs, which stay longer": (lambda of: _due(of, "0"), DAY_31, "was deleted before its day"),
    "of other bytes": (
        lambda of: dict.fromkeys(_due(of, "log.txt"), "sha256:0"),
        DAY_31,
        "had another digest when it was fetched",
    ),
}


def _observation(of: Finished) -> str:
    return f"runs/{of.plan.runs[0].id}/observation.json"


def _due(of: Finished, name: str) -> dict[str, str]:
    paths = [path.relative_to(of.archive.root).as_posix() for path in payloads(of, name)]
    return {path: of.archive.digest(path) for path in paths}


@pytest.mark.parametrize("what", LIES)
def test_a_signed_tombstone_that_breaks_a_rule_counts_for_nothing(of: Finished, team: Team, what: str) -> None:
    """Signed by an approver with the own key, and entered: its files are missing."""
    make, at, why = LIES[what]
    (found,) = verified(of.archive)
    by = tombstones.Signer(team.of.policy.approvers[0], team.keys / "ada", at)
    tombstones.enter(found.schedule, found.repository, make(of), of.archive, by=by)
    (verdict,) = conclude.rejudge(of.archive)
    assert verdict.decision.value == "INCONCLUSIVE"
    assert "ledger entry 2: the tombstone is refused: " in verdict.reasons[0].sentence
    assert why in verdict.reasons[0].sentence


def test_an_edited_tombstone_does_not_hold(of: Finished, team: Team) -> None:
    """One more file in the statement, with the ledger chained anew."""
    expire(of, DAY_31, team)
    output = payloads(of, "0")[0]
    name = output.relative_to(of.archive.root).as_posix()
    *before, last = of.archive.ledger.entries()
    statement = codec.decode(last.facts["statement"].encode(), tombstones.Statement, "statement")
    more = replace(statement, files={**statement.files, name: of.archive.digest(name)})
    edited = replace(last, facts={**last.facts, "statement": codec.line(more).decode()})
    of.ledger.write_bytes(b"".join(codec.line(entry) + b"\n" for entry in (*before, edited)))
    output.unlink()
    (verdict,) = conclude.rejudge(of.archive)
    assert verdict.decision.value == "INCONCLUSIVE"
    assert "the signature of ada does not hold" in verdict.reasons[0].sentence


def test_without_retention_nothing_is_ever_due(tmp_path: Path) -> None:
    """The default: payloads are kept for good."""
    made, _ = finish(tmp_path)
    assert expire(made, "2036-01-01T00:00:00Z").exit_code == 5
    assert ledger.TOMBSTONE not in {entry.kind for entry in made.archive.ledger.entries()}
