"""No GO is left when anything of a finished campaign is altered: what changed is named, with the ledger entry."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from attack.alterations import rechained_text
from campaign.finished import LATER, Draft, Finished, finish, repository
from campaign.team import Clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.campaign import conclude
from harness.campaign.verified import derive, verified
from harness.errors import EvidenceDamaged, StoreError
from harness.model.finding import Outcome
from harness.model.verdict import Decision
from harness.store import codec, ledger
from harness.store.archive import Archive

ENTRY = "ledger entry 1"
JUDGEMENT, VERDICT = "judgement/wine.json", "verdict/wine.json"
FALSE_SUCCESS = Draft(10.0, exit_code=1)
Alteration = Callable[[Finished], object]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a campaign that is GO, one that is NO-GO and one with a false success, each with a ledger of its own."""
    root = tmp_path_factory.mktemp("finished")
    made = {"go": Draft(10.0), "no-go": Draft(14.0), "false-success": FALSE_SUCCESS}
    decisions = {name: finish(root / name, candidate=draft)[1][0].decision for name, draft in made.items()}
    assert decisions == {"go": Decision.GO, "no-go": Decision.NO_GO, "false-success": Decision.NO_GO}
    return root


def copied(kept: Path, name: str, into: Path) -> Finished:
    """Take a copy that may be altered."""
    shutil.rmtree(into, ignore_errors=True)
    shutil.copytree(kept / name, into)
    archive = Archive(into / "c1")
    return Finished(archive, archive.load_plan())


def edited(name: str, change: Callable[[Any], object]) -> Alteration:
    """Edit a JSON file of the campaign, written again as the harness would write it."""

    def alter(of: Finished) -> None:
        path = of.archive.root / name
        value = json.loads(path.read_bytes())
        change(value)
        path.write_bytes(codec.encode(value))

    return alter


def forged(value: dict[str, Any]) -> None:
    """Set every outcome to MATCH, false successes too."""
    for finding in value["findings"]:
        finding.update(outcome="MATCH", false_success=False)


def emptied(of: Finished) -> None:
    """Empty the list of evidence and delete all runs."""
    edited(JUDGEMENT, lambda value: value.update(evidence={}))(of)
    shutil.rmtree(of.archive.root / "runs")


def mended(of: Finished) -> None:
    """Change a run, and put its new digest into the judgement's list."""
    name = f"runs/{of.plan.runs[0].id}/observation.json"
    edited(name, lambda value: value.update(notes=["mended"]))(of)
    digest = of.archive.digest(name)
    edited(JUDGEMENT, lambda value: value["evidence"].update({name: digest}))(of)


ALTERED: dict[str, tuple[str, Alteration, str]] = {
    "outcomes of a NO-GO": ("no-go", edited(JUDGEMENT, forged), f"{JUDGEMENT} differs from {ENTRY}"),
    "outcomes of a false success": ("false-success", edited(JUDGEMENT, forged), f"{JUDGEMENT} differs from {ENTRY}"),
    "evidence emptied, runs deleted": ("go", emptied, f"{JUDGEMENT} differs from {ENTRY}"),
    "what was required is emptied": (
        "go",
        edited(JUDGEMENT, lambda value: value.update(required=[])),
        f"{JUDGEMENT} differs from {ENTRY}",
    ),
    "digests mended in the judgement": ("go", mended, f"{JUDGEMENT} differs from {ENTRY}"),
    "a weaker policy in the plan": (
        "go",
        edited("plan.json", lambda value: value["repositories"][0]["policy"].update(bad_runs_max=0.97)),
        f"plan.json differs from {ENTRY}",
    ),
    "the stored verdict": (
        "go",
        edited(VERDICT, lambda value: value.update(attempts=7)),
        f"{VERDICT} differs from {ENTRY}",
    ),
    "the judgement is gone": (
        "go",
        lambda of: (of.archive.root / JUDGEMENT).unlink(),
        f"{JUDGEMENT}: No such file or directory; {ENTRY} holds its digest",
    ),
    "the ledger is gone": ("go", lambda of: of.ledger.unlink(), "the ledger beside the campaign is empty or not there"),
    "the ledger lacks the campaign": (
        "go",
        lambda of: of.ledger.write_bytes(of.ledger.read_bytes().splitlines(keepends=True)[0]),
        "the ledger beside the campaign has no verdict of it",
    ),
}


def test_what_was_entered_since_makes_a_go_of_another_decision_and_another_version_does_not(
    kept: Path, tmp_path: Path
) -> None:
    """A ruling after a NO-GO: as the campaign was judged it is still the ledger's NO-GO, and today it is a GO."""
    (found,) = verified(copied(kept, "no-go", tmp_path / "reports").archive)
    covered = tuple(replace(finding, outcome=Outcome.MATCH) for finding in found.judgement.findings)
    now = replace(found, judgement=replace(found.judgement, findings=covered))
    assert derive(found, then=found).decision is Decision.NO_GO
    assert derive(now, then=found).decision is Decision.GO
    assert derive(now).reasons[0].code == "inconclusive:other-version"
    assert derive(now, then=now).decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize("what", ALTERED)
def test_an_alteration_is_told_by_file_and_entry_in_every_form_and_none_says_go(
    kept: Path, tmp_path: Path, what: str
) -> None:
    """`rejudge`, `report` with its pages, and `explain-verdict` end with 3, and so would any gate."""
    name, alter, said = ALTERED[what]
    of = copied(kept, name, tmp_path / "reports")
    alter(of)
    (verdict,) = conclude.rejudge(of.archive)
    assert (verdict.decision, said in verdict.reasons[0].sentence) == (Decision.INCONCLUSIVE, True), verdict.reasons[0]
    assert of.parity("rejudge", "c1").exit_code == 3
    for form in ("text", "json", "junit", "markdown"):
        told = of.parity("report", "c1", "--format", form)
        assert (told.exit_code, said in told.stderr) == (3, True), told.stderr
        assert "INCONCLUSIVE" in told.stdout
    page = (of.archive.report / "wine.html").read_text(encoding="utf-8")
    assert "<title>INCONCLUSIVE · wine" in page
    explained = of.parity("explain-verdict", "wine", "--campaign", "c1")
    assert (explained.exit_code, explained.stdout.startswith("wine: INCONCLUSIVE")) == (3, True)


def test_a_plan_that_names_what_is_not_installed_is_damage_unless_it_is_the_ledgers(kept: Path, tmp_path: Path) -> None:
    """An edited plan ends with 3, as any other; with 2 where the campaign was planned with a plug-in that is gone."""
    of = copied(kept, "go", tmp_path / "reports")
    path = of.archive.root / "plan.json"
    before = path.read_bytes()
    after = before.replace(b'"platform":"sagemaker"', b'"platform":"elsewhere"')
    assert after != before
    path.write_bytes(after)
    edited = of.parity("rejudge", "c1")
    said = "plan.json: it is not the one that the ledger holds, and can't be read: parity.platforms: nothing named"
    assert (edited.exit_code, said in edited.stderr) == (3, True), edited.stderr
    book = of.ledger.read_text(encoding="utf-8").replace(codec.digest(before), codec.digest(after))
    of.ledger.write_bytes(rechained_text(book.encode().splitlines()))
    planned = of.parity("rejudge", "c1")
    assert (planned.exit_code, "install the distribution that provides it" in planned.stderr) == (2, True)


def test_unaltered_campaigns_are_what_they_were(kept: Path, tmp_path: Path) -> None:
    """The control: 0 for the GO and 1 for the others, and the bytes that are stored."""
    for name, code in (("go", 0), ("no-go", 1), ("false-success", 1)):
        of = copied(kept, name, tmp_path / "reports")
        told = of.parity("rejudge", "c1")
        assert (told.exit_code, told.stdout_bytes) == (code, (of.archive.root / VERDICT).read_bytes())
        assert (of.parity("report", "c1").exit_code, of.parity("report", "c1").stderr) == (0, "")


def test_a_judgement_of_another_repository_under_this_name_is_no_judgement(tmp_path: Path) -> None:
    """Wine is GO; renamed to the NO-GO beside it, it opens nothing."""
    of, verdicts = finish(tmp_path, repositories=(repository("wine"), repository("beer")))
    assert [verdict.decision.value for verdict in verdicts] == ["GO", "GO"]
    shutil.copy(of.archive.root / JUDGEMENT, of.archive.root / "judgement" / "beer.json")
    found = {verdict.repository: verdict for verdict in conclude.rejudge(of.archive)}
    assert found["wine"].decision.value == "GO"
    assert "judgement/beer.json differs from ledger entry 3" in found["beer"].reasons[0].sentence


def test_a_campaign_in_a_folder_of_another_name_is_not_that_campaign(kept: Path, tmp_path: Path) -> None:
    """A GO is not passed off as the campaign that somebody asks for."""
    of = copied(kept, "go", tmp_path / "reports")
    of.archive.root.rename(of.reports / "c2")
    (verdict,) = conclude.rejudge(Archive(of.reports / "c2"))
    assert "plan.json: is of campaign c1, in a folder that is called c2" in verdict.reasons[0].sentence
    assert verdict.decision is Decision.INCONCLUSIVE


@pytest.mark.parametrize("verb", ["gate", "rejudge", "report", "recompare", "stop"])
def test_a_campaign_outside_the_reports_folder_is_refused_by_its_path(kept: Path, tmp_path: Path, verb: str) -> None:
    """Another ledger would have to vouch for it; a link in the reports folder leads outside as well."""
    of = copied(kept, "go", tmp_path / "reports")
    other = copied(kept, "no-go", tmp_path / "elsewhere")
    (of.reports / "link").symlink_to(other.archive.root)
    for campaign in (str(other.archive.root), "../elsewhere/c1", "link"):
        told = of.parity(verb, campaign)
        assert (told.exit_code, "outside" in told.stderr) == (2, True), told.output


# -- every file -------------------------------------------------------------------------------------------------------


def _files(kept: Path) -> list[str]:
    root = kept / "go" / "c1"
    found = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return [name for name in found if not name.startswith("report/")]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_file_of_a_finished_campaign_can_be_removed_or_edited_and_the_go_be_left(
    kept: Path, tmp_path: Path, data: st.DataObject
) -> None:
    """Whatever file it is, and whichever byte; the derived pages are none of the evidence."""
    of = copied(kept, "go", tmp_path / "reports")
    for name in data.draw(st.lists(st.sampled_from(_files(kept)), min_size=1, max_size=2, unique=True)):
        path = of.archive.root / name
        content = path.read_bytes()
        what = data.draw(st.sampled_from(["removed", "cut", "flipped", "longer"]))
        if what == "removed" or not content:
            path.unlink()
            continue
        at = data.draw(st.integers(0, len(content) - 1))
        changed = {
            "cut": content[:at],
            "flipped": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :],
            "longer": content + b"\n",
        }
        path.write_bytes(changed[what])
    try:
        decisions = {verdict.decision for verdict in conclude.rejudge(of.archive)}
    except EvidenceDamaged:
        return
    assert Decision.GO not in decisions


# -- what is no plain file --------------------------------------------------------------------------------------------


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's name has at most 107 bytes
        try:
            server.bind(path.name)
        finally:
            os.chdir(here)


ODD: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "a pipe, not a plain file"),
    "a socket": (_socket, "a socket, not a plain file"),
    "a link out": (lambda path: path.symlink_to("/etc/hostname"), "a link, not a plain file"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "a link, not a plain file"),
    "a folder": (Path.mkdir, "a folder, not a plain file"),
}


@pytest.mark.parametrize("what", ODD)
@pytest.mark.parametrize("where", ["payload/0", "payload/log.txt", "observation.json"])
def test_evidence_that_is_no_plain_file_is_damage_and_hangs_no_reader(
    kept: Path, tmp_path: Path, what: str, where: str
) -> None:
    """Judged again, reported and compared again, each ends with the file's name."""
    of = copied(kept, "go", tmp_path / "reports")
    name = f"runs/{of.plan.runs[0].id}/{where}"
    (of.archive.root / name).unlink()
    make, said = ODD[what]
    make(of.archive.root / name)
    for verb in ("rejudge", "report", "recompare"):
        told = of.parity(verb, "c1")
        assert told.exit_code == 3, told.output
        assert f"{name}: {said}" in told.output


@pytest.mark.parametrize("name", ["plan.json", JUDGEMENT, VERDICT, "journal.log"])
def test_a_pipe_in_place_of_a_campaigns_own_file_hangs_no_reader(kept: Path, tmp_path: Path, name: str) -> None:
    """Nor one in place of the ledger."""
    of = copied(kept, "go", tmp_path / "reports")
    (of.archive.root / name).unlink()
    os.mkfifo(of.archive.root / name)
    told = of.parity("rejudge", "c1")
    assert (told.exit_code, f"{name}: a pipe, not a plain file" in told.output) == (3, True)
    of.ledger.unlink()
    os.mkfifo(of.ledger)
    assert of.parity("rejudge", "c1").exit_code == 3


def test_a_folder_on_the_way_that_is_a_link_is_not_followed(kept: Path, tmp_path: Path) -> None:
    """The same bytes elsewhere are not the campaign's."""
    of = copied(kept, "go", tmp_path / "reports")
    folder = of.archive.root / "runs" / of.plan.runs[0].id
    folder.rename(tmp_path / "away")
    folder.symlink_to(tmp_path / "away")
    with pytest.raises(EvidenceDamaged, match="a link or a file stands where a folder was"):
        of.archive.digest(f"runs/{folder.name}/observation.json")
    assert of.parity("rejudge", "c1").exit_code == 3


def test_a_name_that_leads_outside_is_damage(tmp_path: Path) -> None:
    """Names come from stored files, which anybody may have edited."""
    for name in ("../etc/hostname", "/etc/hostname", "a/../../b", ""):
        with pytest.raises(EvidenceDamaged, match="lies outside the evidence"):
            Archive(tmp_path).digest(name)


# -- comparing again --------------------------------------------------------------------------------------------------


def test_comparing_again_takes_only_the_bytes_of_the_first_judgement(kept: Path, tmp_path: Path) -> None:
    """Metric values of every candidate run edited: refused by name. Whole evidence: done, and entered."""
    of = copied(kept, "no-go", tmp_path / "reports")
    for run in of.plan.runs:
        if run.side.value == "candidate":
            change = edited(
                f"runs/{run.id}/observation.json",
                lambda value: value["metrics"].update(rmse=[{"step": 0, "value": 10.0}]),
            )
            change(of)
    told = of.parity("recompare", "c1")
    first = f"runs/{of.plan.runs[0].id.replace('legacy', 'candidate')}/observation.json"
    assert (told.exit_code, ENTRY in told.stderr, first in told.stderr) == (3, True, True), told.stderr
    assert len(ledger.read(of.archive.ledger)) == 2
    sound = copied(kept, "no-go", tmp_path / "reports")
    assert sound.parity("recompare", "c1").exit_code == 1
    assert ledger.read(sound.archive.ledger)[-1].kind == ledger.RECOMPARISON
    assert sound.parity("rejudge", "c1").exit_code == 1


def test_comparing_again_refuses_a_payload_that_changed_and_mends_a_judgement_that_is_gone(
    kept: Path, tmp_path: Path
) -> None:
    """The list of evidence can be made again from whole facts; what a payload held can't."""
    of = copied(kept, "go", tmp_path / "reports")
    (of.archive.root / JUDGEMENT).unlink()
    assert of.parity("recompare", "c1").exit_code == 0
    assert of.parity("rejudge", "c1").exit_code == 0
    name = f"runs/{of.plan.runs[0].id}/payload/0"
    (of.archive.root / name).write_bytes(b"[]")
    told = of.parity("recompare", "c1")
    assert (told.exit_code, f"{name}: bytes changed" in told.stderr) == (3, True)


def test_comparing_again_needs_a_ledger_that_knows_the_first_judgement(kept: Path, tmp_path: Path) -> None:
    """Else a copy without its ledger could be made sound by one command."""
    of = copied(kept, "go", tmp_path / "reports")
    of.ledger.unlink()
    told = of.parity("recompare", "c1")
    assert (told.exit_code, "has no verdict of c1" in told.stderr) == (3, True)


# -- crashes and clocks -----------------------------------------------------------------------------------------------


def test_a_crash_between_two_repositories_leaves_the_first_ones_verdict_as_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The campaign is concluded an hour later: wine keeps its place, beer gets its own, both are whole."""
    enter = ledger.append

    def crashing(path: Path, kind: str, at: str, **entry: Any) -> None:
        if (kind, entry["repository"]) == (ledger.VERDICT, "beer"):
            raise StoreError("no space left")
        enter(path, kind, at, **entry)

    monkeypatch.setattr(ledger, "append", crashing)
    with pytest.raises(StoreError):
        finish(tmp_path, repositories=(repository("wine"), repository("beer")))
    monkeypatch.setattr(ledger, "append", enter)
    archive = Archive(tmp_path / "c1")
    plan = archive.load_plan()
    assert conclude.begun(plan, archive)
    verdicts = conclude.conclude(plan, archive, Clock("2026-11-25T13:00:00Z"))
    assert [(verdict.decision.value, verdict.judged_at[:13]) for verdict in verdicts] == [
        ("GO", "2026-11-25T12"),
        ("GO", "2026-11-25T13"),
    ]


def test_an_entry_dated_more_than_five_minutes_before_the_last_one_is_refused(tmp_path: Path) -> None:
    """Five minutes are what two machines' clocks may differ by."""
    path = tmp_path / "ledger.jsonl"
    ledger.append(path, ledger.CAMPAIGN, "2026-11-25T12:00:00Z", repository="wine", campaign="c1", facts={})
    ledger.append(path, ledger.CAMPAIGN, "2026-11-25T11:55:00Z", repository="beer", campaign="c1", facts={})
    with pytest.raises(StoreError, match=r"can't follow entry 1 of 2026-11-25T11:55:00Z"):
        ledger.append(path, ledger.CAMPAIGN, "2026-11-25T11:49:59Z", repository="cider", campaign="c1", facts={})
    assert len(ledger.read(path)) == 2


def test_a_misdated_entry_closes_its_own_campaign_and_no_other(tmp_path: Path) -> None:
    """One that another version or another hand entered, read back."""
    first, _ = finish(tmp_path, "c1")
    other, _ = finish(tmp_path, "c2", at=LATER)
    entries = ledger.read(first.archive.ledger)
    lines, previous = [], ledger.FIRST
    for entry in entries:
        at = "2026-11-20T12:00:00Z" if (entry.kind, entry.campaign) == (ledger.VERDICT, "c1") else entry.at
        lines.append(codec.line(replace(entry, at=at, previous=previous)))
        previous = codec.digest(lines[-1])
    first.ledger.write_bytes(b"".join(line + b"\n" for line in lines))
    (mine,), (others,) = conclude.rejudge(first.archive), conclude.rejudge(other.archive)
    assert (mine.decision, mine.reasons[0].code) == (Decision.INCONCLUSIVE, "inconclusive:ledger-time")
    assert "Ledger entry 1, a verdict of c1, is dated 2026-11-20T12:00:00Z" in mine.reasons[0].sentence
    assert others.decision is Decision.GO


def test_a_campaign_that_has_begun_is_entered_into_no_second_ledger(kept: Path, tmp_path: Path) -> None:
    """Else a copy without its ledger could be resumed and judged as a new one."""
    of = copied(kept, "go", tmp_path / "reports")
    of.ledger.unlink()
    told = of.parity("resume", "c1")
    assert (told.exit_code, "does not know c1, which has begun" in told.stderr) == (2, True), told.output


# -- what an earlier version left -------------------------------------------------------------------------------------

OLD = Path(__file__).parents[1] / "archives" / "e72ea0c"


@pytest.mark.parametrize(("name", "code"), [("old-go", 0), ("old-no-go", 1)])
def test_a_campaign_of_an_earlier_version_is_read_shown_and_judged_and_marked(
    tmp_path: Path, name: str, code: int
) -> None:
    """Made by commit e72ea0c, whose ledger entries held no digest of evidence; nothing of it is damaged."""
    reports = tmp_path / "reports"
    shutil.copytree(OLD, reports)
    of = Finished(Archive(reports / name), Archive(reports / name).load_plan())
    assert of.parity("rejudge", name).exit_code == code
    told = of.parity("report", name, "--format", "markdown")
    assert (told.exit_code, "made before evidence digests were kept" in told.stdout) == (0, True)
    assert "damaged" not in told.stderr
    explained = of.parity("explain-verdict", "wine", "--campaign", name)
    assert (explained.exit_code, "note: made before evidence digests were kept" in explained.stdout) == (code, True)


@pytest.mark.parametrize("name", [JUDGEMENT, "plan.json"])
def test_a_campaign_of_an_earlier_version_that_was_edited_is_damaged(tmp_path: Path, name: str) -> None:
    """Its entries hold the digests of plan and findings."""
    reports = tmp_path / "reports"
    shutil.copytree(OLD, reports)
    archive = Archive(reports / "old-no-go")
    path = archive.root / name
    path.write_bytes(path.read_bytes().replace(b"MISMATCH", b"MATCH").replace(b'"alpha":0.05', b'"alpha":0.5'))
    (verdict,) = conclude.rejudge(archive)
    assert f"{name} differs from ledger entry 3" in verdict.reasons[0].sentence
