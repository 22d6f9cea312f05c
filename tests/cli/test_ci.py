"""What a command says to the CI system that it runs in; none of it changes an exit code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from campaign.finished import finish
from click.testing import CliRunner

from harness.campaign.pages import views_of
from harness.campaign.selfcheck.world import Draft
from harness.cli import ci
from harness.cli.main import parity

LATER = "2026-11-25T12:30:00Z"


@contextmanager
def receiver(status: int = 200, location: str = "") -> Iterator[tuple[str, list[bytes]]]:
    """Take what is posted on loopback."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/T0/SECRET", bodies
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_a_step_gets_its_summary_without_asking_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appended to what other commands wrote; the same text is not written again."""
    of, _ = finish(tmp_path / "reports")
    summary = tmp_path / "summary.md"
    summary.write_text("before", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    for _ in range(2):
        assert of.parity("report", "c1", "--format", "text").exit_code == 0
    told = summary.read_text(encoding="utf-8")
    assert told.startswith("before\n# ✅ GO: wine")
    assert told.count("# ✅ GO: wine") == 1 + told.count("## ✅ GO: wine")


def test_a_summary_that_cannot_be_written_costs_a_line_and_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit code is that of the verdict."""
    of, _ = finish(tmp_path / "reports")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "none" / "summary.md"))
    told = of.parity("report", "c1", "--format", "text")
    assert (told.exit_code, "GITHUB_STEP_SUMMARY: can't be written: No such file" in told.stderr) == (0, True)


def test_in_github_actions_verdicts_and_problems_are_annotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, so that data stays data; elsewhere nothing of it is written."""
    of, _ = finish(tmp_path / "reports", candidate=Draft(15.0))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    assert "::error" not in of.parity("report", "c1", "--format", "text").output
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    told = of.parity("report", "c1", "--format", "text")
    assert "::error title=NO-GO%3A wine::rmse rose" in told.stderr
    assert "::error" not in told.stdout
    config = tmp_path / "repos.yaml"
    config.write_text("repositories:\n  - wine\n", encoding="utf-8")
    for command in (["check-config"], ["plan", "--all"]):
        refused = CliRunner().invoke(parity, [*command, "--config", str(config)])
        assert refused.exit_code == 2
        assert f"::error file={config},line=2,col=3,title=repositories::{config}:2:3: repositories: " in refused.stderr


def test_a_change_of_verdict_is_posted_and_the_same_verdict_is_not(tmp_path: Path) -> None:
    """Two campaigns: GO, then NO-GO."""
    first, _ = finish(tmp_path, "c1")
    second, _ = finish(tmp_path, "c2", candidate=Draft(15.0), at=LATER)
    with receiver() as (address, bodies):
        ci.notify(views_of(first.archive), "", {ci.WEBHOOK: address})
        assert bodies == []
        ci.notify(views_of(second.archive), "place", {ci.WEBHOOK: address})
        ci.notify(views_of(second.archive), "place", {})
    (body,) = bodies
    assert json.loads(body)["text"] == "wine: GO → NO-GO"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_post_that_fails_is_told_without_the_address(
    tmp_path: Path, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Redirects are not followed: the message goes where it was told to go."""
    finish(tmp_path, "c1")
    second, _ = finish(tmp_path, "c2", candidate=Draft(15.0), at=LATER)
    views = views_of(second.archive)
    with receiver() as (elsewhere, others), receiver(status, elsewhere) as (address, bodies):
        ci.notify(views, "", {ci.WEBHOOK: address})
    assert (len(bodies), others) == (1, [])
    said = capsys.readouterr().err
    assert f"PARITY_WEBHOOK: the change of verdict was not posted: the server answered {status}" in said
    assert "SECRET" not in said


def test_an_address_without_tls_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Loopback is the exception that tests use."""
    finish(tmp_path, "c1")
    second, _ = finish(tmp_path, "c2", candidate=Draft(15.0), at=LATER)
    ci.notify(views_of(second.archive), "", {ci.WEBHOOK: "http://hooks.example/SECRET"})
    assert capsys.readouterr().err == "PARITY_WEBHOOK: expected an https:// address; nothing was posted\n"


def test_the_forms_for_ci_are_printed_on_request(tmp_path: Path) -> None:
    """What is printed is the file in the report's folder."""
    of, _ = finish(tmp_path)
    for form, name in (("comment", "comment.md"), ("prometheus", "metrics.prom"), ("junit", "junit.xml")):
        told = of.parity("report", "c1", "--format", form)
        assert (told.exit_code, told.stdout_bytes) == (0, (of.archive.report / name).read_bytes())
