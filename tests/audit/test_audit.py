"""What `nox -s audit` reports, each with a planted fault that it has to find: the real tools, and local services."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from audit import bill, holes, licences, locked, session, source, workflows
from audit.step import Step, not_run

ROOT = Path(__file__).parent.parent.parent
TODAY = dt.date(2026, 11, 30)
HASH = "0" * 64


def audited(folder: Path, text: str) -> Step:
    """Audit one planted file."""
    (folder / "planted.py").write_text(text, "utf-8")
    return source.audit(folder, ROOT / "pyproject.toml")


def test_a_call_through_a_shell_is_reported_with_its_place(tmp_path: Path) -> None:
    """With bandit itself and the configuration of this project."""
    step = audited(tmp_path, "import subprocess\nsubprocess.call(x, shell=True)\n")
    assert step.state == "FAILED"
    assert step.failures == (
        f"{tmp_path}/planted.py:2: B602 subprocess call with shell=True identified, security issue.",
    )


def test_only_the_rule_by_number_with_a_reason_justifies_a_finding(tmp_path: Path) -> None:
    """The finding stays, and the comment is named besides."""
    text = "import subprocess\nsubprocess.call(x, shell=True)  # nosec{}\n"
    assert audited(tmp_path, text.format(" B602 # x is ours")) == Step("1 files, 1 findings justified")
    for weak in ("", " B602", " B602 #", " # x is ours"):
        assert [line.partition(": ")[2][:5] for line in audited(tmp_path, text.format(weak)).failures] == [
            "B602 ",
            "write",
        ], weak


def test_a_justification_of_nothing_fails(tmp_path: Path) -> None:
    """It would hide the next finding on that line."""
    step = audited(tmp_path, "value = 1  # nosec B602 # once it was a call\n")
    assert step.failures == (f"{tmp_path}/planted.py:1: # nosec B602 justifies nothing: remove it",)


def test_a_file_that_is_no_python_fails(tmp_path: Path) -> None:
    """What bandit could not read it did not look at."""
    (tmp_path / "pyproject.toml").write_text("", "utf-8")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "planted.py").write_text("def f(:\n    pass\n", "utf-8")
    step = source.audit(tmp_path / "code", tmp_path / "pyproject.toml")
    assert step.failures == (f"{tmp_path}/code/planted.py: syntax error while parsing AST from file",)


LOCK = f"click==8.0.0 \\\n    --hash=sha256:{HASH}\n    # via parity-harness\n"


@pytest.fixture
def osv() -> Iterator[str]:
    """Start a service with OSV's interface that knows one hole, in click 8.0.0."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            package = {"name": "click", "ecosystem": "PyPI"}
            ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "8.0.1"}]}]
            hole = {
                "id": "PYSEC-2026-1",
                "aliases": ["CVE-2026-1"],
                "summary": "planted",
                "affected": [{"package": package, "ranges": ranges}],
            }
            struck = asked["package"] == package and asked["version"] == "8.0.0"
            body = json.dumps({"vulns": [hole]} if struck else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def test_a_locked_package_with_a_known_hole_fails_and_an_unreachable_service_is_passed_over(
    tmp_path: Path, osv: str
) -> None:
    """With pip-audit itself; the version after it has no hole."""
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK, "utf-8")
    services = {
        "closed": ("-s", "osv", "--osv-url", "http://127.0.0.1:9/v1/query"),
        "local": ("-s", "osv", "--osv-url", osv),
    }
    step = holes.audit(lock, [], TODAY, services)
    assert step == Step(
        "local asked for 1 packages, 0 holes on the list of ignored ones",
        ("click 8.0.0: PYSEC-2026-1, mended in 8.0.1",),
    )
    lock.write_text(LOCK.replace("8.0.0", "8.0.1"), "utf-8")
    assert holes.audit(lock, [], TODAY, services).state == "passed"


def test_where_no_service_is_reached_the_step_is_not_run_and_says_why(tmp_path: Path) -> None:
    """It fails nothing."""
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK, "utf-8")
    step = holes.audit(lock, [], TODAY, {"closed": ("-s", "osv", "--osv-url", "http://127.0.0.1:9/v1/query")})
    assert step.state == "NOT RUN"
    assert step.summary.startswith("closed: not reached (")
    assert session.run({"holes": lambda: step}) == 0


HOLE = {"name": "click", "version": "8.0.0", "vulns": [{"id": "PYSEC-2026-1", "aliases": ["CVE-2026-1"]}]}


def test_a_hole_is_ignored_to_the_last_day_for_its_package_only() -> None:
    """By its id or an alias; an entry that is needed no more fails."""
    entry = holes.Ignored("CVE-2026-1", "click", "no terminal here", TODAY)
    assert holes.decide("OSV", [HOLE], [entry], TODAY).state == "passed"
    assert holes.decide("OSV", [HOLE], [entry], TODAY + dt.timedelta(days=1)).failures == (
        "click 8.0.0: PYSEC-2026-1, mended in no version yet (ignored until 2026-11-30, which is over)",
    )
    other = holes.Ignored("CVE-2026-1", "rich", "no terminal here", TODAY)
    assert holes.decide("OSV", [HOLE], [other], TODAY).failures == (
        "click 8.0.0: PYSEC-2026-1, mended in no version yet",
        "ignored.toml: CVE-2026-1 was not found in rich: remove it",
    )


def test_packages_that_a_service_does_not_know_are_named() -> None:
    """They were not looked at."""
    found = [{"name": "click", "version": "8", "vulns": []}, {"name": "ours", "skip_reason": "not found"}]
    assert holes.decide("PyPI", found, [], TODAY).summary == (
        "PyPI asked for 1 packages, 0 holes on the list of ignored ones; "
        "NOT RUN for ours: the service does not know them"
    )


def test_an_ignored_hole_needs_a_reason_and_a_day(tmp_path: Path) -> None:
    """A blank reason, and a text or a time in place of a day, are refused."""
    path = tmp_path / "ignored.toml"
    entry = '[[ignored]]\nid = "CVE-1"\npackage = "click"\nreason = "{}"\nlast_day = {}\n'
    path.write_text(entry.format("waits for 8.1", "2027-01-31"), "utf-8")
    assert holes.ignored(path) == [holes.Ignored("CVE-1", "click", "waits for 8.1", dt.date(2027, 1, 31))]
    for reason, day in ((" ", "2027-01-31"), ("waits", '"2027-01-31"'), ("waits", "2027-01-31T00:00:00")):
        path.write_text(entry.format(reason, day), "utf-8")
        with pytest.raises(ValueError, match="CVE-1: reason is a text, last_day a date"):
            holes.ignored(path)
    path.write_text('[[ignored]]\nid = "CVE-1"\n', "utf-8")
    with pytest.raises(TypeError, match="package"):
        holes.ignored(path)


@pytest.mark.parametrize(
    ("text", "stated_in", "allowed"),
    [
        ("MIT", "expression", True),
        ("Apache-2.0 AND CNRI-Python", "expression", True),
        ("GPL-3.0-only OR MIT", "expression", True),
        ("LGPL-3.0-or-later", "expression", True),
        ("GPL-3.0-only", "expression", False),
        ("AGPL-3.0-or-later", "expression", False),
        ("MIT AND GPL-3.0-only", "expression", False),
        ("(MIT OR Apache-2.0) AND SSPL-1.0", "expression", False),
        ("MIT WITH Classpath-exception-2.0", "expression", False),
        ("LicenseRef-Proprietary", "expression", False),
        ("MIT License", "classifiers", True),
        ("BSD License, Apache Software License", "classifiers", True),
        ("MIT License, GNU General Public License v3 (GPLv3)", "classifiers", False),
        ("MIT", "text", True),
        ("BSD", "text", True),
        ("Do what you want", "text", False),
        ("none", "text", False),
    ],
)
def test_licences_on_the_list_are_allowed_and_no_others(text: str, stated_in: str, *, allowed: bool) -> None:
    """All of AND and of several classifiers, one of OR; what nobody looked at is not."""
    assert licences.Licence("planted", "1", text, stated_in).allowed is allowed


def test_a_locked_package_with_a_forbidden_licence_fails_as_does_one_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From real metadata on the path of imports; all of it stands in the table."""
    folder = tmp_path / "planted_parity-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.4\nName: planted-parity\nVersion: 1.0\nLicense-Expression: AGPL-3.0-only\n", "utf-8"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "planted-parity==1.0\nabsent-parity==2.0\nelsewhere==3.0 ; sys_platform == 'win32'\n" + LOCK, "utf-8"
    )
    step = licences.audit(lock, tmp_path / "into")
    assert step.summary == "2 packages, 1 of other platforms not looked at: licences.md"
    assert step.failures[:2] == (
        "planted-parity 1.0: 'AGPL-3.0-only' (expression) is not on the list of licences",
        "absent-parity 2.0 is locked and not installed: nox -s audit installs it",
    )
    assert step.failures[2].startswith("click: 8.0.0 is locked, ")
    table = (tmp_path / "into" / "licences.md").read_text("utf-8")
    assert "| planted-parity | 1.0 | AGPL-3.0-only | expression |\n" in table


def test_the_bill_of_materials_lists_the_lock_and_fails_where_a_hash_is_missing(tmp_path: Path) -> None:
    """With cyclonedx-py itself, which validates what it writes."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "tiny"\nversion = "1"\n', "utf-8")
    lock = tmp_path / "requirements.lock"
    lock.write_text(LOCK, "utf-8")
    assert bill.audit(tmp_path, tmp_path / "into") == Step("1 packages, CycloneDX 1.6: sbom.json")
    said = json.loads((tmp_path / "into" / "sbom.json").read_text("utf-8"))
    assert (said["bomFormat"], said["metadata"]["component"]["name"]) == ("CycloneDX", "tiny")
    assert [part["purl"] for part in said["components"]] == ["pkg:pypi/click@8.0.0"]
    lock.write_text("click==8.0.0\n", "utf-8")
    assert bill.audit(tmp_path, tmp_path / "into").failures == ("click 8.0.0: no hash",)


def test_without_a_workflow_nothing_is_run_and_one_without_its_checker_fails(tmp_path: Path) -> None:
    """So that the first workflow brings its checker."""
    assert workflows.audit(tmp_path) == not_run("no workflows")
    planted = tmp_path / ".github" / "workflows" / "ci.yml"
    planted.parent.mkdir(parents=True)
    planted.write_text("on: pull_request_target\n", "utf-8")
    assert workflows.audit(tmp_path).failures == (
        '.github/workflows/ci.yml: add "zizmor" to the group audit in pyproject.toml, then nox -s lock',
    )


def test_this_platforms_part_of_the_lock_leaves_out_what_others_install(tmp_path: Path) -> None:
    """Names are normalised."""
    lock = tmp_path / "requirements.lock"
    lock.write_text("Foo_Bar==1.0 \\\n    --hash=sha256:00\nother==2 ; sys_platform == 'win32' \\\n", "utf-8")
    assert locked.packages(lock, here=False) == [("foo-bar", "1.0"), ("other", "2")]
    assert locked.packages(lock, here=True) == [("foo-bar", "1.0")]
    lock.write_text("a==1 ; python_full_version < '3.11'\na==2 ; python_full_version >= '3.11'\n", "utf-8")
    assert locked.packages(lock, here=False) == [("a", "1"), ("a", "2")]
    assert locked.packages(lock, here=True) == [("a", "2")]


def test_the_session_fails_where_one_step_fails(capsys: pytest.CaptureFixture[str]) -> None:
    """What was not run fails nothing."""
    sound, planted = Step("1 files"), Step("2 files", ("file.py:1: planted",))
    assert session.run({"a": lambda: sound, "b": lambda: not_run("no service")}) == 0
    assert session.run({"a": lambda: planted, "b": lambda: sound}) == 1
    written = capsys.readouterr()
    assert "b          NOT RUN: no service (0 s)\n" in written.out
    assert written.err == "  file.py:1: planted\n"
