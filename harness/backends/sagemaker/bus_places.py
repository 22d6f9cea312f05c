"""Rule, queue and dead-letter queue as values: one description for a campaign's calls and for `parity infra`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

EVENT_SOURCE = "aws.sagemaker"
"""A test on a real bus needs another one: PutEvents refuses sources that begin with `aws.` (documented)."""
DETAIL_TYPES = ("SageMaker Training Job State Change", "SageMaker Processing Job State Change")
RETENTION_SECONDS = 4 * 24 * 3600
"""SQS's own default; a resume within it still reads what came while nobody listened."""
DEAD_RETENTION_SECONDS = 14 * 24 * 3600
"""The longest SQS keeps; the time in the first queue counts (documented)."""
RECEIVES_MAX = 3
"""Reads of a message that is never acknowledged: one fault of ours, one of the network, then it is poison."""
VISIBILITY_SECONDS = 60
"""Twice SQS's default: a batch is journaled with an fsync before it is acknowledged."""


@dataclass(frozen=True, slots=True)
class BusPlaces:
    """Where a watcher's events go."""

    account: str
    region: str
    name: str
    """Of rule and queue."""
    job_prefix: str
    """Only jobs whose names begin so are announced; empty: all."""
    source: str = EVENT_SOURCE

    @property
    def dead_name(self) -> str:
        """Name the dead-letter queue."""
        return f"{self.name}-dead"

    @property
    def queue_arn(self) -> str:
        """Name the queue in full."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"

    @property
    def dead_arn(self) -> str:
        """Name the dead-letter queue in full."""
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.dead_name}"

    @property
    def rule_arn(self) -> str:
        """Name the rule in full."""
        return f"arn:aws:events:{self.region}:{self.account}:rule/{self.name}"


def pattern(places: BusPlaces) -> dict[str, object]:
    """Say which events the rule takes."""
    arns = [
        f"arn:aws:sagemaker:{places.region}:{places.account}:{kind}/{places.job_prefix}"
        for kind in ("training-job", "processing-job")
    ]
    return {
        "source": [places.source],
        "detail-type": list(DETAIL_TYPES),
        "resources": [{"prefix": arn} for arn in arns],
    }


def allow_events(places: BusPlaces, queue_arn: str) -> dict[str, object]:
    """Let the rule, and nobody else's, send to a queue: without this, delivery fails silently (documented)."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": places.rule_arn}},
            }
        ],
    }


def queue_attributes(places: BusPlaces) -> dict[str, object]:
    """Describe the queue: after a few reads without an acknowledgement a message is dead."""
    return {
        "MessageRetentionPeriod": str(RETENTION_SECONDS),
        "VisibilityTimeout": str(VISIBILITY_SECONDS),
        "Policy": allow_events(places, places.queue_arn),
        "RedrivePolicy": {"deadLetterTargetArn": places.dead_arn, "maxReceiveCount": RECEIVES_MAX},
    }


def dead_queue_attributes(places: BusPlaces) -> dict[str, object]:
    """Describe the dead-letter queue: the rule sends there what it could not deliver."""
    return {
        "MessageRetentionPeriod": str(DEAD_RETENTION_SECONDS),
        "Policy": allow_events(places, places.dead_arn),
    }
