"""Mistakes in the user's own AWS settings: each is one line that names it and the way to mend it, and no traceback."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from config.samples import VALID

from harness.backends import credential_program
from harness.backends.aws import Account, Clients
from harness.backends.base import Symptom
from harness.backends.sagemaker import doctor
from harness.cli.main import parity
from harness.config.load import load
from harness.errors import NotSetUp

Write = Callable[[bytes], None]

ROLE = b"role_arn = arn:aws:iam::123456789012:role/x\n"
SSO = b"sso_session = nobody\nsso_account_id = 123456789012\nsso_role_name = x\n"
SESSION = b"[sso-session nobody]\nsso_region = us-east-1\nsso_start_url = https://nobody.invalid/start\n"
KEYS = b"aws_access_key_id = a\naws_secret_access_key = a-secret-word\n"
MISTAKES: dict[str, tuple[bytes, str, str, str]] = {
    "no such profile": (
        b"[profile q]\n",
        "credentials",
        "there is no profile p",
        "correct candidate.profile or AWS_PROFILE: this machine has q",
    ),
    "many other profiles": (
        b"".join(b"[profile q%d]\n" % number for number in range(10)),
        "credentials",
        "there is no profile p",
        "this machine has q0, q1, q2, q3, q4, q5, q6, q7 and 2 more",
    ),
    "no profile at all": (b"", "credentials", "there is no profile p", "this machine has none"),
    "no INI file": (
        b"a-secret-word\n[profile p]\n",
        "AWS settings",
        "config does not parse: line 1",
        "AWS_CONFIG_FILE",
    ),
    "a broken line": (b"[profile p]\n a\na-secret-word\n", "AWS settings", "does not parse: line", "AWS_CONFIG_FILE"),
    "not UTF-8": (
        b"[profile p]\nregion = \xff\n",
        "AWS settings",
        "does not parse: it is not UTF-8",
        "AWS_CONFIG_FILE",
    ),
    "no such source profile": (
        b"[profile p]\n" + ROLE + b"source_profile = gone\n",
        "credentials",
        'The source_profile "gone" referenced in the profile "p" does not exist',
        "correct the profile",
    ),
    "half a key": (
        b"[profile p]\naws_access_key_id = a\n",
        "credentials",
        "missing: aws_secret_access_key",
        "correct the",
    ),
    "not logged in": (b"[profile p]\n" + SSO + SESSION, "credentials", "not logged in: ", "aws sso login"),
    "no such SSO session": (b"[profile p]\n" + SSO, "credentials", 'does not exist: "nobody"', "correct the profile"),
    "no such program": (
        b"[profile p]\ncredential_process = /nowhere/program --now\n",
        "credentials",
        "/nowhere/program: No such file or directory",
        "credential_process",
    ),
    "a program that fails": (
        b"[profile p]\ncredential_process = false\n",
        "credentials",
        "from custom-process",
        "choose another",
    ),
    "a program that says nonsense": (
        b"[profile p]\ncredential_process = echo no\n",
        "credentials",
        "what the profile names gave none: ",
        "credential_process",
    ),
    "a program that says a list": (
        b"[profile p]\ncredential_process = echo []\n",
        "credentials",
        "what the profile names gave none: ",
        "credential_process",
    ),
    "no such token file": (
        b"[profile p]\n" + ROLE + b"web_identity_token_file = /nowhere/token\n",
        "credentials",
        "/nowhere/token: No such file or directory",
        "web_identity_token_file",
    ),
    "nothing": (b"[profile p]\n", "credentials", "there are no credentials", "aws sso login"),
    "an address that is none": (
        b"[profile p]\nendpoint_url = localhost:1\n" + KEYS,
        "endpoint",
        "Invalid endpoint: localhost:1",
        "http://HOST:PORT",
    ),
    "an option that is none": (
        b"[profile p]\nsts_regional_endpoints = a\n" + KEYS,
        "AWS settings",
        "option a is invalid",
        "correct it",
    ),
}


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Give what writes the AWS config file of a machine that has no other AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    file = tmp_path / "config"
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("KUBECONFIG", "/nonexistent")
    monkeypatch.chdir(tmp_path)

    def write(text: bytes) -> None:
        file.write_bytes(text)

    return write


def invoke(folder: Path, profile: str | None, *arguments: str) -> Result:
    """Run a command over the sample repository with a profile."""
    data = deepcopy(VALID)
    wine = data["repositories"]["wine"]
    if profile:
        wine["candidate"]["profile"] = profile
    (folder / "repos.yaml").write_text(json.dumps(data), encoding="utf-8")
    return CliRunner().invoke(parity, [*arguments, "--config", str(folder / "repos.yaml")])


def asked(folder: Path, region: str) -> list[Symptom]:
    """Ask the account of the sample repository, in a region, once."""
    home = load(folder / "repos.yaml")[0].candidate
    return list(doctor.check(Clients(Account(home.account, region, None, None), 1), home, None))


@pytest.mark.parametrize(("text", "subject", "said", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_with_a_way_out(text: bytes, subject: str, said: str, fix: str, config: Write) -> None:
    """It names what it is about; a line of the file, which may be a credential, is never quoted."""
    config(text)
    with pytest.raises(NotSetUp) as told:
        Clients(Account("123456789012", "eu-west-1", "p", None), 1).identity()
    found = told.value
    assert (found.subject, said in found.text, fix in found.fix) == (subject, True, True), found
    assert "\n" not in str(found)
    assert "a-secret-word" not in str(found)


@pytest.mark.parametrize(("text", "subject", "said", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_doctor_tells_a_mistake_and_asks_the_cluster_all_the_same(
    text: bytes, subject: str, said: str, fix: str, config: Write, tmp_path: Path
) -> None:
    """One fault of one platform hides no fault of the other."""
    config(text)
    found = invoke(tmp_path, "p", "doctor")
    first, do, second, *_ = found.stdout.splitlines()
    assert first.startswith(f"bad     aws 123456789012/us-east-1 {subject}: ")
    assert (said in first, do.startswith("        do: "), fix in do) == (True, True, True), found.stdout
    assert second.startswith("bad     k8s current context/parity cluster: ")
    assert (found.exit_code, found.stderr) == (4, "")


@pytest.mark.parametrize(("text", "subject", "said", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_a_run_ends_with_one_line_about_a_mistake(
    text: bytes, subject: str, said: str, fix: str, config: Write, tmp_path: Path
) -> None:
    """It sends to doctor, and names no queue that was to be made."""
    config(text)
    found = invoke(tmp_path, "p", "run", "wine", "--reports", str(tmp_path / "reports"))
    (line,) = [line for line in found.stderr.splitlines() if line]
    assert line.startswith(f"platform: {subject}: ")
    assert (said in line, fix in line, "`parity doctor`" in line) == (True, True, True), line
    assert found.exit_code == 4


def test_a_profile_of_the_environment_is_named_too(
    config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS_PROFILE rather than the file."""
    config(b"")
    monkeypatch.setenv("AWS_PROFILE", "nope")
    assert "credentials: there is no profile nope" in invoke(tmp_path, None, "doctor", "--only", "aws").stdout


def test_a_region_that_nobody_knows_is_suspected_where_nobody_answers(
    config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest is offered; a known one is not suspected, and none is refused that a newer botocore may know."""
    config(b"[default]\n" + KEYS)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing leaves this machine
    assert invoke(tmp_path, None, "check-config").exit_code == 0
    [said] = asked(tmp_path, "eu-centrl-1")
    assert (said.subject, "no region eu-centrl-1 is known here" in said.text) == ("region", True)
    assert said.fix.startswith("did you mean eu-central-1? ")
    [said] = asked(tmp_path, "us-gov-west-1")
    assert (said.subject, "does not answer" in said.text) == ("endpoint", True)


@pytest.mark.parametrize("source", ["", ROLE.decode() + "source_profile = q\n[profile q]\n"], ids=["own", "of a role"])
def test_a_credential_process_that_never_ends_is_stopped(
    source: str, config: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also that of a role's source profile; it ends the command with 4, and is gone."""
    monkeypatch.setattr(credential_program, "SECONDS", 1)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $$ >{tmp_path}/pid\nexec sleep 250\n")
    program.chmod(0o700)
    config(f"[profile p]\n{source}credential_process = {program}\n".encode())
    ended = invoke(tmp_path, "p", "doctor", "wine", "--only", "aws")
    said = "Error when retrieving credentials from custom-process: the program did not end within 1 s and was stopped"
    assert (ended.exit_code, said in ended.output, "correct the profile" in ended.output) == (4, True, True)
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
