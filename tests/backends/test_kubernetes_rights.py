"""The committed RBAC manifest: exactly what the backend asks for, in the user's own namespaces."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from legacy_story import Story
from sandboxed import IMAGE, half

from harness.backends.kubernetes import rights
from harness.backends.log_capture import READ_BYTES_MAX
from harness.cli.main import parity
from harness.sandbox.images import ImageStore

DEMO = str(Path(__file__).parents[2] / "repos.yaml")
NEEDED = [
    "create jobs in ml", "get jobs in ml", "list jobs in ml", "watch jobs in ml", "delete jobs in ml",
    "list pods in ml", "watch pods in ml", "get pods/log in ml", "list events in ml", "watch events in ml",
    "create configmaps in ml", "get configmaps in ml", "delete configmaps in ml",
    "create secrets in ml", "delete secrets in ml", "get namespaces in ml", "get namespaces in kube-system",
]  # fmt: skip


@contextmanager
def sandbox(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[Mapping[str, object]]]]:
    """Give an image on a sandbox that the default context names, and what is asked of it."""
    images, asked = ImageStore(), list[Mapping[str, object]]()
    reference = images.add("demo/act", "1", IMAGE).reference
    for name, value in {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "word"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KUBECONFIG", str(folder / "kubeconfig"))
    with half(folder, images, 0.0005, audit=asked.append):
        yield reference, asked


def test_the_manifest_grants_these_rights_and_no_others() -> None:
    """Secrets are never read, Jobs never changed, and outside the namespace only the cluster's identity is seen."""
    assert [right.words for right in rights.needed("ml")] == NEEDED


def test_the_manifest_moves_to_every_namespace() -> None:
    """Two namespaces: two of each object, bound to their own service accounts, and two roles for the identity."""
    items = rights.manifest(["ml", "batch"])["items"]
    assert isinstance(items, list)
    found = [(item["kind"], item["metadata"]["namespace"], item["metadata"]["name"]) for item in items]  # type: ignore[call-overload,index]
    of = [
        [
            ("ServiceAccount", name, "parity-harness"), ("Role", name, "parity-harness"),
            ("RoleBinding", name, "parity-harness"), ("Role", "kube-system", f"parity-harness-{name}"),
            ("RoleBinding", "kube-system", f"parity-harness-{name}"),
        ]
        for name in ("ml", "batch")
    ]  # fmt: skip
    assert found == of[0] + of[1]
    assert '"parity"' not in json.dumps(items)


def test_the_command_prints_it_for_the_repositories_namespaces() -> None:
    """The demo's repositories have one."""
    found = CliRunner().invoke(parity, ["infra", "--platform", "k8s", "--config", DEMO])
    assert (found.exit_code, json.loads(found.stdout)) == (0, rights.manifest(["parity-demo"]))


def test_the_backend_asks_for_exactly_what_the_manifest_grants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a campaign does, on the sandbox, which writes down every call; its namespace alone is made there."""
    with sandbox(tmp_path, monkeypatch) as (image, asked):
        complaints = Story(None, "ml", image, tmp_path).tell()
        ends = time.monotonic() + 30
        while (
            sum(mapping["verb"] == "watch" for mapping in asked) < 3 and time.monotonic() < ends
        ):  # told when they end
            time.sleep(0.05)
    assert complaints == ()
    calls = {
        f"{mapping['verb']} {mapping['resource']} in {mapping['namespace'] or mapping['name']}" for mapping in asked
    }
    assert calls - {"create namespaces in ml"} == set(NEEDED)


def test_the_doctor_says_where_nobody_tells_the_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server without access reviews, such as the sandbox: unknown, and no reason to stop."""
    with sandbox(tmp_path, monkeypatch):
        found = CliRunner().invoke(parity, ["doctor", "--only", "k8s", "--config", DEMO])
    assert found.exit_code == 0
    about_cluster, evidence = found.stdout.splitlines()[:3], found.stdout.splitlines()[3:]
    assert [line.split()[0] for line in about_cluster] == ["good", "good", "unknown"]
    assert "access review" in about_cluster[2]
    assert {line.split()[0] for line in evidence if not line.startswith(" ")} == {"unknown"}


@pytest.mark.parametrize(("bytes_max", "cut"), [(READ_BYTES_MAX, False), (3, True)])
def test_a_log_that_is_longer_than_what_is_read_says_so(
    bytes_max: int,
    cut: bool,  # noqa: FBT001 - a table's column
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands in its last line is then not known."""
    monkeypatch.setattr("harness.backends.kubernetes.backend.READ_BYTES_MAX", bytes_max)
    with sandbox(tmp_path, monkeypatch) as (image, _):
        story = Story(None, "ml", image, tmp_path)
        assert (story.tell(), story.logs_cut) == ((), [cut])
