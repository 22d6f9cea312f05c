"""The selfcheck in small, and that it would notice a judge that was weakened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.campaign.selfcheck import defects, measure, measured, table, trials, weekly
from harness.campaign.selfcheck.defects import ROWS, Row
from harness.judge import classify, gate
from harness.judge import metric as metric_module
from harness.judge.margin import Margin
from harness.judge.metric import MetricDecision
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.policy import Policy
from harness.model.sample import PairedSample
from harness.statistics.results import Equivalence

SEED = 20261125
PAGE = Path(__file__).parents[2] / "docs" / "selfcheck.md"


def row(name: str) -> Row:
    """Find a row by its name."""
    return next(row for row in ROWS if row.name == name)


def broken(name: str, trials_run: int) -> tuple[str, ...]:
    """Run some trials of one row and list the limits they break."""
    return measure._result(row(name), [trials.count(row(name), SEED, 0, trials_run)]).broken


@pytest.mark.parametrize("name", list(defects.FACTS))
def test_every_seeded_fact_is_detected(name: str) -> None:
    """One candidate run of eight: never GO."""
    assert broken(name, 3) == ()


@pytest.mark.parametrize("name", list(defects.READINGS))
def test_a_number_or_an_order_that_is_read_in_part_is_never_go(name: str) -> None:
    """Both sides write in the same way, and what they write differs: a reading that stops early finds them equal."""
    assert broken(name, 3) == ()


def test_the_same_line_on_both_sides_is_go() -> None:
    """The control: read from a log, an equal number is equal."""
    (line,) = (defects._logs("rmse=10.5\n", "rmse=10.5\n"),)
    assert trials.count(Row("the same log", 1, 1.0, both=line), SEED, 0, 1).go == 1


def test_a_sound_campaign_is_go_so_that_detection_means_something() -> None:
    """The control of every row."""
    count = trials.count(row("nothing (normal noise)"), SEED, 0, 10)
    assert (count.trials, count.no_go, count.go >= 9) == (10, 0, True)
    assert trials.count(Row("bit-identical", 1, 1.0), SEED, 0, 1).go == 1


@pytest.mark.parametrize(
    "name", ["metric shifted by 1 margin (normal noise)", "metric shifted by 1.5 margins", "startup slower by 50 %"]
)
def test_metrics_and_startup_keep_their_limits(name: str) -> None:
    """At and beyond the margin."""
    assert broken(name, 8) == ()


def test_trials_are_the_same_however_they_are_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every trial has a seed of its own; a chunk that is stored is not run again, and a cut line is."""
    monkeypatch.setattr(measure, "ROWS", (replace(row("lost event"), trials=3),))
    monkeypatch.setattr(weekly, "ROWS", ())
    monkeypatch.setattr(measure, "CHUNK", 1)
    state = tmp_path / "state.jsonl"
    first = measure.selfcheck(SEED, 1.0, state, 1)
    kept = state.read_text(encoding="utf-8").splitlines(keepends=True)
    state.write_text(kept[0] + kept[1] + kept[2][:20], encoding="utf-8")
    runs: list[measure.Task] = []
    real = measure.run_task
    monkeypatch.setattr(measure, "run_task", lambda task: runs.append(task) or real(task))
    assert measure.selfcheck(SEED, 1.0, state, 1) == first
    assert [(run.first, run.last) for run in runs] == [(2, 3)]
    monkeypatch.setattr(measure, "CHUNK", 3)
    assert measure.selfcheck(SEED, 1.0, None, 1) == first


def test_the_page_names_seed_version_date_and_every_row() -> None:
    """And says where a limit is broken."""
    good = measure._result(row("lost event"), [trials.Count(300, 0, 300, 0)])
    bad = measure._result(row("false success"), [trials.Count(300, 1, 0, 299)])
    text = table.page((good, bad), SEED, "parity-harness 0.1.0", "2026-11-25")
    assert "seed 20261125, parity-harness 0.1.0, 2026-11-25. LIMITS ARE BROKEN" in text
    assert "| lost event | 300 | 300 | 0 | 0.0% to 1.2% | 0 | 300 | – | GO ≤ 0.0% |" in text
    assert "**broken: 1 GO of 300, at most 0**" in text
    assert (table.passed((good,)), table.passed((good, bad))) == (True, False)


def test_a_report_tells_margin_faults_and_sound_campaigns() -> None:
    """The three rates in one sentence; each row counts to one of them only, and a broken limit is told."""
    results = [
        measure._result(row(name), [count])
        for name, count in (
            ("metric shifted by 1 margin (normal noise)", trials.Count(1000, 4, 996, 0, 967, 1000)),
            ("metric shifted by 1 margin (t3 noise)", trials.Count(300, 2, 298, 0, 290, 300)),
            ("lost event", trials.Count(300, 0, 300, 0)),
            ("false success", trials.Count(300, 1, 0, 299)),
            ("nothing (normal noise)", trials.Count(120, 117, 3, 0, 116, 120)),
        )
    ]
    told = measured.sentence(table.measured(results, SEED, "parity-harness 0.1.0", "2026-11-25"))
    assert told == (
        "false GO at the margin 4 of 1,000; for faults that must never pass 1 of 600; "
        "sound campaigns: 0 NO-GO and 3 INCONCLUSIVE of 120; LIMITS ARE BROKEN "
        "(seed 20261125, parity-harness 0.1.0, 2026-11-25)"
    )


def test_what_reports_tell_is_what_the_committed_page_says() -> None:
    """The page's rows, added up, are the numbers that travel with the tool."""
    found = measured.load()
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    names = {row.name for row in ROWS}
    assert {row.name for row in weekly.ROWS} <= {cell[0] for cell in cells}
    of_rows = [cell for cell in cells if cell[0] in names]
    counts = {row[0]: trials.Count(int(row[1]), int(row[3]), int(row[6]), int(row[5])) for row in of_rows}
    results = [measure.Result(row, counts[row.name], ()) for row in ROWS]
    assert table.measured(results, found.seed, found.tool, found.day) == found
    head = f"seed {found.seed}, {found.tool}, {found.day}."
    assert any(head in line and "Every limit holds" in line for line in lines) is found.limits_hold


# -- weakened judges --------------------------------------------------------------------------------------------------


def test_a_judge_for_which_no_difference_found_means_equal_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """P > 0.05 of a difference passes."""
    real = classify.decide_metric

    def lenient(*args: object, **more: object) -> MetricDecision:
        decided = real(*args, **more)  # type: ignore[arg-type]
        equal = decided.outcome is Equivalence.INCONCLUSIVE
        return replace(decided, outcome=Equivalence.EQUIVALENT) if equal else decided

    monkeypatch.setattr(classify, "decide_metric", lenient)
    assert broken("metric shifted by 1 margin (normal noise)", 10)


def test_a_judge_that_drops_failed_pairs_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs with a mismatch are left out, and so is what misses them."""
    real = gate.effective_findings

    def forgetful(case: gate.Case) -> object:
        found, hits = real(case)
        bad = {finding.pair for finding in found if finding.outcome is Outcome.MISMATCH and finding.pair}
        object.__setattr__(case.repository.policy, "bad_runs_max", 0.6)
        return tuple(finding for finding in found if finding.pair not in bad), hits

    monkeypatch.setattr(trials, "POLICY", replace(trials.POLICY))
    monkeypatch.setattr(gate, "effective_findings", forgetful)
    assert broken("false failure", 3)


def test_a_judge_that_ignores_missing_metrics_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be judged informs only, and nobody asks for it."""
    real = gate.effective_findings

    def blind(case: gate.Case) -> object:
        found, hits = real(case)
        return tuple(finding for finding in found if not _missing_metric(finding)), hits

    monkeypatch.setattr(gate, "effective_findings", blind)
    assert broken("renamed metric", 3)


def _missing_metric(finding: Finding) -> bool:
    return finding.dimension is Dimension.METRICS and finding.measure is None


def test_a_judge_that_widens_the_margin_by_noise_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The margin grows with what runs of one side differ by."""
    real = metric_module.decide_metric

    def wide(sample: PairedSample, margin: Margin, policy: Policy, **more: object) -> object:
        noise = max(sample.legacy) - min(sample.legacy)
        grown = Margin(absolute=margin.resolve(1.0) + 4 * noise)
        return real(sample, grown, policy, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(classify, "decide_metric", wide)
    assert broken("metric shifted by 1 margin (normal noise)", 8)


def test_an_interval_that_covers_less_than_it_says_fails() -> None:
    """840 of 1,000 where 900 are due; control: 890, which chance may bring."""
    for covered, wanted in ((840, True), (890, False)):
        count = trials.Count(1000, 0, 1000, 0, covered, 1000)
        assert bool(measure._result(row("metric shifted by 1 margin (normal noise)"), [count]).broken) is wanted
