"""`gate` and `rejudge --now` look at a stored campaign with what is known today; `rejudge` alone never does."""

from __future__ import annotations

import contextlib
import json

import pytest
from campaign.team import IMAGE, Team
from click.testing import CliRunner, Result
from demo_files import DEMO, with_documents

from harness.campaign import conclude
from harness.cli.main import parity
from harness.model.verdict import Decision
from harness.store import ledger
from harness.store.archive import Archive


def run(team: Team, verb: str, *options: str) -> Result:
    """Run a command over campaign c1 where there is no repos.yaml, without one where none is named."""
    looks = verb == "gate" or "--now" in options
    if looks and "--config" not in options and not (team.keys / "repos.yaml").exists():
        options = (*options, "--as-planned")
    with contextlib.chdir(team.keys):
        return CliRunner().invoke(parity, [verb, "c1", "--reports", str(team.reports), *options])


def reasons(found: Result) -> set[str]:
    """Name the reasons of the one verdict."""
    return {reason["code"] for reason in json.loads(found.stdout)["reasons"]}


def test_a_changed_image_or_code_is_told_on_the_command_line_or_by_repos_yaml(team: Team) -> None:
    """The digest of the plan is no change; another one, another revision or another written image is."""
    team.campaign("c1", 0.5)
    same = f"wine/train={IMAGE.config_digest}"
    told = {
        option: reasons(run(team, "rejudge", "--now", *option.split()))
        for option in (f"--image {same}", "--image wine/train=sha256:0", "--code wine/train=r2", f"--config {DEMO}")
    }
    changed = {key: {code for code in found if "changed" in code} for key, found in told.items()}
    *by_option, by_file = changed.values()
    assert by_option == [set(), {"inconclusive:changed-image"}, {"inconclusive:changed-code"}]
    assert {f"inconclusive:changed-{what}" for what in ("image", "parameters", "environment", "outputs")} <= by_file


def test_repos_yaml_beside_the_command_is_compared_unasked_and_its_absence_leaves_it_open(team: Team) -> None:
    """So that nobody passes a gate by leaving out an option."""
    team.campaign("c1", 0.5)
    alone = run(team, "rejudge", "--now")
    assert "inconclusive:rules-unknown" in reasons(alone)
    with_documents(team.keys).write_bytes(DEMO.read_bytes())
    found = run(team, "rejudge", "--now")
    assert "inconclusive:changed-image" in reasons(found) - reasons(alone)


def test_what_is_told_without_a_job_is_a_usage_error(team: Team) -> None:
    """For both options."""
    team.campaign("c1", 0.5)
    for option in ("--image", "--code"):
        found = run(team, "gate", option, "wine")
        assert (found.exit_code, "REPOSITORY/JOB=VALUE" in found.stderr) == (2, True)


def test_a_gate_for_a_repository_that_the_campaign_has_not_is_a_usage_error(team: Team) -> None:
    """Else a slip of the pen would pass by what stands beside it; by itself it selects nothing."""
    team.campaign("c1", 0.5)
    found = run(team, "gate", "wine", "wnie")
    assert found.exit_code == 2
    assert 'c1: repositories: expected one of: wine, found "wnie" (did you mean wine?)' in found.stderr
    alone = run(team, "gate", "wnie")
    said = "nothing selected: this campaign has wine (did you mean wine?)"
    assert (alone.exit_code, alone.stderr.splitlines()[-1]) == (5, said)


@pytest.mark.parametrize("option", ["--image", "--code"])
@pytest.mark.parametrize("verb", [("gate", "wine"), ("rejudge", "--now")], ids=" ".join)
@pytest.mark.parametrize("name", ["wine/trian", "wnie/train"])
def test_what_is_told_of_a_job_that_the_campaign_has_not_is_refused(
    team: Team, verb: tuple[str, ...], option: str, name: str
) -> None:
    """Else a slip of the pen would switch the comparison off, and the gate would open."""
    team.campaign("c1", 0.5)
    found = run(team, *verb, option, f"{name}=sha256:0")
    said = f'c1: {option}: expected one of: wine/train, found "{name}" (did you mean wine/train?)'
    assert (found.exit_code, said in found.stderr, found.stdout) == (2, True, "")


@pytest.mark.parametrize("option", ["--image", "--code"])
def test_two_values_of_one_job_are_refused(team: Team, option: str) -> None:
    """The last one would win in silence."""
    team.campaign("c1", 0.5)
    found = run(team, "gate", option, "wine/train=a", option, "wine/train=b")
    assert (found.exit_code, "wine/train was given before, as a" in found.stderr) == (2, True)


@pytest.mark.parametrize(
    ("old", "new"), [("\n  wine:", "\n  wein:"), ("s3://parity-demo-staging/wine", "s3://parity-demo-staging/wein")]
)
def test_a_repos_yaml_without_the_job_leaves_the_verdict_open(team: Team, old: str, new: str) -> None:
    """What is not in the file that cuts over was compared with nothing; the control has it."""
    team.campaign("c1", 0.5)
    text = DEMO.read_text(encoding="utf-8")
    assert old in text
    file = with_documents(team.keys, "other.yaml")
    file.write_text(text.replace(old, new), encoding="utf-8")
    found = run(team, "rejudge", "--now", "--config", str(file))
    absent = [reason for reason in json.loads(found.stdout)["reasons"] if reason["code"] == "inconclusive:absent"]
    assert [f"{file} has no wine/train today" in item["sentence"] for item in absent] == [True] * ("wine:" in old)


@pytest.mark.parametrize(("synthetic", "kind"), [(False, "real"), (True, "synthetic")])
def test_a_verdict_enters_its_decision_and_the_kind_of_its_evidence(team: Team, synthetic: bool, kind: str) -> None:  # noqa: FBT001
    """So that a demo never soaks for a real cutover."""
    said = team.campaign("c1", 0.5, synthetic=synthetic).decision.value
    entry = next(entry for entry in ledger.read(team.ledger) if entry.kind == ledger.VERDICT)
    assert (entry.facts["decision"], entry.facts["evidence"]) == (said, kind)


def test_a_newer_campaign_that_was_not_go_stands_against_an_older_one(team: Team) -> None:
    """Only on evidence of the same kind, and only today."""
    before = team.campaign("c1", 0.5)
    team.campaign("demo", 0.9, synthetic=True)
    assert "inconclusive:superseded" not in reasons(run(team, "rejudge", "--now"))
    team.campaign("c2", 0.9)
    assert "inconclusive:superseded" in reasons(run(team, "rejudge", "--now"))
    assert reasons(run(team, "rejudge")) == {reason.code for reason in before.reasons}
    with contextlib.chdir(team.keys):
        CliRunner().invoke(parity, ["recompare", "c1", "--reports", str(team.reports)], catch_exceptions=False)
    assert "inconclusive:superseded" in reasons(run(team, "rejudge", "--now")), "old runs looked at again are not newer"


def test_a_recomparison_keeps_the_place_and_the_day_of_its_campaigns_verdict(team: Team) -> None:
    """A week later it is no week of soak; its own decision counts."""
    team.campaign("c1", 0.5)
    team.campaign("c2", 0.5, at="2026-11-25T10:58:00Z")
    plan = Archive(team.reports / "c1").load_plan()
    facts = {ledger.DECISION: "NO-GO", ledger.EVIDENCE: "real"}
    ledger.append(
        team.ledger, ledger.RECOMPARISON, "2026-12-24T10:58:00Z", repository="wine", campaign="c1", facts=facts
    )
    found = conclude.prefix_of(plan, team.of, ledger.read(team.ledger)).verdicts
    assert [(past_verdict.campaign, past_verdict.at[:10]) for past_verdict in found] == [
        ("c1", "2026-11-24"),
        ("c2", "2026-11-25"),
    ]
    assert found[0].decision is Decision.NO_GO


def test_old_evidence_expires_in_a_look_at_today_and_not_in_the_stored_verdict(team: Team) -> None:
    """A year later the auditor gets the same verdict, and the gate does not open."""
    team.campaign("c1", 0.5, at="2025-11-24T10:58:00Z")
    assert "inconclusive:age" not in reasons(run(team, "rejudge"))
    assert "inconclusive:age" in reasons(run(team, "rejudge", "--now"))
