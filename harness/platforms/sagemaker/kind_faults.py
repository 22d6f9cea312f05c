"""What is wrong with what a kind of job says of SageMaker, found before a repository uses the kind.

Each of these would otherwise show in the first campaign, or as an error of the harness.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import FunctionType

from harness.errors import PluginUnusable
from harness.platforms.kind import Kind
from harness.platforms.sagemaker import service_model
from harness.platforms.sagemaker.kind import PLATFORM_NAME, SageMakerKind, on_sagemaker
from harness.plugins import load

_EXAMPLE = "model"
"""Name of an input and an output."""


def kind_faults(kind: Kind) -> Iterator[str]:
    """Find what is wrong with what a kind says of SageMaker; nothing where it says nothing of it."""
    if PLATFORM_NAME not in kind.on:
        return
    facts = on_sagemaker(kind)
    if facts is None:
        found = type(kind.on[PLATFORM_NAME]).__name__
        yield f"on['{PLATFORM_NAME}'] is a {found}: expected a SageMakerKind (harness/platforms/sagemaker/kind.py)"
        return
    yield from _words(facts)
    yield from _paths(kind, facts)
    try:
        load(facts.fetched, FunctionType)
    except PluginUnusable as error:
        yield f"fetched: {error}"


def _words(facts: SageMakerKind) -> Iterator[str]:
    """Hold its words against the API's model as botocore ships it."""
    calls = [f"{verb}{facts.job}" for verb in ("Create", "Describe", "Stop")]
    missing = [call for call in calls if not service_model.has_operation(call)]
    if missing:
        yield f"job is {facts.job!r}: {service_model.API} has no {', '.join(missing)}"
    if not service_model.has_shape(facts.instance_shape):
        yield f"instance_shape is {facts.instance_shape!r}: {service_model.API} has no such shape"


def _paths(kind: Kind, facts: SageMakerKind) -> Iterator[str]:
    """Hold its own paths against those that the service serves: a side that writes no path would be refused."""
    output, given = kind.output_path(_EXAMPLE), kind.input_path(_EXAMPLE)
    if not facts.uploads(output):
        folders = " or ".join(facts.output_folders)
        yield f"output_path gives {output}: SageMaker uploads only what is under {folders} (output_folders)"
    if facts.input_root and not given.startswith(f"{facts.input_root}/"):
        yield f"input_path gives {given}: SageMaker puts inputs only under {facts.input_root}/ (input_root)"
