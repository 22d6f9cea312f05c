"""Documents of SageMaker jobs that can be drafted: answers, requests, and ACK's objects as requests. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from harness.model.job import Json
from harness.parents.ack import ACK
from harness.platforms.draft import NotCarriedError
from harness.platforms.fault import Fault

_WORDS = {"URI": "Uri", "ARN": "Arn", "IDs": "Ids", "ID": "Id"}
_WORD = re.compile(r"(URI|ARN|IDs|ID)(?=[A-Z]|$)")
_OWN_NAMES = frozenset({"Environment", "HyperParameters"})
"""Maps whose keys are the user's own words."""
_NOT_PAIRED = {
    "HyperParameterTuningJobName": "a tuning job, which is many training jobs",
    "AutoMLJobName": "an AutoML job, which is many training jobs",
    "TransformJobName": "a transform job",
    "PipelineName": "a pipeline, which is many jobs",
    "PipelineDefinition": "a pipeline, which is many jobs",
    "EndpointName": "an endpoint, which has no end",
    "ModelName": "a model",
}


def as_request(value: Json) -> Json:
    """Write one of ACK's objects in the words of the API; anything else stays as it is."""
    if not isinstance(value, dict) or not ACK.is_of(value):
        return value
    spec = value.get("spec")
    rest = {name: part for name, part in value.items() if name != "spec"}
    return {**(_renamed(spec) if isinstance(spec, dict) else {}), **rest}


def _renamed(spec: Mapping[str, Json]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, value in spec.items():
        key = _WORD.sub(lambda match: _WORDS[match[1]], f"{name[:1].upper()}{name[1:]}")
        found[key] = value if key in _OWN_NAMES else _inner(value)
    return found


def _inner(value: Json) -> Json:
    if isinstance(value, dict):
        return _renamed(value)
    return [_inner(part) for part in value] if isinstance(value, list) else value


def refuse_unpaired(document: Mapping[str, Json]) -> None:
    """Refuse documents of SageMaker that no pair can be made of, by name.

    Raises:
        NotCarriedError: it is one of them.
    """
    if "TrainingJobName" in document or "ProcessingJobName" in document:
        return
    for name, what in _NOT_PAIRED.items():
        if name in document:
            hint = "give one of the training or processing jobs that it starts"
            raise NotCarriedError(Fault((name,), what, "a training or a processing job", hint))
