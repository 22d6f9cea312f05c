"""Stages of a cutover: which way they go, what each asks for, and that only one step follows another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from campaign.team import Clock
from click.testing import CliRunner
from cutover.conftest import HALVED, Scene
from hypothesis import given
from hypothesis import strategies as st

from harness.cli.main import parity
from harness.cutover import stages
from harness.cutover.stages import ORDER, Move, Stage, StageRequest, rollback_refusal
from harness.cutover.table import answer, drawn, table_of
from harness.model.job import Side
from harness.store import ledger

AT = "2026-11-25T12:00:00Z"


def move(stage: Stage, share: int = 0, sequence: int = 0, since: str = AT) -> Move:
    """Take one step."""
    return Move(stage, stages.share_of(stage, share), since, "carol", "as planned", "c1", "", False, sequence)


def asked(stage: Stage, share: int = 0, *, in_force: bool = True, no_go: str = "", at: str = AT) -> StageRequest:
    """Ask for a stage, with a sign-off in force."""
    return StageRequest(stage, share, at, in_force, "not signed", no_go, 7 * 86_400)


def at(stage: Stage, share: int = 10) -> tuple[Move, ...]:
    """Give the steps that lead to a stage."""
    return tuple(move(each, share, number) for number, each in enumerate(ORDER[1 : ORDER.index(stage) + 1]))


@pytest.mark.parametrize("stage", ORDER[1:])
def test_a_step_leads_to_the_next_stage_only(stage: Stage) -> None:
    """From every other stage it is refused, and the refusal names the next one."""
    late = "2026-12-25T12:00:00Z"
    for before in ORDER:
        why = stages.refusal(at(before), asked(stage, 20, at=late))
        follows = ORDER.index(stage) == ORDER.index(before) + 1 or stage is before is Stage.CANARY
        assert (why == "") is follows, (before, why)
        assert follows or f"it is in {before.value}, and " in why


@pytest.mark.parametrize("stage", [Stage.CANARY, Stage.CUT_OVER])
def test_candidates_output_counts_only_with_a_sign_off_in_force(stage: Stage) -> None:
    """Both for a share and for all."""
    before = at(ORDER[ORDER.index(stage) - 1])
    assert stages.refusal(before, asked(stage, 20, in_force=False)) == "no sign-off is in force: not signed"
    assert stages.refusal(before, asked(stage, 20)) == ""


def test_a_no_go_keeps_a_repository_out_of_dual() -> None:
    """Shadow runs are there to find out."""
    assert stages.refusal((), asked(Stage.SHADOW, no_go="rmse fell", in_force=False)) == ""
    assert (
        stages.refusal(at(Stage.SHADOW), asked(Stage.DUAL, no_go="rmse fell")) == "the last verdict is NO-GO: rmse fell"
    )


@pytest.mark.parametrize(
    ("share", "why"), [(0, "a canary has a share"), (100, "a canary has a share"), (10, "only grows")]
)
def test_the_share_of_a_canary_lies_between_and_only_grows(share: int, why: str) -> None:
    """From 10 per cent on; 20 are more."""
    assert why in stages.refusal(at(Stage.CANARY), asked(Stage.CANARY, share))
    assert stages.refusal(at(Stage.CANARY), asked(Stage.CANARY, 20)) == ""


def test_legacy_goes_only_after_the_soak_of_the_last_cutover() -> None:
    """A week by this policy; a rollback begins it anew."""
    soaking = at(Stage.SOAK)
    early = stages.refusal(soaking, asked(Stage.DONE, at="2026-11-30T12:00:00Z"))
    assert early == "it was cut over 5.0 days ago; the policy asks for 7.0 days of soak"
    assert stages.refusal(soaking, asked(Stage.DONE, at="2026-12-02T12:00:00Z")) == ""
    again = (
        *soaking,
        move(Stage.DUAL),
        move(Stage.CANARY, 10),
        move(Stage.CUT_OVER, since="2026-12-01T12:00:00Z"),
        move(Stage.SOAK),
    )
    assert stages.refusal(again, asked(Stage.DONE, at="2026-12-02T12:00:00Z")).startswith(
        "it was cut over 1.0 days ago"
    )


@pytest.mark.parametrize("stage", ORDER)
def test_a_rollback_is_refused_only_where_there_is_nothing_to_go_back_to(stage: Stage) -> None:
    """Before the canary legacy counts already; when it is done there is no legacy."""
    possible = stage in {Stage.CANARY, Stage.CUT_OVER, Stage.SOAK}
    assert (rollback_refusal(at(stage)) == "") is possible


def entry(sequence: int, step: Move, follows: int, *, synthetic: bool = False) -> ledger.Entry:
    """Enter a step by hand."""
    facts = stages.facts_of(
        (replace(step, sequence=follows),) if follows >= 0 else (), replace(step, synthetic=synthetic)
    )
    return ledger.Entry(sequence, "", ledger.STAGE, AT, "wine", "c1", facts)


def test_of_two_steps_that_follow_the_same_one_the_first_counts() -> None:
    """Two people at two keyboards: the ledger has an order."""
    entries = [entry(0, move(Stage.SHADOW), -1), entry(1, move(Stage.DUAL), 0), entry(2, move(Stage.DUAL), 0)]
    assert [(step.stage, step.sequence) for step in stages.history(entries, "wine")] == [
        (Stage.SHADOW, 0),
        (Stage.DUAL, 1),
    ]


def test_a_step_that_rests_on_a_sign_off_that_is_not_there_counts_for_nothing() -> None:
    """Whoever may append to a ledger can write anything; the control has the signature before it."""
    step = entry(1, replace(move(Stage.SHADOW), signoff="sha256:0"), -1)
    signed = ledger.Entry(0, "", ledger.SIGNOFF, AT, "wine", "c1", {"statement": "sha256:0"})
    assert stages.history([step], "wine") == ()
    assert len(stages.history([signed, step], "wine")) == 1


def test_practice_and_the_real_thing_are_two_histories() -> None:
    """And no real job goes by a practice."""
    practice = [entry(0, move(Stage.SHADOW), -1, synthetic=True)]
    assert stages.history(practice, "wine") == ()
    assert len(stages.history(practice, "wine", synthetic=True)) == 1
    cut = table_of([*practice, entry(1, replace(move(Stage.CUT_OVER)), 0, synthetic=True)])
    assert cut.repositories["wine"].synthetic
    assert answer(cut, "wine", "train", "2026-11-30") is Side.LEGACY


@given(st.text(max_size=20), st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_keeps_the_slots_of_a_smaller_one(slot: str, share: int, more: int) -> None:
    """So that no slot goes back and forth while a canary grows; a slot is drawn from 0 to 99."""
    found = drawn("wine", "train", slot)
    assert 0 <= found < 100
    assert found >= share or found < max(share, more)


def test_a_share_is_about_that_share_of_the_slots() -> None:
    """Of 10,000 slots 2,500 within four standard deviations (binomial: 43)."""
    count = sum(drawn("wine", "train", str(number)) < 25 for number in range(10_000))
    assert abs(count - 2_500) < 4 * 43.3


def test_the_page_on_cutover_has_the_stages_as_the_code_means_them() -> None:
    """Row by row, in their order."""
    text = (Path(__file__).parents[2] / "docs/cutover.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ")][2:]
    assert [(row[0].removeprefix("| "), tuple(row[2:5])) for row in rows] == [
        (stage.value, stages.MEANINGS[stage]) for stage in Stage
    ]


def test_the_schema_of_the_file_knows_every_stage() -> None:
    """For whoever reads it with another tool."""
    found = json.loads(CliRunner().invoke(parity, ["schema", "--of", "cutover.json"]).stdout)
    assert found["$defs"]["Stage"]["enum"] == sorted(stage.value for stage in Stage)


# -- the commands -----------------------------------------------------------------------------------------------------


def test_a_repository_goes_all_the_way_and_the_file_says_where_it_is(scene: Scene) -> None:
    """Each step is an entry of the ledger; the version of the file grows."""
    scene.campaign()
    steps = [
        ("shadow",),
        ("dual",),
        ("canary", "--share", "10"),
        ("canary", "--share", "50"),
        ("cut-over",),
        ("soak",),
        ("done",),
    ]
    versions = []
    for number, words in enumerate(steps):
        if number == 2:
            assert scene.sign("ada").exit_code == 0
        found = scene.cut_over(*words)
        assert found.exit_code == 0, found.output
        versions.append(json.loads((scene.folder / "cutover.json").read_bytes())["version"])
    assert versions == sorted(set(versions))
    row = json.loads((scene.folder / "cutover.json").read_bytes())["repositories"]["wine"]
    assert (row["stage"], row["answer"], row["share"], row["synthetic"]) == ("done", "candidate", 100, False)
    assert "wine: done" in scene.parity("show", "wine").stdout


def test_a_rollback_needs_no_evidence_and_no_signature(scene: Scene) -> None:
    """Even where nothing of the campaign can be read any more."""
    scene.campaign()
    scene.sign("ada")
    for words in (("shadow",), ("dual",), ("canary", "--share", "99")):
        scene.cut_over(*words)
    (scene.reports / "c1/plan.json").write_text("{}", encoding="utf-8")
    found = scene.parity("rollback", "wine", "--reason", "scores fell")
    assert (found.exit_code, found.stdout.splitlines()[0]) == (0, "wine: dual, candidate answers 0 % of the slots")
    assert json.loads((scene.folder / "cutover.json").read_bytes())["repositories"]["wine"]["answer"] == "legacy"
    again = scene.parity("rollback", "wine", "--reason", "scores fell")
    assert (again.exit_code, "it is in dual: legacy's output counts already" in again.stderr) == (2, True)


def test_a_changed_image_opens_the_qualification_again_and_takes_nothing_back(scene: Scene) -> None:
    """Whoever looks is told; only a person rolls back."""
    scene.campaign()
    scene.sign("ada")
    for words in (("shadow",), ("dual",), ("canary", "--share", "10")):
        scene.cut_over(*words)
    shown = scene.parity("show", "wine", "--image", "wine/train=sha256:0").stdout
    assert "wine: canary" in shown
    assert "to be qualified again" in shown
    assert "to be qualified again" not in scene.parity("show", "wine").stdout


def test_a_no_go_and_a_lacking_signature_are_refused_in_words(scene: Scene) -> None:
    """With what is missing."""
    scene.campaign(candidate=HALVED)
    assert scene.cut_over("shadow").exit_code == 0
    dual = scene.cut_over("dual")
    assert (dual.exit_code, "refused: wine can't go to dual: the last verdict is NO-GO: rmse fell" in dual.stderr) == (
        2,
        True,
    )
    scene.clock = Clock("2026-11-26T12:00:00Z")
    scene.campaign("c2", at="2026-11-26T11:00:00Z")
    assert scene.cut_over("dual").exit_code == 0
    canary = scene.cut_over("canary", "--share", "5")
    said = "refused: wine can't go to canary: no sign-off is in force: not signed"
    assert (canary.exit_code, canary.stderr.strip()) == (2, said)
