"""The served board: pages, rows that refresh, doors that stay shut, metrics; by HTTP and in a real browser."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import Message
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from board.sample import HOSTILE, STORE, fleet, signed, step
from campaign.finished import Draft, finish, repository
from devtools import Look, Page

from harness.board import server, writes
from harness.board.index import Index, open_index
from harness.board.live_reading import beats
from harness.board.server import HTMX, HTMX_SHA256, AccessRules
from harness.board.serving import Board
from harness.board.values import Key
from harness.campaign import story
from harness.campaign.selfcheck.world import plan_of
from harness.model.clock import SystemClock
from harness.model.schedule import Wave
from harness.store.archive import Archive
from harness.store.reports import in_folder
from harness.store.reports import of as reports_of
from harness.store.schedules import record_of

LOCAL = AccessRules(("127.0.0.1", "localhost"))


@contextmanager
def served(board: Board, door: AccessRules = LOCAL) -> Iterator[str]:
    """Serve on a free port of this process, in a thread; give the address without its last slash."""
    import uvicorn  # noqa: PLC0415

    config = uvicorn.Config(
        server.application(board, door), port=0, log_level="error", lifespan="off", access_log=False
    )
    running = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    watching = threading.Thread(target=board.watch)
    watching.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        board.halt.set()
        running.should_exit = True
        thread.join(30)
        watching.join(30)
        listening.close()


def of(index: Index, reports: Path | None = None, **more: object) -> Board:
    """Make a board over an index, and a store if there is one."""
    stores = {} if reports is None else {str(in_folder(reports)): in_folder(reports)}
    return Board(index, stores, SystemClock(), "parity-harness 0.1.0", **more)  # type: ignore[arg-type]


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Index]:
    """Give an index with the fleet of all standings."""
    index = open_index(str(tmp_path / "board.sqlite"))
    reads = fleet()
    with index.writing() as connection:
        writes.put_reads(connection, reads, fresh=True)
        writes.put_steps(connection, [step("moving", "canary", 2, 1), step("finished", "done", 1, 2)])
        writes.put_signed(connection, [signed("moving")])
        writes.settle(connection, STORE, [read.row.key.repository for read in reads])
    yield index
    index.close()


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, str, Message]:
    """Ask; give status, body and headers."""
    asked = urllib.request.Request(url, method=method, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


PAGES = ("/", "/?sort=stuck&owner=ada", "/causes", "/progress", "/live", f"/repository?store={STORE}&name=digits")


@pytest.mark.chromium
@pytest.mark.parametrize("scripts", [True, False])
def test_pages_are_accessible_and_silent_with_and_without_scripts(filled: Index, tab: Page, *, scripts: bool) -> None:
    """They ask their own server alone, and fit a phone."""
    with served(of(filled)) as address:
        for page in PAGES:
            for look in (Look(scripts=scripts), Look(375, 812, dark=True, scripts=scripts)):
                tab.open(address + page, look)
                assert not scripts or tab.violations() == [], page  # axe needs them itself; the elements are the same
                assert tab.said == [], page
                assert {url for url in tab.asked if not url.startswith((address, "data:"))} == set()
                assert tab.value("document.documentElement.scrollWidth") == look.width
        tab.open("about:blank?", Look())


@pytest.mark.chromium
def test_a_new_verdict_appears_on_an_open_page(tmp_path: Path, sqlite: Index, tab: Page) -> None:
    """Nobody reloads; the focused link of another row stays focused until something changes."""
    reports = tmp_path / "r"
    finish(reports, "c1", repositories=(repository("iris"),), at="2026-11-25T12:00:00Z")
    with served(of(sqlite, reports)) as address:
        tab.until_open(f"{address}/", "document.body.innerText.includes('iris')")
        tab.value("document.querySelector('tr th a').focus()")
        finish(reports, "c2", candidate=Draft(5.0), at="2026-11-26T12:00:00Z")
        begun = time.monotonic()
        tab.until("document.body.innerText.includes('NO-GO')")
        print(f"a new verdict was shown after {time.monotonic() - begun:.1f} s")  # noqa: T201 - the report quotes it
        assert tab.value("document.querySelectorAll('tr[data-owner]').length") == 2
        assert tab.said == []
        tab.open("about:blank?", Look())


def test_filters_are_in_the_query(filled: Index) -> None:
    """As links of the page name them, hostile values included."""
    with served(of(filled)) as address:
        _, body, _ = get(f"{address}/?state=NO-GO&tier=standard")
        assert re.findall(r'<th scope="row"><a [^>]*>([^<]*)<', body) == ["wine"]
        _, body, _ = get(f"{address}/")
        hrefs = [found.replace("&amp;", "&") for found in re.findall(r'href="(/\?owner=[^"]+)"', body)]
        assert len(hrefs) == 2 + len(HOSTILE)
        for href in hrefs:
            _, filtered, _ = get(address + href)
            assert 'id="count" role="status">' in filtered
            assert ">0 of " not in filtered


def test_rows_that_are_seen_already_are_not_sent_again(filled: Index) -> None:
    """204: the reader's page stays as it is."""
    with served(of(filled)) as address:
        _, body, _ = get(f"{address}/")
        asks = re.search(r'hx-get="([^"]+)"', body)
        assert asks is not None
        assert get(address + asks[1].replace("&amp;", "&"))[0] == 204
        status, rows, _ = get(f"{address}/rows?seen=old")
        assert (status, rows.startswith("<tbody")) == (200, True)
        assert asks[1] in rows


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(filled: Index, method: str) -> None:
    """The board is read-only."""
    with served(of(filled)) as address:
        assert get(f"{address}/", method)[0] == 405


def test_a_foreign_host_name_is_refused(filled: Index) -> None:
    """A name of another site that points here shows nothing."""
    with served(of(filled)) as address:
        assert get(f"{address}/", Host="evil.example")[0] == 400


def test_behind_a_proxy_a_request_without_its_header_is_refused(filled: Index) -> None:
    """One named header, and no other one counts."""
    with served(of(filled), AccessRules(LOCAL.hosts, "X-Forwarded-User")) as address:
        status, body, headers = get(f"{address}/")
        assert (status, "no X-Forwarded-User" in body) == (403, True)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert get(f"{address}/", **{"X-Remote-User": "ada"})[0] == 403
        assert get(f"{address}/", **{"X-Forwarded-User": "ada"})[0] == 200


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/static/../server.py", "/static/%2e%2e/grafana.json", "/repository?store=x&name=y", "/report",
     f"/report?store={STORE}&campaign=../../etc&name=passwd"],
)  # fmt: skip
def test_what_is_not_there_is_404(filled: Index, path: str) -> None:
    """With the headers of every answer."""
    with served(of(filled, verify=True)) as address:
        status, _, headers = get(address + path)
        assert (status, headers["X-Frame-Options"]) == (404, "DENY")


def test_every_answer_has_a_content_policy(filled: Index) -> None:
    """A page's own allows its style by hash and scripts of the server; the rest loads nothing at all."""
    with served(of(filled)) as address:
        for page in PAGES:
            _, body, headers = get(address + page)
            assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
            policy = re.search(r'Content-Security-Policy" content="([^"]*)"', body)
            assert policy is not None
            assert policy[1].replace("&#39;", "'").startswith("default-src 'none'; style-src 'sha256-")
            assert "unsafe" not in policy[1]
        for other in ("/rows", "/metrics", "/grafana.json", f"/static/{HTMX}"):
            assert get(address + other)[2]["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_the_vendored_script_is_the_registrys() -> None:
    """Htmx 2.0.11, byte for byte."""
    assert sha256(server.file(HTMX)).hexdigest() == HTMX_SHA256


def test_metrics_say_how_the_fleet_stands(filled: Index) -> None:
    """And every query of the dashboard names one of them."""
    with served(of(filled)) as address:
        _, text, headers = get(f"{address}/metrics")
        _, board, _ = get(f"{address}/grafana.json")
    assert headers["Content-Type"].startswith("text/plain; version=")
    assert 'parity_repositories{standing="ready to sign"}' in text
    assert 'parity_verdict{decision="NO-GO",evidence="real",repository="wine",store="reports"} 1.0' in text
    names = set(re.findall(r"^# TYPE (parity_\w+)", text, re.MULTILINE))
    used = {name for panel in json.loads(board)["panels"] for target in panel["targets"]
            for name in re.findall(r"parity_\w+", target["expr"])}  # fmt: skip
    assert used <= names
    assert len(used) >= 7


def test_opening_a_report_verifies_it(tmp_path: Path, sqlite: Index) -> None:
    """The row says so afterwards; without --verify there is no report to open."""
    reports = tmp_path / "r"
    finish(reports, "c1")
    board = of(sqlite, reports, verify=False)
    board.look()
    where = f"/report?store={in_folder(reports)}&campaign=c1&name=wine"
    with served(board) as address:
        assert get(address + where)[0] == 404
    board = of(sqlite, reports, verify=True)
    board.halt.set()  # nothing is verified in the background
    with served(board) as address:
        row = f"{address}/repository?store={in_folder(reports)}&name=wine"
        assert "recorded" in get(row)[1]
        status, body, _ = get(address + where)
        assert (status, "<title>GO · wine" in body) == (200, True), body[:800]
        assert "verified 0 min ago" in get(row)[1]


def test_the_board_verifies_in_the_background(tmp_path: Path, sqlite: Index) -> None:
    """One newest verdict a look, until all are."""
    finish(tmp_path / "r", "c1", repositories=(repository("wine"),))
    finish(tmp_path / "r", "c2", repositories=(repository("iris"),), at="2026-11-26T12:00:00Z")
    board = of(sqlite, tmp_path / "r", verify=True)
    board.look()
    board.look()
    with sqlite.reading() as connection:
        from harness.board import queries  # noqa: PLC0415

        assert all(found.judged and found.judged.verified_at for found in queries.fleet(connection))


def test_a_running_campaign_is_live(tmp_path: Path, sqlite: Index) -> None:
    """From its journal: what was started, what is done."""
    plan, archive = plan_of(repository(), campaign="c1"), Archive(tmp_path / "r" / "c1")
    archive.save_plan(plan)
    story.enter(plan, archive.ledger, "2026-11-25T12:00:00Z", "carol")
    first, second, *_ = plan.runs
    with archive.open_journal() as journal:
        journal.append({"record": "intent", "run": run.id, "name": run.name} for run in (first, second))
        journal.append([{"record": "done", "run": first.id, "error": ""}])
    board = of(sqlite, tmp_path / "r")
    board.look()
    with served(board) as address:
        _, body, _ = get(f"{address}/live")
        assert "1 of 6</td>" in body
        assert f"parity resume c1 --reports {tmp_path / 'r'}" in body, "its time is over"
        (archive.journal).write_text("broken", encoding="utf-8")
        assert get(f"{address}/live/rows")[0] == 200


def test_a_repository_counts_its_own_waves(tmp_path: Path) -> None:
    """Each repository goes through its waves at its own pace."""
    plan, other = (plan_of(repository(name), campaign="c1") for name in ("wine", "iris"))
    plan = replace(
        plan,
        repositories=plan.repositories + other.repositories,
        pairs=plan.pairs + other.pairs,
        runs=plan.runs + other.runs,
        endpoints={**plan.endpoints, **other.endpoints},
        realities={**plan.realities, **other.realities},
    )
    archive = Archive(tmp_path / "r" / "c1")
    archive.save_plan(plan)
    pairs = {name: tuple(pair.id for pair in plan.pairs if pair.repository == name) for name in ("wine", "iris")}
    waves = (Wave(1, pairs["wine"] + pairs["iris"], "always runs"), Wave(2, pairs["wine"], "runs of one side differ"))
    with archive.open_journal() as journal:
        journal.append(record_of(wave) for wave in waves)
    rows: Any = [SimpleNamespace(key=Key("r", "c1", name), runs=6) for name in ("wine", "iris")]
    found = beats({"r": reports_of(tmp_path / "r")}, rows)
    assert {key.repository: beat.wave for key, beat in found.items()} == {"wine": 2, "iris": 1}


def test_the_command_serves_until_it_is_interrupted(tmp_path: Path) -> None:
    """On loopback, with the code of an interrupt at the end."""
    finish(tmp_path / "reports", "c1")
    command = [sys.executable, "-m", "harness", "board", "--port", "0", "--index", str(tmp_path / "i.sqlite")]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.fullmatch(r"board: (http://127\.0\.0\.1:\d+/) \(Ctrl-C ends it\)\n", line)
        assert found is not None, line
        end = time.monotonic() + 60
        while "wine" not in get(found[1])[1]:
            assert time.monotonic() < end
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130


def test_others_are_let_in_behind_a_proxy_only(tmp_path: Path) -> None:
    """An address that others reach needs the header's name."""
    from click.testing import CliRunner  # noqa: PLC0415

    from harness.cli.main import parity  # noqa: PLC0415

    done = CliRunner().invoke(parity, ["board", "--host", "0.0.0.0", "--index", str(tmp_path / "i")])
    assert (done.exit_code, "--trust-header X-Forwarded-User" in done.stderr) == (2, True)
