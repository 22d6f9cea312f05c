"""Mistakes in a kubeconfig: each is one line that names the file and what is wrong; nothing else is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.backends import credential_program
from harness.backends.kubernetes import client, doctor
from harness.backends.kubernetes.client import Cluster
from harness.errors import NotSetUp
from harness.platforms.kubernetes.home import KubernetesHome

ROOT = Path(__file__).parents[2]


def kubeconfig(cluster: str = "", user: str = "{}") -> bytes:
    """Write one context; nobody answers where it leads to."""
    return f"""
current-context: c
contexts: [{{name: c, context: {{cluster: c, user: u}}}}]
clusters: [{{name: c, cluster: {{server: "https://127.0.0.1:9"{cluster}}}}}]
users: [{{name: u, user: {user}}}]
""".encode()


def plug_in(command: str, *arguments: str) -> bytes:
    """Write one context whose credentials a program gives."""
    named = {"apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": arguments}
    return kubeconfig(user=json.dumps({"exec": named}))


MISTAKES: dict[str, tuple[bytes, str]] = {
    "truncated": (kubeconfig()[:60], "it is no YAML: {file}, line "),
    "not YAML's characters": (b"a: \x01", "it is no YAML"),
    "not UTF-8": (b"a: \xff", "it is not UTF-8"),
    "a certificate that is cut": (
        kubeconfig(", certificate-authority-data: abc"),
        "a certificate or key in it (…-data) is not base64: Incorrect padding",
    ),
    "a number for a certificate": (
        kubeconfig(", certificate-authority-data: 5"),
        "it is not built as a kubeconfig is: ",
    ),
    "a list": (b"[]", "it is not built as a kubeconfig is: "),
    "a word": (b"secret-word", "it is not built as a kubeconfig is: "),
    "empty": (b"", "{file} file is empty"),
    "no such context": (
        kubeconfig().replace(b"current-context: c", b"current-context: d"),
        "name d in {file}/contexts",
    ),
    "no such certificate": (kubeconfig(", certificate-authority: /nowhere"), "File does not exist: /nowhere"),
    "no such token": (kubeconfig(user="{tokenFile: /nowhere}"), "/nowhere: No such file or directory"),
    "no such program": (
        plug_in("no-such-program"),
        "its credential plug-in gave none: [Errno 2] No such file or direct",
    ),
    "a program that fails": (plug_in("false"), "its credential plug-in gave none: exec: process returned 1"),
    "a program that says nonsense": (plug_in("echo", "hi"), "its credential plug-in gave none: exec: failed to decode"),
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the place of the kubeconfig that is read."""
    place = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(place))
    return place


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_that_names_the_file(text: bytes, said: str, file: Path) -> None:
    """And what is wrong with it; what stands there, which may be a token, is not quoted."""
    file.write_bytes(text)
    with pytest.raises(NotSetUp) as told:
        Cluster(None)
    assert told.value.text.startswith(f"kubeconfig {file}: ")
    assert said.format(file=file) in told.value.text
    assert "\n" not in str(told.value)
    assert "secret-word" not in str(told.value)


@pytest.mark.parametrize(("text", "said"), MISTAKES.values(), ids=MISTAKES)
def test_doctor_tells_a_mistake(text: bytes, said: str, file: Path) -> None:
    """And asks nothing more of this cluster."""
    file.write_bytes(text)
    [symptom] = doctor.check(KubernetesHome(None, "ml", None, "s3://staging/legacy", None, None))
    assert (symptom.subject, said.format(file=file) in symptom.text, bool(symptom.fix)) == ("cluster", True, True)


def test_a_kubeconfig_that_is_a_folder_is_told(file: Path) -> None:
    """What the operating system says of it."""
    file.mkdir()
    with pytest.raises(NotSetUp, match="Is a directory"):
        Cluster(None)


def test_nothing_of_the_library_reaches_the_terminal(file: Path) -> None:
    """In a process of its own, where nobody has set up logging: `logging.error` would do so, for all libraries."""
    file.write_bytes(plug_in("no-such-program"))
    command = [sys.executable, "-m", "harness", "doctor", "wine", "--only", "k8s", "--config", str(ROOT / "repos.yaml")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=dict(os.environ))
    first, do = ended.stdout.splitlines()[:2]  # then: why its evidence would not be real
    assert (
        first.startswith("bad     k8s "),
        "'no-such-program'" in first,
        "do: install or correct the program" in do,
    ) == (True,) * 3
    assert (ended.returncode, ended.stderr) == (4, "")


def test_a_token_that_cannot_be_renewed_is_told_by_nobody_but_the_api_server(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The old one is sent on, at every call; the API server refuses it when its time is over."""
    once = tmp_path / "once"
    status = {"token": "old", "expirationTimestamp": "2020-01-01T00:00:00Z"}
    answer = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    once.write_text(json.dumps(answer))
    file.write_bytes(plug_in("cat", str(once)))
    settings = client._settings(None)
    once.unlink()
    assert [settings.get_api_key_with_prefix("BearerToken") for _ in range(2)] == ["Bearer old"] * 2
    assert caplog.records == []


def test_a_plug_in_that_never_ends_is_stopped(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And is gone; the context is told as one whose plug-in gave nothing."""
    monkeypatch.setattr(credential_program, "SECONDS", 1)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 250\n")
    program.chmod(0o700)
    file.write_bytes(plug_in(str(program)))
    with pytest.raises(NotSetUp) as told:
        Cluster(None)
    assert told.value.text == (
        f"kubeconfig {file}: its credential plug-in gave none: the program did not end within 1 s and was stopped"
    )
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
