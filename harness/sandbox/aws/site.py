"""What all jobs of one sandbox share."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox import process, startup
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.pools import WarmPools
from harness.sandbox.block.outlet import Outlet
from harness.sandbox.faults import Faults
from harness.sandbox.images import ImageStore


@dataclass(frozen=True, slots=True)
class Site:
    """Images, delays, faults, and the ways to a job's role and end."""

    images: ImageStore
    directory: Path
    model: startup.StartupModel
    faults: Faults
    pools: WarmPools
    isolation: process.Isolation
    role_environment: Callable[[Job], Mapping[str, str]]
    closing: threading.Event
    outlet: Outlet
    """What a blocked job still reaches."""
    clock: Callable[[], float] = time.time
