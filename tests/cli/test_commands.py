"""The command line: what each mistake of a user gives, and the exit codes that a script may hang on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import demo_files
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from harness.cli.main import parity
from harness.errors import BackendError, EvidenceDamaged, Fenced, Problem, Refused, StoreError

DEMO = str(demo_files.DEMO)


def run(*arguments: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(parity, arguments)


def test_a_right_file_has_no_problem() -> None:
    """The demo's own."""
    found = run("check-config", "--config", DEMO)
    assert (found.exit_code, found.stdout) == (0, f"{DEMO}: 6 repositories, no problem\n")


def test_every_problem_comes_at_once_with_its_place(tmp_path: Path) -> None:
    """A misspelt key and a margin without a meaning: two lines, file:line:column, and the likely word."""
    text = Path(DEMO).read_text(encoding="utf-8")
    broken = demo_files.with_documents(tmp_path)
    broken.write_text(text.replace("margin: {absolute: 0.02}", "margin: 0.02").replace("tier: demo", "teir: demo"))
    found = run("check-config", "--config", str(broken))
    lines = [line.removeprefix(f"{broken}:") for line in found.stderr.splitlines()]
    assert found.exit_code == 2
    assert (
        "4:3: defaults.teir: expected one of: owner, tier, policy, legacy, candidate, limits, real, anchor, retention, "
        'every_job, found "teir" (did you mean tier?)'
    ) in lines
    assert (
        "68:46: repositories.cancer.jobs.train.metrics.accuracy.margin: expected a share such as 1%, or a map with "
        "absolute and relative, found 0.02 (write {absolute: 0.02} or {relative: 0.02})"
    ) in lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1:1: the document: expected a map, found null"),
        ("a: [", "1:5: the document: expected YAML, found something else: "),
    ],
)
def test_what_is_wrong_with_the_whole_file_says_so(text: str, said: str, tmp_path: Path) -> None:
    """There is no key to name."""
    file = tmp_path / "repos.yaml"
    file.write_text(text)
    found = run("check-config", "--config", str(file))
    assert (found.exit_code, found.stderr.startswith(f"{file}:{said}")) == (2, True), found.stderr


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        ("s3://parity-demo-staging/diabetes/legacy", "nobody else writes"),
        ("s3://parity-demo-staging/diabetes/legacy/wine", "inside diabetes.legacy.staging"),
    ],
)
def test_a_shared_output_location_is_refused_before_launch(
    shared: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another repository writes to, and what lies in it: exit 2, and no campaign has begun."""
    text = Path(DEMO).read_text(encoding="utf-8")
    file = tmp_path / "repos.yaml"
    file.write_text(text.replace("s3://parity-demo-staging/wine/legacy", shared), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = run("run", "wine", "--config", str(file))
    assert (found.exit_code, said in found.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("image", ["docker.io/library/python:3.12", "docker.io/library/python@sha256:abc"])
def test_an_image_that_cannot_be_resolved_is_refused_offline(image: str, tmp_path: Path) -> None:
    """With its place, by each command that reads the file; nobody is asked."""
    text = Path(DEMO).read_text(encoding="utf-8")
    file = tmp_path / "repos.yaml"
    file.write_text(text.replace("123456789012.dkr.ecr.us-east-1.amazonaws.com/demo/wine:1", image), encoding="utf-8")
    assert image in file.read_text(encoding="utf-8")
    for verb in (["check-config"], ["plan", "wine"], ["run", "wine", "--reports", str(tmp_path / "reports")]):
        found = run(*verb, "--config", str(file))
        assert (verb, found.exit_code) == (verb, 2)
        assert ".jobs.train.image: expected name@sha256: and 64 digits" in found.stderr, found.stderr
        assert found.stderr.startswith(f"{file}:")
    assert not (tmp_path / "reports").exists()


def test_nothing_selected_is_five() -> None:
    """Neither a name nor --all."""
    for verb in ("run", "plan"):
        assert run(verb, "--config", DEMO).exit_code == 5


def test_an_unknown_repository_is_a_usage_error_that_lists_the_known_ones() -> None:
    """Nothing is started."""
    found = run("run", "wnie", "--config", DEMO)
    assert found.exit_code == 2
    assert 'found "wnie" (did you mean wine?)' in found.stderr
    assert "one of: cancer, demand, diabetes, digits, features, wine" in found.stderr


def test_an_unknown_campaign_is_a_usage_error(tmp_path: Path) -> None:
    """For each command over a campaign."""
    for verb in ("resume", "stop", "clean", "recompare", "report", "gate", "rejudge"):
        found = run(verb, "c1", "--reports", str(tmp_path))
        assert (verb, found.exit_code) == (verb, 2), found.output
        assert 'found "c1"' in found.stderr


def test_the_plan_says_what_runs_and_costs_without_asking_a_platform(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs, A/A runs, time limit, price."""
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    found = run("plan", "wine", "--config", DEMO)
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        (
            "wine/train: 3 to 8 pairs, 2 more runs a side for A/A, "
            "0 of the candidate where all runs are the same, at most 600 s each"
        ),
        "  instance: ml.m5.large, 2.0 x the CPUs and 8.0 x the memory asked for, 0.115 an hour",
        (
            "  layout: none: only on candidate the program finds /opt/ml/input/config, /opt/ml/model and "
            "/opt/ml/output/failure; on legacy a program that opens them fails; on neither side it finds SM_* "
            "variables, which the toolkit's `train` sets; if it reads any of these, write layout: sagemaker"
        ),
        (
            "wine: GO by this campaign alone: possible, with 5 candidate runs a job; "
            "the policy asks for 3 runs with none that went wrong"
        ),
        "wine: to GO, if no run is bad:",
        "  trial (this policy): 3 candidate runs without a bad one: 1 campaign of 8 pairs, at most 0.25",
        "  standard: 30 candidate runs without a bad one on 4 days or more: 7 campaigns of 8 pairs, at most 1.39",
        "  critical: 61 candidate runs without a bad one on 4 days or more: 9 campaigns of 12 pairs, at most 2.68",
        (
            "wine: 80% of simulated repositories whose sides are equal are GO by then under trial, with one campaign "
            "a week of 8 pairs and pairs that differ by 0.5 margins (standard deviation):"
        ),
        "  1 week, however often image and base change",
        (
            "in this order: pairs that always run; then again what was stopped before it reported anything; "
            "then further pairs where runs of one side differ from each other, else candidate runs that count; "
            "then one replacement for each void pair"
        ),
        "price: at most 0.25",
    ]


def test_the_plan_says_what_a_budget_proves_in_runs_or_in_money() -> None:
    """Ten clean runs: 27 %."""
    enough = "trial asks for 30 %, that is 9 runs; enough for trial"
    found = run("plan", "cancer", "--runs", "10", "--config", DEMO)
    assert (found.exit_code, found.stdout) == (
        0,
        f"cancer/train: 10 clean candidate runs would prove that fewer than 27 % of runs are bad; {enough}\n",
    )
    found = run("plan", "cancer", "--budget", "0.3", "--config", DEMO)
    assert found.stdout.startswith("cancer/train: 12 clean candidate runs would prove that fewer than 23 %")
    assert run("plan", "--budget", "1", "--config", DEMO).exit_code == 5


def test_the_plan_names_the_cadences_of_images_that_never_reach_go(tmp_path: Path) -> None:
    """With the cure, and its weeks."""
    file = demo_files.with_documents(tmp_path)
    text = Path(DEMO).read_text(encoding="utf-8")
    file.write_text(text.replace("policy: trial", "policy: standard"), encoding="utf-8")
    lines = run("plan", "cancer", "--config", str(file)).stdout.splitlines()
    assert any(line.endswith("never within 16 weeks: keep one base until GO, then 2 weeks: a base rebuilt every week")
               for line in lines), lines  # fmt: skip


def test_explain_tells_a_value_with_its_origin_and_a_rule_with_its_advice() -> None:
    """A repository, and a class of disagreement."""
    found = run("explain", "wine", "--config", DEMO)
    assert "jobs.train.legacy.parameters.max_depth = 3   (" in found.stdout
    rule = run("explain", "K08")
    assert rule.exit_code == 0
    assert "sidecar" in rule.stdout


@pytest.mark.parametrize(("name", "hint"), [("K99", ""), ("wnie", " (did you mean wine?)")])
def test_explain_of_nothing_known_is_a_usage_error(name: str, hint: str) -> None:
    """Neither a file, nor a rule, nor a repository."""
    found = run("explain", name, "--config", DEMO)
    known = "cancer, demand, diabetes, digits, features, wine"
    expected = f"a file of records, a class such as K08, or a repository of {DEMO}: {known}"
    said = f"{name}: subject: expected {expected}, found nothing of that name{hint}\n"
    assert (found.exit_code, found.stderr) == (2, said)


def test_explain_tells_a_class_and_a_repository_as_json_too() -> None:
    """A class, whoever has to speak for it, has the same fields; values keep their types."""
    told = {name: json.loads(run("explain", name, "--json", "--config", DEMO).stdout) for name in ("K08", "wine")}
    assert list(told["K08"]) == ["class", "title", "mechanism", "when", "blames", "advice", "sources"]
    depth = next(item for item in told["wine"]["values"] if item["key"] == "jobs.train.legacy.parameters.max_depth")
    assert (told["wine"]["repository"], depth["value"]) == ("wine", 3)
    assert depth["origin"].startswith(f"{DEMO}:")
    assert list(json.loads(run("explain", "K13", "--json").stdout)) == list(told["K08"])


def test_a_request_that_is_refused_reads_like_any_other_problem(tmp_path: Path) -> None:
    """File, key, expected, found."""
    file = tmp_path / "request.json"
    file.write_text(json.dumps({"TrainingJobName": "a_b"}), encoding="utf-8")
    found = run("check-config", "--request", str(file))
    assert found.exit_code == 2
    lines = found.stderr.splitlines()
    assert all(line.startswith(f"{file}: ") and ": expected " in line and ", found " in line for line in lines)
    assert any(line.startswith(f"{file}: TrainingJobName: expected ") for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"TrainingJobName": }', "found '}' in the place of a value"),
        ("{'TrainingJobName': 1}", 'found "\'" in the place of a string'),
        ('{"TrainingJobName" "a"}', "found '\"' in the place of ':'"),
        ('{"TrainingJobName": "a', "found a string that is not closed"),
        ('{"TrainingJobName": ', "found the end in the place of a value"),
    ],
)
def test_what_is_no_json_is_told_by_what_stands_there(text: str, said: str, tmp_path: Path) -> None:
    """Not by what was expected, which the sentence says before."""
    file = tmp_path / "request.json"
    file.write_text(text, encoding="utf-8")
    found = run("check-config", "--request", str(file))
    assert (found.exit_code, said in found.stderr) == (2, True), found.stderr


def test_what_sagemaker_would_refuse_is_told_beside_the_problems_of_other_repositories(tmp_path: Path) -> None:
    """At the key that is to be changed; a repository with a problem of its own is asked about once that is mended."""
    text = Path(DEMO).read_text(encoding="utf-8")
    data = YAML(typ="safe").load(text)
    data["repositories"]["wine"]["jobs"]["train"]["resources"] = {"cpu": 64}
    data["repositories"]["cancer"]["jobs"]["train"] |= {"resources": {"cpu": 64}, "comand": []}
    file = demo_files.with_documents(tmp_path)
    file.write_text(json.dumps(data, indent=1), encoding="utf-8")
    found = run("check-config", "--config", str(file))
    about = [line for line in found.stderr.splitlines() if "asks for 64 CPUs, ml.m5.large has 2" in line]
    assert (found.exit_code, len(found.stderr.splitlines()), len(about)) == (2, 2, 1), found.stderr
    line, column = map(int, about[0].removeprefix(f"{file}:").split(":")[:2])
    assert file.read_text(encoding="utf-8").splitlines()[line - 1][column - 1 :].startswith('"instance_type"')
    assert ": wine/train: InstanceType: expected a type that holds " in about[0]


def test_init_of_an_undecided_draft_ends_with_0_and_check_config_of_it_with_2(tmp_path: Path) -> None:
    """The draft is for a person to finish; nothing runs before."""
    source, file = tmp_path / "job.yaml", tmp_path / "repos.yaml"
    source.write_text("{apiVersion: batch/v1, kind: Job, metadata: {name: x}}", encoding="utf-8")
    made = run("init", "--from", str(source))
    assert (
        made.exit_code,
        "decide who answers for it: owner, tier, policy\n" in made.stderr,
        "decide it" in made.stderr,
    ) == (0, True, False)
    file.write_text(made.stdout, encoding="utf-8")
    for command in (("check-config",), ("plan", "--all"), ("run", "--all", "--reports", str(tmp_path))):
        found = run(*command, "--config", str(file))
        owner = f'{file}:5:12: repositories.x.owner: expected a value of your own, found "CHANGE-ME" (decide it: '
        assert (found.exit_code, owner in found.stderr) == (2, True), found.stderr


def test_an_image_of_the_sandbox_needs_one() -> None:
    """Else the run would go to the platforms that the shell points at."""
    found = run("run", "wine", "--image", "wine:1=/x", "--config", DEMO)
    assert (found.exit_code, "add --sandbox" in found.stderr) == (2, True)


def test_a_job_that_must_not_run_twice_is_never_launched(tmp_path: Path) -> None:
    """Neither planned nor run, and named with its effect; the file itself is sound."""
    text = Path(DEMO).read_text(encoding="utf-8")
    file = demo_files.with_documents(tmp_path)
    once = "effects: [{kind: topic, target: orders, policy: once}]"
    file.write_text(text.replace("effects: []", once, 1), encoding="utf-8")
    assert run("check-config", "--config", str(file)).exit_code == 0
    for command in (("plan", "diabetes"), ("run", "diabetes", "--reports", str(tmp_path / "reports"))):
        found = run(*command, "--config", str(file))
        said = "jobs.train.effects.0.policy: expected a job that may run twice, found policy: once for topic orders"
        assert (found.exit_code, said in found.stderr) == (2, True), found.stderr
    assert not (tmp_path / "reports").exists(), "nothing was planned"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{]", "request.yaml:1:2: byte 1: expected a Create request in JSON"),
        ("TrainingJobName: [1\n", "request.yaml:2:1: the document: expected YAML"),
    ],
    ids=["json", "yaml"],
)
def test_a_request_that_cannot_be_read_is_a_usage_error_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    """Never a traceback, whose exit code would read as NO-GO."""
    file = tmp_path / "request.yaml"
    file.write_text(text, encoding="utf-8")
    found = run("check-config", "--request", str(file))
    assert (found.exit_code, said in found.stderr) == (2, True), found.output


@pytest.mark.parametrize(
    ("words", "mebibytes"),
    [(("init", "--from"), 64), (("explain",), 160), (("check-config", "--request"), 64)],
    ids=["init", "explain", "check-config"],
)
def test_a_document_too_large_to_read_is_refused_by_name(
    words: tuple[str, ...], mebibytes: int, tmp_path: Path
) -> None:
    """A device that never ends took all memory."""
    path = tmp_path / "records.json"
    with path.open("wb") as file:
        file.truncate((mebibytes << 20) + 1)
    found = run(*words, str(path))
    assert found.exit_code == 2
    assert f"{path}: file: expected at most {mebibytes} MiB, found more than {mebibytes} MiB" in found.stderr


def test_names_of_a_document_cannot_steer_the_terminal_of_init(tmp_path: Path) -> None:
    """A field that turns the line is told by its numbers."""
    pod = {"spec": {"containers": [{"name": "main", "image": "a:1"}]}}
    spec = {"backoffLimit": 0, "template": pod, "GO\u202eON": 1, "\ud800": 2}
    manifest = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "a"}, "spec": spec}
    path = tmp_path / "job.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    said = run("init", "--from", str(path)).stderr
    assert "(GO⟨U+202E⟩ON, ⟨U+D800⟩)" in said


def test_the_schema_is_valid_and_accepts_the_demo() -> None:
    """What `parity schema` prints is what editors get."""
    schema = json.loads(run("schema").stdout)
    Draft7Validator.check_schema(schema)
    assert schema["$schema"].startswith("http://json-schema.org/draft-07")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("a cap"), 2),
        (EvidenceDamaged("a file"), 3),
        (BackendError("a platform"), 4),
        (StoreError("a disk"), 4),
        (Fenced("another writer"), 4),
        (OSError(28, "No space left on device"), 4),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
def test_every_error_has_its_code_and_no_traceback(
    error: Exception, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong is one line on stderr."""

    def fails(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("harness.cli.configs.check", fails)
    found = run("check-config", "--config", DEMO)
    assert (found.exit_code, found.stdout) == (code, "")
    assert str(error) in found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (RuntimeError("a slip"), 4)], ids=repr)
def test_what_is_no_verdict_never_ends_as_no_go(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key pressed, and a slip of our own, of which the traceback is kept: Python would end both with 1, our NO-GO."""

    def fails(*_: object, **__: object) -> int:
        raise error

    monkeypatch.setattr("harness.cli.verdicts.gate", fails)
    found = run("gate", "any")
    assert (found.exit_code, found.stdout) == (code, "")
    assert ("Traceback" in found.stderr) is isinstance(error, RuntimeError)


def test_a_reader_who_leaves_early_is_no_verdict() -> None:
    """`parity … | head`, under pipefail: neither NO-GO nor Python's own 120, and not a word."""
    unread, written = os.pipe()
    os.close(unread)
    script = "from harness.cli.main import parity; parity()"
    command = [sys.executable, "-c", script, "explain", "K08"]
    with os.fdopen(written, "wb") as stdout:
        ended = subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (4, b"")


def test_a_problem_reads_like_a_compilers() -> None:
    """File, line, column, key, found, expected, hint."""
    problem = Problem("repos.yaml", 5, 26, "repositories.a.tier", "12", "text", "quote it")
    assert str(problem) == "repos.yaml:5:26: repositories.a.tier: expected text, found 12 (quote it)"


def test_text_of_jobs_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control characters in an error are shown, not sent."""

    def fails(*_: object, **__: object) -> int:
        message = "\x1b[2J::set-output"
        raise Refused(message)

    monkeypatch.setattr("harness.cli.configs.check", fails)
    found = run("check-config", "--config", DEMO)
    assert "\x1b" not in found.stderr
