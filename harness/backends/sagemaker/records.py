"""Any JSON that someone may hold for a job's record → its facts and who testifies; anything else is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.backends.sagemaker import translate
from harness.model.event import Event, Witness

JOB_EVENTS = frozenset(
    f"SageMaker {kind} Job State Change" for kind in ("Training", "Processing", "Transform", "HyperParameter Tuning")
)


class NotOursError(ValueError):
    """The record is of something else; the text names it."""


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One reply or event about one job."""

    name: str
    kind: str
    """TrainingJob, ProcessingJob, TransformJob or HyperParameterTuningJob."""
    facts: translate.Facts
    witness: Witness

    def events(self, received_seconds: float) -> tuple[Event, ...]:
        """Say what it says; an event's ending is only a hint (T20)."""
        if self.witness is Witness.EVENT_BUS:
            return translate.events_from_bus(self.facts, received_seconds)
        return translate.events_from_describe(self.facts, received_seconds)


def read_record(value: object) -> JobRecord:
    """Read a Describe reply, or an EventBridge event of a job.

    Raises:
        NotOursError: it is no record of a job, such as an endpoint's or a pipeline step's.
    """
    facts, witness = value, Witness.CONTROL_PLANE
    if isinstance(value, Mapping) and "detail-type" in value:
        facts, witness = value.get("detail"), Witness.EVENT_BUS
        if value["detail-type"] not in JOB_EVENTS:
            message = f"an event of another sort: {value['detail-type']}"
            raise NotOursError(message)
    words = translate.words_of(facts) if isinstance(facts, Mapping) else None
    if words is None or not isinstance(facts, Mapping):
        raise NotOursError(_shape(facts))
    return JobRecord(translate.name_of(facts), words.prefix, facts, witness)


def _shape(value: object) -> str:
    if not isinstance(value, Mapping):
        return f"no object but {type(value).__name__}"
    arn = next((str(each) for name, each in value.items() if str(name).endswith("Arn")), "")
    kind = arn.split(":")[5].partition("/")[0] if arn.count(":") >= 5 else ""  # noqa: PLR2004 - arn:partition:service:region:account:resource
    return f"a record of {kind}" if kind else f"an object with {', '.join(sorted(map(str, value))[:6])}"
