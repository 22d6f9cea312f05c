"""A margin, rule, waiver or policy that was changed after data was seen is told, old and new, wherever a verdict is."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from campaign.team import AT, Team, planned
from click.testing import CliRunner
from report.browser import served, visit

from harness.campaign.changes import changes_of, rules_of
from harness.cli.main import parity
from harness.model.finding import Waiver
from harness.model.job import CompareRule, ExpectedEnding, Output
from harness.model.repository import Repository
from harness.store import codec, ledger

WAIVER = Waiver("W-1", "owner", "known", "outputs.*", date(2026, 12, 31))


def change(of: Repository, **changes: object) -> Repository:
    """Change the one job."""
    return replace(of, jobs=(replace(of.jobs[0], **changes),))  # type: ignore[arg-type]


def metric(of: Repository, **changes: object) -> Repository:
    """Change its one metric."""
    return change(of, metrics=(replace(of.jobs[0].metrics[0], **changes),))  # type: ignore[arg-type]


def policy(of: Repository, **changes: object) -> Repository:
    """Change the policy."""
    return replace(of, policy=replace(of.policy, **changes))  # type: ignore[arg-type]


def wider(of: Repository, margin: float) -> Repository:
    """Change the margin of the one metric."""
    return metric(of, margin_absolute=margin)


def campaigns(team: Team, *each: Repository) -> list[tuple[str, str, str, str]]:
    """Judge one campaign after the other, and give the changes that the last verdict tells."""
    verdicts = [replace(team, of=of).campaign(f"c{n}", 0.5) for n, of in enumerate(each, 1)]
    return [(one.key, one.old, one.new, one.campaign) for one in verdicts[-1].rule_changes]


def test_a_margin_that_was_widened_after_data_was_seen_is_told_old_and_new(team: Team) -> None:
    """Control: the first campaign has nothing to compare with, and one with the same rules changes nothing."""
    assert campaigns(team, team.of) == []
    assert campaigns(team, team.of, team.of) == []
    assert campaigns(team, team.of, team.of, wider(team.of, 0.4)) == [
        ("jobs.train.metrics.rmse.margin", '{"absolute":0.1}', '{"absolute":0.4}', "c3")
    ]


def test_a_change_stays_told_in_every_later_campaign(team: Team) -> None:
    """Waiting one campaign hides nothing, and changing back is a second change."""
    told = campaigns(team, team.of, wider(team.of, 0.4), wider(team.of, 0.4), team.of)
    assert [row[2:] for row in told] == [('{"absolute":0.4}', "c2"), ('{"absolute":0.1}', "c4")]


CHANGES: dict[str, Callable[[Repository], Repository]] = {
    "policy.alpha": lambda of: policy(of, alpha=0.1),
    "policy.approvals": lambda of: policy(of, approvals=2),
    "policy.approvers": lambda of: policy(of, approvers=()),
    "policy.days": lambda of: policy(of, days=6),
    "policy.waivers_max": lambda of: policy(of, waivers_max=9),
    "jobs.train.expected": lambda of: change(of, expected=ExpectedEnding("code error", 1)),
    "jobs.train.metrics.rmse.critical": lambda of: metric(of, critical=False),
    "jobs.train.metrics.rmse.regex": lambda of: metric(of, regex="x=(.*)"),
    "jobs.train.outputs.model.rules": lambda of: change(of, outputs=(Output("model", {}, rules=(CompareRule("*"),)),)),
    "waivers.W-1": lambda of: replace(of, waivers=(WAIVER,)),
}


@pytest.mark.parametrize("key", CHANGES)
def test_every_rule_is_compared_by_its_own_key(team: Team, key: str) -> None:
    """One change, one line."""
    assert [campaign[0] for campaign in campaigns(team, team.of, CHANGES[key](team.of))] == [key]


def test_what_is_not_there_is_said_to_be_not_there(team: Team) -> None:
    """A waiver that was added, and one that was taken away."""
    (added,) = campaigns(team, team.of, replace(team.of, waivers=(WAIVER,)))
    assert (added[1], "outputs.*" in added[2]) == ("not there", True)
    plan = replace(planned(team.of, "c9"), created_at=AT)
    assert changes_of(plan, team.of, ledger.read(team.ledger))[-1].new == "not there"


def test_what_a_sandbox_showed_is_no_data_of_real_platforms(team: Team) -> None:
    """Rules may be found on a sandbox; a synthetic campaign is compared with synthetic ones."""
    replace(team, of=wider(team.of, 9.0)).campaign("demo1", 0.5, synthetic=True)
    assert campaigns(team, team.of) == []
    told = replace(team, of=wider(team.of, 8.0)).campaign("demo2", 0.5, synthetic=True).rule_changes
    assert [rule_change.old for rule_change in told] == ['{"absolute":9.0}']


def test_a_key_that_another_version_of_the_tool_has_is_no_change(team: Team) -> None:
    """Nobody changed it: it is not in the older entry."""
    old = {key: text for key, text in rules_of(team.of).items() if key != "policy.soak_seconds"}
    facts = {ledger.EVIDENCE: "real", ledger.RULES: codec.line(old).decode()}
    ledger.append(team.ledger, ledger.CAMPAIGN, AT, repository="wine", campaign="c0", facts=facts)
    assert campaigns(team, team.of) == []


def test_judging_again_tells_the_same_changes_without_the_ledger(team: Team) -> None:
    """They are kept with the findings."""
    campaigns(team, team.of, wider(team.of, 0.4))
    team.ledger.unlink()
    again = CliRunner().invoke(parity, ["rejudge", "c2", "--reports", str(team.reports)])
    assert [change["new"] for change in json.loads(again.stdout)["rule_changes"]] == ['{"absolute":0.4}']
    rule = "bets/2: bets on differences, each clipped a margin about the bound"
    assert again.stderr == f"wine: judged by {rule}\n"


def test_every_form_of_the_report_tells_the_change(team: Team) -> None:
    """JSON, markdown, JUnit and the index; a campaign without one has no word of it."""
    campaigns(team, team.of, wider(team.of, 0.4))
    words = {
        "wine.json": '"key": "jobs.train.metrics.rmse.margin"',
        "summary.md": "Rules changed after data was seen",
        "junit.xml": 'name="rule changed jobs.train.metrics.rmse.margin"',
        "index.html": "1 rule changed after data was seen.",
    }
    told = {
        name: [
            word in (team.reports / campaign / "report" / name).read_text(encoding="utf-8") for campaign in ("c1", "c2")
        ]
        for name, word in words.items()
    }
    assert told == {key: [False, True] for key in words}


PROBE = """<!doctype html><meta charset=utf-8><pre id=out></pre><iframe width=1200 height=900></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, box = (id) => page.getElementById(id).getBoundingClientRect();
  document.getElementById("out").textContent =
    [box("changed").bottom, box("reasons").top, page.getElementById("changed").innerText].join("|");
};
frame.src = "wine.html";
</script>"""


@pytest.mark.chromium
def test_the_change_stands_on_the_first_screen_before_the_reasons(team: Team, tmp_path: Path) -> None:
    """In a real browser of 1200 by 900: the banner ends above the fold, with old and new; the reasons come after."""
    campaigns(team, team.of, wider(team.of, 0.4))
    folder = team.reports / "c2" / "report"
    (folder / "probe.html").write_text(PROBE, encoding="utf-8")
    with served(folder) as (address, _):
        seen = visit(f"{address}/probe.html", tmp_path)
    bottom, top, text = seen.dom.partition('<pre id="out">')[2].partition("</pre>")[0].split("|")
    assert 0 < float(bottom) <= float(top) < 900
    assert '{"absolute":0.1} → {"absolute":0.4}' in text
