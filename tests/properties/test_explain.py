"""Laws of reading records: whatever a file holds, it is decided or refused, and nothing else."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from build import T0, event, job, pod
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sagemaker_cases import NORMAL, failed, processing, training

from harness.campaign.answers import answers_of, schema
from harness.campaign.explaining import ExplainedJob, explain_all
from harness.errors import ConfigError
from harness.model.truth import Work
from harness.store import codec

SCHEMA = Draft202012Validator(schema())
RECORDED = Path(__file__).parents[1] / "recorded" / "kubernetes"
NO_SHIM = ("transform-failed.event", "transform-completed.describe", "tuning-stopped.event", "tuning-failed.describe")
RECORDS: list[Any] = [
    *(json.loads(path.read_bytes()) for path in sorted(RECORDED.glob("*.json"))),
    {"items": [job("complete@9"), pod("main 2-8 0", index=0), event("Started", 2), event("Rebooted", 4, "node")]},
    training("Completed", *NORMAL),
    failed("AlgorithmError: , exit code: 1"),
    processing("Completed"),
    *(json.loads((RECORDED.parent / "sagemaker" / f"{name}.json").read_bytes()) for name in NO_SHIM),
    {"detail-type": "SageMaker Training Job State Change", "detail": training("Completed", *NORMAL)},
]
WATCH = [
    {"type": "ADDED", "object": job()},
    {"type": "ADDED", "object": pod("main 2-")},
    {"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}},
    {"type": "ADDED", "object": pod("main 2-8 0")},
    {"type": "BOOKMARK", "object": {"kind": "Pod", "metadata": {"resourceVersion": "7"}}},
    {"type": "MODIFIED", "object": job("complete@9")},
    {"type": "DELETED", "object": pod("main 2-8 0")},
]
noise = st.sampled_from(
    [None, True, 0, -1, 2**63, 1e300, "", "x", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "\x1b[2J", [], {},
     ["x"], [None], {"a": 1}, "137", "-5"]
)  # fmt: skip


def decided(data: bytes) -> tuple[ExplainedJob, ...]:
    """Decide a file by answers of the published schema, or refuse it with a problem that names it."""
    try:
        found = explain_all("records.json", data, T0)
    except ConfigError as error:
        problems = error.problems
    else:
        for answer in answers_of(found):
            SCHEMA.validate(json.loads(codec.line(answer)))
        return found.jobs
    told = {(problem.file, bool(problem.found and problem.expected)) for problem in problems}
    assert told == {("records.json", True)}  # YAML tells all its faults at once
    return ()


def places(value: Any) -> list[tuple[Any, Any]]:
    """List every place of a document: the container and the key."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, each in inner for place in ((value, key), *places(each))]


@settings(max_examples=300)
@given(st.sampled_from([*RECORDS, WATCH]), st.randoms(use_true_random=False), st.lists(noise, min_size=1, max_size=4))
def test_nonsense_anywhere_in_a_record_is_decided_or_refused(
    record: Any, draw: random.Random, values: list[Any]
) -> None:
    """Whatever stands where a time, a number, a name or a list was: no crash, and every story can be told."""
    document = copy.deepcopy(record)
    for value in values:
        container, key = draw.choice(places(document))
        container[key] = copy.deepcopy(value)
    lines = document if isinstance(document, list) else [document]
    for told in decided(b"\n".join(json.dumps(line).encode() for line in lines)):
        assert all(step.event.at.iso() for step in told.steps)
        assert told.steps or told.truth.work is Work.UNKNOWN


def test_a_phase_that_is_no_text_ends_no_pod() -> None:
    """Found by the law above: a list was looked for among phases."""
    odd = pod("main 2-8 0")
    odd["status"]["phase"] = []
    lines = [{"type": "ADDED", "object": job()}, {"type": "ADDED", "object": odd}, {"type": "MODIFIED", "object": odd}]
    assert len(decided(b"\n".join(json.dumps(line).encode() for line in lines))) == 1


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0e.-tnul \n\\x', max_size=60).map(str.encode))
def test_bytes_that_are_no_records_are_refused(data: bytes) -> None:
    """No file of a few bytes holds a job."""
    assert decided(data) == ()


@settings(max_examples=60)
@given(st.randoms(use_true_random=False))
def test_the_order_of_a_list_has_no_say(draw: random.Random) -> None:
    """`kubectl get` lists by kind and name; the truth does not depend on it."""
    record = draw.choice([record for record in RECORDS if "items" in record])
    shuffled = {"items": draw.sample(record["items"], len(record["items"]))}
    assert decided(json.dumps(shuffled).encode()) == decided(json.dumps(record).encode())


@settings(max_examples=60)
@given(st.integers(0, len(WATCH)))
def test_a_watch_that_was_cut_is_decided_by_what_was_heard(length: int) -> None:
    """Work is unknown until the end was heard, and stays what it was from then on."""
    told = decided(b"\n".join(json.dumps(entry).encode() for entry in WATCH[:length]))
    words = [each.truth.work.value for each in told]
    assert words == ([] if length == 0 else ["unknown"] if length < 4 else ["ok"])
