"""A blocked effect where no network can be closed is refused by name before anything starts, and by both stand-ins."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path

import pytest
from config.samples import TRAIN, VALID

from harness.cli.sandbox_problems import refuse_what_cannot_be_blocked, sandbox_problems
from harness.config.load import load
from harness.errors import Refused
from harness.sandbox.block import network
from harness.sandbox.kube.defaults import check_network
from harness.sandbox.kube.objects import ApiError, Object
from harness.sandbox.process import Isolation

WHY = "no network of its own is to be had: the kernel refuses: [Errno 2] No such file or directory: '/dev/net/tun'"
BLOCKED = {"kind": "http", "target": "hooks", "policy": "block"}


def written(folder: Path, policy: str) -> Path:
    """Write the sample repository with one effect."""
    data = deepcopy(VALID)
    data["repositories"]["wine"]["jobs"][TRAIN[-1]]["effects"] = [{**BLOCKED, "policy": policy}]
    path = folder / "repos.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_check_config_says_where_and_why_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With file and key; where the network can be closed there is no problem."""
    path = written(tmp_path, "block")
    monkeypatch.setattr(network, "trouble", lambda: WHY)
    (problem,) = sandbox_problems(path)
    assert (problem.file, problem.key, problem.found, problem.expected, problem.hint) == (
        str(path), "repositories.wine.jobs.train.effects[0].policy", "block",
        f"a machine that can close a network: {WHY}",
        "run it where user and network namespaces and /dev/net/tun are allowed",
    )  # fmt: skip
    monkeypatch.setattr(network, "trouble", lambda: "")
    assert sandbox_problems(path) == ()


def test_run_refuses_before_a_sandbox_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job by name; other policies ask nothing of the machine."""
    monkeypatch.setattr(network, "trouble", lambda: WHY)
    with pytest.raises(Refused, match=r"wine/train: effects: policy: block can't be kept here: no network of its own"):
        refuse_what_cannot_be_blocked(load(written(tmp_path, "block")))
    refuse_what_cannot_be_blocked(load(written(tmp_path, "duplicate-safe")))


def test_the_clusters_stand_in_refuses_a_blocked_pod_where_it_only_relocates() -> None:
    """With the status of what a sandbox does not have; other pods go through."""
    annotations: Object = {"parity-harness/writes-only-below": "s3://staging/run/"}
    why = network.refusal(Isolation.RELOCATED)
    blocked: Object = {"spec": {"template": {"metadata": {"annotations": annotations}, "spec": {}}}}
    with pytest.raises(ApiError, match="does not support effects: block here: its containers run with isolation") as no:
        check_network("jobs", blocked, why)
    assert no.value.code == 501
    check_network("jobs", {"spec": {"template": {"metadata": {}, "spec": {}}}}, why)
    check_network("configmaps", {"metadata": {"annotations": annotations}}, why)
