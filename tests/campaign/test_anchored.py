"""What an anchor is worth to the gate: a GO of `standard` needs one, and no forgery of files gets past one."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

import pytest
from campaign.team import Clock, Team
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from harness.campaign import conclude, story
from harness.campaign.selfcheck.world import (
    ACCOUNT,
    BASE,
    IMAGE,
    POLICY,
    SUBMITTED_AT,
    Draft,
    endpoints_of,
    observed,
    repository_of,
)
from harness.cli import ledgers
from harness.cli.main import parity
from harness.judge.reality import unreal_today
from harness.model.plan import Plan
from harness.model.reality import Real
from harness.model.repository import AnchorPlace, Repository
from harness.runner.plan import Header, make_plan
from harness.store.reports import Reports, in_folder


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run commands away from any repos.yaml."""
    folder = tmp_path / "nowhere"
    folder.mkdir()
    monkeypatch.chdir(folder)


JUDGED_AT = "2026-11-25T12:00:00Z"


@dataclass(frozen=True, slots=True)
class Reported:
    """A reports folder with campaigns of one repository that is GO."""

    reports: Path
    of: Repository

    def campaign(self, name: str, *, synthetic: bool = False) -> None:
        """Judge a campaign of runs that are equal on both sides."""
        header, endpoints = Header(name, SUBMITTED_AT, "tool", 1, ""), endpoints_of("wine", synthetic=synthetic)
        plan = make_plan(header, (self.of,), resolve=lambda *_: IMAGE, endpoints=endpoints, price=None)
        archive = in_folder(self.reports).archive(name)
        archive.save_plan(plan)
        archive.journal.write_text("", encoding="utf-8")
        for run in plan.runs:
            archive.save_observation(observed(run, Draft(10.0), hashlib.sha256(BASE.encode()).hexdigest()))
        story.enter(plan, archive.ledger, JUDGED_AT)
        conclude.conclude(plan, archive, Clock(JUDGED_AT))


@pytest.fixture
def trial(tmp_path: Path) -> Reported:
    """Ask for three pairs, and accept evidence of any age."""
    policy = replace(POLICY, pairs=3, bad_runs_max=0.65, repeats=3, startup_required=False)
    policy = replace(policy, evidence_seconds_max=1_000_000_000)
    return Reported(tmp_path / "reports", repository_of(policy, name="wine"))


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    """Make a bare repository for anchors."""
    folder = tmp_path / "anchors.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(folder)], check=True)
    return folder


@pytest.fixture
def standard(trial: Reported, anchors: Path) -> Reported:
    """Ask for what `standard` asks of anchors, with a place for them."""
    policy = replace(trial.of.policy, preset="standard")
    return replace(trial, of=replace(trial.of, policy=policy, anchor=AnchorPlace(git=str(anchors))))


def run(trial: Reported, *words: str) -> Result:
    """Run a command on the reports."""
    today = ("--config", "repos.yaml") if words[0] == "gate" else ()
    with patch("harness.cli.verdicts.load", return_value=(trial.of,)):  # today's rules are those of the plan
        return CliRunner().invoke(parity, [*words, *today, "--reports", str(trial.reports)])


def anchored(trial: Reported, anchors: Path) -> Result:
    """Anchor their ledger."""
    return run(trial, "ledger", "anchor", "--git", str(anchors))


def test_standard_needs_an_anchor_that_covers_the_verdict(standard: Team, anchors: Path) -> None:
    """Without one it ends with 3 and the command; with one it is GO."""
    standard.campaign("c1")
    before = run(standard, "gate", "c1")
    assert before.exit_code == 3
    assert before.stdout == (
        "wine: INCONCLUSIVE (real, not anchored): This campaign's verdict is not anchored; run: parity ledger anchor.\n"
    )
    assert anchored(standard, anchors).exit_code == 0
    after = run(standard, "gate", "c1")
    assert (after.exit_code, after.stdout.split(":")[1]) == (0, " GO (real, anchored)")


def test_an_anchor_of_before_the_verdict_does_not_cover_it(standard: Team, anchors: Path) -> None:
    """The second campaign is not what was anchored."""
    standard.campaign("c1")
    anchored(standard, anchors)
    standard.campaign("c2")
    assert (run(standard, "gate", "c1").exit_code, run(standard, "gate", "c2").exit_code) == (0, 3)


@pytest.mark.parametrize("preset", ["standard", "critical"])
def test_where_no_place_is_named_they_say_what_to_write(trial: Reported, preset: str) -> None:
    """In repos.yaml."""
    policy = replace(trial.of.policy, preset=preset)
    replace(trial, of=replace(trial.of, policy=policy)).campaign("c1")
    found = run(trial, "gate", "c1")
    assert found.exit_code == 3
    assert "The ledger is not anchored anywhere; write `anchor: {git: REPO}`" in found.stdout


def test_trial_needs_none_and_says_so(trial: Reported) -> None:
    """GO, and not anchored."""
    trial.campaign("c1")
    found = run(trial, "gate", "c1")
    assert (found.exit_code, found.stdout.split(":")[1]) == (0, " GO (real, not anchored)")


def test_a_named_place_that_cannot_be_read_closes_the_gate_whatever_the_policy(trial: Reported, tmp_path: Path) -> None:
    """Or cutting the network would be a way around it."""
    missing = replace(trial, of=replace(trial.of, anchor=AnchorPlace(git=str(tmp_path / "missing.git"))))
    missing.campaign("c1")
    found = run(missing, "gate", "c1")
    assert found.exit_code == 3
    assert "The anchors of the ledger can't be read" in found.stdout


@pytest.mark.parametrize("preset", ["trial", "standard"])
def test_a_synthetic_campaign_made_real_with_every_digest_mended_is_not_go(
    trial: Reported, anchors: Path, preset: str
) -> None:
    """The perfect forgery: plan, judgement, verdict and ledger are those of a real campaign, written by the harness."""
    policy = replace(trial.of.policy, preset=preset)
    honest = replace(trial, of=replace(trial.of, policy=policy, anchor=AnchorPlace(git=str(anchors))))
    honest.campaign("c1", synthetic=True)
    anchored(honest, anchors)
    assert "GO (synthetic, anchored)" in run(honest, "gate", "c1", "--allow-synthetic").stdout
    shutil.rmtree(honest.reports)
    honest.reports.mkdir()
    honest.campaign("c1")
    found = run(honest, "gate", "c1")
    assert found.exit_code == 3
    assert "GO (real" not in found.stdout
    assert "ledger entry 0 (campaign of wine in campaign c1) is not the one that was anchored" in found.stdout
    checked = run(honest, "ledger", "verify", "--git", str(anchors))
    assert checked.exit_code == 3
    assert "ledger entry 0" in checked.stdout


def test_synthetic_flipped_in_the_plan_is_damage(trial: Reported) -> None:
    """Whatever else is mended: it is decided anew from the endpoints' facts and the policy."""
    trial.campaign("c1", synthetic=True)
    path = trial.reports / "c1" / "plan.json"
    plan = json.loads(path.read_bytes())
    for real in ({"synthetic": False}, {"synthetic": False, "reality": {"real": True, "reasons": []}}):
        path.write_text(json.dumps({**plan, **real}), encoding="utf-8")
        found = run(trial, "gate", "c1", "--allow-synthetic")
        assert found.exit_code == 3
        assert "plan.json: it says that its evidence is real" in found.stderr
        assert "GO" not in found.stdout


def test_a_plan_without_a_decision_of_its_own_is_synthetic(trial: Reported) -> None:
    """It was made when names were enough; with what the page says of it."""
    trial.campaign("c1")
    path = trial.reports / "c1" / "plan.json"
    plan = json.loads(path.read_bytes())
    del plan["reality"]
    path.write_text(json.dumps(plan), encoding="utf-8")
    found = in_folder(trial.reports).archive("c1").load_plan()
    assert (found.synthetic, found.is_synthetic("wine")) == (True, True)
    assert found.reality_now().reasons == ("the plan was made before endpoints were proven: run a new campaign",)


def test_pages_say_whether_the_verdict_is_anchored(standard: Team, anchors: Path) -> None:
    """HTML, JSON, Markdown, JUnit and the terminal; anchoring writes them again."""
    standard.campaign("c1")
    folder = standard.reports / "c1" / "report"
    names = ("wine.html", "index.html", "summary.md", "junit.xml", "wine.json")
    assert all("not anchored" in (folder / name).read_text(encoding="utf-8") for name in names)
    assert "real, not anchored" in " ".join(run(standard, "report", "c1", "--format", "text").stdout.split())
    anchored(standard, anchors)
    assert not any("not anchored" in (folder / name).read_text(encoding="utf-8") for name in names)
    view = json.loads((folder / "wine.json").read_bytes())
    assert view["anchored"] == "anchored"
    assert view["anchor"].startswith("anchored on ")
    assert str(anchors) in view["anchor"]


def test_a_run_anchors_what_it_entered_where_a_place_is_named(standard: Team, anchors: Path) -> None:
    """And costs no verdict where that fails."""
    standard.campaign("c1")
    reports: Reports = in_folder(standard.reports)
    ledgers.after_run(reports.archive("c1"), reports)
    assert run(standard, "gate", "c1").exit_code == 0
    shutil.rmtree(anchors)
    ledgers.after_run(reports.archive("c1"), reports)
    assert run(standard, "gate", "c1").exit_code == 3


def test_verify_says_what_is_anchored(standard: Team, anchors: Path) -> None:
    """All of it, a part of it, nothing of it; no place at all. 3 where a policy needs what is not anchored."""
    standard.campaign("c1")
    options = ("--git", str(anchors))
    demand = "not anchored: 1 verdict is of a policy that gives no GO without an anchor: wine in {}; run: parity ledger"
    nowhere = run(standard, "ledger", "verify")
    assert ("not anchored: no place is named" in nowhere.stdout, demand.format("c1") in nowhere.stdout) == (True, True)
    none_yet = run(standard, "ledger", "verify", *options)
    assert ("not anchored: no anchor is there" in none_yet.stdout, none_yet.exit_code) == (True, 3)
    anchored(standard, anchors)
    whole = run(standard, "ledger", "verify", *options)
    assert ("1 anchor agrees, and every entry is covered" in whole.stdout, whole.exit_code) == (True, 0)
    standard.campaign("c2")
    found = run(standard, "ledger", "verify", *options)
    assert (found.exit_code, "the last 2 entries are not anchored" in found.stdout) == (3, True)
    assert demand.format("c2") in found.stdout


def test_verify_of_a_trial_says_not_anchored_and_ends_well(trial: Reported) -> None:
    """Its GO needs no anchor, so that nothing is wrong; a policy that is raised today needs one."""
    trial.campaign("c1")
    found = run(trial, "ledger", "verify")
    assert (found.exit_code, "not anchored: no place is named" in found.stdout) == (0, True)
    assert "no GO without" not in found.stdout
    path = trial.reports.parent / "ledger.json"
    assert run(trial, "ledger", "export", str(path)).exit_code == 0
    offline = run(trial, "ledger", "verify", str(path))
    assert (offline.exit_code, "not anchored: the file holds no anchors" in offline.stdout) == (0, True)


def test_an_export_verifies_offline_and_a_changed_one_does_not(standard: Team, anchors: Path, tmp_path: Path) -> None:
    """By its chain, and by the anchors that it holds."""
    standard.campaign("c1")
    anchored(standard, anchors)
    path = tmp_path / "ledger.json"
    assert run(standard, "ledger", "export", str(path), "--git", str(anchors)).exit_code == 0
    shutil.rmtree(anchors)
    good = run(standard, "ledger", "verify", str(path))
    assert (good.exit_code, "1 anchor agrees, and every entry is covered" in good.stdout) == (0, True)
    text = path.read_text(encoding="utf-8")
    assert '"decision":"GO"' in text
    path.write_text(text.replace('"decision":"GO"', '"decision":"NO-GO"'), encoding="utf-8")
    bad = run(standard, "ledger", "verify", str(path))
    assert (bad.exit_code, bad.stderr.split(": ")[0]) == (3, "evidence")


def test_without_a_place_anchor_is_a_usage_error_that_says_what_to_write(trial: Reported) -> None:
    """And so are two places at once."""
    trial.campaign("c1")
    found = run(trial, "ledger", "anchor")
    assert (found.exit_code, "anchor: {git: " in found.stderr) == (2, True)
    both = run(trial, "ledger", "anchor", "--git", "a", "--s3", "s3://b/c")
    assert (both.exit_code, "--s3 URI with --region" in both.stderr) == (2, True)


def test_what_the_policy_no_longer_names_is_not_real_today(trial: Reported) -> None:
    """Told by the gate; a synthetic plan, and a repository that is not there any more, have nothing to lose."""
    plan = replace(_plan(trial), endpoints=endpoints_of("wine"))
    assert unreal_today(plan, trial.of) == ()
    assert unreal_today(plan, None) == ()
    (reason,) = unreal_today(plan, replace(trial.of, real=Real((), trial.of.real.clusters)))
    assert reason.sentence.startswith(
        f"Real when it was planned, and not today: wine/candidate: account {ACCOUNT} is not listed as real"
    )
    assert unreal_today(replace(plan, synthetic=True, realities={}), replace(trial.of, real=Real())) == ()


def _plan(trial: Reported) -> Plan:
    trial.campaign("c1")
    return in_folder(trial.reports).archive("c1").load_plan()


def test_the_gate_prints_one_document_for_programs(standard: Team, anchors: Path) -> None:
    """What passes is what ends with 0; the same rows as JSON lines."""
    schema = json.loads(CliRunner().invoke(parity, ["schema", "--of", "gate"]).stdout)
    standard.campaign("c1")
    before = run(standard, "gate", "c1", "--output", "json")
    assert anchored(standard, anchors).exit_code == 0
    after = run(standard, "gate", "c1", "--output", "json")
    for found, code, passes in ((before, 3, False), (after, 0, True)):
        told = json.loads(found.stdout)
        Draft202012Validator(schema).validate(told)
        (row,) = told["rows"]
        assert (found.exit_code, row["repository"], row["passes"]) == (code, "wine", passes)
    lines = run(standard, "gate", "c1", "--output", "jsonl").stdout.splitlines()
    assert [json.loads(line) for line in lines] == [{"schema": "parity.gate/1"}, *json.loads(after.stdout)["rows"]]
