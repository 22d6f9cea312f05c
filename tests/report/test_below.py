"""What a page shows below its first screen: the deciding before the informing, nothing empty, the appendix folded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from report.campaign_sample import Case, found, go_case, no_go_case
from report.reading import read
from report.states import empty, many

from harness.model.finding import ColumnCounts, Dimension, Outcome, Sample, TableCounts
from harness.model.job import Side
from harness.model.observation import OutputFile, OutputSeen
from harness.report.outputs import distance
from harness.report.render import findings_file, findings_page, json_bytes, page, render_campaign, spills
from harness.report.sections import SECTIONS
from harness.report.truth_classes import TruthClass, truth_classes


def _headings(case: Case) -> list[str]:
    text = page(case.view()).decode()
    return re.findall(r'<section id="([a-z-]+)"', text.replace('<section id="d-', "<section "))


def test_what_decides_comes_first_and_the_rest_is_folded_behind_it() -> None:
    """Order of a NO-GO's sections; everything in the appendix stands in a closed fold."""
    text = page(no_go_case().view()).decode()
    body, appendix = text.split('<div id="appendix">')
    assert re.findall(r'<section id="([a-z-]+)"', body) == [
        "reasons", "would-change", "record", "startup", "metrics", "outputs", "truth", "configuration", "timeline",
    ]  # fmt: skip
    folds = re.findall(r'<details class="fold"><summary><h3>([^<]+)</h3></summary>\s*<section id="([a-z-]+)"', appendix)
    assert folds == [
        ("Scorecard", "scorecard"), ("Gate", "gate"), ("Metric by metric", "pictures"), ("Weeks to GO", "outlook"),
        ("Pairs", "pairs"), ("Other timelines", "timelines"),
        ("Findings", "findings"), ("Waivers", "waivers"), ("Evidence", "evidence"), ("Method", "method"),
    ]  # fmt: skip
    assert "<details open" not in text


def test_a_section_without_content_is_left_out_with_its_link() -> None:
    """No heading stands above the words that nothing is there."""
    shown = _headings(empty())
    for name in ("startup", "outputs", "truth", "timeline", "timelines", "documents", "waivers", "rulings", "findings"):
        assert name not in shown, name
    text = page(empty().view()).decode()
    assert not re.search(r"<p>(None|Nothing was checked|No phase was seen|No run left)", text)
    links = re.findall(r'<a href="#([a-z-]+)">', text[text.index('<nav class="toc"') : text.index("</nav>")])
    assert set(links) <= {*shown, "appendix"}


def test_every_section_of_the_appendix_has_a_title_for_its_fold() -> None:
    """The frame writes it; none leads the page besides."""
    folded = [section for section in SECTIONS if section.appendix]
    assert all(section.title and not section.lead for section in folded)


# -- outputs ----------------------------------------------------------------------------------------------------------


def _with_tables() -> Case:
    """Give a NO-GO whose predictions differ in a column, with what both sides left."""
    case = no_go_case()
    counts = TableCounts(
        "predictions.csv", 442, 349, 11, ("age",), (), (("id", "INTEGER", "VARCHAR"),), 93, 0, 428,
        (ColumnCounts("y", 428, 21.0), ColumnCounts("label", 3, None)),
    )  # fmt: skip
    samples = (
        Sample("predictions.csv row id=0, column y", "150", "171"),
        Sample("predictions.csv row", "id=85", "not there"),
    )
    finding = found(
        "outputs.table", Dimension.OUTPUTS, "train/scores", "1 of 1 file differs.", Outcome.MISMATCH,
        pair="diabetes-train.train.p1", samples=samples, tables=(counts,),
    )  # fmt: skip
    seen = {}
    for name, observation in case.observations.items():
        size = 143_836 if observation.run.side is Side.LEGACY else 69_611
        files = (OutputFile("predictions.csv", size, "ab"),)
        seen[name] = replace(observation, outputs=(OutputSeen("scores", declared=True, files=files),))
    return replace(case.with_findings((*case.judgement.findings, finding)), observations=seen)


def test_an_output_shows_files_schema_rows_columns_and_cells_with_their_distance() -> None:
    """Whole: what an owner needs to see where two tables part."""
    output = next(output for output in _with_tables().view().outputs if output.subject == "train/scores")
    (table,) = output.tables
    assert (output.outcome, output.pairs, output.legacy, output.candidate) == (
        "MISMATCH", "1 of 1 pair", "1 file, 144 KB", "1 file, 69.6 KB",
    )  # fmt: skip
    assert table.schema == "11 columns compared; 1 only on legacy: age; 1 of another type: id (INTEGER → VARCHAR)"
    assert table.rows == "442 rows on legacy, 349 on candidate, 93 only on legacy, 428 differ"
    assert table.changed == "y (428 cells, at most 21 apart); label (3 cells)"
    assert [(cell.where, cell.difference) for cell in output.cells] == [
        ("predictions.csv row id=0, column y", "+21 (+14 %)"), ("predictions.csv row", ""),
    ]  # fmt: skip
    text = read(page(_with_tables().view())).text
    assert "Legacy left 1 file, 144 KB; candidate left 1 file, 69.6 KB." in text


@pytest.mark.parametrize(
    ("legacy", "candidate", "said"),
    [("1", "3", "+2 (+200 %)"), ("3", "1", "−2 (−66.67 %)"), ("0", "2", "+2"), ("1", "1.0", ""), ("a", "1", ""),
     ("nan", "1", ""), ("-2", "-1", "+1 (+50 %)"), ("1e-300", "1e300", "+1e+300")],
)  # fmt: skip
def test_a_distance_is_said_of_numbers_only(legacy: str, candidate: str, said: str) -> None:
    """With its sign, at most four digits, and in per cent where that is finite."""
    assert distance(legacy, candidate) == said


# -- truth and configuration ------------------------------------------------------------------------------------------


def test_truth_has_one_row_a_class_with_the_runs_it_hits() -> None:
    """What disagrees first; runs of one class and side are one row however many."""
    rows = go_case().view().truth
    classes = truth_classes(rows)
    assert sum(len(found.runs) for found in classes) == len(rows)
    assert [found.agrees for found in classes] == sorted(found.agrees for found in classes)
    keys = [(found.side, found.klass, found.work, found.platform, found.cause, found.exit_code) for found in classes]
    assert len(set(keys)) == len(keys)
    many_runs = tuple(replace(rows[0], run=f"r{n}") for n in range(9))
    (alone,) = truth_classes(many_runs)
    assert isinstance(alone, TruthClass)
    assert (alone.named, alone.left) == (tuple(f"r{n}" for n in range(6)), 3)


def test_what_a_platform_always_sets_is_folded_away_unless_somebody_wrote_it() -> None:
    """Region and host stand apart from a path that was chosen; one that the owner wrote is no platform's."""
    case = no_go_case()
    seen = {}
    for name, observation in case.observations.items():
        legacy = observation.run.side is Side.LEGACY
        given = {"MODEL_DIR": "/work" if legacy else "/opt/ml", "HOSTNAME": "pod-1" if legacy else "algo-1"}
        extra = {"KUBERNETES_SERVICE_HOST": "10.0.0.1"} if legacy else {"AWS_REGION": "eu-west-1"}
        record = observation.record
        assert record is not None
        seen[name] = replace(observation, record=replace(record, environment={**given, **extra}))
    view = replace(case, observations=seen).view()
    rows = {row.key: row.by_platform for row in view.seen if not row.same and row.group == "environment"}
    assert rows == {"AWS_REGION": True, "HOSTNAME": True, "KUBERNETES_SERVICE_HOST": True, "MODEL_DIR": False}
    text = page(view).decode()
    assert text.index("MODEL_DIR") < text.index("3 variables that a platform always sets") < text.index("AWS_REGION")
    job = case.repository.jobs[0]
    sides = {side: replace(job.sides[side], environment={"HOSTNAME": "fixed"}) for side in Side}
    written = replace(case.repository, jobs=(replace(job, sides=sides),))
    again = replace(case, observations=seen, repository=written).view()
    assert {row.key for row in again.seen if row.by_platform} == {"AWS_REGION", "KUBERNETES_SERVICE_HOST"}


# -- many findings ----------------------------------------------------------------------------------------------------


def test_above_five_thousand_findings_lie_on_a_page_beside_the_report() -> None:
    """The page links to it, counts what is there, and keeps its cards; at the limit there is no such page."""
    base = len(no_go_case().judgement.findings)
    at, above = many(5_000 - base).view(), many(5_001 - base).view()
    assert (spills(at), spills(above)) == (False, True)
    text = page(above).decode()
    cards = sum("data-item" in attributes for _, attributes in read(text.encode()).tags)
    said = sum(int(count.replace(",", "")) for count in re.findall(r"([\d,]+) more findings? in <a href", text))
    assert cards + said == 5_001
    assert f'href="{findings_file(above.repository)}"' in text
    listed = read(findings_page(above))
    assert sum("data-item" in attributes for _, attributes in listed.tags) == 5_001
    assert listed.unclosed == []
    assert len(json.loads(json_bytes(above))["findings"]) == 5_001


def test_the_page_of_findings_is_written_only_where_there_is_one(tmp_path: Path) -> None:
    """No repository's own page can have its name, for that has no dot."""
    few = {path.name for path in render_campaign([no_go_case().view()], tmp_path / "few")}
    more = {path.name for path in render_campaign([many(5_001).view()], tmp_path / "many")}
    assert more - few == {"diabetes-train.findings.html"}


# -- words and numbers ------------------------------------------------------------------------------------------------


NO_PROSE = r'<(td|th|dd|span)[^>]*class="[^"]*mono[^"]*"[^>]*>.*?</\1>|<svg.*?</svg>|<code>.*?</code>'
DATA = {"150.000", "171.000"}
"""Values of the sample's outputs, which are shown as they were written."""


@pytest.mark.parametrize("case", [go_case(), no_go_case()], ids=["go", "no-go"])
def test_no_number_before_the_appendix_has_more_than_four_significant_digits(case: Case) -> None:
    """But for whole ones and for cells of data, which stand in a data cell; no time has parts of a second."""
    text = page(case.view()).decode().split('<div id="appendix">')[0]
    text = text[text.index("</style>") :]
    text = re.sub(NO_PROSE, " ", text, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", text)
    fractions = {number for number in re.findall(r"(?<![\w.-])\d+\.\d+(?![\w.-])", words) if number not in DATA}
    assert {number for number in fractions if len(number.replace(".", "").lstrip("0")) > 4} == set()
    assert not re.search(r"\d\d:\d\d:\d\d\.\d", words)
    assert not re.search(r"\b1 (files|pairs|runs|rows|columns|findings|reasons)\b", words)


def test_only_a_full_page_prints_its_appendix() -> None:
    """The class that the print style asks for, and the words beside the signature."""
    view = no_go_case().view()
    short, full = page(view).decode(), page(view, full=True).decode()
    assert "<body>" in short
    assert '<body class="full">' in full
    assert "The appendix is not printed" in short
    assert "parity report 2026-11-24-a1b2c3 --full" in short
    assert "The appendix is not printed" not in full
