"""`parity report` after evidence was lost or changed: no form of it still says what the evidence no longer shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from campaign.test_mutation import PLAN, REPOSITORY
from click.testing import CliRunner, Result

from harness.campaign import conclude
from harness.campaign.selfcheck.world import BASE, Draft, keep, observed
from harness.cli.main import parity
from harness.model.clock import SystemClock
from harness.store.archive import Archive

FORMS = ("html", "text", "json", "junit", "markdown")
SAID = "Evidence is missing or changed: "
Damage = Callable[[Path], object]
DAMAGES: dict[str, Damage] = {
    "deleted": Path.unlink,
    "changed": lambda file: file.write_bytes(file.read_bytes() + b" "),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:100]),
}


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Keep a campaign that is GO."""
    kept = Archive(tmp_path / PLAN.campaign)
    kept.save_plan(PLAN)
    kept.journal.write_text("", encoding="utf-8")
    digest = keep(kept.root, BASE)
    for run in PLAN.runs:
        kept.save_observation(observed(run, Draft(10.0), digest))
    (verdict,) = conclude.conclude(PLAN, kept, SystemClock())
    assert verdict.decision.value == "GO"
    return kept


def reported(archive: Archive, form: str) -> tuple[Result, str]:
    """Run the command; give what it says, and for pages what is on them."""
    found = CliRunner().invoke(
        parity, ["report", archive.root.name, "--format", form, "--reports", str(archive.root.parent)]
    )
    if form != "html":
        return found, found.stdout
    pages = (archive.report / f"{REPOSITORY.name}.html", archive.report / "index.html")
    return found, "".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("form", FORMS)
def test_a_report_on_whole_evidence_ends_with_0(archive: Archive, form: str) -> None:
    """The control of what follows."""
    found, text = reported(archive, form)
    assert (found.exit_code, found.stderr, SAID in text) == (0, "", False)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
@pytest.mark.parametrize("form", FORMS)
def test_a_report_on_damaged_evidence_is_inconclusive_and_ends_with_3(
    archive: Archive, form: str, damage: Damage
) -> None:
    """As `gate` and `explain-verdict` say it, and the pages that said GO are written anew."""
    name = f"runs/{PLAN.runs[0].id}/observation.json"
    damage(archive.root / name)
    found, text = reported(archive, form)
    assert found.exit_code == 3, found.output
    assert f"{REPOSITORY.name}: damaged: {name}: " in found.stderr
    assert ("INCONCLUSIVE" in text, "Evidence is missing" in " ".join(text.split())) == (True, True)
    if form == "json":
        view = json.loads(text)
        assert (view["decision"], view["reasons"][0]["code"]) == ("INCONCLUSIVE", "inconclusive:evidence")
        assert view["reasons"][0]["sentence"].startswith(SAID)
