"""Where and when a run ran, from what its witnesses said."""

from __future__ import annotations

from build import job, pod
from judge.cases import JOB
from observed import CANDIDATE, LEGACY, NOW, observed, record
from sagemaker_cases import NORMAL, processing, training

from harness.compare.metrics import repeats_by_stratum
from harness.compare.strata import strata_of
from harness.model.observation import MetricPoint
from harness.model.sample import Repeat, Stratum
from harness.platforms.sagemaker import translate

XEON = record(process={"processor": "Xeon 8259CL"})


def test_a_kubernetes_run_names_its_node_its_processor_and_its_day() -> None:
    """Of the last attempt: what the first one's node did is not in the value."""
    first, second = pod("main 2-8 1", name="a"), pod("main 12-18 0", name="b")
    for each, node in ((first, "node-a"), (second, "node-b")):
        each["spec"]["nodeName"] = node
    found = strata_of(observed(LEGACY, job("complete@20"), first, second, record=XEON))
    assert found == {Stratum.NODE: "node-b", Stratum.PROCESSOR: "Xeon 8259CL", Stratum.DAY: found[Stratum.DAY]}
    assert len(found[Stratum.DAY]) == len("2026-11-27")


def test_a_sagemaker_run_names_its_family_by_what_the_service_says() -> None:
    """Training and processing say it in different places; a reply that lacks it says nothing."""
    asked = {"InstanceType": "ml.m5.2xlarge"}
    train = {**training("Completed", *NORMAL), "ResourceConfig": asked}
    score = {**processing("Completed"), "ProcessingResources": {"ClusterConfig": asked}}
    for reply in (train, score):
        assert strata_of(observed(CANDIDATE, reply=reply))[Stratum.FAMILY] == "ml.m5"
    assert Stratum.FAMILY not in strata_of(observed(CANDIDATE))


def test_the_instance_type_changes_no_events_key() -> None:
    """So that a history told twice, with and without it, is one history."""
    bare = training("Completed", *NORMAL)
    both = [
        translate.events_from_describe(entry, NOW)
        for entry in (bare, {**bare, "ResourceConfig": {"InstanceType": "ml.m5.large"}})
    ]
    assert [event.key for event in both[0]] == [event.key for event in both[1]]


def test_a_run_without_a_finite_last_value_is_no_repeat() -> None:
    """The value counts with its strata, or not at all."""
    runs = [observed(CANDIDATE, metrics={"rmse": (MetricPoint(value, 0),)}) for value in (0.5, None)]
    assert repeats_by_stratum(JOB.metrics[0], runs) == (Repeat(0.5, strata_of(runs[0])),)
