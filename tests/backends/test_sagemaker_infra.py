"""The template: whole, valid by the rules of its format, and with the rights that the code needs and no others."""

from __future__ import annotations

import fnmatch
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from backends.candidate_sample import repository

import harness.backends
from harness.backends.sagemaker import bus_places, infra
from harness.config.load import load
from harness.errors import Refused
from harness.runner.plan import job_prefix

QUEUE = {
    "type": "object",
    "required": ["QueueName", "MessageRetentionPeriod"],
    "additionalProperties": False,
    "properties": {
        "QueueName": {"type": "string", "pattern": r"^[A-Za-z0-9_-]{1,80}$"},
        "MessageRetentionPeriod": {"type": "integer", "minimum": 60, "maximum": 1209600},
        "VisibilityTimeout": {"type": "integer", "minimum": 0, "maximum": 43200},
        "RedrivePolicy": {
            "type": "object",
            "required": ["deadLetterTargetArn", "maxReceiveCount"],
            "additionalProperties": False,
            "properties": {
                "deadLetterTargetArn": {"type": "string", "pattern": "^arn:aws:sqs:"},
                "maxReceiveCount": {"type": "integer", "minimum": 1, "maximum": 1000},
            },
        },
    },
}
"""From the public resource specification of CloudFormation and the limits of SQS (reference)."""
STATEMENT = {
    "type": "object",
    "required": ["Effect", "Action"],
    "additionalProperties": False,
    "properties": {
        "Sid": {"type": "string", "pattern": "^[A-Za-z0-9]+$"},
        "Effect": {"const": "Allow"},
        "Action": {"type": ["string", "array"]},
        "Resource": {"type": ["string", "array"]},
        "Principal": {"type": "object"},
        "Condition": {"type": "object"},
    },
}
DOCUMENT = {
    "type": "object",
    "required": ["Version", "Statement"],
    "properties": {"Version": {"const": "2012-10-17"}, "Statement": {"type": "array", "items": STATEMENT}},
}
PROPERTIES: dict[str, Any] = {
    "AWS::SQS::Queue": QUEUE,
    "AWS::SQS::QueuePolicy": {
        "type": "object",
        "required": ["Queues", "PolicyDocument"],
        "additionalProperties": False,
        "properties": {"Queues": {"type": "array", "minItems": 1}, "PolicyDocument": DOCUMENT},
    },
    "AWS::Events::Rule": {
        "type": "object",
        "required": ["EventPattern", "Targets"],
        "additionalProperties": False,
        "properties": {
            "Name": {"type": "string", "pattern": r"^[.\-_A-Za-z0-9]{1,64}$"},
            "State": {"enum": ["ENABLED", "DISABLED"]},
            "EventPattern": {"type": "object"},
            "Targets": {"type": "array", "maxItems": 5, "items": {"required": ["Id", "Arn"]}},
        },
    },
    "AWS::IAM::ManagedPolicy": {
        "type": "object",
        "required": ["PolicyDocument"],
        "additionalProperties": False,
        "properties": {"Description": {"type": "string"}, "PolicyDocument": DOCUMENT},
    },
    "AWS::IAM::Role": {
        "type": "object",
        "required": ["AssumeRolePolicyDocument"],
        "additionalProperties": False,
        "properties": {"AssumeRolePolicyDocument": DOCUMENT, "ManagedPolicyArns": {"type": "array"}},
    },
}
POLICY_CHARACTERS_MAX = 6144
"""Of a managed policy, white space not counted (documented)."""


@pytest.fixture
def made(tmp_path: Path) -> dict[str, Any]:
    """Print a template and read it back."""
    wine = repository(tmp_path, {"inputs": {"rows": {"uri": "s3://data/rows/", "pin": "v1"}}})
    found: dict[str, Any] = json.loads(json.dumps(infra.template((wine,), "parity-events", "aws.sagemaker")))
    return found


def faults(template: dict[str, Any]) -> list[str]:
    """Find what the format forbids: unknown types, properties, and references to nothing."""
    found, resources = [], template["Resources"]
    for name, resource in resources.items():
        schema = PROPERTIES.get(resource["Type"])
        if schema is None:
            found.append(f"{name}: type {resource['Type']}")
            continue
        validator = jsonschema.Draft202012Validator(schema)
        found += [f"{name}: {error.message}" for error in validator.iter_errors(resource["Properties"])]
    text = json.dumps(template)
    named = {*re.findall(r'"Ref": "(\w+)"', text), *re.findall(r'"Fn::GetAtt": \["(\w+)"', text)}
    for resource in resources.values():
        after = resource.get("DependsOn", [])
        named |= {after} if isinstance(after, str) else set(after)
    return found + [f"nothing is named {resource}" for resource in sorted(named - set(resources))]


def test_the_template_is_valid(made: dict[str, Any]) -> None:
    """Every resource by its own schema, every reference resolved."""
    assert faults(made) == []


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda t: t["Resources"]["EventQueue"]["Properties"].update(Colour="red"), "Colour"),
        (lambda t: t["Resources"].pop("DeadLetterQueue"), "nothing is named DeadLetterQueue"),
        (lambda t: t["Resources"]["EventQueue"]["Properties"].update(VisibilityTimeout=43201), "43201"),
        (lambda t: t["Resources"]["EventRule"]["Properties"].pop("Targets"), "Targets"),
    ],
    ids=["property", "reference", "bound", "required"],
)
def test_a_spoiled_template_is_found(made: dict[str, Any], spoil: Any, fault: str) -> None:
    """The control of the validation."""
    spoil(made)
    assert any(fault in name for name in faults(made))


def actions(made: dict[str, Any]) -> dict[str, list[str]]:
    """Give every right with the resources it is for."""
    rights = made["Resources"]["RunnerPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    return {action: right["Resource"] for right in rights for action in right["Action"]}


CALLS = re.compile(
    r"\b(?:sagemaker|logs|sqs|events|s3|sts|iam|clients\(\"\w+\"\)|_clients\(\"\w+\"\))\.([a-z]+_[a-z_]+)\("
)
FREE = {"get_caller_identity", "generate_presigned_url", "get_paginator"}
"""Needs no right; signs locally; lists, which is `list_objects_v2`."""
SANDBOX_ONLY = {"create_bucket"}
NAMED_OTHERWISE = {
    "BatchGetImage": "ecr:BatchGetImage",
    "ListImageReferrers": "ecr:BatchGetImage",
    "CopyObject": "s3:PutObject",
    "CreateMultipartUpload": "s3:PutObject",
    "HeadBucket": "s3:ListBucket",
    "DeleteMessageBatch": "sqs:DeleteMessage",
}


SERIES = {"auc": {"better": "higher", "margin": "1%", "source": {"candidate": "cloudwatch"}}}


def test_cloudwatch_is_asked_for_metrics_where_one_is_read_from_it(made: dict[str, Any], tmp_path: Path) -> None:
    """The call knows no resources, so nobody gets the right who needs it not."""
    asked: Any = infra.template((repository(tmp_path, {"metrics": SERIES}),), "n", "s")
    assert actions(asked)["cloudwatch:GetMetricData"] == ["*"]
    assert "cloudwatch:GetMetricData" not in actions(made)


def test_every_call_of_the_code_has_its_right(tmp_path: Path) -> None:
    """Read from the code itself: a call without a right fails here before it fails in an account."""
    made: Any = infra.template((repository(tmp_path, {"metrics": SERIES}),), "n", "s")
    folder = Path(harness.backends.__file__).parent
    sources = [*folder.glob("*.py"), *(folder / "sagemaker").glob("*.py")]
    called = {name for path in sources for name in CALLS.findall(path.read_text(encoding="utf-8"))}
    assert {"create_queue", "put_rule", "stop_training_job", "get_log_events"} <= called
    have = {action.partition(":")[2]: action for action in actions(made)} | NAMED_OTHERWISE
    lacking = {name for name in called - FREE - SANDBOX_ONLY if "".join(map(str.title, name.split("_"))) not in have}
    assert lacking == set()


def test_rights_end_at_our_own_names(made: dict[str, Any]) -> None:
    """A campaign's job may be created, another's may not; nothing but lists is allowed everywhere."""
    (jobs, _) = actions(made)["sagemaker:CreateTrainingJob"]
    ours = f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{job_prefix('campaign')}wine"
    assert fnmatch.fnmatchcase(ours, jobs)
    assert not fnmatch.fnmatchcase(ours.replace("/p", "/production-"), jobs)
    assert [name for name, places in actions(made).items() if "*" in places] == [
        "sagemaker:ListTrainingJobs", "sagemaker:ListProcessingJobs",
    ]  # fmt: skip
    assert actions(made)["iam:PassRole"] == ["arn:aws:iam::123456789012:role/parity"]
    assert actions(made)["s3:PutObject"] == [
        "arn:aws:s3:::staging/wine/candidate/*",
        "arn:aws:s3:::staging/wine/legacy/*",
    ]
    policy = made["Resources"]["RunnerPolicy"]["Properties"]["PolicyDocument"]
    assert len(json.dumps(policy, separators=(",", ":"))) <= POLICY_CHARACTERS_MAX


def test_the_source_of_the_rule_can_be_chosen(tmp_path: Path) -> None:
    """PutEvents refuses sources that begin with aws., so a test on a real bus needs its own."""
    made: Any = infra.template((repository(tmp_path, {}),), "try", "parity.test")
    rule = made["Resources"]["EventRule"]["Properties"]
    assert (rule["Name"], rule["EventPattern"]["source"]) == ("try", ["parity.test"])


def test_one_template_is_for_one_account(tmp_path: Path) -> None:
    """Two accounts or none are refused by name."""
    one = repository(tmp_path, {})
    other = replace(one, candidate=replace(one.candidate, account="210987654321"))
    with pytest.raises(Refused, match="210987654321"):
        infra.template((one, other), "n", "s")
    with pytest.raises(Refused, match="none"):
        infra.template((), "n", "s")


def test_a_campaigns_rule_takes_the_source_of_the_file(tmp_path: Path) -> None:
    """`candidate.event_source` reaches the rule; without it the service's own stands there."""
    (tmp_path / "other").mkdir()
    data = json.loads((_file(tmp_path)).read_text(encoding="utf-8"))
    assert load(tmp_path / "repos.yaml")[0].candidate.event_source == "aws.sagemaker"
    data["repositories"]["wine"]["candidate"]["event_source"] = "parity.test"
    path = tmp_path / "other" / "repos.yaml"
    path.write_text(json.dumps(data), encoding="utf-8")
    source = load(path)[0].candidate.event_source
    assert bus_places.pattern(bus_places.BusPlaces("1", "r", "n", "p", source))["source"] == ["parity.test"]


def _file(folder: Path) -> Path:
    repository(folder, {})
    return folder / "repos.yaml"


@pytest.mark.parametrize("name", ["bad name!", "", "a.b", "n" * 65, "a\n", "é"])
def test_a_name_that_no_rule_or_queue_can_have_is_refused(tmp_path: Path, name: str) -> None:
    """Before CloudFormation does, half-way through a stack; the longest one is taken."""
    wine = repository(tmp_path, {})
    with pytest.raises(Refused, match="letters, digits, - and _"):
        infra.template((wine,), name, "aws.sagemaker")
    assert infra.template((wine,), "n" * infra.NAME_MAX, "aws.sagemaker")["Resources"]


def test_several_accounts_are_told_as_text(tmp_path: Path) -> None:
    """With what to do about it."""
    wine = repository(tmp_path, {})
    far = replace(wine, candidate=replace(wine.candidate, account="210987654321", region="eu-west-1"))
    homes = f"{wine.candidate.account} in {wine.candidate.region} and 210987654321 in eu-west-1: name those of one"
    with pytest.raises(Refused, match=homes):
        infra.template((wine, far), infra.DEFAULT_NAME, "aws.sagemaker")
