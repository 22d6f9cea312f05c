"""`parity explain` takes the forms that people have: YAML, raw lists, folders, dumps, wrappers, events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from build import event, job, pod
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from sagemaker_cases import NORMAL, failed, training

from harness.cli.main import parity

FAILED = (job("failed@9 BackoffLimitExceeded"), pod("main 2-8 0", "proxy 2-9 1"))
"""A Job of class K08."""


def invoke(*arguments: str, stdin: bytes | None = None) -> Result:
    """Run `parity explain`."""
    return CliRunner().invoke(parity, ["explain", *arguments], input=stdin, catch_exceptions=False)


def answers(data: bytes, *options: str) -> list[dict[str, Any]]:
    """Explain standard input as JSON."""
    result = invoke("-", "--output", "jsonl", *options, stdin=data)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def words(found: list[dict[str, Any]]) -> list[str]:
    """Write answers as cases do."""
    return [f"{entry['name']} {entry['work']} {entry['platform']} {entry['class'] or '-'}" for entry in found]


def bare(item: dict[str, Any]) -> dict[str, Any]:
    """Take away what the API server leaves out of a list's items."""
    return {name: value for name, value in item.items() if name not in {"kind", "apiVersion"}}


def snake(item: Any) -> Any:
    """Write an object as the Python client's to_dict() does."""
    if isinstance(item, list):
        return [snake(part) for part in item]
    if not isinstance(item, dict):
        return item
    return {
        "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).replace("i_d", "id"): (
            value if name in {"labels", "annotations"} else snake(value)
        )
        for name, value in item.items()
    }


def yaml(*documents: Any) -> bytes:
    """Write YAML documents."""
    from io import BytesIO  # noqa: PLC0415 - used here only

    buffer = BytesIO()
    YAML(typ="safe").dump_all(documents, buffer)
    return buffer.getvalue()


def text(*documents: Any) -> bytes:
    """Write JSON documents, one a line."""
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


SELECTING = {**bare(FAILED[0]), "spec": {"selector": {}, **FAILED[0]["spec"]}}
"""A Job's item as the API server keeps it: its selector tells it from others."""
RAW = ({"kind": "JobList", "items": [bare(FAILED[0])]}, {"kind": "PodList", "items": [bare(FAILED[1])]})
FORMS = {
    "YAML, a list": yaml({"kind": "List", "items": list(FAILED)}),
    "YAML, two documents": yaml(*FAILED),
    "lists of the API, one after the other": text(*RAW),
    "lists of a client library, without any kind": text({"items": [SELECTING]}, {"items": [bare(FAILED[1])]}),
    "two lists of kubectl": text({"kind": "List", "items": [FAILED[0]]}, {"kind": "List", "items": [FAILED[1]]}),
    "an array": text(list(FAILED)),
    "a byte order mark": b"\xef\xbb\xbf" + text({"kind": "List", "items": list(FAILED)}),
    "the Python client's dictionaries": text(snake(FAILED[0]), snake(FAILED[1])),
}  # fmt: skip


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS)
def test_every_form_of_the_same_objects_is_answered_alike(data: bytes) -> None:
    """The same Job, the same pod."""
    assert words(answers(data)) == ["train ok failed K08"]


def test_a_folder_is_read_as_one_set_of_records(tmp_path: Path) -> None:
    """The Job in one file, its pod in another."""
    (tmp_path / "job.json").write_bytes(text(FAILED[0]))
    (tmp_path / "pods.yaml").write_bytes(yaml(FAILED[1]))
    (tmp_path / "notes.txt").write_text("no records", encoding="utf-8")
    result = invoke(str(tmp_path), "--output", "jsonl")
    assert words([json.loads(line) for line in result.stdout.splitlines()]) == ["train ok failed K08"]


@pytest.mark.parametrize("wrapper", ["Training", "TrainingJob"])
def test_a_reply_in_a_wrapper_is_read(wrapper: str) -> None:
    """Airflow's operators keep the description under a name of their own."""
    assert words(answers(text({wrapper: training("Completed", *NORMAL)}))) == ["train ok ok -"]


@pytest.mark.parametrize(
    ("data", "command"),
    [
        (b"Name:             train\nNamespace:        ml\nSelector: x\n", "kubectl describe"),
        (b"NAME    READY   STATUS    RESTARTS   AGE\ntrain   0/1     Error     0          3m\n", "kubectl get"),
    ],
)
def test_what_kubectl_prints_for_people_is_refused_with_the_command_to_run(data: bytes, command: str) -> None:
    """Exit 2, what it is and what to type instead."""
    result = invoke("-", stdin=data)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"found the text that `{command}` prints" in result.stderr
    assert "kubectl get job,pods,events -o json" in result.stderr


def test_times_without_a_zone_are_read_as_utc_and_that_is_said() -> None:
    """A script dropped the zone; the seconds are the same, and the reader is told the rule."""
    data = text(*FAILED)
    (zoned,), (naive,) = answers(data), answers(data.replace(b'Z"', b'"'))
    assert naive["times"] == zoned["times"]
    assert naive["hints"] == ["times without a zone were read as UTC"]


# -- events -----------------------------------------------------------------------------------------------------------


def newer(item: dict[str, Any]) -> dict[str, Any]:
    """Write an event as events.k8s.io/v1 does."""
    return {
        "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": item["metadata"], "reason": item["reason"],
        "regarding": item["involvedObject"], "note": item["message"], "type": item["type"],
        "deprecatedFirstTimestamp": item["firstTimestamp"], "deprecatedLastTimestamp": item["lastTimestamp"],
    }  # fmt: skip


@pytest.mark.parametrize("form", [dict, newer])
def test_an_event_says_the_same_in_both_shapes(form: Any) -> None:
    """Only the event tells that the kubelet stopped the work."""
    data = text(job("complete@9"), pod("main 2-8 0"), form(event("Killing", 6)), event("Started", 2))
    assert words(answers(data)) == ["train unknown ok K21"]


def test_events_of_a_pod_that_is_gone_say_why_nothing_ran() -> None:
    """The deadline passed while the image could not be pulled, and the controller removed the pod."""
    pulling = event("Failed", 3, "pod", message="Failed to pull image: not found", name="x1y2z")
    (found,) = answers(text(job("failed@40 DeadlineExceeded"), pulling))
    assert words([found]) == ["train unknown failed -"]
    assert found["account"]["how"] == "never ran"
    assert "Failed to pull image: not found" in found["because"]
    assert found["advice"] == "mend the image's name, or the right to pull it"


def test_events_alone_name_their_job() -> None:
    """Nothing is decided, and the Job is one answer."""
    created = event("SuccessfulCreate", 1, "job", message="Created pod: train-a")
    assert words(answers(text(created, event("Started", 2, "pod")))) == ["train unknown none -"]


# -- jobs of a service ------------------------------------------------------------------------------------------------


def told(detail: dict[str, Any]) -> dict[str, Any]:
    """Make an event of the bus."""
    return {"detail-type": "SageMaker Training Job State Change", "detail": detail}


def test_late_and_doubled_events_of_one_job_are_one_answer() -> None:
    """The ending is the last word, whatever came after it; that it is only hinted stands beside."""
    ended, begun = told(failed("AlgorithmError: , exit code: 3")), told(training("InProgress", "Starting"))
    (found,) = answers(text(begun, ended, ended, begun))
    assert words([found]) == ["train failed failed -"]
    assert found["also"] == ["S06"]


def test_a_description_goes_before_events_of_the_same_job() -> None:
    """What the control plane says is believed; an event beside it only hints."""
    (found,) = answers(text(told(failed("AlgorithmError: , exit code: 3")), training("Completed", *NORMAL)))
    assert (words([found]), found["also"]) == (["train ok ok -"], [])


# -- many jobs --------------------------------------------------------------------------------------------------------


def numbered(number: int, story: str, code: int) -> list[dict[str, Any]]:
    """Make one Job of a dump, with its pod."""
    mine, own = job(story), pod(f"main 2-8 {code}")
    mine["metadata"] |= {"name": f"job-{number}", "uid": f"uid-{number}", "namespace": "ml"}
    own["metadata"] |= {"name": f"job-{number}-x", "uid": f"pod-{number}", "namespace": "ml"}
    own["metadata"]["ownerReferences"] = [{"kind": "Job", "uid": f"uid-{number}", "name": f"job-{number}"}]
    return [mine, own]


DUMP = [
    *(item for number in range(5) for item in numbered(number, "complete@9", 0)),
    *numbered(5, "failed@9 BackoffLimitExceeded", 1),
    *numbered(6, "failed@9 BackoffLimitExceeded", 0),
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}},
]


def test_a_dump_is_a_table_with_the_worst_first() -> None:
    """Disagreement before failure before what is well; what was not used is listed."""
    result = invoke("-", stdin=text({"kind": "List", "items": DUMP}))
    rows = [line.split()[1] for line in result.stdout.splitlines()]
    assert rows[:3] == ["job", "job-6", "job-5"]
    assert result.stdout.splitlines()[-2:] == ["7 jobs; the story of one: --job NAME", "not used: v1 ConfigMap (1)"]


def test_the_story_of_one_job_of_a_dump() -> None:
    """By its name; a slip is told with what was likely meant."""
    data = text({"kind": "List", "items": DUMP})
    assert invoke("-", "--job", "job-5", stdin=data).stdout.startswith("job-5: work failed, platform failed")
    slip = invoke("-", "--job", "jobb-5", stdin=data)
    assert slip.exit_code == 2
    assert "job-5" in slip.stderr


def test_pods_of_several_completions_make_no_illegal_moves() -> None:
    """One after the other, each with a lifecycle of its own, and none is a restart of another."""
    several = job("complete@40", spec={"completions": 3}, succeeded=3)
    own = [pod(f"main {10 * n + 2}-{10 * n + 8} 0", name=name, created=10 * n + 1) for n, name in enumerate("abc")]
    result = invoke("-", stdin=text(several, *own))
    assert "work ok, platform ok" in result.stdout
    assert "illegal" not in result.stdout
    assert "restarted" not in result.stdout


def test_a_user_names_the_container_that_is_the_work() -> None:
    """Without a word of it two containers that ended apart leave the work unknown."""
    story = pod("ship 2-8 0", "train 2-9 42", metadata={"annotations": {}})
    data = text(job("failed@9 BackoffLimitExceeded"), story)
    assert words(answers(data)) == ["train unknown failed -"]
    assert words(answers(data, "--container", "train")) == ["train failed failed -"]
    assert words(answers(data, "--container", "ship")) == ["train ok failed K08"]


def test_every_answer_has_the_published_schema() -> None:
    """`parity schema --of explain` is the contract of --output jsonl; as one document json holds the same."""
    schema = json.loads(CliRunner().invoke(parity, ["schema", "--of", "explain"]).stdout)
    validator = Draft202012Validator(schema)
    data = text({"kind": "List", "items": DUMP}, training("Completed", *NORMAL))
    told = answers(data)
    for found in told:
        validator.validate(found)
    whole = json.loads(invoke("-", "--output", "json", stdin=data).stdout)
    assert len(told) > 1
    assert whole == {"schema": "parity.explain-list/1", "answers": told}
    assert list(validator.iter_errors({"work": "ok"}))
