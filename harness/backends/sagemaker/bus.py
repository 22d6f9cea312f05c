"""One EventBridge rule and one SQS queue a campaign: made, read, acknowledged, removed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from harness.backends.aws import Clients, failed_with, mapped
from harness.backends.sagemaker import bus_places as wiring
from harness.backends.sagemaker.bus_places import DETAIL_TYPES, EVENT_SOURCE, BusPlaces
from harness.errors import BackendError
from harness.model import strict_json

LONG_POLL_SECONDS = 1
RECEIVE_MAX = 10
MESSAGE_BYTES_MAX = 1024 * 1024
_GONE = frozenset({"ResourceNotFoundException", "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
"""What EventBridge and SQS (JSON and query protocol) answer of a rule or queue that is not there (API references)."""


@dataclass(frozen=True, slots=True)
class Message:
    """One received message: the event's detail, or why it is no event of ours."""

    id: str
    body: bytes
    detail: Mapping[str, object] | None
    trouble: str
    receipt: str
    poison: bool = False
    """It cannot be read: left for the dead-letter queue, never acknowledged."""


class Bus:
    """The campaign's queue behind its rule, and the dead-letter queue behind that."""

    def __init__(self, clients: Clients, name: str, job_prefix: str, source: str = EVENT_SOURCE) -> None:
        """Name them; nothing is called yet."""
        where = clients.account
        self._clients = clients
        self._places = BusPlaces(where.account, where.region, name, job_prefix, source)
        self._url = self._dead_url = ""

    def prepare(self) -> None:
        """Make queues, policies and rule; what is there already stays, so that a resume finds waiting messages."""
        places, sqs = self._places, self._clients("sqs")
        with mapped(f"queue {places.dead_name}"):
            attributes = _texts(wiring.dead_queue_attributes(places))
            self._dead_url = sqs.create_queue(QueueName=places.dead_name, Attributes=attributes)["QueueUrl"]
        with mapped(f"queue {places.name}"):
            attributes = _texts(wiring.queue_attributes(places))
            self._url = sqs.create_queue(QueueName=places.name, Attributes=attributes)["QueueUrl"]
        with mapped(f"rule {places.name}"):
            events, pattern = self._clients("events"), strict_json.write(wiring.pattern(places)).decode()
            events.put_rule(Name=places.name, EventPattern=pattern, State="ENABLED")
            target = {"Id": "queue", "Arn": places.queue_arn, "DeadLetterConfig": {"Arn": places.dead_arn}}
            events.put_targets(Rule=places.name, Targets=[target])

    def dead_letters(self) -> int:
        """Count the messages that nobody could read or deliver."""
        with mapped("sqs get-queue-attributes"):
            name = "ApproximateNumberOfMessages"
            reply = self._clients("sqs").get_queue_attributes(QueueUrl=self._dead_url, AttributeNames=[name])
        return int(reply["Attributes"][name])

    def receive(self) -> tuple[Message, ...]:
        """Wait shortly for messages."""
        with mapped("sqs receive"):
            reply = self._clients.prompt("sqs").receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=RECEIVE_MAX, WaitTimeSeconds=LONG_POLL_SECONDS
            )
        return tuple(_parse(message) for message in reply.get("Messages", ()))

    def acknowledger(self, messages: tuple[Message, ...]) -> Callable[[], None]:
        """Give the call that deletes all but the poisoned ones, for when what they said is durable."""
        readable = [message for message in messages if not message.poison]
        entries = [{"Id": str(n), "ReceiptHandle": each.receipt} for n, each in enumerate(readable)]

        def acknowledge() -> None:
            if not entries:
                return
            with mapped("sqs delete"):
                self._clients("sqs").delete_message_batch(QueueUrl=self._url, Entries=entries)

        return acknowledge

    def remove(self) -> None:
        """Remove rule and queues; what is gone already is fine.

        Raises:
            BackendError: names what could not be removed; the others are.
        """
        events, name, left = self._clients("events"), self._places.name, list[str]()
        steps = [
            (f"rule {name}", partial(events.remove_targets, Rule=name, Ids=["queue"])),
            (f"rule {name}", partial(events.delete_rule, Name=name)),
            *(
                (f"queue {url}", partial(self._clients("sqs").delete_queue, QueueUrl=url))
                for url in filter(None, (self._url, self._dead_url))
            ),
        ]
        for what, step in steps:
            try:
                with mapped(f"remove {what}"):
                    step()
            except BackendError as error:
                left += [] if failed_with(error) in _GONE else [str(error)]
        if left:
            raise BackendError("; ".join(left))


def _parse(message: Mapping[str, object]) -> Message:
    name, receipt = str(message["MessageId"]), str(message["ReceiptHandle"])
    body = str(message["Body"]).encode("utf-8", "surrogatepass")
    try:
        event = strict_json.read(body, bytes_max=MESSAGE_BYTES_MAX)
    except (strict_json.StrictError, UnicodeError) as error:
        return Message(name, body, None, f"poison message: {error}", receipt, poison=True)
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(detail, dict) or event.get("detail-type") not in DETAIL_TYPES:
        return Message(name, body, None, "a message that is no job event", receipt)
    return Message(name, body, detail, "", receipt)


def _texts(attributes: Mapping[str, object]) -> dict[str, str]:
    """Write queue attributes as the API takes them: all text, structures as JSON."""
    return {
        name: value if isinstance(value, str) else strict_json.write(value).decode().strip()
        for name, value in attributes.items()
    }
