"""`parity check-config --log FILE` shows what each metric would read from a log, and where."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from config.samples import VALID

from harness.cli.main import parity

LOSS: dict[str, Any] = {"better": "lower", "margin": "1%"}


def check(folder: Path, log: bytes, metrics: dict[str, Any]) -> Result:
    """Check a configuration with these metrics against a log."""
    written = copy.deepcopy(VALID)
    written["repositories"]["wine"]["jobs"]["train"]["metrics"] = metrics
    path, kept = folder / "repos.yaml", folder / "train.log"
    path.write_text(json.dumps(written))
    kept.write_bytes(log)
    return CliRunner().invoke(
        parity, ["check-config", "--config", str(path), "--log", str(kept)], catch_exceptions=False
    )


def test_every_metric_is_told_with_its_value_its_line_and_how_many_reports_there_are(tmp_path: Path) -> None:
    """The last report, the best one, and the one at a step."""
    log = b"step 1 loss=0.9\nstep 2 loss=0.2\nstep 3 loss=0.4\nauc: 0.8\n"
    found = check(tmp_path, log, {
        "loss": LOSS, "auc": {"better": "higher", "margin": "1%"},
    })  # fmt: skip
    assert (found.exit_code, found.output.splitlines()[1:]) == (
        0,
        [
            "wine.train.loss  0.4, last of 3 reports, line 3: step 3 loss=0.4",
            "wine.train.auc   0.8, the only report, line 4: auc: 0.8",
        ],
    )
    best = check(tmp_path, log, {"loss": {**LOSS, "take": "best"}})
    assert best.output.splitlines()[1:] == ["wine.train.loss  0.2, best of 3 reports, line 2: step 2 loss=0.2"]
    first = check(tmp_path, log, {"loss": {**LOSS, "take": "step", "step": 1}})
    assert first.output.splitlines()[1:] == ["wine.train.loss  0.9, step of 3 reports, line 1: step 1 loss=0.9"]


def test_a_metric_that_would_not_be_read_ends_with_3_and_says_why(tmp_path: Path) -> None:
    """Never reported, no number at the end, a number that goes on after the expression."""
    found = check(tmp_path, b"loss=0,5\nauc: nan\n", {
        "loss": LOSS, "auc": {"better": "higher", "margin": "1%"}, "f1": {**LOSS, "regex": "f1=(.*)"},
    })  # fmt: skip
    told = found.output.splitlines()[1:]
    assert found.exit_code == 3
    assert told == [
        "wine.train.loss  not read: line 1: the number goes on after '0', where the expression ends: loss=0,5",
        "wine.train.auc   no finite number, the only report, line 2: auc: nan",
        "wine.train.f1    never reported (regex: f1=(.*))",
    ]


def test_a_framework_stands_for_its_expression(tmp_path: Path) -> None:
    """XGBoost's own form, tabs as CloudWatch writes them."""
    log = b"[0]#011train-rmse:0.3#011validation-rmse:0.4\n[1]#011train-rmse:0.2#011validation-rmse:0.3\n"
    found = check(tmp_path, log, {"validation-rmse": {**LOSS, "framework": "xgboost"}})
    assert found.exit_code == 0
    assert "0.3, last of 2 reports, line 2" in found.output


def test_a_step_needs_its_number_and_a_framework_is_one_that_is_known(tmp_path: Path) -> None:
    """Told with the key and what to write; the log is not looked at."""
    for metrics, told in (
        ({"loss": {**LOSS, "take": "step"}}, "take: step without a step"),
        ({"loss": {**LOSS, "step": 4}}, "step: 4 with take: last"),
        ({"loss": {**LOSS, "framework": "keras2"}}, "keras"),
    ):
        found = check(tmp_path, b"", metrics)
        assert found.exit_code == 2
        assert told in found.output
