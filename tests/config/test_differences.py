"""The configuration difference of a job's two sides."""

from __future__ import annotations

from config.samples import TRAIN, Change

from harness.config.differences import ABSENT, side_differences
from harness.config.load import load


def test_equal_sides_differ_only_in_what_the_platforms_need(change: Change) -> None:
    """A moved job that changes nothing shows its instance type and its output's place."""
    job = load(change())[0].jobs[0]
    assert side_differences(job) == (
        ("instance_type", ABSENT, "ml.m5.large"),
        ("outputs.model", "/work/model", "/opt/ml/model"),
    )


def test_every_difference_is_shown_with_its_type(change: Change) -> None:
    """3 and "3" differ; what one side lacks is shown as absent; what is equal is left out."""
    job = load(
        change(
            {
                (*TRAIN, "parameters"): {"n": 3, "same": 1},
                (*TRAIN, "environment"): {"A": "1"},
                (*TRAIN, "sidecars"): [{"name": "proxy", "command": ["proxy", "-v"]}],
                (*TRAIN, "secrets"): {
                    "TOKEN": {"legacy": {"secret": "hub", "key": "t"}},
                    "DSN": {"legacy": {"secret": "db", "key": "dsn"}, "candidate": {"parameter": "/prod/dsn"}},
                },
                (*TRAIN, "candidate"): {
                    "instance_type": "ml.m5.large",
                    "parameters": {"n": "3"},
                    "environment": {"A": None},
                    "read_parameters": {"file": "/opt/ml/input/config/hyperparameters.json", "as": "strings"},
                },
            }
        )
    )[0].jobs[0]
    shown = {key: (legacy, candidate) for key, legacy, candidate in side_differences(job)}
    assert shown["parameters.n"] == ("3", '"3"')
    assert shown["environment.A"] == ('"1"', ABSENT)
    assert shown["sidecars.proxy"] == ('sidecar: ["proxy","-v"]', ABSENT)
    assert shown["secrets.TOKEN"] == ("a secret: kubernetes hub t", ABSENT)
    assert shown["secrets.DSN"] == ("a secret: kubernetes db dsn", "a secret: ssm /prod/dsn")
    assert shown["read_parameters"] == ("argv", "/opt/ml/input/config/hyperparameters.json as strings")
    assert "parameters.same" not in shown
    assert "command" not in shown
