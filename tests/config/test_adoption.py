"""Documents as teams have them: each becomes an entry, or is refused by name; nothing of any is lost in silence."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from altered import altered
from config.adoption_shapes import ECR, MAIN, SAGEMAKER, SHAPES, Shape, job
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.config.init import InitResult, init_files, init_from
from harness.config.into import merge, there
from harness.config.load import check
from harness.config.sources import read_documents
from harness.errors import ConfigError
from harness.platforms.kubernetes.losses import is_node_life
from harness.platforms.kubernetes.schedules import gap_seconds
from harness.platforms.tracked import Tracked


def outcome(shape: Shape) -> tuple[InitResult | None, str]:
    """Give the entries, or the refusals as they are shown."""
    try:
        made = init_from(shape.text.encode(), "input")
    except ConfigError as error:
        return None, str(error)
    return made, "\n".join(map(str, made.refused))


def test_there_are_as_many_shapes_as_the_claim_says() -> None:
    """Of each platform's documents, and no two by one name."""
    assert len(SHAPES) >= 80
    assert len({(shape.name, shape.text) for shape in SHAPES}) == len(SHAPES)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_shape_becomes_entries_or_is_refused_by_name(shape: Shape) -> None:
    """The entries that it gives, the losses that are named, the lines that they say; or the words of its refusal."""
    made, refused = outcome(shape)
    assert [word for word in shape.refused if word not in refused] == []
    if made is None:
        assert (shape.gives, bool(shape.refused)) == ((), True), refused
        return
    assert tuple(f"{drafted.repository}/{drafted.job}" for drafted in made.drafted) == shape.gives
    assert tuple(loss.what for drafted in made.drafted for loss in drafted.lost) == shape.lost
    lines = {line.strip().partition("  # ")[0] for line in made.yaml_text.splitlines()}
    assert [line for line in shape.says if line not in lines] == []
    assert [problem for problem in made.problems if "resolved in ECR only" not in problem.expected] == []


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_leaf_of_a_shape_is_carried_listed_or_counted(shape: Shape) -> None:
    """A law of all documents: the three add up to the leaves of the document, counted anew here."""
    made, _ = outcome(shape)
    for drafted in made.drafted if made else ():
        listed = sum(loss.leaves for loss in drafted.lost)
        assert drafted.carried + drafted.unimportant + listed == drafted.leaves
        assert all(loss.where for loss in drafted.lost if loss.leaves), "what is lost with a field names the field"


@pytest.mark.parametrize("shape", SAGEMAKER, ids=lambda shape: shape.name)
def test_what_counts_as_carried_is_in_the_entry(shape: Shape) -> None:
    """A value that was taken and is nowhere in the entry would be lost in silence."""
    made, _ = outcome(shape)
    if made is None:
        return
    (document,) = read_documents("input", shape.text.encode(), "")
    carried = [
        str(value)
        for path, value in Tracked(document.data).leaves()
        if isinstance(value, str)
        and len(value) > 3
        and str(path[0]) in {"Environment", "HyperParameters", "RoleArn", "InputDataConfig"}
    ]
    said = made.yaml_text + "".join(where for drafted in made.drafted for loss in drafted.lost for where in loss.where)
    told = [value for value in carried if value not in said and json.dumps(value)[1:-1] not in said]
    assert [value for value in told if value not in {"S3Prefix", "Pipe", "fs-1"}] == []


def _documents() -> list[Any]:
    """Give every document of the shapes that can be read."""
    found: list[Any] = []
    for shape in SHAPES:
        with suppress(ConfigError):
            found += [document.data for document in read_documents("input", shape.text.encode(), "")]
    return found


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(_documents()), st.randoms(use_true_random=False))
def test_a_document_that_was_altered_anywhere_is_drafted_or_refused(document: Any, random: Random) -> None:
    """No shape is an accident: whatever is missing or of another type, every leaf is accounted for."""
    data = json.dumps(altered(document, random)).encode()
    try:
        made = init_files([("input", data)], paths={"input": "input"}, strict=False)
    except ConfigError:
        return
    for drafted in made.drafted:
        listed = sum(loss.leaves for loss in drafted.lost)
        assert drafted.carried + drafted.unimportant + listed == drafted.leaves
    jobs = [job for entry in made.entries.values() for job in entry["jobs"].values()]
    assert all(job["effects"] == "CHANGE-ME" for job in jobs)


# -- nothing that can hurt is decided ---------------------------------------------------------------------------------


def decided(made: InitResult, **values: str) -> str:
    """Decide every stand-in but the effects."""
    text = made.yaml_text.replace("000000000000", "123456789012").replace("change-me", "mine")
    for key, value in values.items():
        text = text.replace(f"{key}: CHANGE-ME", f"{key}: {value}")
    kept = text.replace("effects: CHANGE-ME", "effects: UNDECIDED").replace("CHANGE-ME", "mine")
    return kept.replace("effects: UNDECIDED", "effects: CHANGE-ME")


def test_an_entry_without_a_persons_word_on_its_effects_is_refused(tmp_path: Path) -> None:
    """`[]` included: it is a person's to write, and with it the entry is sound."""
    file = tmp_path / "repos.yaml"
    file.write_text(decided(init_from(job("train").encode(), "job.yaml")))
    (problem,) = check(file)
    assert (problem.key, problem.found) == ("repositories.train.jobs.main.effects", '"CHANGE-ME"')
    assert problem.hint.endswith("or write [] if there is none; nobody but a person can say")
    file.write_text(file.read_text().replace("effects: CHANGE-ME", "effects: []"))
    assert check(file) == ()


def test_no_entry_says_what_a_job_does_besides_its_outputs() -> None:
    """Whatever the document: the effects are for a person to write."""
    for shape in SHAPES:
        made, _ = outcome(shape)
        for entry in made.entries.values() if made else ():
            assert [part["effects"] for part in entry["jobs"].values()] == ["CHANGE-ME"] * len(entry["jobs"]), (
                shape.name
            )


def test_no_refusal_and_no_entry_shows_a_credential() -> None:
    """Neither in a command, nor in a variable, nor in an address."""
    secret = "hunter2hunter2hunter2"
    text = job(
        "tok", container=f"env: [{{name: DB_PASSWORD, value: {secret}}}], args: [--url, 'postgresql://u:{secret}@db/x']"
    )
    with pytest.raises(ConfigError) as caught:
        init_from(text.encode(), "job.yaml")
    assert secret not in str(caught.value)
    made = init_from(
        job("tok", container=f"env: [{{name: DB_URL, value: 'postgresql://u:{secret}@db/x'}}]").encode(), "f"
    )
    assert secret not in made.yaml_text
    assert "DB_URL" in made.drafted[0].lost[-1].what


# -- a file that is there already -------------------------------------------------------------------------------------

OWN = """\
# ours
defaults:
  owner: team
  tier: gold
  candidate: {account: "123456789012", region: us-east-1, role: "arn:aws:iam::123456789012:role/ours"}

repositories:
    # by hand
    wine:
        legacy: {namespace: ml, staging: s3://ours/wine/legacy}
        candidate: {staging: s3://ours/wine/candidate}
        jobs: {train: {image: x, command: [a,
          b], effects: []}}   # by hand
# the end
"""


def task(name: str) -> str:
    """Write the pod of a task of Airflow."""
    labels = f"{{dag_id: d, task_id: {name}}}"
    return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x, labels: {labels}}}\nspec: {{containers: [{MAIN}]}}\n"


def added(text: str, *documents: str) -> Any:
    """Add entries to a file, as `init --into` does."""
    held = there(text.encode(), "repos.yaml")
    files = [(f"{number}.yaml", document.encode()) for number, document in enumerate(documents)]
    return merge(held, init_files(files, held.known, held.given))


def test_entries_are_added_and_every_line_that_was_there_stays() -> None:
    """In the indent of the file, without what its defaults give."""
    merged = added(OWN, job("train"))
    lines, old = merged.text.splitlines(), OWN.splitlines()
    assert merged.added == ("train",)
    assert [line for line in lines if line in old] == old
    new = [line for line in lines if line not in old]
    assert new[0] == "    train:  # from Job ml/train"
    assert not any(word in line for line in new for word in ("owner:", "tier:", "account:", "role:"))


def test_adding_the_same_documents_again_changes_nothing() -> None:
    """Whatever was decided in the meantime: an entry that is there is its owners'."""
    documents = (job("train"), job("score"), task("fit"))
    once = added(OWN, *documents)
    decided_text = once.text.replace("effects: CHANGE-ME", "effects: []")
    again = added(decided_text, *documents)
    assert (again.text, again.added) == (decided_text, ())
    assert again.kept == ("train", "score", "d")


def test_a_task_that_is_new_joins_the_repository_of_its_dag() -> None:
    """And nothing else of it is touched."""
    pods = (task("fit"), task("score"))
    once = added(OWN, pods[0])
    twice = added(once.text, *pods)
    assert twice.added == ("d/score",)
    assert [line for line in once.text.splitlines() if line not in twice.text.splitlines()] == []


def test_a_job_of_a_name_that_is_taken_gets_another_one() -> None:
    """An entry by hand says nothing of where it is from: two jobs never become one name."""
    assert added(OWN, job("wine")).added == ("ml-wine",)
    both = added(OWN, job("wine"), job("wine").replace("namespace: ml", "namespace: x"))
    assert both.added == ("ml-wine", "x-wine")


def test_a_file_that_lines_cannot_be_added_to_is_left_alone() -> None:
    """A map in flow style has no line to add behind."""
    with pytest.raises(ConfigError, match="--into"):
        added("repositories: {wine: {owner: a}}\n", job("train"))


# -- schedules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("0 3 * * *", 86_400), ("*/15 * * * *", 900), ("0 */6 * * *", 21_600), ("0 3 * * 1", 604_800),
        ("CRON_TZ=Europe/Vienna 0 3 * * MON-FRI", 86_400), ("0 0 1 * *", 28 * 86_400), ("@hourly", 3600),
        ("@every 5m", 300), ("30 0,23 * * *", 3600), ("*/7 * * * *", 240), ("0 0 13 * 5", 86_400),
        ("0 0 30 2 *", None), ("0 25 * * *", None), ("soon", None), ("* * * * * *", None), ("0 3 * * 1-", None),
        ("5-1 * * * *", None), ("*/0 * * * *", None),
    ],
)  # fmt: skip
def test_a_schedule_is_read_as_its_shortest_gap(schedule: str, seconds: int | None) -> None:
    """A run has no longer than that before the next one begins."""
    assert gap_seconds(schedule) == seconds


def test_a_role_of_the_service_account_is_quoted() -> None:
    """The candidate's role has to have the same rights."""
    role = "annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::123456789012:role/reader'}"
    account = f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: s, namespace: ml, {role}}}\n"
    work = job("a", pod="serviceAccountName: s").replace(ECR, "registry.example.com")
    made = init_from(f"{account}---\n{work}".encode(), "f")
    assert "today it works as arn:aws:iam::123456789012:role/reader" in made.yaml_text
    assert 'account: "123456789012"' in made.yaml_text
    assert made.beside == {"ServiceAccount": 1}


def test_a_toleration_whose_key_is_no_text_is_not_one_that_every_pod_is_given() -> None:
    """And costs no draft; control: the one that the API server gives is known."""
    assert not is_node_life({"key": [], "operator": "Exists"})
    assert is_node_life({"key": "node.kubernetes.io/not-ready", "operator": "Exists"})
