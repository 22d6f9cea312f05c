"""`parity accept` from end to end over stored evidence: signed, in the ledger, and bound to one difference."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from campaign.team import RMSE, Team
from click.testing import CliRunner
from planted_secrets import forms

from harness.campaign import evidence, pages, rulings
from harness.cli.main import parity
from harness.model.finding import Dimension, Finding, Outcome
from harness.store import codec, ledger, signature
from harness.store.archive import Archive

TOKEN = forms(11)["github token"].secret


def outcome(team: Team, campaign: str) -> tuple[Outcome, str]:
    """Say what became of the metric's finding in a stored campaign, and by which ruling."""
    views = pages.views_of(Archive(team.reports / campaign))
    found = next(finding for finding in views[0].findings if finding.check == "metrics.equivalence")
    return Outcome(found.outcome), found.ruling


def test_a_ruling_covers_the_next_verdict_and_another_value_is_not_covered(team: Team) -> None:
    """Ruled is a rise of 0.3 with a margin of 0.1: 0.35 is the same difference, 0.45 is a second one."""
    team.campaign("c1", 0.8)
    assert outcome(team, "c1") == (Outcome.MISMATCH, "")
    made = team.rule()
    assert made.exit_code == 0, made.output
    (ruling,) = team.standing()
    assert (ruling.void, ruling.signers, ruling.owner, ruling.campaign) == ("", ("ada",), "owner", "c1")
    hits = [team.campaign(name, value).rulings for name, value in (("c2", 0.85), ("c3", 0.95), ("c4", 0.2))]
    assert hits == [{ruling.id: 1}, {ruling.id: 0}, {ruling.id: 0}]
    assert [outcome(team, literal) for literal in ("c2", "c3", "c4")] == [
        (Outcome.WAIVED, ruling.id),
        (Outcome.MISMATCH, ""),
        (Outcome.MISMATCH, ""),
    ]


def test_judging_again_gives_the_same_bytes_whatever_was_ruled_since(team: Team) -> None:
    """A verdict knows the ledger that it was judged by; today's look knows today's."""
    before = codec.line(team.campaign("c1", 0.8)).decode()
    team.rule()
    after = CliRunner().invoke(parity, ["rejudge", "c1", "--reports", str(team.reports)])
    today = CliRunner().invoke(parity, ["rejudge", "c1", "--now", "--as-planned", "--reports", str(team.reports)])
    assert after.stdout == before + "\n"
    assert json.loads(today.stdout)["rulings"] == {team.standing()[0].id: 1}
    second = codec.line(team.campaign("c2", 0.8)).decode()
    team.campaign("c3", 0.8)
    again = CliRunner().invoke(parity, ["rejudge", "c2", "--reports", str(team.reports)])
    assert again.stdout == second + "\n"


def test_without_a_finding_the_command_lists_what_can_be_ruled(team: Team) -> None:
    """The name to give, and the difference in words; nothing is entered."""
    team.campaign("c1", 0.8)
    length = len(ledger.read(team.ledger))
    told = CliRunner().invoke(parity, ["accept", "wine", "--reports", str(team.reports)])
    assert told.exit_code == 0
    assert f"  {RMSE}: rmse rose by 0.3" in told.stdout
    assert len(ledger.read(team.ledger)) == length


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"signer": "eve", "key": "eve"}, "eve may not accept it: the policy of campaign c1 names ada, bob"),
        ({"key": "eve"}, "is not the key that the policy names for ada"),
        ({"signer": "adam", "key": "ada"}, "names ada, bob (did you mean ada?)"),
        ({"finding": "metrics.equivalence/train/mae"}, "no finding has this name"),
        ({"finding": "metrics.equivalence/train/rsme"}, f"(did you mean {RMSE}?)"),
        ({"finding": "coverage.required/train"}, "can't be accepted"),
        ({"campaign": "c9"}, 'or latest (the last are c1), found "c9"'),
        ({"reason": f"see {TOKEN}"}, "--reason holds what looks like a secret (github-pat)"),
    ],
    ids=[
        "no approver",
        "another's key",
        "a slip in a name",
        "no such finding",
        "a slip in a finding",
        "not a difference",
        "no such campaign",
        "a secret in the reason",
    ],
)
def test_what_may_not_be_ruled_is_refused_by_name_and_leaves_nothing(
    team: Team, said: dict[str, str], why: str
) -> None:
    """Usage error 2, and not one entry more."""
    team.campaign("c1", 0.8)
    entries = ledger.read(team.ledger)
    found = team.rule(**said)
    assert (found.exit_code, why in found.stderr) == (2, True), found.output
    assert TOKEN not in found.output
    assert ledger.read(team.ledger) == entries


def test_a_false_success_can_never_be_ruled(team: Team) -> None:
    """Exit 2 with the reason, whoever signs."""
    team.campaign("c1", 0.8)
    archive = Archive(team.reports / "c1")
    judgement = archive.load_judgement("wine")
    metric = next(finding for finding in judgement.findings if finding.check == "metrics.equivalence")
    false = replace(metric, false_success=True)
    archive.save_judgement(replace(judgement, findings=(false,)))
    team.enter_stored("c1")
    found = team.rule()
    assert found.exit_code == 2
    assert "a false success is never accepted" in found.stderr
    listed = CliRunner().invoke(parity, ["accept", "wine", "--reports", str(team.reports)])
    assert (listed.exit_code, "never: " in listed.stdout) == (5, True)


def test_where_two_must_sign_one_signature_covers_nothing(team: Team) -> None:
    """The same person twice is one person."""
    two = replace(team, of=replace(team.of, policy=replace(team.of.policy, approvals=2)))
    two.campaign("c1", 0.8)
    for signer, void in (("ada", "1 of 2 signatures hold"), ("ada", "1 of 2 signatures hold"), ("bob", "")):
        assert two.rule(signer, signer).exit_code == 0
        assert [ruling.void for ruling in two.standing()] == [void]
    assert two.standing()[0].signers == ("ada", "bob")


def test_a_ruling_on_synthetic_evidence_covers_nothing_on_real_platforms(team: Team) -> None:
    """In another sandbox campaign it does."""
    team.campaign("c1", 0.8, synthetic=True)
    team.rule()
    assert [ruling.void for ruling in team.standing()] == ["0 of 1 signatures hold; ada: made on synthetic evidence"]
    assert list(team.campaign("c2", 0.8, synthetic=True).rulings.values()) == [1]
    assert list(team.campaign("c3", 0.8).rulings.values()) == [0]


def test_who_is_no_approver_any_more_takes_the_ruling_along(team: Team) -> None:
    """The policy of each plan says whose signatures hold; the report says why one does not."""
    team.campaign("c1", 0.8)
    team.rule()
    left = replace(team, of=replace(team.of, policy=replace(team.of.policy, approvers=team.of.policy.approvers[1:])))
    assert [ruling.void for ruling in left.standing()] == ["0 of 1 signatures hold; ada: no approver of this policy"]
    assert list(left.campaign("c2", 0.8).rulings.values()) == [0]


def test_a_ruled_pair_is_clean_in_what_the_campaign_leaves_for_later_ones(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The acceptance is for good, so carried state pairs count it; before the ruling each of them was unclean."""
    ends = [
        Finding("truth.expected", Dimension.TRUTH, "train", f"p{n}", Outcome.MISMATCH, "ends", difference="sha256:1")
        for n in range(8)
    ]
    monkeypatch.setattr(evidence, "findings_of", lambda *_, **__: tuple(ends))
    team.campaign("c1", 0.5)
    assert team.rule(finding="truth.expected/train").exit_code == 0
    team.campaign("c2", 0.5)
    left = [json.loads(entry.facts["tallies"])[0] for entry in ledger.read(team.ledger) if entry.kind == ledger.VERDICT]
    assert [(item["clean"], item["unclean"]) for item in left] == [(0, 8), (8, 0)]


def rewritten(team: Team, field: str) -> str:
    """Change one thing of a ruling and make the chain whole again, as somebody who owns the file can."""
    entries = list(ledger.read(team.ledger))
    place, old = next((n, each) for n, each in enumerate(entries) if each.kind == ledger.RULING)
    statement = json.loads(old.facts["statement"])
    facts, campaign = dict(old.facts), old.campaign
    if field == "ssh":
        facts["ssh"] = signature.sign(old.facts["statement"].encode(), team.keys / "ada", "another purpose")
    elif field == "campaign":
        campaign = "c7"
    elif field == "fork":
        entries = [replace(entries[0], kind=ledger.RECOMPARISON), *entries]
        place += 1
    else:
        statement[field] = {"difference": 0.4, "signer": "bob", "synthetic": True}.get(field, "another")
        facts["statement"] = codec.line(statement).decode()
    entries[place] = replace(old, facts=facts, campaign=campaign)
    team.ledger.unlink()
    for entry in entries:
        ledger.append(
            team.ledger, entry.kind, entry.at, repository=entry.repository, campaign=entry.campaign, facts=entry.facts
        )
    return team.standing()[0].void


@pytest.mark.parametrize(
    "field",
    ["schema", "finding", "signature", "difference", "reason", "owner", "signer", "at", "synthetic", "findings_digest"],
)
def test_a_changed_word_of_a_ruling_breaks_its_signature_though_the_chain_is_whole(team: Team, field: str) -> None:
    """The chain shows an edit to who kept its head; the signature shows it to everybody."""
    team.campaign("c1", 0.8)
    team.rule()
    assert team.standing()[0].void == ""
    assert "the signature does not hold" in rewritten(team, field)


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("ssh", "the signature does not hold"),
        ("campaign", "made for another repository or campaign"),
        ("repository", "made for another repository or campaign"),
        ("fork", "made for another ledger"),
        ("ledger_head", "made for another ledger"),
    ],
)
def test_a_signature_made_for_something_else_is_not_taken(team: Team, field: str, why: str) -> None:
    """Another purpose, another campaign, another ledger."""
    team.campaign("c1", 0.8)
    team.rule()
    assert why in rewritten(team, field)


def test_each_campaign_after_the_first_signature_has_looked_at_the_ruling(team: Team) -> None:
    """Seen from each campaign: those between signature and it; signing the same again renews nothing."""
    team.campaign("c1", 0.8)
    team.rule()
    for name in ("c2", "c3", "c4", "c5"):
        team.campaign(name, 0.8)
    team.rule(campaign="c1")
    looked = {name: team.standing(name)[0].looked for name in ("c1", "c2", "c3", "c5", "")}
    assert looked == {"c1": 0, "c2": 0, "c3": 1, "c5": 3, "": 4}
    assert [ruling.looked for ruling in rulings.read(team.of, ledger.read(team.ledger), "c5", synthetic=True)] == [0]
