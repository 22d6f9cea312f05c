"""The page of one repository at 10,000 findings, beside what else makes one file of many results, on the same findings.

Peers are programs of their own: `--peers FOLDER` names a virtual environment with pytest, pytest-html, allure-pytest
and evidently; one that is not in it is left out, as is Allure's generator where `--allure FOLDER` (a folder in which
`npm install allure` was run) is not given. None of them is a dependency of the project. Goals: 2 MB for the page, and
CPU not above the quickest peer that puts every result into one file.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from report.states import many

from harness.report.render import findings_page, page

COUNT, REPEATS = 10_000, 5
PAGE_MB_MAX = 2.0
TESTS = """\
import json, pathlib, pytest
FOUND = json.loads(pathlib.Path(__file__).with_name("findings.json").read_text())

@pytest.mark.parametrize("found", FOUND, ids=[f"{one['check']}-{one['subject']}-{n}" for n, one in enumerate(FOUND)])
def test_finding(found):
    print(found["summary"])
    assert found["outcome"] == "MATCH", found["summary"]
"""
EVIDENTLY = """\
import json, pathlib, sys
import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset, DataSummaryPreset
found = json.loads(pathlib.Path("findings.json").read_text())
sides = [pd.DataFrame({"check": [one["check"] for one in found], "same": [one["outcome"] == right for one in found]})
         for right in ("MATCH", "MISMATCH")]
Report([DataDriftPreset(), DataSummaryPreset()]).run(sides[0], sides[1]).save_html("evidently.html")
"""
Row = tuple[str, float | None, float | None, str]
"""What, CPU seconds, MB of files, and what is in them."""


def ours() -> Iterator[Row]:
    """Measure the view, which every form is made from, the page, and the page of all findings beside it."""
    case = many(COUNT)
    begun = time.process_time()
    view = case.view()
    yield "parity, the view of both pages", time.process_time() - begun, None, "what they say, before they are drawn"
    for what, draw, said in (
        ("parity, the page", page, "all that differ, grouped rows of the rest"),
        ("parity, all findings beside it", findings_page, "a row each"),
    ):
        draw(view)
        used = []
        for _ in range(REPEATS):
            begun = time.process_time()
            data = draw(view)
            used.append(time.process_time() - begun)
        yield what, statistics.median(used), len(data) / 1e6, said


def program(*command: str, folder: Path) -> float | None:
    """Run a peer in a folder; give the CPU seconds of it and its children, or None where it is not there."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode not in {0, 1}:  # pytest ends with 1: some findings differ
        print(f"left out: {' '.join(command)[:100]}: {(done.stderr or done.stdout).strip()[-200:]}", file=sys.stderr)
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def peers(python: str, allure: Path | None, folder: Path) -> Iterator[Row]:
    """Measure each peer that is there, over the same findings."""
    run = (python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line")
    bare = program(*run, folder=folder) or 0.0
    yield "pytest alone, nothing written", bare, None, "10,000 tests, for the rows below"
    if used := program(*run, "--html=peer.html", "--self-contained-html", folder=folder):
        yield "pytest-html", used - bare, _megabytes(folder / "peer.html"), "a row each, by script"
    if used := program(*run, "--alluredir=results", folder=folder):
        yield "allure-pytest, its results", used - bare, _megabytes(folder / "results"), "a JSON file each, no page"
        if allure is not None:
            command = ("npx", "--prefix", str(allure), "allure", "awesome", "results", "--single-file", "-o", "allure")
            if used := program(*command, folder=folder):
                yield "Allure, one file", used, _megabytes(folder / "allure"), "a row each, by script"
    (folder / "evidently_peer.py").write_text(EVIDENTLY, encoding="utf-8")
    if (used := program(python, "evidently_peer.py", folder=folder)) and (folder / "evidently.html").is_file():
        yield "Evidently, drift and summary", used, _megabytes(folder / "evidently.html"), "two columns, no row"


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> int:
    """Print one table; end with 1 where the page is larger than its goal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--peers", type=Path, help="virtual environment of the peers")
    parser.add_argument("--allure", type=Path, help="folder with Allure's npm package")
    asked = parser.parse_args()
    view = many(COUNT).view()
    rows = list(ours())
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        found = [
            {"check": finding.check, "subject": finding.subject, "outcome": finding.outcome, "summary": finding.summary}
            for finding in view.findings
        ]
        (folder / "findings.json").write_text(json.dumps(found), encoding="utf-8")
        (folder / "test_findings.py").write_text(TESTS, encoding="utf-8")
        if asked.peers:
            python = os.path.abspath(asked.peers / "bin" / "python")  # noqa: PTH100 - a link of the venv, not what it leads to
            rows += peers(python, asked.allure and asked.allure.resolve(), folder)
    for what, seconds, size, said in rows:
        cpu = "" if seconds is None else f"{seconds:8.2f} s CPU"
        print(f"{what:32} {cpu:16} {'' if size is None else f'{size:7.2f} MB':12} {said}", flush=True)
    return int((rows[1][2] or PAGE_MB_MAX) >= PAGE_MB_MAX)


if __name__ == "__main__":
    sys.exit(main())
