"""Secrets in `repos.yaml`: refused in every string, with place, rule and the way out, and never shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from config.samples import TRAIN, VALID, WINE, Change
from planted_secrets import Planted, forms

from harness.config.load import check, load

FORMS = forms(23)


def environments() -> dict[str, dict[str, str]]:
    """Read the fifty environments."""
    found: dict[str, dict[str, str]] = {}
    for line in Path(__file__).with_name("harmless_environments.txt").read_text().splitlines():
        if line.startswith("["):
            found[line.strip("[]")] = {}
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            list(found.values())[-1][name] = value
    return found


ENVIRONMENTS = environments()


def planted_in(planted: Planted) -> dict[str, dict[Any, Any]]:
    """Plant a secret in each place of the sample."""
    flag, redirect = f"--{planted.name.lower().replace('_', '-')}", {"redirect_environment": {"X": "1"}}
    effect = {"kind": "http", "target": planted.url, "policy": "redirect", **redirect}
    return {
        "command": {(*TRAIN, "command"): ["python", "train.py", f"--source={planted.url}"]},
        "command of a shell": {(*TRAIN, "command"): ["bash", "-c", f"export {planted.line}; python train.py"]},
        "flag and value": {(*TRAIN, "command"): ["train", flag, planted.secret]},
        "sidecar": {(*TRAIN, "sidecars"): [{"name": "proxy", "command": ["proxy", planted.line]}]},
        "environment": {(*TRAIN, "environment"): {planted.name: planted.secret}},
        "environment of one side": {(*TRAIN, "legacy"): {"environment": {planted.name: planted.secret}}},
        "parameter": {(*TRAIN, "parameters"): {planted.name.lower(): planted.secret}},
        "nested parameter": {(*TRAIN, "parameters"): {"hub": {"a": [{planted.name.lower(): planted.secret}]}}},
        "URL": {(*TRAIN, "environment"): {"SOURCE": planted.url}},
        "staging": {(*WINE, "candidate", "staging"): planted.url},
        "redirect": {(*TRAIN, "effects"): [effect]},
    }


PLACES = tuple(planted_in(FORMS["password"]))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_refused_wherever_it_stands_and_never_shown(form: str, place: str, change: Change) -> None:
    """Line, column, key and rule are named, and what to write instead."""
    planted = FORMS[form]
    problems = check(change(planted_in(planted)[place]))
    (about,) = [problem for problem in problems if problem.expected == "no credentials in this file"]
    assert about.line > 1
    assert about.column > 0
    assert about.found.startswith("what looks like a secret (")
    assert "secrets:" in about.hint
    assert "not_secret: {" in about.hint
    assert not any(planted.secret in str(problem) for problem in problems)


def keyed_by(text: str) -> dict[str, dict[Any, Any]]:
    """Write a text as a name, in each place where the file's owner makes the names up."""
    job = VALID["repositories"]["wine"]["jobs"]["train"]
    return {
        "variable": {(*TRAIN, "environment"): {text: "1"}},
        "parameter": {(*TRAIN, "parameters"): {text: "1"}},
        "nested parameter": {(*TRAIN, "parameters"): {"hub": [{text: "1"}]}},
        "metric": {(*TRAIN, "metrics"): {text: {"better": "lower", "margin": "1%"}}},
        "output": {(*TRAIN, "outputs", text): {"path": {"legacy": "/work/x"}}},
        "job": {(*WINE, "jobs", text): job},
        "repository": {("repositories", text): VALID["repositories"]["wine"]},
        "secret": {(*TRAIN, "secrets"): {text: {"legacy": {"secret": "a", "key": "b"}}}},
        "what is said to be none": {(*TRAIN, "not_secret"): {text: "public"}},
        "why it is none": {(*TRAIN, "not_secret"): {"HUB": text}},
        "unknown key": {(*TRAIN, text): "1"},
    }


@pytest.mark.parametrize("form", [form for form in FORMS if form not in {"password", "signature"}])
@pytest.mark.parametrize("place", tuple(keyed_by("x")))
def test_a_token_as_a_name_or_as_its_own_excuse_is_refused_and_not_shown(form: str, place: str, change: Change) -> None:
    """`not_secret:` can't excuse it, for it would have to repeat it. A bare password has no form to be known by."""
    problems = check(change(keyed_by(FORMS[form].secret)[place]))
    assert problems
    said = "\n".join(map(str, problems))
    assert FORMS[form].secret not in said
    assert "what looks like a secret (" in said or place == "unknown key"


@pytest.mark.parametrize("place", [place for place in keyed_by("x") if place != "unknown key"])
def test_a_plain_name_is_taken(place: str, change: Change) -> None:
    """The control."""
    name = "hub-token" if place in {"job", "repository", "output"} else "HUB_TOKEN"
    assert "secret (" not in "\n".join(map(str, check(change(keyed_by(name)[place]))))


def test_the_refusal_names_place_rule_and_the_key_to_excuse(change: Change) -> None:
    """Whole text of one."""
    path = change({(*TRAIN, "environment"): {"HUB_TOKEN": "q7Zp2Lw9Xv4Nt8Rb"}})
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "HUB_TOKEN" in text)
    (problem,) = check(path)
    assert str(problem).replace(str(path), "repos.yaml").replace(f":{line}:{problem.column}:", ":L:C:") == (
        "repos.yaml:L:C: repositories.wine.jobs.train.environment.HUB_TOKEN: expected no credentials in this file, "
        "found what looks like a secret (secret-name) (name it under secrets:, or, where it is none, "
        "write not_secret: {HUB_TOKEN: why it is none})"
    )


@pytest.mark.parametrize(
    ("key", "excused"),
    [("HUB_TOKEN", True), ("hub-token", True), ("HUB", False), ("environment", False)],
)
def test_not_secret_excuses_one_key_with_a_reason(key: str, excused: bool, change: Change) -> None:  # noqa: FBT001 - a column of the table
    """Another key's reason excuses nothing; the reason is kept with the job."""
    changes = {
        (*TRAIN, "environment"): {"HUB_TOKEN": "q7Zp2Lw9Xv4Nt8Rb"},
        (*TRAIN, "not_secret"): {key: "the name of a public bucket"},
    }
    path = change(changes)
    assert (check(path) == ()) is excused
    if excused:
        (repository,) = load(path)
        assert repository.jobs[0].not_secret == {key: "the name of a public bucket"}


def test_not_secret_for_every_job_holds_and_an_empty_reason_does_not(change: Change) -> None:
    """Also for an argument that has no key of its own: its list's key names it."""
    command = {(*TRAIN, "command"): ["train", "--hub-token", "q7Zp2Lw9Xv4Nt8Rb"]}
    assert check(change({**command, (*WINE, "every_job"): {"not_secret": {"HUB_TOKEN": "public"}}})) == ()
    assert check(change({**command, (*WINE, "every_job"): {"not_secret": {"command": "public"}}})) == ()
    assert any("one line" in str(problem) for problem in check(change({(*TRAIN, "not_secret"): {"HUB_TOKEN": ""}})))


def test_a_regex_that_reads_a_metric_beside_a_promising_name_is_no_secret(change: Change) -> None:
    """`token=([0-9.]+)` reads a number."""
    metric = {"better": "lower", "margin": "1%", "regex": "per_session=([0-9.e-]+)"}
    assert check(change({(*TRAIN, "metrics"): {"rate": metric}})) == ()


def test_fifty_public_environments_are_let_in() -> None:
    """The list is what it says."""
    assert len(ENVIRONMENTS) == 50


@pytest.mark.parametrize("which", ENVIRONMENTS)
def test_no_harmless_environment_is_refused(which: str, change: Change) -> None:
    """As variables, as parameters and as arguments of a shell."""
    variables = ENVIRONMENTS[which]
    exported = " ".join(f"{name}='{value}'" for name, value in variables.items())
    changes = {
        (*TRAIN, "environment"): variables,
        (*TRAIN, "parameters"): {name.lower().lstrip("_"): value for name, value in variables.items()},
        (*TRAIN, "command"): ["bash", "-c", f"export {exported}; python train.py"],
    }
    assert [str(problem) for problem in check(change(changes))] == []
