"""`parity rejudge --all --diff`: what a new version of the tool would change, before it is used."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cutover.conftest import HALVED, Scene

from harness.campaign import verified as verifying
from harness.cli.main import parity
from harness.judge.gate import Case, decide
from harness.model.verdict import Decision, Reason, Verdict

ARCHIVES = Path(__file__).parents[1] / "archives"


def stricter(case: Case) -> Verdict:
    """Decide as a later version might, which asks for one thing more of what is GO today."""
    verdict = decide(case)
    if verdict.decision is not Decision.GO:
        return verdict
    reason = Reason("inconclusive:new-rule", "A later version asks for a profile of the GPU.", ())
    return replace(verdict, decision=Decision.INCONCLUSIVE, reasons=(reason,))


def wordier(case: Case) -> Verdict:
    """Decide alike, and give a reason more."""
    verdict = decide(case)
    return replace(verdict, reasons=(*verdict.reasons, Reason("note:new", "A later version says more.", ())))


def laxer(case: Case) -> Verdict:
    """Decide as a later version might, for which nothing is a NO-GO but what stands beside the findings."""
    return decide(case) if case.besides else replace(decide(case), decision=Decision.GO)


def rows(scene: Scene, *words: str) -> Any:
    """Give what --output json has."""
    told = scene.parity("rejudge", "--all", "--diff", "--output", "json", *words)
    found = json.loads(told.stdout)
    assert found["schema"] == "parity.rejudge-diff/1"
    return found["verdicts"]


def test_the_version_that_judged_changes_nothing(scene: Scene) -> None:
    """Two campaigns, a GO that was signed and a NO-GO."""
    scene.campaign()
    scene.sign("ada")
    scene.campaign("c2", candidate=HALVED)
    told = scene.parity("rejudge", "--all", "--diff")
    assert told.exit_code == 0, told.output
    assert told.stdout == "0 of 2 verdicts and 0 of 1 sign-off would change under parity-harness 0.1.0\n"
    assert [(row["campaign"], row["entered"], row["derived"], row["change"]) for row in rows(scene)] == [
        ("c1", "GO", "GO", "same"),
        ("c2", "NO-GO", "NO-GO", "same"),
    ]


def test_a_version_that_decides_otherwise_is_told_with_the_sign_off_that_it_voids(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A NO-GO stays one, and is not listed."""
    scene.campaign()
    scene.sign("ada")
    scene.campaign("c2", candidate=HALVED)
    monkeypatch.setattr(verifying, "decide", stricter)
    told = scene.parity("rejudge", "--all", "--diff")
    assert told.exit_code == 1
    first, second, last = told.stdout.splitlines()
    assert first == (
        "wine, campaign c1: GO was entered; this version derives INCONCLUSIVE: "
        "A later version asks for a profile of the GPU."
    )
    assert second.startswith("wine, campaign c1: the sign-off by ada of 2026-11-25T12:00:00")
    assert second.endswith("would be void: INCONCLUSIVE today: A later version asks for a profile of the GPU.")
    assert last == "1 of 2 verdicts and 1 of 1 sign-off would change under parity-harness 0.1.0"
    assert [(row["change"], [void["signer"] for void in row["void"]]) for row in rows(scene)] == [
        ("decision", ["ada"]),
        ("same", []),
    ]


def test_the_same_decision_for_other_reasons_is_a_change(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever signed read the old ones."""
    scene.campaign()
    monkeypatch.setattr(verifying, "decide", wordier)
    told = scene.parity("rejudge", "--all", "--diff")
    assert (told.exit_code, told.stdout.splitlines()[0]) == (
        1,
        "wine, campaign c1: GO as before, for other reasons: A later version says more.",
    )


def test_a_version_never_makes_a_go_of_what_was_none(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that it would, and leaves the verdict open."""
    scene.campaign(candidate=HALVED)
    monkeypatch.setattr(verifying, "decide", laxer)
    (row,) = rows(scene)
    assert (row["entered"], row["derived"]) == ("NO-GO", "NO-GO")
    assert (row["change"], "this version of the tool derives GO" in row["because"]) == ("reasons", True)


@pytest.mark.parametrize("broken", ["plan.json", "judgement/wine.json", "runs/wine-train-01-legacy-1/observation.json"])
def test_damaged_evidence_is_no_change_of_a_version(scene: Scene, broken: str) -> None:
    """It is named, and the command does not end well."""
    scene.campaign()
    path = scene.archive.root / broken
    path.write_bytes(path.read_bytes().replace(b"wine", b"wind"))
    told = scene.parity("rejudge", "--all", "--diff")
    assert told.exit_code == 3, told.output
    assert "GO was entered, and can't be decided again: " in told.stdout
    assert "0 of 1 verdict and 0 of 0 sign-offs would change" in told.stdout
    assert "1 verdict could not be read" in told.stdout


def test_a_campaign_that_is_not_here_is_named(scene: Scene) -> None:
    """The ledger knows it."""
    scene.campaign()
    shutil.rmtree(scene.archive.root)
    told = scene.parity("rejudge", "--all", "--diff")
    assert (told.exit_code, "wine, campaign c1: GO was entered, and can't be decided again" in told.stdout) == (3, True)


def test_one_campaign_and_one_repository_can_be_asked_for(scene: Scene) -> None:
    """Words after --all are repositories; nothing that was judged is 5."""
    scene.campaign()
    scene.campaign("c2")
    one = scene.parity("rejudge", "c2", "--diff")
    assert (one.exit_code, one.stdout.startswith("0 of 1 verdict")) == (0, True), one.output
    assert [row["campaign"] for row in rows(scene, "wine")] == ["c1", "c2"]
    none = scene.parity("rejudge", "--all", "--diff", "beer")
    assert (none.exit_code, "nothing was judged" in none.stderr) == (5, True)


def test_all_without_diff_prints_every_verdict(scene: Scene) -> None:
    """One a line, as for one campaign."""
    scene.campaign()
    scene.campaign("c2", candidate=HALVED)
    told = scene.parity("rejudge", "--all")
    assert [json.loads(text)["decision"] for text in told.stdout.splitlines()] == ["GO", "NO-GO"]
    assert told.exit_code == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [((), "say which campaign, or --all"), (("--all", "--diff", "--now"), "--diff compares versions of the tool")],
)
def test_what_makes_no_sense_is_refused(scene: Scene, words: tuple[str, ...], says: str) -> None:
    """With what to say instead."""
    scene.campaign()
    told = scene.parity("rejudge", *words)
    assert (told.exit_code, says in told.stderr) == (2, True), told.output


KEPT = sorted(path.name for path in ARCHIVES.iterdir() if path.is_dir() and (path / "ledger.jsonl").exists())


def test_every_released_version_has_an_archive() -> None:
    """A release is a heading of the changelog; the version that is checked out has one before it is released."""
    text = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)", text, re.MULTILINE)
    assert {*released, version("parity-harness")} <= set(KEPT)


@pytest.fixture
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Copy what a version left."""
    reports = tmp_path / "reports"
    shutil.copytree(ARCHIVES / request.param, reports)
    return reports


@pytest.mark.parametrize("kept", KEPT, indirect=True)
def test_no_archive_of_an_earlier_version_is_decided_otherwise(kept: Path) -> None:
    """Nor is a sign-off of one void."""
    told = CliRunner().invoke(parity, ["rejudge", "--all", "--diff", "--output", "json", "--reports", str(kept)])
    found = json.loads(told.stdout)["verdicts"]
    assert [(row["entered"], row["derived"], row["change"], row["void"]) for row in found] == [
        ("GO", "GO", "same", []),
        ("NO-GO", "NO-GO", "same", []),
    ]
    assert told.exit_code == 0


@pytest.mark.parametrize("kept", KEPT, indirect=True)
@pytest.mark.parametrize("campaign", [("old-go", 0), ("old-no-go", 1)], ids=lambda known: known[0])
def test_an_archive_of_an_earlier_version_is_read_and_resumed(kept: Path, campaign: tuple[str, int]) -> None:
    """Nothing is left to do in it: resuming writes its pages, and ends as the verdict says."""
    name, code = campaign
    for words in (("rejudge", name), ("resume", name), ("report", name, "--format", "json")):
        told = CliRunner().invoke(parity, [*words, "--reports", str(kept)])
        assert (told.exit_code, "damaged" in told.output) == (0 if words[0] == "report" else code, False), told.output


@pytest.mark.parametrize("schema", ["parity.plan/99", "parity.plan"])
@pytest.mark.parametrize("kept", KEPT, indirect=True)
def test_an_archive_of_a_schema_that_is_not_read_is_refused_by_name(kept: Path, schema: str) -> None:
    """What a later version may leave; nothing is guessed from it."""
    path = kept / "old-go" / "plan.json"
    plan = json.loads(path.read_bytes())
    path.write_text(json.dumps({**plan, "schema": schema}))
    for words in (("rejudge", "old-go"), ("resume", "old-go"), ("rejudge", "old-go", "--diff")):
        told = CliRunner().invoke(parity, [*words, "--reports", str(kept)])
        assert told.exit_code == 3, (words, told.output)
        assert "plan.json" in told.output
