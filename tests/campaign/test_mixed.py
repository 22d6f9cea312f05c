"""One campaign of a real and a synthetic repository: each is judged for what its own endpoints proved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from campaign.team import AT, IMAGE, Clock, sample
from report.campaign_sample import observation

from harness.campaign import conclude, pages, story
from harness.campaign.selfcheck.world import REAL, endpoints_of
from harness.errors import EvidenceDamaged
from harness.model.observation import MetricPoint, Typed
from harness.model.plan import Plan
from harness.runner.plan import Header, make_plan
from harness.store import ledger
from harness.store.archive import Archive

WINE = replace(sample(), real=REAL)
DIGITS = replace(WINE, name="digits")


def planned() -> Plan:
    """Plan both: digits on a sandbox."""
    endpoints = {**endpoints_of("wine"), **endpoints_of("digits", synthetic=True)}
    return make_plan(
        Header("c1", AT, "tool", 7, "sha256:0"),
        (WINE, DIGITS),
        resolve=lambda *_: IMAGE,
        endpoints=endpoints,
        price=None,
    )


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Keep and conclude the campaign, equal on both sides."""
    plan, kept = planned(), Archive(tmp_path / "c1")
    kept.save_plan(plan)
    kept.journal.write_text("", encoding="utf-8")
    for run in plan.runs:
        seen = observation(run, {"learning_rate": Typed("number", 0.1)})
        kept.save_observation(replace(seen, metrics={"rmse": (MetricPoint(0.5, 0),)}, files={}))
    story.enter(plan, tmp_path / story.LEDGER, AT)
    conclude.conclude(plan, kept, Clock())
    return kept


def test_one_repository_on_a_sandbox_leaves_the_others_evidence_real(archive: Archive) -> None:
    """In plan, verdicts, ledger and tallies; as a whole the campaign is no real one."""
    plan = archive.load_plan()
    assert plan.synthetic
    assert {repository.name: plan.is_synthetic(repository.name) for repository in plan.repositories} == {
        "wine": False,
        "digits": True,
    }
    assert {name: archive.load_verdict(name).evidence.value for name in ("wine", "digits")} == {
        "wine": "real",
        "digits": "synthetic",
    }
    entries = ledger.read(archive.root.parent / story.LEDGER)
    told = {(entry.kind, entry.repository): entry.facts for entry in entries}
    for kind in (ledger.CAMPAIGN, ledger.VERDICT):
        assert told[kind, "wine"][ledger.EVIDENCE] == "real"
        assert told[kind, "digits"][ledger.EVIDENCE] == "synthetic"
    kinds = {name: {tally.synthetic for tally in archive.load_judgement(name).tallies} for name in ("wine", "digits")}
    assert kinds == {"wine": {False}, "digits": {True}}


def test_the_page_of_each_says_its_own(archive: Archive) -> None:
    """The real one has no word of a sandbox."""
    wine, digits = sorted(pages.views_of(archive), key=lambda view: view.repository, reverse=True)
    assert (wine.synthetic, wine.not_real) == (False, ())
    assert digits.synthetic
    assert str(digits.not_real[0]) == "digits/candidate: the endpoint says that it is a sandbox"


@pytest.mark.parametrize(
    "change",
    [
        {"realities": {"wine": {"real": True, "reasons": []}, "digits": {"real": True, "reasons": []}}},
        {"realities": {"wine": {"real": True, "reasons": []}}},
    ],
    ids=["the other one made real", "the other one left out"],
)
def test_a_decision_that_was_edited_is_damage(archive: Archive, change: Mapping[str, object]) -> None:
    """It is made again from the endpoints' facts."""
    path = archive.root / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **change}), encoding="utf-8")
    with pytest.raises(EvidenceDamaged, match="what it says of one repository's evidence is not what its own facts"):
        archive.load_plan()


def test_of_a_plan_that_decided_as_a_whole_one_doubt_makes_all_synthetic(archive: Archive) -> None:
    """So it was judged, and so it is read."""
    path = archive.root / "plan.json"
    whole = json.loads(path.read_bytes())
    del whole["realities"]
    path.write_text(json.dumps(whole), encoding="utf-8")
    assert [archive.load_plan().is_synthetic(name) for name in ("wine", "digits")] == [True, True]
