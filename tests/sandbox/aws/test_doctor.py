"""`parity doctor` on the AWS half and on what is not well: each fault has a message of its own and a way out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from backends import candidate_sample as sample
from click.testing import CliRunner

from harness.backends.aws import Account, Clients
from harness.backends.base import Health, Symptom
from harness.backends.sagemaker import doctor
from harness.cli.main import parity
from harness.platforms.sagemaker.home import SageMakerHome

if TYPE_CHECKING:
    from conftest import Cloud

ACCOUNT = "123456789012"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")


@pytest.fixture
def home(tmp_path: Path) -> SageMakerHome:
    """Give a candidate side whose role the sandbox has."""
    candidate = sample.repository(tmp_path, {}).candidate
    return replace(candidate, role=f"arn:aws:iam::{ACCOUNT}:role/parity-demo")


def bad(url: str, home: SageMakerHome, queue: str | None = None, account: str = ACCOUNT) -> list[Symptom]:
    """Ask, and give what is not well."""
    clients = Clients(Account(account, "us-east-1", None, url), 1)
    return [symptom for symptom in doctor.check(clients, home, queue) if symptom.health is not Health.GOOD]


def test_a_healthy_account_has_no_symptoms_and_keeps_nothing(cloud: Cloud, home: SageMakerHome) -> None:
    """The control of all below; the queues that were made are gone."""
    before = cloud.sqs.list_queues().get("QueueUrls", [])
    assert bad(cloud.url, home) == []
    assert cloud.sqs.list_queues().get("QueueUrls", []) == before


def test_an_endpoint_that_nobody_answers_is_named(home: SageMakerHome) -> None:
    """And nothing else is asked."""
    [said] = bad("http://127.0.0.1:9", home)
    assert (said.subject, said.text) == ("endpoint", "http://127.0.0.1:9 does not answer")
    assert "AWS_ENDPOINT_URL" in said.fix


def test_credentials_that_are_not_accepted_are_named(
    cloud: Cloud, home: SageMakerHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the service's own word."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    [said] = bad(cloud.url, home)
    assert (said.subject, said.text) == ("credentials", "they were not accepted: InvalidClientTokenId")


def test_no_credentials_are_named(cloud: Cloud, home: SageMakerHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another message than refused ones."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    [said] = bad(cloud.url, home)
    assert (said.subject, said.text) == ("credentials", "there are no credentials")


def test_another_account_is_named(cloud: Cloud, home: SageMakerHome) -> None:
    """Both the planned one and the one that answers."""
    [said] = bad(cloud.url, home, account="210987654321")
    assert said.text == f"credentials belong to account {ACCOUNT}, the plan says 210987654321"


def test_a_run_makes_nothing_in_another_account(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whose it is, is asked before the campaign's queue is made."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    sample.repository(tmp_path, {})
    file = tmp_path / "repos.yaml"
    file.write_text(file.read_text().replace(ACCOUNT, "210987654321"))
    before = cloud.sqs.list_queues().get("QueueUrls", [])
    found = CliRunner().invoke(parity, ["run", "wine", "--config", str(file), "--reports", str(tmp_path / "reports")])
    said = f"platform: credentials belong to account {ACCOUNT}, the plan says 210987654321\n"
    assert (found.exit_code, said in found.stderr) == (4, True), found.stderr
    assert cloud.sqs.list_queues().get("QueueUrls", []) == before


def test_a_role_that_is_not_there_is_named(cloud: Cloud, home: SageMakerHome) -> None:
    """With what to create; a sandbox runs jobs without it, so that doctor is green where `run` works."""
    role = f"arn:aws:iam::{ACCOUNT}:role/absent"
    assert bad(cloud.url, replace(home, role=role)) == []
    said = doctor.absent_role(role, synthetic=False)
    assert (said.subject, said.health, said.text) == ("role", Health.BAD, f"there is no role {role}")
    assert "sagemaker.amazonaws.com" in said.fix


def test_a_role_that_the_service_may_not_take_is_named(cloud: Cloud, home: SageMakerHome) -> None:
    """It is there, and trusts somebody else."""
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    cloud.client("iam").create_role(RoleName="stranger", AssumeRolePolicyDocument=document)
    [said] = bad(cloud.url, replace(home, role=f"arn:aws:iam::{ACCOUNT}:role/stranger"))
    assert said.text == f"arn:aws:iam::{ACCOUNT}:role/stranger does not trust sagemaker.amazonaws.com"


def test_a_queue_without_a_policy_is_named(cloud: Cloud, home: SageMakerHome) -> None:
    """Events would vanish into it without a word; a queue that is not there is another message."""
    name = cloud.name("standing")
    cloud.sqs.create_queue(QueueName=name)
    [said] = bad(cloud.url, home, name)
    assert said.subject == "queue policy"
    assert "events.amazonaws.com" in said.fix
    [said] = bad(cloud.url, home, "no-such-queue")
    assert (said.subject, said.text) == ("queue", "there is no queue no-such-queue")


@pytest.mark.parametrize(
    ("statement", "good"),
    [
        ({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}, True),
        ({"Effect": "Allow", "Principal": {"Service": ["a", "events.amazonaws.com"]}, "Action": ["SQS:*"]}, True),
        ({"Effect": "Deny", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}, False),
        ({"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}, False),
        ({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:ReceiveMessage"}, False),
    ],
)
def test_a_queue_policy_is_read(statement: dict[str, object], good: bool) -> None:  # noqa: FBT001 - a column of the table
    """Who may do what; a queue with a policy still needs its dead-letter queue."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    said = doctor.queue_fault("q", {"Policy": policy, "RedrivePolicy": '{"deadLetterTargetArn": "arn"}'})
    assert (said is None) is good
    without = doctor.queue_fault("q", {"Policy": policy})
    assert without is not None
    assert without.subject == ("dead-letter queue" if good else "queue policy")


def test_the_command_ends_with_the_code_of_what_it_found(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4 where a campaign would fail, 2 for a word that is no platform, 5 where nobody was asked; 0 is the demo's."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloud.url)
    sample.repository(tmp_path, {})
    config = ["--config", str(tmp_path / "repos.yaml")]
    run = CliRunner().invoke
    stranger = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": stranger})
    cloud.client("iam").create_role(RoleName="parity", AssumeRolePolicyDocument=trust)
    missing = run(parity, ["doctor", "--only", "aws", *config])
    assert (missing.exit_code, "does not trust" in missing.output) == (4, True)
    cloud.client("iam").delete_role(RoleName="parity")
    assert run(parity, ["doctor", "--only", "azure", *config]).exit_code == 2
    assert run(parity, ["doctor", "--only", "", *config]).exit_code == 5
    cloud.client("iam").create_role(RoleName="parity", AssumeRolePolicyDocument=TRUST)
    well = run(parity, ["doctor", "--only", "aws", *config])
    assert well.exit_code == 0
    assert (
        "unknown aws wine evidence: it would be synthetic: wine/candidate: the endpoint says that it is a sandbox"
        in (well.output)
    )
    assert "no account and no cluster is named as real (real: in repos.yaml)" in well.output
    written = json.loads((tmp_path / "repos.yaml").read_bytes())
    written["repositories"]["wine"]["real"] = {"accounts": [ACCOUNT]}
    (tmp_path / "repos.yaml").write_text(json.dumps(written))
    assert run(parity, ["doctor", "--only", "aws", *config]).exit_code == 4


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
