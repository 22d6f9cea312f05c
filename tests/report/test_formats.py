"""All formats say the same, and each can be read by its reader."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from xml.etree import ElementTree as ET

import pytest
from report.campaign_sample import campaign, found, go_case, inconclusive_case, no_go_case
from report.reading import read

from harness.model.finding import Dimension, Outcome
from harness.report.junit import junit_bytes
from harness.report.markdown import BYTES_MAX, summary_of
from harness.report.render import index, json_bytes, page, page_names
from harness.report.text import verdict_lines
from harness.report.values import ReportView
from harness.report.view import OUTCOMES

Story = tuple[str, tuple[int, ...], tuple[str, ...]]
"""Verdict, six totals, reasons."""


def _from_json(view: ReportView) -> Story:
    data = json.loads(json_bytes(view))
    counted = Counter(finding["outcome"] for finding in data["findings"])
    assert {name: counted[name] for name in OUTCOMES} == data["totals"]
    return (
        data["decision"],
        tuple(data["totals"][name] for name in OUTCOMES),
        tuple(reason["sentence"] for reason in data["reasons"]),
    )


def _from_junit(view: ReportView) -> Story:
    suite = ET.fromstring(junit_bytes([view]))[0]
    properties = {element.get("name", ""): element.get("value", "") for element in suite.findall("properties/property")}
    outcomes = Counter(
        element.get("value")
        for element in suite.findall("testcase/properties/property")
        if element.get("name") == "outcome"
    )
    assert {name: outcomes[name] for name in OUTCOMES} == {name: int(properties[f"total {name}"]) for name in OUTCOMES}
    reasons = tuple(text.partition(": ")[2] for name, text in properties.items() if name.startswith("reason "))
    return properties["verdict"], tuple(outcomes[name] for name in OUTCOMES), reasons


def _decision(headline: str) -> str:
    """Read the decision from a title: on synthetic evidence a GO only would be one."""
    return headline.removeprefix("would be ")


def _from_html(view: ReportView) -> Story:
    data = page(view).decode()
    verdict = re.search(r'<span class="verdict">.*?</svg> (.*?)</span>', data)
    foot = re.search(r"<tfoot>(.*?)</tfoot>", data, re.DOTALL)
    assert verdict is not None
    assert foot is not None
    numbers = tuple(int(item) for item in re.findall(r'<td class="n">(\d+)</td>', foot[1]))
    assert sum(numbers[:-1]) == numbers[-1]
    begin = data.index('<section id="reasons">')
    block = data[begin : data.index("</section>", begin)]
    return _decision(verdict[1]), numbers[:-1], tuple(unescape(item) for item in re.findall(r"<h3>(.*?)</h3>", block))


def _from_markdown(view: ReportView) -> Story:
    text = summary_of([view])
    title = re.search(r"^# \S+ (.*?):", text)
    totals = re.search(r"Findings: (.*?); (\d+) in all", text)
    assert title is not None
    assert totals is not None
    numbers = tuple(int(each.rpartition(" ")[2]) for each in totals[1].split(", "))
    assert sum(numbers) == int(totals[2])
    return (
        _decision(title[1]),
        numbers,
        tuple(unescape(item) for item in re.findall(r"^\d+\. (.*)$", text, re.MULTILINE)),
    )


@pytest.mark.parametrize("view", campaign(), ids=lambda view: str(view.decision))
def test_json_junit_html_and_markdown_agree_on_verdict_totals_and_reasons(view: ReportView) -> None:
    """Parsed back, every format tells one story, the verdict's own."""
    story: Story = (view.decision, tuple(view.totals.values()), tuple(reason.sentence for reason in view.reasons))
    assert _from_json(view) == story
    assert _from_junit(view) == story
    assert _from_html(view) == story
    assert _from_markdown(view) == story


@pytest.mark.parametrize("view", campaign(), ids=lambda view: str(view.decision))
def test_index_and_terminal_agree_with_the_page(view: ReportView) -> None:
    """The fleet table and the terminal name the same verdict and cause."""
    fleet = read(index([view], page_names([view]))).text
    assert f"{view.headline} {view.repository} {view.sentence}" in fleet
    lines = " ".join(" ".join(verdict_lines([view], width=400)).split())
    assert f"{view.headline} {view.repository} {view.sentence}" in lines


def test_a_format_that_disagrees_is_caught() -> None:
    """The comparison above can fail: a total that was changed shows."""
    view = go_case().view()
    changed = replace(view, totals={**view.totals, "MATCH": view.totals["MATCH"] - 1, "MISMATCH": 2})
    assert _from_html(changed) != _from_html(view)
    with pytest.raises(AssertionError):
        _from_junit(changed)


# -- JUnit ------------------------------------------------------------------------------------------------------------


def _suite(view: ReportView) -> ET.Element:
    return ET.fromstring(junit_bytes([view]))[0]


@pytest.mark.parametrize(
    ("outcome", "required", "tag"),
    [
        (Outcome.MATCH, True, None),
        (Outcome.EXPLAINED, True, None),
        (Outcome.WAIVED, True, None),
        (Outcome.MISMATCH, True, "failure"),
        (Outcome.INCONCLUSIVE, True, "error"),
        (Outcome.NOT_RUN, True, "error"),
        (Outcome.MISMATCH, False, "skipped"),
        (Outcome.MATCH, False, None),
    ],
)
def test_outcomes_become_the_junit_states_of_the_one_table(outcome: Outcome, required: bool, tag: str | None) -> None:  # noqa: FBT001
    """Design section 6; what only informs never fails a suite, and is never silent either."""
    finding = found("a.b", Dimension.OUTPUTS, "s", "words", outcome, required=required)
    case = _suite(go_case().with_findings((finding,)).view()).findall("testcase")[1]
    assert [element.tag for element in case if element.tag != "properties"] == ([tag] if tag else [])
    assert {"outcome": outcome.value}.items() <= {
        element.get("name"): element.get("value") for element in case.iter("property")
    }.items()


def test_a_suite_without_findings_is_not_green_unless_the_verdict_is_go() -> None:
    """The verdict is a case of its own."""
    bare = _suite(inconclusive_case().with_findings(()).view())
    assert (bare.get("tests"), bare.get("errors"), bare.get("failures")) == ("1", "1", "0")
    assert _suite(no_go_case().with_findings(()).view()).get("failures") == "1"
    assert _suite(go_case().with_findings(()).view()).get("failures") == "0"


def test_case_names_are_unique_and_counts_fit() -> None:
    """A CI server that drops repeated names drops nothing; the counts are those of the cases."""
    root = ET.fromstring(junit_bytes(campaign()))
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert len(set(names)) == len(names) == int(root.get("tests", "0"))
    assert int(root.get("failures", "0")) == len(root.findall(".//failure"))
    assert int(root.get("errors", "0")) == len(root.findall(".//error"))


# -- markdown ---------------------------------------------------------------------------------------------------------


def test_a_summary_too_long_leaves_details_out_with_a_count() -> None:
    """Verdicts stay, details go first, the budget holds."""
    view = no_go_case().view()
    many = [replace(view, repository=f"{view.repository}-{n:04d}") for n in range(400)]
    text = summary_of(many)
    assert len(text.encode()) <= BYTES_MAX
    left = re.search(r"Details of (\d+) repositories were left out", text)
    assert left is not None
    assert text.count("\n## ") + int(left[1]) == 400
    assert all(f"{view.repository}-{n:04d} |" in text for n in range(400))


def test_a_table_too_long_by_itself_is_cut_with_a_count() -> None:
    """Even thousands of repositories give a summary that is kept."""
    view = no_go_case().view()
    text = summary_of([replace(view, repository=f"r{n}" + "x" * 150) for n in range(4_000)])
    assert len(text.encode()) <= BYTES_MAX
    assert re.search(r"[0-9,]+ lines left out for size; see index.html\.\n$", text)


# -- terminal ---------------------------------------------------------------------------------------------------------


def test_the_terminal_table_is_plain_unless_colour_is_asked() -> None:
    """No escape sequence in a pipe; colour only from our own styles."""
    assert not any("\x1b" in line for line in verdict_lines(campaign()))
    assert any("\x1b[1;31m" in line for line in verdict_lines(campaign(), colour=True))
    assert verdict_lines(campaign())[-1] == "1 would be GO, 1 INCONCLUSIVE, 1 NO-GO"
