"""Logs and metric definitions of public frameworks are answered as written, on both platforms, or not at all.

`public_logs.json`: facts of public logs and definitions, rewritten; numbers and names are ours. `want` was written
before anything was run; "no" is a log that must give no value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.bounded.pattern import NotSearched
from harness.config.defaults import metric_regex
from harness.fields.frameworks import FRAMEWORKS
from harness.model.metric import Better, Metric, NumberForm, Take
from harness.runner.log_lines import LogLines, lines_of
from harness.runner.metrics import curve_of
from harness.sandbox.aws.logs import escaped

PUBLIC = json.loads(Path(__file__).with_name("public_logs.json").read_bytes())
LOGS: list[dict[str, Any]] = PUBLIC["logs"]
DECLARED: dict[str, dict[str, Any]] = {
    "thousands": {"number": NumberForm.THOUSANDS},
    "comma-decimal": {"number": NumberForm.COMMA},
    "xgb-early-stop-unsaid": {"take": Take.MAX},
    "ddp-interleaved": {},
}
"""What an owner declares where the log alone does not say it; undeclared the metric must not be read."""
INCONCLUSIVE = {"hf-small-sci", "negative", "config-echo-loss"}
"""The public expression does not take the whole number, or the last match stands in a sentence."""
NOT_AS_WRITTEN = {
    r"'learning_rate': ([0-9.]*)", r"'learning_rate': ([0-9]+(.|e\-)[0-9]+),?", r"Test loss: ([0-9.]*?)",
    r".*mAP\(bbox\)/IoU=0\.5:\s*(\S+).*", r"number of parameters: ([0-9\.]+)",
}  # fmt: skip
"""Public definitions that take a part of the number, or of another metric's line: INCONCLUSIVE, with the line."""


def read(log: str, metric: Metric) -> float | str | None:
    """Read what is judged, on both platforms' shapes alike; a text says why it is not read."""
    found: list[float | str | None] = []
    for shape in (log, "\n".join(escaped(line) for line in log.split("\n"))):
        try:
            curve = curve_of(LogLines(lines_of(shape)), metric)
            found.append(curve[-1].value if curve else "never reported")
        except NotSearched as error:
            found.append(str(error))
    assert found[0] == found[1]
    return found[0]


def metric(name: str, regex: str | None, number: NumberForm = NumberForm.POINT, **more: Any) -> Metric:
    """Declare a metric as its owner would."""
    found = regex or metric_regex(name, number.value)
    return Metric(name, found, Better.LOWER, None, None, number=number, **more)


@pytest.mark.parametrize("case", LOGS, ids=lambda case: case["id"])
def test_a_public_log_is_answered_as_written_or_by_name(case: dict[str, Any]) -> None:
    """A value that is wrong without a word is the one answer that is never given."""
    found = read(case["text"], metric(case["name"], case["regex"], **DECLARED.get(case["id"], {})))
    if case["id"] in INCONCLUSIVE or case["want"] == "no":
        assert found is None or (isinstance(found, str) and found)
    else:
        assert found == case["want"]


@pytest.mark.parametrize("case", [case for case in LOGS if case["id"] in {"thousands", "comma-decimal"}])
def test_a_form_of_numbers_that_nobody_declared_is_not_guessed(case: dict[str, Any]) -> None:
    """0,345 is no 0, and 1,234.5 no 1."""
    found = read(case["text"], metric(case["name"], case["regex"]))
    assert isinstance(found, str)
    assert "the number goes on" in found


def test_a_line_that_cloudwatch_cut_is_read_as_one() -> None:
    """The metric stands beyond the first 262,118 bytes of its line."""
    history = ", ".join(f"{n / 70000:.6g}" for n in range(34_000))
    log = f'{{"event": "epoch", "history": [{history}], "loss": 0.4321}}\n'
    assert len(log) > 262_118
    assert read(log, metric("loss", None)) == 0.4321


@pytest.mark.parametrize(
    ("regex", "log", "want"), PUBLIC["definitions"], ids=[definition[0] for definition in PUBLIC["definitions"]]
)
def test_a_public_definition_is_answered_as_written_or_by_name(regex: str, log: str, want: float) -> None:
    """Two groups are accepted, with the first that is a number."""
    found = read(log, metric("x", regex))
    if regex in NOT_AS_WRITTEN:
        assert found is None or isinstance(found, str)
    else:
        assert found == want


@pytest.mark.parametrize("framework", FRAMEWORKS.values(), ids=list(FRAMEWORKS))
def test_each_framework_reads_its_own_form_whole(framework: Any) -> None:
    """Its example line, an exponent, a sign, a NaN that blocks, and nothing of another metric's name."""
    wanted = metric(framework.metric, framework.expression(framework.metric))
    assert read(f"{framework.example}\n", wanted) == framework.value
    for text, value in (("-2.5e-05", -2.5e-05), ("3", 3.0)):
        assert read(framework.example.replace("0.5", text) + "\n", wanted) == value
    assert read(f"{framework.example}\n{framework.example.replace('0.5', 'nan')}\n", wanted) is None
    other = framework.example.replace(framework.metric, f"other_{framework.metric}")
    assert read(f"{framework.example}\n{other.replace('0.5', '9')}\n", wanted) == framework.value
    assert framework.source


STEPS = [
    ("step 100 loss=0.9\nstep 200 loss=0.5\nstep 300 loss=0.7\n", "loss", 200, 0.5),
    ('{"global_step": 100, "loss": 0.9}\n{"global_step": 200, "loss": 0.5}\n', "loss", 100, 0.9),
    ("[0]\tval-rmse:0.9\n[1]\tval-rmse:0.5\n[2]\tval-rmse:0.6\n", "val-rmse", 1, 0.5),
    ("Epoch 1/3\nloss: 0.9\nEpoch 2/3\nloss: 0.5\nEpoch 3/3\nloss: 0.6\n", "loss", 2, 0.5),
    ("epoch=1 loss=0.9\nepoch=1 loss=0.8\nepoch=2 loss=0.5\n", "loss", 1, 0.8),
]


@pytest.mark.parametrize(("log", "name", "step", "value"), STEPS)
def test_a_metric_may_count_at_one_step(log: str, name: str, step: int, value: float) -> None:
    """The step stands in the line, or in the nearest one before it."""
    assert read(log, metric(name, None, take=Take.STEP, step=step)) == value


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ("step 1 loss=0.9\nstep 2 loss=0.5\n", "its log has no report at step 7, the last one it names is 2"),
        ("loss=0.9\n", "its log has no report at step 7, and it names none"),
    ],
)
def test_a_step_that_was_never_reported_is_no_value(log: str, why: str) -> None:
    """Neither the nearest step nor the last one stands for it."""
    assert read(log, metric("loss", None, take=Take.STEP, step=7)) == why
