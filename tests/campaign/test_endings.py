"""Endings rebuilt from public reports answer as the facts of their source say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from build import LATER, T0
from ending_cases import ENDINGS, Ending
from jsonschema import Draft202012Validator

from harness.campaign.answers import Answer, answers_of, schema
from harness.campaign.explaining import explain_all
from harness.store import codec

SCHEMA = Draft202012Validator(schema())
TAKEN = 1_800_000_000.0
"""When the saved files were taken, in epoch seconds: long after all that they tell."""
PUBLIC = Path(__file__).parents[1] / "recorded" / "endings"


def told(answer: Answer) -> str:
    """Put all together that a reader is told in words."""
    return "\n".join([answer.because, answer.advice, *answer.hints, *answer.missing])


def words(answers: tuple[Answer, ...]) -> tuple[str, ...]:
    """Write answers as cases do."""
    return tuple(
        f"{answer.kind} {answer.name} {answer.work} {answer.platform} {answer.klass or '-'}" for answer in answers
    )


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.name)
def test_an_ending_beside_a_parent(ending: Ending) -> None:
    """One answer a work, with these words, the class, and what a reader must find in it; valid by its schema."""
    data = b"\n".join(json.dumps(item).encode() for item in ending.items)
    answers = answers_of(explain_all("file", data, T0 + LATER))
    for answer in answers:
        SCHEMA.validate(json.loads(codec.line(answer)))
    assert words(answers) == ending.answers
    for says in ending.says:
        assert says in told(answers[0])


def test_every_ending_names_its_source_and_its_facts() -> None:
    """At least thirty of them, each under a name of its own."""
    assert len({ending.name for ending in ENDINGS}) == len(ENDINGS)
    assert len(ENDINGS) >= 30
    assert all(ending.source and ending.facts.endswith(".") for ending in ENDINGS)


# -- kept as files: what people saved ---------------------------------------------------------------------------------

SAVED: dict[str, tuple[str, str]] = {
    "cronjob-three-jobs": (
        "Job drift-scan-29401920 unknown failed K50; Job drift-scan-29402640 ok ok -; Job drift-scan-29403000 ok ok -",
        "one run of CronJob ml/drift-scan",
    ),
    "deadline-while-pulling": ("Job nightly-score unknown failed -", "Back-off pulling image; mend the image's name"),
    "events-k8s-io-v1-eviction": ("Job prep-data unknown ok K21", "evicted while it ran"),
    "init-fails-onfailure": ("Job pi-init unknown none K36", "init container download keeps failing with 1"),
    "kpo-rejected-outofmemory": ("Pod kpo-train-x1 unknown none -", "the node refused the pod (OutOfmemory)"),
    "kpo-sidecar-hangs": ("Pod kpo-multi-dd4dd ok none K35", "sidecar goes on"),
    "kueue-preempted-waiting": (
        "Job gpu-finetune unknown none -", "the Job is suspended; says Evicted (Preempted); it waits in queue iris",
    ),
    "liveness-restart-then-done": ("Job probe-train ok ok -", ""),
    "pod-deadline-still-running": ("Pod deadline-ff6ff unknown none K38", "the pod is Failed (DeadlineExceeded)"),
    "raw-lists-without-kind": ("Job etl-hourly ok failed K08", "container datadog-agent ended with 1"),
    "rayjob-submitter-complete-work-lost": (
        "Job batch-infer unknown ok K17", "RayJob ml/batch-infer says RUNNING; ray-head ended with 137 (OOMKilled)",
    ),
    "second-init-image-pull": ("Job unpack-bundle unknown none K36", "container pull: ImagePullBackOff"),
    "sidecar-child-oom-exit0": ("Job mem-two ok ok -", "helper container datadog-agent was killed for memory"),
    "sm-events-late-and-twice": ("TrainingJob rank-nightly-18 failed failed -", "ValueError: empty batch"),
    "sm-tuning-mostly-failed": ("HyperParameterTuningJob tune-small unknown ok -", "9 of 10 training jobs failed"),
    "sm-uploading-for-a-day": ("TrainingJob cfg-resnet-44 unknown none -", "Stopping, Uploading since"),
    "starterror-1970": ("Job job1e failed failed -", "could not be started (StartError, 128); file not found"),
    "two-containers-second-fails": ("Job vc-train unknown failed -", "container train ended with 42"),
    "two-lists-appended": ("Job etl-hourly ok failed K08", "container datadog-agent ended with 1"),
    "work-queue-one-by-one": ("Job queue-3 ok ok -", ""),
}  # fmt: skip


def saved(name: str) -> bytes:
    """Give a file as somebody saved it."""
    kept = json.loads((PUBLIC / f"{name}.json").read_text(encoding="utf-8"))
    documents = kept["input"] if kept["form"] == "jsonl" else [kept["input"]]
    return b"\n".join(json.dumps(document).encode() for document in documents)


@pytest.mark.parametrize("name", SAVED)
def test_a_saved_file_is_answered_as_its_source_says(name: str) -> None:
    """Its answers, and what a reader must find in them."""
    expected, says = SAVED[name]
    answers = answers_of(explain_all("file", saved(name), TAKEN))
    assert words(answers) == tuple(expected.split("; "))
    for text in filter(None, says.split("; ")):
        assert text in told(answers[0])
    assert not any("illegal" in text for text in told(answers[0]).splitlines())


def test_every_saved_file_has_its_answer() -> None:
    """No file lies there unread."""
    assert {file.stem for file in PUBLIC.glob("*.json")} == set(SAVED)
