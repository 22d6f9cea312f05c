"""`include`: teams' files hold repositories, the root file what they are held to; messages name the right file."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from config.samples import VALID

from harness.campaign.today import Today, rule_differences
from harness.cli.campaigns import digest_of
from harness.config import load as loading
from harness.config.load import check, explain, files, load
from harness.config.schema import schema
from harness.model.repository import Repository

APPROVER = {"name": "ada", "key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGx6YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0"}


def _entry(name: str, **more: Any) -> dict[str, Any]:
    entry = copy.deepcopy(VALID["repositories"]["wine"])
    del entry["policy"]
    for side in ("legacy", "candidate"):
        entry[side]["staging"] = f"s3://staging/{name}/{side}"
    return {**entry, **more}


def _write(folder: Path, root: dict[str, Any], **teams: Any) -> Path:
    for name, content in teams.items():
        file = folder / "teams" / name / "parity.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else json.dumps(content, indent=1))
    file = folder / "repos.yaml"
    file.write_text(json.dumps({"include": ["teams/*/parity.yaml"], **root}, indent=1))
    return file


def _told(file: Path) -> list[str]:
    return [str(problem).replace(f"{file.parent}/", "") for problem in check(file)]


def _team(*names: str, **more: Any) -> dict[str, Any]:
    return {"repositories": {name: _entry(name, **more) for name in names}}


def test_the_repositories_of_all_files_are_one_configuration(tmp_path: Path) -> None:
    """By name of the file; what holds for all, and what one is held to, is the root file's."""
    rules = {"policy": "critical", "limits": {"runs_max": 300}}
    file = _write(
        tmp_path, {"defaults": {"policy": "standard"}, "repositories": {"digits": rules}},
        b=_team("wine"), a=_team("digits"),
    )  # fmt: skip
    found = {repository.name: repository for repository in load(file)}
    assert list(found) == ["digits", "wine"]
    assert {name: repository.policy.preset for name, repository in found.items()} == {
        "digits": "critical",
        "wine": "standard",
    }
    assert found["digits"].limits.runs_max == 300
    assert {name: Path(repository.file).relative_to(tmp_path).as_posix() for name, repository in found.items()} == {
        "digits": "teams/a/parity.yaml",
        "wine": "teams/b/parity.yaml",
    }
    assert files(file) == (file, tmp_path / "teams/a/parity.yaml", tmp_path / "teams/b/parity.yaml")


def test_the_origin_of_a_value_names_its_file(tmp_path: Path) -> None:
    """As `parity explain` says it."""
    file = _write(tmp_path, {"defaults": {"policy": "standard"}}, a=_team("wine"))
    origins = {origin.key: origin.origin.replace(f"{tmp_path}/", "") for origin in explain(file, "wine")}
    assert origins["policy.preset"] == "repos.yaml:6:13"
    assert origins["owner"] == "teams/a/parity.yaml:4:4"


def test_a_file_that_an_entry_names_lies_beside_the_file_that_the_entry_stands_in(tmp_path: Path) -> None:
    """Here a suite of expectations; beside the root file there is none."""
    suite = {"expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "id"}}]}
    team = _team("wine")
    outputs = {"scores": {"path": {"legacy": "/work/scores"}, "expectations": {"suite": "suite.json"}}}
    team["repositories"]["wine"]["jobs"]["train"]["outputs"] = outputs
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a=team)
    (said,) = _told(file)
    assert said == (
        "teams/a/parity.yaml:30:9: repositories.wine.jobs.train.outputs.scores.expectations.suite: expected a suite in "
        "a file beside this one, found suite.json: No such file or directory"
    )
    (tmp_path / "teams/a/suite.json").write_text(json.dumps(suite))
    assert _told(file) == []


@pytest.mark.parametrize("key", ["policy", "limits", "real", "anchor"])
def test_an_included_file_that_says_what_it_is_held_to_is_refused(tmp_path: Path, key: str) -> None:
    """With file, line, key and where to write it; nothing of it counts."""
    values = {
        "policy": {"preset": "trial", "approvers": [APPROVER]},
        "limits": {"price_max": 9.0},
        "real": {"accounts": ["123456789012"]},
        "anchor": {"git": "/srv/ledger.git"},
    }
    file = _write(
        tmp_path,
        {"defaults": {"policy": "critical"}},
        a={"repositories": {"wine": {key: values[key], **_entry("wine")}}},
    )
    (said,) = _told(file)
    assert said == (
        f"teams/a/parity.yaml:4:4: repositories.wine.{key}: expected rules for GO, caps, prices and approvers in the "
        f"root file alone, found {key} in an included file (write it in repos.yaml, under repositories.wine.{key})"
    )


def test_prices_are_the_root_files_too(tmp_path: Path) -> None:
    """Caps are counted in them."""
    team = _team("wine")
    team["repositories"]["wine"]["candidate"]["prices"] = {"ml.m5.large": 0.0}
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a=team)
    (said,) = _told(file)
    assert said == (
        "teams/a/parity.yaml:15:5: repositories.wine.candidate.prices: expected rules for GO, caps, prices and "
        "approvers in the root file alone, found prices in an included file (write it in repos.yaml, under "
        "defaults.candidate.prices)"
    )


@pytest.mark.parametrize("key", ["defaults", "include", "repositorys"])
def test_an_included_file_holds_repositories_and_nothing_else(tmp_path: Path, key: str) -> None:
    """Not even defaults of its own, which would hold for others."""
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a={key: {}, **_team("wine")})
    (said,) = _told(file)
    assert said == (
        f"teams/a/parity.yaml:2:2: {key}: expected repositories, and nothing else, found {key} in an included file "
        f"(write {key} in repos.yaml, which includes this file)"
    )


@pytest.mark.parametrize("first", ["teams/a/parity.yaml", "repos.yaml"])
def test_a_repository_in_two_files_is_refused_with_both_places(tmp_path: Path, first: str) -> None:
    """Whichever two; rules in the root file alone are no second entry."""
    root: dict[str, Any] = {"defaults": {"policy": "trial"}}
    if first == "repos.yaml":
        root["repositories"] = {"wine": _entry("wine")}
        file = _write(tmp_path, root, b=_team("wine"))
        there = "repos.yaml:9:3"
    else:
        file = _write(tmp_path, root, a=_team("wine"), b=_team("wine"))
        there = "teams/a/parity.yaml:3:3"
    (said,) = _told(file)
    assert said == (
        f"teams/b/parity.yaml:3:3: repositories.wine: expected each repository once in all files, found wine again "
        f"(the other one: {there}; rename or remove one of them)"
    )


def test_what_is_wrong_in_any_file_is_told_at_once_and_in_its_own_file(tmp_path: Path) -> None:
    """Form, rules over all repositories and YAML alike."""
    team = _team("wine")
    team["repositories"]["wine"]["jobs"]["train"]["time_limit"] = 7
    same = _team("digits")
    same["repositories"]["digits"]["candidate"]["staging"] = "s3://staging/wine/candidate"
    file = _write(tmp_path, {"defaults": {"policy": "trail"}}, a=team, b=same, c="repositories: [")
    assert [problem.partition(": expected")[0] for problem in _told(file)] == [
        "repos.yaml:6:13: defaults.policy",
        "teams/a/parity.yaml:41:20: repositories.wine.jobs.train.time_limit",
        "teams/b/parity.yaml:14:5: repositories.digits.candidate.staging",
        "teams/c/parity.yaml:1:16: the document",
    ]


FITS = "expected a pattern that a file fits, found "
BELOW = "expected a pattern of files below this folder, such as teams/*/parity.yaml, found "


@pytest.mark.parametrize(
    ("pattern", "says"),
    [
        ("teams/*/repo.yaml", f"{FITS}teams/*/repo.yaml, which no file fits (add the file, or take the pattern away)"),
        ("/etc/*.yaml", f"{BELOW}/etc/*.yaml"),
        ("../*/parity.yaml", f"{BELOW}../*/parity.yaml"),
        ("linked/*.yaml", "expected files below this folder, found linked/parity.yaml, a link to a place elsewhere"),
    ],
)
def test_a_pattern_that_finds_nothing_or_leads_elsewhere_is_refused(tmp_path: Path, pattern: str, says: str) -> None:
    """A repository that silently is not there any more would pass every gate."""
    there = tmp_path / "there"
    there.mkdir()
    file = _write(there, {"include": [pattern], "repositories": {"wine": _entry("wine", policy="trial")}})
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(json.dumps(_team("digits")))
    (there / "linked").mkdir()
    (there / "linked/parity.yaml").symlink_to(elsewhere)
    assert _told(file) == [f"repos.yaml:3:3: include[0]: {says}"]


def test_a_pattern_that_takes_the_root_file_in_includes_it_once(tmp_path: Path) -> None:
    """And a file that two patterns find is read once."""
    root = {"include": ["*.yaml", "teams/*/parity.yaml", "teams/a/*.yaml"], "defaults": {"policy": "trial"}}
    file = _write(tmp_path, root, a=_team("wine"))
    assert [repository.name for repository in load(file)] == ["wine"]


def test_the_digest_of_a_plan_is_over_all_files(tmp_path: Path) -> None:
    """A file that includes nothing has the digest of its bytes, as before."""
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a=_team("wine"))
    before = digest_of(file)
    (tmp_path / "teams/a/parity.yaml").write_text(json.dumps(_team("wine")))
    assert digest_of(file) != before
    alone = tmp_path / "alone.yaml"
    alone.write_text(json.dumps(VALID))
    assert digest_of(alone) == f"sha256:{hashlib.sha256(alone.read_bytes()).hexdigest()}"


def test_editors_take_a_root_file_that_only_includes(tmp_path: Path) -> None:
    """And refuse one that holds neither."""
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a=_team("wine"))
    validator = jsonschema.Draft7Validator(schema())
    validator.validate(json.loads(file.read_text()))
    validator.validate(_team("wine"))
    assert not validator.is_valid({"defaults": {"policy": "trial"}})


def test_a_repository_of_an_included_file_is_sound_where_no_problem_is_about_it(tmp_path: Path) -> None:
    """What SageMaker would refuse is told of the others all the same."""
    bad = _team("digits")
    bad["repositories"]["digits"]["policy"] = "trial"
    file = _write(tmp_path, {"defaults": {"policy": "trial"}}, a=_team("wine"), b=bad)
    (found,) = loading.sound(file)
    assert found.repository.name == "wine"
    assert found.place(("jobs", "train"))[0] == str(tmp_path / "teams/a/parity.yaml")


def test_rules_are_those_of_one_file_wherever_they_stand(tmp_path: Path) -> None:
    """So a gate and a sign-off see a change of a rule in any file, and none in where it stands."""
    (tmp_path / "split").mkdir()
    one = tmp_path / "repos.yaml"
    one.write_text(json.dumps({"defaults": {"policy": "trial"}, "repositories": {"wine": _entry("wine")}}))
    split = _write(tmp_path / "split", {"defaults": {"policy": "trial"}}, a=_team("wine"))
    (planned,), (now,) = load(one), load(split)
    assert replace(planned, file="", line=0) == replace(now, file="", line=0)
    assert _changed(planned, now) == {}
    team = _team("wine")
    team["repositories"]["wine"]["jobs"]["train"]["metrics"]["rmse"]["margin"] = "2%"
    _write(tmp_path / "split", {"defaults": {"policy": "standard"}}, a=team)
    changed = _changed(planned, load(split)[0])
    assert changed["policy.preset"] == ('"trial"', '"standard"')
    assert changed["jobs.train.metrics.rmse.margin"] == ('{"relative":0.01}', '{"relative":0.02}')


def _changed(planned: Repository, now: Repository) -> dict[str, tuple[str, str]]:
    today = Today("2026-12-01T00:00:00Z", (), repositories={now.name: now})
    return {found.key: (found.old, found.new) for found in rule_differences(planned, today)}
