"""What CI systems read: annotations, the sticky comment, Prometheus' text format, and the body of a webhook."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from report.campaign_sample import campaign, go_case, no_go_case
from report.states import crashed, states

from harness.errors import Problem
from harness.report import annotate, webhook
from harness.report.markdown import BYTES_MAX, COMMENT_BYTES_MAX, COMMENT_MARK, comment_of, summary_of
from harness.report.metrics_text import metrics_text
from harness.report.opening import SinceLast
from harness.report.values import ReportView


def since(view: ReportView, decision: str) -> ReportView:
    """Give a view a report before it."""
    before = SinceLast("c0", "2026-11-20T10:00:00Z", decision)
    return replace(view, first=replace(view.first, since=before))


# -- step summary -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 25, 400])
def test_verdict_and_table_of_a_summary_stand_in_its_first_thirty_lines(count: int) -> None:
    """However many repositories there are; the rest is folded, and none is left out."""
    view = no_go_case().view()
    views = [replace(view, repository=f"repository-{n:03d}") for n in range(count)]
    text = summary_of(views)
    head = "\n".join(text.split("\n")[:30])
    assert head.startswith("# ❌")
    assert head.count("| ❌ NO-GO | repository-") >= min(count, 20)
    assert all(f"| repository-{n:03d} |" in text for n in range(count))
    assert len(text.encode()) <= BYTES_MAX


# -- annotations ------------------------------------------------------------------------------------------------------


def test_a_problem_of_a_configuration_is_annotated_at_its_line() -> None:
    """File, line and column are those of the problem; nothing in a text ends the command."""
    problem = Problem("repos.yaml", 5, 26, "repos[0].jobs[0].knid", "training\n::error::forged", "kind", "a, b: 100%")
    (told,) = annotate.commands(annotate.of_problems((problem,)))
    assert told == (
        "::error file=repos.yaml,line=5,col=26,title=repos[0].jobs[0].knid::repos.yaml:5:26: repos[0].jobs[0].knid: "
        "expected kind, found training%0A::error::forged (a, b: 100%25)"
    )
    odd = annotate.Annotation("error", "a:b,c", "x")
    assert odd.command() == "::error title=a%3Ab%2Cc::x"


def test_only_what_is_no_go_is_annotated_and_the_worst_comes_first() -> None:
    """NO-GO is an error, INCONCLUSIVE a warning, GO is silent; each says what to do next."""
    told = list(annotate.commands(annotate.of_verdicts(campaign())))
    assert [text.partition(" ")[0] for text in told] == ["::error", "::warning"]
    assert "Next: parse alpha as a number in train.py" in told[0]
    assert told[0].endswith("parity run diabetes-train")


def test_of_many_annotations_ten_are_written_and_the_last_says_how_many_are_left() -> None:
    """GitHub drops the eleventh without a word."""
    views = [replace(no_go_case().view(), repository=f"r{n}") for n in range(14)]
    told = list(annotate.commands(annotate.of_verdicts(views)))
    assert (len(told), told[-1]) == (10, "::error title=parity::5 more: see the log of this step")
    assert len(annotate.of_verdicts(views[:10])) == 10


# -- the sticky comment -----------------------------------------------------------------------------------------------


def test_a_comment_is_found_again_by_its_first_line_and_fits() -> None:
    """The mark, the verdict, the table, and the reasons of what is no GO, in numbers."""
    text = comment_of([*campaign(), crashed().view()])
    assert text.startswith(f"{COMMENT_MARK}\n# ❌")
    assert "alpha&#58; legacy number 0.5, candidate string &#34;0.5&#34;, limit none" in text
    assert "ending&#58; legacy success &#40;0&#41;, candidate code error &#40;1&#41;" in text
    many = [replace(no_go_case().view(), repository=f"r{n:04d}") for n in range(2_000)]
    assert len(comment_of(many).encode()) <= COMMENT_BYTES_MAX


# -- Prometheus -------------------------------------------------------------------------------------------------------


def test_the_metrics_are_what_prometheus_own_parser_reads() -> None:
    """One verdict a repository, totals that add up, and names that hold anything."""
    views = [*campaign(), replace(go_case().view(), repository='od"d\\\n{x="1"}')]
    families = {family.name: family.samples for family in text_string_to_metric_families(metrics_text(views))}
    verdicts = [sample for sample in families["parity_verdict"] if sample.value]
    assert [(sample.labels["repository"], sample.labels["verdict"]) for sample in verdicts] == [
        (view.repository, view.decision) for view in views
    ]
    assert len(families["parity_verdict"]) == 3 * len(views)
    for view in views:
        counted = [
            finding for finding in families["parity_findings"] if finding.labels["repository"] == view.repository
        ]
        assert sum(sample.value for sample in counted) == len(view.findings)
    assert {sample.value for sample in families["parity_judged_timestamp_seconds"]} == {1_795_518_129.0}
    assert families["parity_false_failures"][0].value == 3


def test_no_repository_gives_no_metric_and_no_header() -> None:
    """An empty file is a valid one."""
    assert metrics_text([]) == ""


# -- webhook ----------------------------------------------------------------------------------------------------------


def test_only_a_change_of_verdict_is_news() -> None:
    """The first report and the same verdict again are none."""
    view = no_go_case().view()
    assert webhook.body_of([view, since(view, "NO-GO")], "x") is None
    body = webhook.body_of([since(view, "GO"), since(view, "NO-GO")], "reports/c1/report/index.html")
    assert body is not None
    told = json.loads(body)
    assert told["text"] == "diabetes-train: GO → NO-GO"
    assert [block["text"]["type"] for block in told["blocks"]] == ["plain_text"] * 2
    assert told["blocks"][0]["text"]["text"].split("\n")[0] == "diabetes-train: GO → NO-GO"
    assert told["blocks"][1]["text"]["text"] == "Report: reports/c1/report/index.html"


def test_a_message_keeps_slacks_limits_and_mentions_nobody() -> None:
    """Of many changes twenty are told and the rest counted."""
    hostile = since(replace(states()["hostile"], repository="<!channel> & co"), "GO")
    body = webhook.body_of([hostile] * 30, "")
    assert body is not None
    told = json.loads(body)
    assert len(told["blocks"]) == 21 <= webhook.BLOCKS_MAX
    assert told["blocks"][-1]["text"]["text"] == "10 more verdicts changed."
    assert "<!channel>" not in told["text"]
    assert len(body) < 16_000
