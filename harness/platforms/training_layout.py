"""What SageMaker and its training toolkit give a program, for sides that give none of it: `layout: sagemaker`. Pure.

Source: SageMaker developer guide, "How SageMaker provides training information"; the files' content as its container
contract has it. What the toolkit makes of the files, the shim knows (`toolkit` in shim.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.model import strict_json
from harness.model.document import JobDocument
from harness.model.job import Job, Json, Layout, ShimMode, Side
from harness.model.order import Order
from harness.platforms.fault import Fault
from harness.platforms.json_parts import mappings, part

KIND = "training"
HYPERPARAMETERS = "/opt/ml/input/config/hyperparameters.json"
ROOT = "/opt/ml"
FOLDERS = {
    "parity-ml-input": "/opt/ml/input",
    "parity-ml-model": "/opt/ml/model",
    "parity-ml-output": "/opt/ml/output",
    "parity-ml-data": "/opt/ml/output/data",
}
"""Volume → where it is mounted on a platform that has no such places. /opt/ml/code is the image's."""
OWN_CHANNEL = "parity"
"""The harness's own, which a program is told nothing of."""
HOST = "algo-1"
REMEDY = "if it reads any of these, write layout: sagemaker"
COMMAND: tuple[str, ...] = ("train",)
"""What SageMaker starts an image with that is told nothing else."""
READING: Mapping[str, Any] = {"delivery": "file", "file": HYPERPARAMETERS, "as": "strings"}
"""How `train` reads its parameters."""
VARIABLES = "SM_"
"""Begins the variables of the layout; those that repeat parameters are compared, and looked at, as parameters."""
PLATFORMS_OWN = ("SM_NUM_CPUS", "SM_NUM_GPUS", "SM_RESOURCE_CONFIG", "SM_TRAINING_ENV", "TRAINING_JOB_NAME")
"""Variables that say what a platform has: they may differ."""


def is_laid_out(job: Job) -> bool:
    """Tell whether the entry asks for the layout."""
    return job.layout is Layout.SAGEMAKER


def told(order: Order, message_path: str | None) -> dict[str, Json]:
    """Say what the shim writes where no platform has; `message_path`: the file that a kubelet reads at the end."""
    job, mine = order.job, order.job.sides[order.run.side]
    instance = mine.instance_type or job.sides[order.run.side.other].instance_type or "local"
    group: Json = {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": [HOST]}
    requested = _requested(job.sides[order.run.side.other].document)
    names = [source.name for source in job.inputs if order.run.side in source.path]
    return {
        "settings": {
            "hyperparameters": {name: strict_json.text_of(value) for name, value in mine.parameters.items()},
            "inputdataconfig": {name: _channel(requested.get(name, {})) for name in names},
            "resourceconfig": {
                "current_host": HOST,
                "current_instance_type": instance,
                "current_group_name": "homogeneousCluster",
                "hosts": [HOST],
                "instance_groups": [group],
                "network_interface_name": "eth0",
            },
        },
        "variables": {"TRAINING_JOB_NAME": order.run.name},
        "own_channel": OWN_CHANNEL,
        "message_path": message_path,
    }


def _requested(document: JobDocument | None) -> dict[str, dict[str, Json]]:
    """Give the channels of the other side's request, by name; empty: it stands on none."""
    if document is None:
        return {}
    mode = part(document.content, "AlgorithmSpecification").get("TrainingInputMode")
    channels = mappings(document.content.get("InputDataConfig"))
    return {str(channel.get("ChannelName")): {"InputMode": mode, **channel} for channel in channels}


def _channel(requested: Mapping[str, Json]) -> Json:
    """Say of a channel what SageMaker says of the requested one; it is a folder of files, and never a pipe."""
    source = part(part(requested, "DataSource"), "S3DataSource")
    mode = requested.get("InputMode")
    facts: dict[str, Json] = {
        "TrainingInputMode": mode if mode == "FastFile" else "File",
        "S3DistributionType": source.get("S3DataDistributionType") or "FullyReplicated",
        "RecordWrapperType": requested.get("RecordWrapperType") or "None",
    }
    return facts | ({"ContentType": requested["ContentType"]} if "ContentType" in requested else {})


def job_faults(job: Job) -> Iterator[Fault]:
    """Refuse a layout that nobody can give."""
    if not is_laid_out(job):
        return
    if job.kind != KIND:
        hint = "SageMaker's toolkit starts training jobs only; a processing job has none of this on either side"
        yield Fault(("layout",), f"sagemaker, for a {job.kind} job", "kind: training", hint)
    if job.shim is ShimMode.OFF:
        yield Fault(("layout",), "sagemaker, with shim: off", "shim: on", "the shim gives the program its layout")


def missed(job: Job, platforms: Mapping[Side, str]) -> Iterator[str]:
    """Say what a program finds on one side only, where the entry asks for no layout."""
    elsewhere = [side for side in Side if platforms[side] != "sagemaker"]
    if job.kind != KIND or is_laid_out(job) or len(elsewhere) != 1:
        return
    side = elsewhere[0]
    yield (
        f"only on {side.other.value} the program finds /opt/ml/input/config, /opt/ml/model and"
        f" /opt/ml/output/failure; on {side.value} a program that opens them fails"
    )
    if job.sides[side.other].command[:1] != COMMAND:
        yield "on neither side it finds SM_* variables, which the toolkit's `train` sets"
