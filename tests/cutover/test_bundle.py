"""The auditor's bundle: it verifies offline without this tool, and every forgery is found and named."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from campaign.finished import LATER
from click.testing import CliRunner
from cutover.conftest import Scene
from report.browser import served, visit

from harness.cli.main import parity
from harness.store import codec


@pytest.fixture
def unpacked(scene: Scene) -> Path:
    """Sign a verdict off, bundle it, and unpack it elsewhere."""
    scene.campaign()
    scene.sign("ada")
    made = scene.parity("bundle", "wine", "--file", "wine.tar.gz")
    assert made.exit_code == 0, made.output
    with tarfile.open("wine.tar.gz") as tar:
        tar.extractall(scene.folder / "auditor", filter="data")
    return scene.folder / "auditor" / "wine"


def verify(folder: Path, *words: str, path: str = "/usr/bin:/bin") -> tuple[int, list[str]]:
    """Run the script that came in the bundle, with nothing else of ours."""
    command = [sys.executable, "-I", str(folder / "verify.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env={"PATH": path})
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def test_a_bundle_verifies_offline_and_says_how_to_derive_the_verdict(unpacked: Path) -> None:
    """And the command that it prints derives the same verdict from the bundle alone."""
    code, lines = verify(unpacked)
    assert (code, lines[-1]) == (0, "everything holds")
    assert "signatures: checked" in lines
    assert "verdict: GO; derive it: parity rejudge c1 wine --reports reports" in lines
    found = CliRunner().invoke(parity, ["rejudge", "c1", "wine", "--reports", str(unpacked / "reports")])
    assert (found.exit_code, json.loads(found.stdout)["decision"]) == (0, "GO")


def test_the_same_evidence_gives_the_same_bundle_but_for_its_time(scene: Scene, unpacked: Path) -> None:
    """So that two of them can be compared."""
    manifest = json.loads((unpacked / "manifest.json").read_bytes())
    assert manifest["made_at"] == LATER.replace("Z", ".000Z")
    scene.parity("bundle", "wine", "--file", "again.tar.gz")
    with tarfile.open("wine.tar.gz") as one, tarfile.open("again.tar.gz") as other:
        assert [member.name for member in one] == [member.name for member in other]


def test_keys_that_the_auditor_knows_count_instead_of_the_plans(scene: Scene, unpacked: Path) -> None:
    """The control names ada's own key."""
    for name, code in (("eve", 1), ("ada", 0)):
        known = scene.folder / "known"
        known.write_text(f"ada {(scene.keys / f'{name}.pub').read_text(encoding='utf-8')}", encoding="utf-8")
        found, lines = verify(unpacked, "--allowed-signers", str(known))
        assert found == code, lines


def test_without_ssh_keygen_it_says_that_signatures_were_not_checked(unpacked: Path, tmp_path: Path) -> None:
    """Everything else is."""
    code, lines = verify(unpacked, path=str(tmp_path / "empty"))
    assert (code, "signatures: NOT CHECKED: there is no ssh-keygen on this machine" in lines) == (0, True)


def _rechained(folder: Path, change: Callable[[bytes], bytes]) -> None:
    """Change the ledger and mend its chain, as whoever owns the file can."""
    file = folder / "reports/ledger.jsonl"
    previous, lines = "sha256:" + "0" * 64, []
    for line in change(file.read_bytes()).split(b"\n")[:-1]:
        lines.append(codec.line({**json.loads(line), "previous": previous}))
        previous = codec.digest(lines[-1])
    file.write_bytes(b"\n".join(lines) + b"\n")


def _remanifest(folder: Path) -> None:
    """Let the manifest name all files as they are now."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    lines = (folder / "reports/ledger.jsonl").read_bytes().split(b"\n")[:-1]
    files = {name: codec.digest((folder / name).read_bytes()) for name in manifest["files"] if (folder / name).exists()}
    manifest |= {"files": files, "ledger_length": len(lines), "ledger_head": codec.digest(lines[-1])}
    (folder / "manifest.json").write_bytes(codec.encode(manifest))


def payload_edited(folder: Path) -> None:
    """An output."""
    next(folder.glob("reports/c1/runs/*/payload/0")).write_text("[]", encoding="utf-8")


def payload_edited_and_named(folder: Path) -> None:
    """An output, with the manifest mended."""
    payload_edited(folder)
    _remanifest(folder)


def payload_deleted(folder: Path) -> None:
    """An output that is gone, with the manifest mended."""
    next(folder.glob("reports/c1/runs/*/payload/0")).unlink()
    _remanifest(folder)


def judgement_edited(folder: Path) -> None:
    """Findings, with the manifest mended."""
    file = folder / "reports/c1/judgement/wine.json"
    file.write_bytes(file.read_bytes().replace(b'"MATCH"', b'"WAIVED"', 1))
    _remanifest(folder)


def ledger_edited(folder: Path) -> None:
    """One entry."""
    file = folder / "reports/ledger.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"author":"carol"', b'"author":"nobod"'))


def ledger_cut(folder: Path) -> None:
    """The signature's entry is gone, and the manifest knows."""
    file = folder / "reports/ledger.jsonl"
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[:-1]))
    _remanifest(folder)


def ledger_reordered(folder: Path) -> None:
    """Two entries changed places."""
    file = folder / "reports/ledger.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))


def ledger_rewritten(folder: Path) -> None:
    """Another author, with chain and manifest mended."""
    _rechained(folder, lambda data: data.replace(b'"author":"carol"', b'"author":"nobod"'))
    _remanifest(folder)


def statement_edited(folder: Path) -> None:
    """Other words, with the manifest mended."""
    for name in ("statement.json",):
        file = folder / name
        file.write_bytes(file.read_bytes().replace(b'"approvals":1', b'"approvals":0'))
    _remanifest(folder)


def signature_of_somebody_else(folder: Path) -> None:
    """Another signature in the envelope, with the manifest mended."""
    envelope = json.loads((folder / "signoff.json").read_bytes())
    envelope["signatures"][0]["sig"] = envelope["signatures"][0]["sig"][::-1].rjust(8, "A")
    envelope["signatures"][0]["keyid"] = "bob"
    (folder / "signoff.json").write_bytes(codec.encode(envelope))
    _remanifest(folder)


def a_file_slipped_in(folder: Path) -> None:
    """One more file."""
    (folder / "reports/c1/note.txt").write_text("trust me", encoding="utf-8")


FORGERIES: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "payload edited": (payload_edited, "payload/0: it is not the file that the manifest names"),
    "payload edited and named": (payload_edited_and_named, "payload/0: it is not what was judged"),
    "payload deleted": (payload_deleted, "payload/0: it is missing, and no tombstone in the ledger names it"),
    "judgement edited": (judgement_edited, "judgement/wine.json: it is not the file of ledger entry 1"),
    "ledger edited": (ledger_edited, "ledger entry 1: it does not follow the one before"),
    "ledger cut": (ledger_cut, "statement.json: it was made for another ledger"),
    "ledger reordered": (ledger_reordered, "ledger entry 0: it does not follow the one before"),
    "ledger rewritten": (ledger_rewritten, "statement.json: it was made for another ledger"),
    "statement edited": (statement_edited, "signoff.json: it holds another statement than statement.json"),
    "signature of somebody else": (signature_of_somebody_else, "signoff.json: the signature of bob does not hold"),
    "a file slipped in": (a_file_slipped_in, "reports/c1/note.txt: the manifest does not know it"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forgery_is_found_and_its_place_named(unpacked: Path, forgery: str) -> None:
    """The control is the bundle as it was made."""
    forge, says = FORGERIES[forgery]
    forge(unpacked)
    code, lines = verify(unpacked)
    assert code == 1
    assert any(says in line for line in lines), lines
    assert lines[-1] == "FAULTS FOUND"


def test_damaged_evidence_is_not_bundled(scene: Scene) -> None:
    """It would prove nothing."""
    scene.campaign()
    payload = next(scene.reports.glob("c1/runs/*/payload/0"))
    payload.write_text("[]", encoding="utf-8")
    found = scene.parity("bundle", "wine")
    assert (found.exit_code, "evidence: wine: there is nothing to bundle: damaged: runs/" in found.stderr) == (3, True)


def test_a_bundle_without_a_signature_says_so(unpacked: Path) -> None:
    """It may be made before anybody signs; it does not verify."""
    (unpacked / "signoff.json").unlink()
    (unpacked / "statement.json").unlink()
    _remanifest(unpacked)
    code, lines = verify(unpacked)
    assert (code, "FAULT statement.json: nobody signed this verdict" in lines) == (1, True)


def test_the_decision_record_names_verdict_signers_and_digests(unpacked: Path) -> None:
    """It stands alone and asks for nothing."""
    page = (unpacked / "decision.html").read_text(encoding="utf-8")
    for text in ("wine", "Signed by ada, in force until 2026-12-25", "carol", "registry", "Content-Security-Policy"):
        assert text in page


@pytest.mark.chromium
def test_the_decision_record_asks_for_nothing_fits_a_phone_and_prints_on_two_pages(
    unpacked: Path, tmp_path: Path
) -> None:
    """In a real browser; a control that is too wide shows that the width is measured."""
    page = unpacked / "decision.html"
    seen = visit(page.as_uri(), tmp_path)
    assert (seen.console, seen.asked) == ((), ())
    visit(page.as_uri(), tmp_path, f"--print-to-pdf={tmp_path / 'record.pdf'}", "--no-pdf-header-footer")
    pages = re.findall(rb"/Type\s*/Page\b", (tmp_path / "record.pdf").read_bytes())
    assert 1 <= len(pages) <= 2
    (unpacked / "wide.html").write_text("<!doctype html><svg width=600 height=9></svg>", encoding="utf-8")
    (unpacked / "phone.html").write_text(PHONE, encoding="utf-8")
    with served(unpacked) as (address, _):
        phone = visit(f"{address}/phone.html", tmp_path, "--dump-dom", "--virtual-time-budget=20000")
    assert re.search(r'<pre id="out">decision 375 wide 6\d\d </pre>', phone.dom), phone.dom[-300:]


PHONE = """<!doctype html><meta charset=utf-8><pre id=out></pre><script>
const next = (names) => {
  if (!names.length) return;
  const frame = document.createElement("iframe");
  frame.width = 375; frame.height = 800;
  frame.onload = () => {
    const width = frame.contentDocument.documentElement.scrollWidth;
    document.getElementById("out").textContent += names[0] + " " + width + " ";
    next(names.slice(1));
  };
  frame.src = names[0] + ".html";
  document.body.append(frame);
};
next(["decision", "wide"]);
</script>"""
