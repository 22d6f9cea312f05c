"""What a kind of job is: where its files are, and what each platform that runs it needs to know. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of job, such as training."""

    name: str
    """As in `repos.yaml`, in plans and in handles."""
    input_path: Callable[[str], str]
    """Where an input is inside the container, by its name, on a side that writes no path."""
    output_path: Callable[[str], str]
    """Where an output is inside the container, by its name, on a candidate that writes no path."""
    on: Mapping[str, object]
    """By platform, what that platform needs to know of the kind; a platform that needs nothing runs every kind."""
