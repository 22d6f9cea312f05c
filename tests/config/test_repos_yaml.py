"""The demo's own file, at the repository's top."""

from __future__ import annotations

from pathlib import Path

import jsonschema

from harness.config.differences import side_differences
from harness.config.load import check, load
from harness.config.schema import schema
from harness.config.strict_yaml import read

FILE = Path(__file__).parents[2] / "repos.yaml"


def test_the_demo_has_its_six_repositories_and_their_verdicts() -> None:
    """Each repository says the verdict that it must get."""
    assert check(FILE) == ()
    assert {repository.name: repository.expected_verdict for repository in load(FILE)} == {
        "diabetes": "GO", "cancer": "GO", "digits": "GO", "demand": "GO", "wine": "NO-GO", "features": "NO-GO",
    }  # fmt: skip


def test_a_go_of_the_demo_needs_as_many_runs_as_any_trial_does() -> None:
    """Nine that are not bad; only what is NO-GO by its first pairs is spared the rest."""
    needed = {(repository.expected_verdict, repository.policy.runs_needed) for repository in load(FILE)}
    assert needed == {("GO", 9), ("NO-GO", 3)}


def test_moving_a_repository_takes_few_keys() -> None:
    """No job of the demo differs between its sides in more than six keys."""
    for repository in load(FILE):
        for job in repository.jobs:
            assert len(side_differences(job)) <= 6


def test_editors_accept_it() -> None:
    """The file is valid by the schema that `parity schema` prints."""
    jsonschema.Draft7Validator(schema()).validate(read(FILE.read_bytes(), "repos.yaml").data)
