"""What may be written of a side in `repos.yaml`, as its platform declares it: keys, defaults, and what is required."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.fields.job import BothJob, Written
from harness.model.repository import Home
from harness.platforms.kind import Kind


@dataclass(frozen=True, slots=True)
class SideForm:
    """The written form of one platform's sides."""

    settings: type[Written]
    """Keys of a side of a repository: where it runs."""
    job: type[BothJob]
    """Keys of a side of a job."""
    defaults: Mapping[str, Any]
    """Of the settings, as a user would write them."""
    job_defaults: Mapping[str, Any]
    required: Mapping[str, str]
    """Setting without a default → what is expected."""
    required_of_job: Mapping[str, str]
    build: Callable[[Mapping[str, Any]], Home]
    """Make the home of settings that are whole."""
    output_path: Callable[[Kind, str], str | None]
    """Say where an output is picked up whose path is not written; None: it must be written."""
    input_path: Callable[[Kind, str], str | None]
    """Say where an input lies whose path is not written; None: where the other side has it."""
    no_pair: Mapping[str, str]
    """Kind of job that the platform has, and that no pair can be made of → what to write instead."""
    elsewhere: Mapping[str, str]
    """Key that only this platform has → what to tell whoever writes it in a place that does not take it."""
