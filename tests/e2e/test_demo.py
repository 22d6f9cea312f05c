"""The main job, end to end: real processes behind official clients, killed and resumed, then judged."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from report.browser import served, visit

from harness.campaign.conclude import rejudge
from harness.store import ledger
from harness.store.archive import Archive

if TYPE_CHECKING:
    from e2e.conftest import Campaign

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(2400)]
EXPECTED = {
    "diabetes": "GO",
    "cancer": "GO",
    "digits": "GO",
    "demand": "GO",
    "wine": "NO-GO",
    "features": "NO-GO",
}


def decisions(root: Path) -> dict[str, str]:
    """Read the decisions of a campaign."""
    found = (json.loads(path.read_bytes()) for path in sorted((root / "verdict").glob("*.json")))
    return {item["repository"]: item["decision"] for item in found}


def test_ten_kills_change_no_verdict(demo: Campaign) -> None:
    """All six verdicts are the expected ones, and the code is that of a NO-GO."""
    assert demo.kills == 10
    assert decisions(demo.root) == EXPECTED, demo.ended.stdout + demo.ended.stderr
    assert demo.ended.returncode == 1


def test_no_job_was_submitted_twice(demo: Campaign) -> None:
    """By the API servers' own records; tests/faults kills at every step of a submit."""
    lines = demo.audit.read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    creates = [
        item
        for item in told
        if (item["verb"] == "create" and item["resource"] == "jobs" and "dry_run" not in item)
        or item["verb"] in {"CreateTrainingJob", "CreateProcessingJob"}
    ]
    made = Counter(item["name"] for item in creates if item["status"] in {200, 201})
    # Status 0: a kill took the client away before it was answered; what was made then is adopted later.
    made.update({item["name"] for item in creates if item["status"] == 0} - made.keys())
    plan = Archive(demo.root).load_plan()
    runs = {run.name for run in plan.runs if (demo.root / "runs" / run.id / "observation.json").exists()}
    assert set(made.values()) == {1}
    assert set(made) == runs


def test_nothing_of_the_sandbox_lies_below_the_reports_and_nothing_of_it_is_left(demo: Campaign) -> None:
    """Its logs and Secrets are those of a platform: what jobs wrote, unscrubbed. It went with the campaign."""
    held = {"sandbox", "sandbox.json", "audit.jsonl", "kubeconfig"}
    assert not [path for path in demo.root.parent.rglob("*") if path.name in held]
    assert not demo.sandbox.exists()
    assert demo.sandbox.parent.is_dir()


def test_the_reasons_name_parameter_metric_false_success_and_false_failure(demo: Campaign) -> None:
    """Each demo repository is judged for the reason its scenario plants."""
    said = {name: (demo.root / "verdict" / f"{name}.json").read_text(encoding="utf-8") for name in EXPECTED}
    assert "max_depth" in said["wine"]
    assert "accuracy fell" in said["wine"]
    assert "False success on candidate" in said["features"]
    assert json.loads(said["digits"])["false_failures"] == 3
    assert json.loads(said["diabetes"])["pairs"] == {
        "planned": 16,
        "clean": 16,
        "explained": 0,
        "void": 0,
        "unclean": 0,
        "stopped": 0,
    }
    assert json.loads(said["cancer"])["pairs"]["planned"] == 8


@pytest.mark.parametrize("name", EXPECTED)
def test_no_cell_of_a_first_screen_is_cut(demo: Campaign, name: str) -> None:
    """What a reason means stands in whole; what there is more of it, further down."""
    hero = (demo.root / "report" / f"{name}.html").read_text(encoding="utf-8").partition("</header>")[0]
    cells = re.findall(r"<t[hd] [^>]*>(.*?)</t[hd]>", hero.partition("<tbody>")[2])
    assert len(cells) >= 5
    assert [cell for cell in cells if "…" in cell] == []


def test_rejudging_elsewhere_gives_the_same_bytes(demo: Campaign, tmp_path: Path) -> None:
    """In another folder and time zone, without any address of a platform."""
    there = tmp_path / "moved" / "reports"
    shutil.copytree(demo.root, there / demo.root.name)
    for book in demo.root.parent.glob("ledger*"):  # without it nothing vouches for the evidence
        shutil.copy2(book, there / book.name)
    here = demo.command("rejudge")
    environment = {**demo.parity.environment, "TZ": "Asia/Kolkata", "LANG": "C"}
    moved = type(demo.parity)(tmp_path, environment).run("rejudge", demo.root.name, "--reports", there)
    assert here.stdout == moved.stdout
    kept = [(demo.root / "verdict" / f"{name}.json").read_text(encoding="utf-8") for name in EXPECTED]
    assert sorted(here.stdout.splitlines()) == sorted(name.rstrip("\n") for name in kept)
    assert here.returncode == 1


def test_removing_any_one_evidence_file_never_leaves_go(demo: Campaign, changed: Callable[[str], None]) -> None:
    """Every file that a GO rests on, one at a time."""
    archive = Archive(demo.root)
    evidence = sorted(archive.load_judgement("diabetes").evidence)
    assert len(evidence) > 40
    left = {}
    for name in evidence:
        if name == "plan.json":
            continue
        path = demo.root / name
        path.rename(demo.root / "away")
        left[name] = next(verdict.decision.value for verdict in rejudge(archive) if verdict.repository == "diabetes")
        (demo.root / "away").rename(path)
    assert set(left.values()) == {"INCONCLUSIVE"}
    assert next(verdict.decision.value for verdict in rejudge(archive) if verdict.repository == "diabetes") == "GO"
    changed("plan.json")
    assert demo.command("rejudge").returncode in {2, 3}


def test_a_changed_byte_in_any_kind_of_evidence_never_leaves_go(demo: Campaign) -> None:
    """Findings, an observation, a payload and the journal."""
    archive = Archive(demo.root)
    run = next(name for name in archive.load_judgement("digits").evidence if name.endswith("observation.json"))
    payload = next(name for name in archive.load_judgement("digits").evidence if "/payload/" in name)
    for name in ("judgement/digits.json", run, payload, "journal.log"):
        path = demo.root / name
        kept = path.read_bytes()
        at = kept.rindex(b"MATCH") if name.startswith("judgement") else len(kept) // 2
        path.write_bytes(kept[:at] + bytes([kept[at] ^ 1]) + kept[at + 1 :])
        found = {verdict.repository: verdict.decision.value for verdict in rejudge(archive)}
        path.write_bytes(kept)
        assert found["digits"] == "INCONCLUSIVE", name


def test_the_gate_asks_for_real_platforms(demo: Campaign) -> None:
    """A synthetic GO is 3, allowed it is 0, a NO-GO stays 1, an unknown name selects nothing."""
    today = ("--config", Path(__file__).parents[2] / "repos.yaml")
    assert demo.command("gate", "diabetes", *today).returncode == 3
    assert demo.command("gate", "diabetes", *today, "--allow-synthetic").returncode == 0
    assert demo.command("gate", "wine", *today, "--allow-synthetic").returncode == 1
    assert demo.command("gate", "nobody", *today).returncode == 5
    assert demo.command("gate", "diabetes", "--allow-synthetic").returncode == 2  # no repos.yaml: today's rules


def test_the_ledger_holds_every_verdict_of_the_campaign(demo: Campaign) -> None:
    """One campaign entry and one verdict entry a repository, in an unbroken chain."""
    entries = ledger.read(demo.root.parent / "ledger.jsonl")
    told = Counter((entry.kind, entry.repository) for entry in entries)
    assert told == Counter({(kind, name): 1 for kind in ("campaign", "verdict") for name in EXPECTED})


@pytest.mark.chromium
def test_every_page_opens_in_chromium_without_a_word_or_a_request(demo: Campaign, tmp_path: Path) -> None:
    """No console message, and nothing asked for beside the page itself."""
    pages = sorted(path.name for path in (demo.root / "report").glob("*.html"))
    assert pages == sorted(["index.html", *(f"{name}.html" for name in EXPECTED)])
    with served(demo.root / "report") as (address, _):
        for name in pages:
            (tmp_path / name).mkdir()
            seen = visit(f"{address}/{name}", tmp_path / name)
            assert (seen.console, [name for name in seen.asked if "favicon" not in name]) == ((), [])
            assert "Synthetic evidence" in seen.dom


def test_help_is_quick_because_it_imports_nothing_heavy(demo: Campaign) -> None:
    """What `parity --help` loads."""
    code = "import sys, harness.cli.main; print([each for each in sys.modules if '.' not in each])"
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**demo.parity.environment},
        cwd=demo.parity.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"boto3", "botocore", "kubernetes", "pandas", "duckdb", "scipy", "great_expectations", "numpy"}
    assert not heavy & set(json.loads(found.stdout.replace("'", '"')))
