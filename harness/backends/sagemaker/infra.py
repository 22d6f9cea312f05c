"""What an account needs before its first campaign, as one CloudFormation template: bus, and the least rights. Pure.

The runner's rights are the calls that the harness makes, on the names that it gives: campaigns name their jobs, rules
and queues `p` and eight hex digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from harness.backends.sagemaker import bus_places
from harness.backends.sagemaker.bus_places import BusPlaces
from harness.errors import Refused
from harness.model.job import Side
from harness.model.order import S3Place
from harness.model.repository import Repository
from harness.platforms.sagemaker.checks import homes_of
from harness.platforms.sagemaker.metrics import asked_sources

OWN = "p????????-*"
"""Names of our jobs; `?` is one character in a policy."""
OWN_QUEUE = "p????????"
DEFAULT_NAME = "parity-events"
NAME_MAX = 64
"""Of a rule of EventBridge; a queue of SQS may have 80, of which `-dead` takes 5, and no dot, which a rule may have."""
_NAME = re.compile(rf"[A-Za-z0-9_-]{{1,{NAME_MAX}}}")

Block = dict[str, object]


def template(repositories: tuple[Repository, ...], name: str, source: str) -> Block:
    """Write the template for the one account and region of these repositories.

    Raises:
        Refused: they are of several accounts or regions, or there are none; or no rule and queue can have the name.
    """
    homes = sorted({(home.account, home.region) for repository in repositories for home in homes_of(repository)})
    if len(homes) != 1:
        named = " and ".join(f"{account} in {region}" for account, region in homes) or "none"
        message = f"one template is for one account and region, these repositories are of {named}: name those of one"
        raise Refused(message)
    if not _NAME.fullmatch(name):
        message = f"--name {name!r} is no name of a rule and a queue: 1 to {NAME_MAX} letters, digits, - and _"
        raise Refused(message)
    places = BusPlaces(*homes[0], name, "", source)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Event queue and rights of the parity harness",
        "Resources": {**_bus(places), **_rights(places, repositories)},
        "Outputs": {
            "QueueUrl": {"Value": {"Ref": "EventQueue"}},
            "RunnerRole": {"Value": {"Fn::GetAtt": ["RunnerRole", "Arn"]}},
        },
    }


def _bus(places: BusPlaces) -> Block:
    queue, dead = bus_places.queue_attributes(places), bus_places.dead_queue_attributes(places)
    target = {"Id": "queue", "Arn": places.queue_arn, "DeadLetterConfig": {"Arn": places.dead_arn}}
    return {
        "EventQueue": _queue(places.name, queue, after="DeadLetterQueue"),
        "DeadLetterQueue": _queue(places.dead_name, dead),
        "EventQueuePolicy": _queue_policy("EventQueue", queue),
        "DeadLetterQueuePolicy": _queue_policy("DeadLetterQueue", dead),
        "EventRule": {
            "Type": "AWS::Events::Rule",
            "DependsOn": ["EventQueuePolicy", "DeadLetterQueuePolicy"],
            "Properties": {
                "Name": places.name,
                "State": "ENABLED",
                "EventPattern": bus_places.pattern(places),
                "Targets": [target],
            },
        },
    }


def _queue(name: str, attributes: Mapping[str, object], after: str = "") -> Block:
    """Write a queue; the API takes numbers as text, CloudFormation as numbers."""
    given = {key: value for key, value in attributes.items() if key != "Policy"}
    numbers = {key: int(value) if isinstance(value, str) else value for key, value in given.items()}
    block: Block = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, **numbers}}
    return block | ({"DependsOn": after} if after else {})


def _queue_policy(queue: str, attributes: Mapping[str, object]) -> Block:
    properties = {"Queues": [{"Ref": queue}], "PolicyDocument": attributes["Policy"]}
    return {"Type": "AWS::SQS::QueuePolicy", "Properties": properties}


def _rights(places: BusPlaces, repositories: tuple[Repository, ...]) -> Block:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{places.account}:root"}}
    policy = {"Version": "2012-10-17", "Statement": statements(places, repositories)}
    return {
        "RunnerPolicy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"Description": "What a campaign calls, and nothing else", "PolicyDocument": policy},
        },
        "RunnerRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                "ManagedPolicyArns": [{"Ref": "RunnerPolicy"}],
            },
        },
    }


def statements(places: BusPlaces, repositories: tuple[Repository, ...]) -> list[Block]:
    """List the rights of whoever runs campaigns."""
    here = f"{places.region}:{places.account}"
    roles = sorted({home.role for repository in repositories for home in homes_of(repository)})
    passed = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    return [
        _allow("Jobs", _job_actions(), [f"arn:aws:sagemaker:{here}:{kind}/{OWN}" for kind in _KINDS]),
        _allow("ListJobs", ["sagemaker:ListTrainingJobs", "sagemaker:ListProcessingJobs"], ["*"]),
        _allow("PassRole", ["iam:PassRole"], roles) | {"Condition": passed},
        _allow("SeeRole", ["iam:GetRole"], roles),
        *_storage(repositories),
        _allow("Logs", ["logs:DescribeLogStreams", "logs:GetLogEvents"], _log_groups(here)),
        *_metrics(repositories),
        _allow("Images", ["ecr:BatchGetImage"], [f"arn:aws:ecr:{here}:repository/*"]),
        _allow("Rules", _actions("events", "PutRule", "PutTargets", "RemoveTargets", "DeleteRule"),
               [f"arn:aws:events:{here}:rule/{OWN_QUEUE}"]),
        _allow("Queues", _queue_actions(), _queues(here, places.name)),
    ]  # fmt: skip


def _metrics(repositories: tuple[Repository, ...]) -> Iterator[Block]:
    """Allow to ask CloudWatch where a metric is read from it; the call knows no resources."""
    jobs = (job for repository in repositories for job in repository.jobs)
    if any("cloudwatch" in asked_sources(job, side) for job in jobs for side in Side):
        yield _allow("Metrics", ["cloudwatch:GetMetricData"], ["*"])


_KINDS = ("training-job", "processing-job")


def _job_actions() -> list[str]:
    verbs = ("Create", "Describe", "Stop")
    return [f"sagemaker:{verb}{kind}Job" for verb in verbs for kind in ("Training", "Processing")] + [
        "sagemaker:AddTags"
    ]


def _queue_actions() -> list[str]:
    return _actions(
        "sqs", "CreateQueue", "DeleteQueue", "DeleteMessage", "GetQueueAttributes", "GetQueueUrl", "ReceiveMessage",
    )  # fmt: skip


def _actions(service: str, *names: str) -> list[str]:
    return [f"{service}:{name}" for name in names]


def _queues(here: str, name: str) -> list[str]:
    return [f"arn:aws:sqs:{here}:{text}{tail}" for text in (OWN_QUEUE, name) for tail in ("", "-dead")]


def _log_groups(here: str) -> list[str]:
    return [f"arn:aws:logs:{here}:log-group:/aws/sagemaker/{kind}Jobs:*" for kind in ("Training", "Processing")]


def _storage(repositories: tuple[Repository, ...]) -> list[Block]:
    """Staging may be written, inputs may be read; a bucket may be listed below those prefixes only."""
    staged = {repository.home(side).staging_uri for repository in repositories for side in Side}
    inputs = {given.uri for repository in repositories for job in repository.jobs for given in job.inputs}
    kept, read = sorted(map(_place, staged)), sorted(map(_place, inputs))
    rights = [_allow("Staging", _actions("s3", "GetObject", "PutObject", "DeleteObject"), [_objects(*p) for p in kept])]
    if read:
        rights.append(_allow("Inputs", ["s3:GetObject"], [_objects(*row) for row in read]))
    buckets = sorted({bucket for bucket, _ in (*kept, *read)})
    condition = {"StringLike": {"s3:prefix": sorted({f"{prefix}*" for _, prefix in (*kept, *read)})}}
    listed = _allow("ListStaging", ["s3:ListBucket"], [f"arn:aws:s3:::{bucket}" for bucket in buckets])
    return [*rights, listed | {"Condition": condition}]


def _place(uri: str) -> tuple[str, str]:
    place = S3Place.of(uri)
    return place.bucket, place.prefix


def _objects(bucket: str, prefix: str) -> str:
    return f"arn:aws:s3:::{bucket}/{prefix}*"


def _allow(name: str, actions: list[str], resources: list[str]) -> Block:
    return {"Sid": name, "Effect": "Allow", "Action": actions, "Resource": resources}
