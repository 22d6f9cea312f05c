"""One EventBridge rule and one SQS queue a campaign: made, read, acknowledged, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from harness.backends.aws import Clients, mapped
from harness.config import strict_json
from harness.errors import BackendError

DETAIL_TYPES = ("SageMaker Training Job State Change", "SageMaker Processing Job State Change")
LONG_POLL_SECONDS = 1
RECEIVE_MAX = 10
RETENTION_SECONDS = 4 * 24 * 3600
"""SQS's own default; a resume within it still reads what came while nobody listened."""
MESSAGE_BYTES_MAX = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Message:
    """One received message: the event's detail, or why it is no event of ours."""

    detail: Mapping[str, object] | None
    trouble: str
    receipt: str


class Bus:
    """The campaign's queue behind its rule."""

    def __init__(self, clients: Clients, name: str, job_prefix: str) -> None:
        """Name them; nothing is called yet."""
        self._clients = clients
        self._name = name
        self._prefix = job_prefix
        self._url = ""

    def prepare(self) -> None:
        """Make queue, policy and rule; what is there already stays, so that a resume finds waiting messages."""
        where = self._clients.account
        rule_arn = f"arn:aws:events:{where.region}:{where.account}:rule/{self._name}"
        queue_arn = f"arn:aws:sqs:{where.region}:{where.account}:{self._name}"
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue_arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule_arn}},
                }
            ],
        }
        attributes = {"MessageRetentionPeriod": str(RETENTION_SECONDS), "Policy": strict_json.write(policy).decode()}
        arns = [
            f"arn:aws:sagemaker:{where.region}:{where.account}:{kind}/{self._prefix}"
            for kind in ("training-job", "processing-job")
        ]
        pattern = {
            "source": ["aws.sagemaker"],
            "detail-type": list(DETAIL_TYPES),
            "resources": [{"prefix": arn} for arn in arns],
        }
        with mapped(f"queue {self._name}"):
            self._url = self._clients("sqs").create_queue(QueueName=self._name, Attributes=attributes)["QueueUrl"]
        with mapped(f"rule {self._name}"):
            events = self._clients("events")
            events.put_rule(Name=self._name, EventPattern=strict_json.write(pattern).decode(), State="ENABLED")
            events.put_targets(Rule=self._name, Targets=[{"Id": "queue", "Arn": queue_arn}])

    def receive(self) -> tuple[Message, ...]:
        """Wait shortly for messages."""
        with mapped("sqs receive"):
            reply = self._clients("sqs").receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=RECEIVE_MAX, WaitTimeSeconds=LONG_POLL_SECONDS
            )
        return tuple(_parse(str(each["Body"]), str(each["ReceiptHandle"])) for each in reply.get("Messages", ()))

    def acknowledger(self, messages: tuple[Message, ...]) -> Callable[[], None]:
        """Give the call that deletes them, for when what they said is durable."""
        entries = [{"Id": str(n), "ReceiptHandle": each.receipt} for n, each in enumerate(messages)]

        def acknowledge() -> None:
            with mapped("sqs delete"):
                self._clients("sqs").delete_message_batch(QueueUrl=self._url, Entries=entries)

        return acknowledge

    def remove(self) -> None:
        """Remove rule and queue; what is gone already is fine."""
        events = self._clients("events")
        with suppress(BackendError), mapped("rule"):
            events.remove_targets(Rule=self._name, Ids=["queue"])
            events.delete_rule(Name=self._name)
        if self._url:
            with suppress(BackendError), mapped("queue"):
                self._clients("sqs").delete_queue(QueueUrl=self._url)


def _parse(body: str, receipt: str) -> Message:
    try:
        event = strict_json.read(body.encode(), bytes_max=MESSAGE_BYTES_MAX)
    except (strict_json.StrictError, UnicodeError) as error:
        return Message(None, f"poison message: {error}", receipt)
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(detail, dict) or event.get("detail-type") not in DETAIL_TYPES:
        return Message(None, "a message that is no job event", receipt)
    return Message(detail, "", receipt)
