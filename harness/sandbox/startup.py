"""How long a platform takes to start a job: seeded, scaled in time, synthetic.

The medians are published figures; the spread is an assumption. Nothing measured on the sandbox says anything about a
real platform's startup, and whatever is shown of it has to say so.
"""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a start: lognormal around its median."""

    name: str
    median_seconds: float
    sigma: float
    source: str


# One public capture of a training job on ml.m5.large (2025-05) gives 41.6, 101.7 and 12.8 s.
_CAPTURE = "public capture of a training job, ml.m5.large, 2025-05"
PROVISION = Phase("provision", 41.6, 0.15, _CAPTURE)
DOWNLOAD = Phase("download", 101.7, 0.15, _CAPTURE)
UPLOAD = Phase("upload", 12.8, 0.15, _CAPTURE)
_WARM = "announcement of warm pools: below 20 s in all; how it splits is assumed"
WARM_PROVISION = Phase("provision-warm", 8.0, 0.10, _WARM)
WARM_DOWNLOAD = Phase("download-warm", 11.0, 0.10, _WARM)
CAPACITY_RETRY = Phase("capacity-retry", 60.0, 0.10, "assumption")
PHASES = (PROVISION, DOWNLOAD, UPLOAD, WARM_PROVISION, WARM_DOWNLOAD, CAPACITY_RETRY)


@dataclass(frozen=True, slots=True)
class StartupModel:
    """Draws delays: the same seed, subject and phase give the same delay, in whatever order they are asked for."""

    seed: int
    scale: float
    """Seconds of the sandbox per second of the platform."""

    def delay_seconds(self, phase: Phase, subject: str) -> float:
        """Draw one phase's delay for one subject, scaled."""
        digest = hashlib.sha256(f"{self.seed}\0{phase.name}\0{subject}".encode()).digest()
        drawn = random.Random(int.from_bytes(digest[:8], "big"))  # nosec B311 # seeded delays, not secrecy
        return phase.median_seconds * math.exp(drawn.gauss(0.0, phase.sigma)) * self.scale

    def scaled_seconds(self, seconds: float, least_seconds: float = 0.0) -> float:
        """Scale one of the platform's own periods (a grace, a retry), but not below a floor."""
        return max(least_seconds, seconds * self.scale)
