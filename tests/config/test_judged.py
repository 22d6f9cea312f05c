"""`judged_by` of an output: something has to be there that decides in place of its bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import declared

from harness.config.judged import faults
from harness.config.written_job import Output as WrittenOutput
from harness.model.job import CompareRule, Job, JudgedBy, Output, Predictions

GOOD = Predictions("probe", "p.csv", "score", row_max=0.1)


def job(judged: JudgedBy, metrics: tuple[str, ...] = ()) -> Job:
    """Make a job with a model and its predictions."""
    probe = Output("probe", {}, rules=(CompareRule("*.csv", key=("id",)),))
    return declared(outputs=(Output("model", {}, judged_by=judged), probe), metrics=metrics)


def test_metrics_need_one_that_is_critical() -> None:
    """Without one, files would be left out and nothing would decide."""
    (fault,) = faults(job(JudgedBy()))
    assert (fault.path, fault.expected) == (("outputs", "model", "judged_by"), "a critical metric")
    assert not list(faults(job(JudgedBy(), ("auc",))))
    uncritical = job(JudgedBy(), ("auc",))
    uncritical = replace(uncritical, metrics=(replace(uncritical.metrics[0], critical=False),))
    assert list(faults(uncritical))


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"output": "nowhere"}, ("output",)),
        ({"output": "model"}, ("output",)),
        ({"file": "p.parquet"}, ("file",)),
        ({"row_max": None}, ()),
        ({"flips_max": 0.1}, ()),
        ({"threshold": 0.5}, ()),
        ({"flips_max": 1.0, "threshold": 0.5}, ("flips_max",)),
        ({"quantiles": {"p99": 0.1}}, ("quantiles", "p99")),
        ({"quantiles": {"99": 0.1}}, ("quantiles", "99")),
        ({"quantiles": {"nan": 0.1}}, ("quantiles", "nan")),
    ],
)
def test_predictions_that_could_not_decide_are_refused(change: dict[str, object], key: tuple[str, ...]) -> None:
    """At their key; the control is what they are changed from."""
    assert not list(faults(job(JudgedBy(GOOD))))
    found = [fault.path for fault in faults(job(JudgedBy(replace(GOOD, **change))))]  # type: ignore[arg-type]
    assert found == [("outputs", "model", "judged_by", *key)]


def test_both_forms_are_read() -> None:
    """The word, and the map; another word is none."""
    assert WrittenOutput.model_validate({"judged_by": "metrics"}).judged_by == "metrics"
    written = {"output": "probe", "file": "p.csv", "prediction": "score", "quantiles": {"0.99": 1}}
    found = WrittenOutput.model_validate({"judged_by": written}).judged_by
    assert not isinstance(found, str)
    assert found is not None
    assert found.quantiles == {"0.99": 1}
    with pytest.raises(ValueError, match="metrics"):
        WrittenOutput.model_validate({"judged_by": "bytes"})
