"""The only file that imports moto: its backends as the SageMaker layer uses them, and what breaks if they drift.

These classes are not public. The version is pinned to a minor release, and `drift` names what is gone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.backends import get_backend
from moto.cloudwatch import models as cloudwatch_models
from moto.core.base_backend import BackendDict
from moto.core.exceptions import ServiceException
from moto.ecr import models as ecr_models
from moto.events import models as events_models
from moto.iam import models as iam_models
from moto.logs import models as logs_models
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3 import models as s3_models
from moto.sqs import models as sqs_models
from moto.sts import models as sts_models

from harness.sandbox.aws.wire import Home

_PARTITION = "aws"
_SESSION_SECONDS = 3600
_USED = (
    (s3_models.S3Backend, ("get_bucket", "get_object", "put_object", "delete_object")),
    (sqs_models.SQSBackend, ("send_message",)),
    (logs_models.LogsBackend, ("ensure_log_group", "ensure_log_stream", "put_log_events")),
    (cloudwatch_models.CloudWatchBackend, ("put_metric_data",)),
    (ecr_models.ECRBackend, ("create_repository", "put_image")),
    (events_models.EventPattern, ("matches_event",)),
    (sts_models.STSBackend, ("assume_role", "get_assumed_role_from_access_key")),
    (iam_models, ("get_account_id_from",)),
    (iam_models.IAMBackend, ("create_role",)),
    (BackendDict, ("reset",)),
    (DomainDispatcherApplication, ("__call__",)),
    (MotoRequestHandler, ("make_environ",)),
)


class EmulatorError(Exception):
    """The emulated service refused; the text is its own."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials of a role."""

    access_key: str
    secret_key: str
    token: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Target:
    """A queue behind an enabled rule whose pattern matched."""

    rule: str
    queue: str
    home: Home
    group: str | None


def drift() -> tuple[str, ...]:
    """Name what this file uses and moto no longer has."""
    return tuple(
        f"{getattr(owner, '__name__', owner)}.{name}"
        for owner, names in _USED
        for name in names
        if not hasattr(owner, name)
    )


def application() -> Any:  # noqa: ANN401 - a WSGI application of an untyped library
    """Make the WSGI application that answers for every service but SageMaker."""
    return DomainDispatcherApplication(create_backend_app)


def handler_class() -> Any:  # noqa: ANN401 - the same
    """Give the request handler that keeps header names as they were sent."""
    return MotoRequestHandler


def reset() -> None:
    """Forget everything: a sandbox starts empty, also the second one of a process."""
    for service in ("s3", "sqs", "logs", "cloudwatch", "ecr", "events", "sts", "iam"):
        for account in get_backend(service).values():
            account.reset()


def account_of(access_key: str) -> str:
    """Tell which account an access key belongs to."""
    return str(iam_models.get_account_id_from(access_key))


def made_key(access_key: str) -> bool:
    """Tell whether an access key was made here: for a user, or for whoever took a role."""
    users = [account[_PARTITION] for account in list(get_backend("iam").values())]
    sessions = [account[_PARTITION] for account in list(get_backend("sts").values())]
    return any(access_key in user.access_keys for user in users) or any(
        session.get_assumed_role_from_access_key(access_key) for session in sessions
    )


# -- S3 ---------------------------------------------------------------------------------------------------------------


def keys_below(home: Home, bucket: str, prefix: str) -> tuple[str, ...]:
    """List the keys of the current objects that begin with a prefix, in order.

    Raises:
        EmulatorError: there is no such bucket.
    """
    held = _bucket(home, bucket).keys  # not by items(): another job may delete a key meanwhile
    names = (name for name in list(held) if name.startswith(prefix))
    return tuple(sorted(name for name in names if isinstance(held.get(name), s3_models.FakeKey)))


def read_object(home: Home, bucket: str, key: str) -> bytes:
    """Read one object.

    Raises:
        EmulatorError: there is no such bucket or object.
    """
    _bucket(home, bucket)
    found = _of("s3", home.account, _PARTITION).get_object(bucket, key)
    if found is None:
        message = f"The specified key does not exist: {key}"
        raise EmulatorError(message)
    data: bytes = found.value
    return data


def put_object(home: Home, bucket: str, key: str, data: bytes) -> None:
    """Write one object.

    Raises:
        EmulatorError: there is no such bucket.
    """
    _bucket(home, bucket)
    _of("s3", home.account, _PARTITION).put_object(bucket, key, data)


def delete_object(home: Home, bucket: str, key: str) -> None:
    """Delete one object."""
    _of("s3", home.account, _PARTITION).delete_object(bucket, key)


def owner_of(bucket: str) -> str:
    """Tell which account has a bucket; empty: none."""
    accounts = list(get_backend("s3").items())
    return next((str(account) for account, of in accounts if bucket in of[_PARTITION].buckets), "")


def _bucket(home: Home, bucket: str) -> Any:  # noqa: ANN401 - the same
    try:
        return _of("s3", home.account, _PARTITION).get_bucket(bucket)
    except ServiceException as error:
        message = f"bucket {bucket}: {error}"
        raise EmulatorError(message) from error


# -- CloudWatch Logs --------------------------------------------------------------------------------------------------


def open_stream(home: Home, group: str, stream: str) -> None:
    """Make a log stream; one that is there stays."""
    logs = _of("logs", home.account, home.region)
    logs.ensure_log_group(group)
    logs.ensure_log_stream(group, stream)


def put_lines(home: Home, group: str, stream: str, lines: Sequence[tuple[int, str]]) -> None:
    """Append lines (epoch milliseconds, text), which have to be in order."""
    with suppress(ServiceException):  # somebody deleted the group; the service drops them too
        events = [{"timestamp": at, "message": text} for at, text in lines]
        _of("logs", home.account, home.region).put_log_events(group, stream, events)


def put_metric(home: Home, namespace: str, name: str, dimension: tuple[str, str], *, value: float, at: float) -> None:
    """Write one value of a metric at a time, in epoch seconds."""
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": dimension[0], "Value": dimension[1]}],
        "Value": value,
        "Timestamp": datetime.fromtimestamp(at, UTC).replace(tzinfo=None),  # as the emulator keeps times
    }
    _of("cloudwatch", home.account, home.region).put_metric_data(namespace, [datum])


# -- EventBridge and SQS ----------------------------------------------------------------------------------------------


def targets(home: Home, event: Mapping[str, object]) -> tuple[Target, ...]:
    """Find the queues of every enabled rule on the default bus whose pattern matches."""
    bus = _of("events", home.account, home.region).event_buses["default"]
    found = []
    for rule in list(bus.rules.values()):
        if rule.state != "ENABLED" or rule.scheduled_expression or not _matches(rule, event):
            continue
        for target in list(rule.targets):
            service, region, account, name = (target["Arn"].split(":", 5) + [""] * 6)[2:6]
            if service == "sqs":
                group = target.get("SqsParameters", {}).get("MessageGroupId")
                found.append(Target(rule.name, name, Home(account, region), group))
    return tuple(found)


def _matches(rule: Any, event: Mapping[str, object]) -> bool:  # noqa: ANN401 - the same
    """Ask the emulator's matcher; a pattern that it chokes on matches nothing and spoils no other rule."""
    try:
        return bool(rule.event_pattern.matches_event(event))
    except Exception:  # noqa: BLE001 - it fails in many ways on patterns that the service would have refused
        return False


def send(target: Target, body: str) -> bool:
    """Put a message into a queue; False when the queue refuses it or is gone (the service retries, then drops it)."""
    try:
        _of("sqs", target.home.account, target.home.region).send_message(
            queue_name=target.queue, message_body=body, group_id=target.group
        )
    except (ServiceException, KeyError):  # KeyError: there is no such region
        return False
    return True


# -- ECR and STS ------------------------------------------------------------------------------------------------------


def push(home: Home, repository: str, tag: str, manifest: str, *, digest: str) -> None:
    """Push a manifest; the digest is given because moto's own is not one of the manifest."""
    registry = _of("ecr", home.account, home.region)
    if repository not in registry.repositories:
        registry.create_repository(repository, home.account, {"encryptionType": "AES256"}, None, "MUTABLE", [])
    media_type = "application/vnd.oci.image.manifest.v1+json"
    registry.put_image(repository, manifest, tag, media_type, digest)


def make_role(home: Home, name: str) -> None:
    """Make a role that SageMaker may take."""
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    _of("iam", home.account, _PARTITION).create_role(name, document, "/", None, "", [], "3600")


def assume(home: Home, role: str, session: str) -> Credentials:
    """Make temporary credentials of a role."""
    made = _of("sts", home.account, _PARTITION).assume_role(
        region_name=home.region,
        role_session_name=session,
        role_arn=role,
        policy="",
        duration=_SESSION_SECONDS,
        external_id="",
    )
    return Credentials(made.access_key_id, made.secret_access_key, made.session_token, made.expiration)


def _of(service: Any, account: str, where: str) -> Any:  # noqa: ANN401 - the same
    return get_backend(service)[account][where]
