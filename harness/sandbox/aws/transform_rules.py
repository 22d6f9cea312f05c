"""What a CreateTransformJob request must hold beyond its model, and what this sandbox can't do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.sandbox.aws.rules import Body, integer, part, s3_only, tag_faults
from harness.sandbox.aws.wire import ServiceError, invalid, unsupported

PAYLOAD_MB = 6
"""MaxPayloadInMB left out (API model)."""
PAYLOAD_MB_MAX = 100
"""Of one payload, and of all that are under way at once (API model)."""


def check_transform(body: Body) -> None:
    """Check a CreateTransformJob request that the model found good.

    Raises:
        ServiceError: the first rule that it breaks.
    """
    for fault in (*_job(body), *_input(part(body, "TransformInput")), *tag_faults(body)):
        raise fault


def _job(body: Body) -> Iterator[ServiceError]:
    for name in ("DataCaptureConfig", "DataProcessing", "ExperimentConfig"):
        if name in body:
            yield unsupported(name)
    if integer(part(body, "TransformResources").get("InstanceCount"), 1) > 1:
        yield unsupported("TransformResources.InstanceCount above 1")
    payload = integer(body.get("MaxPayloadInMB"), PAYLOAD_MB)
    if payload == 0:
        yield unsupported("MaxPayloadInMB 0: payloads are not sent in chunks")
    parallel = integer(body.get("MaxConcurrentTransforms"), 1)
    if payload > PAYLOAD_MB_MAX or max(1, parallel) * payload > PAYLOAD_MB_MAX:
        yield invalid(
            f"MaxConcurrentTransforms ({parallel}) * MaxPayloadInMB ({payload}) must not exceed {PAYLOAD_MB_MAX}."
        )
    if body.get("BatchStrategy") == "MultiRecord" and part(body, "TransformInput").get("SplitType", "None") == "None":
        yield invalid("BatchStrategy MultiRecord requires a SplitType other than None.")
    yield from s3_only("TransformOutput.S3OutputPath", part(body, "TransformOutput").get("S3OutputPath"))


def _input(given: Body) -> Iterator[ServiceError]:
    if given.get("SplitType", "None") not in {"None", "Line"}:
        yield unsupported(f"SplitType {given['SplitType']}")
    if given.get("CompressionType", "None") != "None":
        yield unsupported(f"TransformInput.CompressionType {given['CompressionType']}")
    source = part(given, "DataSource", "S3DataSource")
    if source.get("S3DataType") not in {"S3Prefix", "ManifestFile"}:
        yield unsupported(f"S3DataType {source.get('S3DataType')} (TransformInput)")
    yield from s3_only("S3Uri of TransformInput", source.get("S3Uri"))
