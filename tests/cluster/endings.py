"""Ways in which work takes a SIGTERM, and the exit code that each must have as PID 1 of a container."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from observed import IDENTITY, declared

from harness import shim
from harness.backends.staging import sha256
from harness.model import strict_json
from harness.model.job import Delivery, ParameterReading, Side, SideJob
from harness.model.order import Order
from harness.model.plan import Run
from harness.platforms.shim_spec import spec_of

READY = "up and ready"
KILLED = 137
"""128 and SIGKILL: the grace was over."""


@dataclass(frozen=True, slots=True)
class Ending:
    """One way."""

    name: str
    handler: str
    """A Python expression for signal.signal; empty: none is set."""
    code: int

    @property
    def command(self) -> tuple[str, ...]:
        """Write the work: it says that it is ready, then waits for ten minutes, which nobody lets it have."""
        install = f"signal.signal(15, {self.handler}); " if self.handler else ""
        return (
            "python3",
            "-c",
            f"import os, signal, sys, time; {install}print('{READY}', flush=True); time.sleep(600)",
        )


ENDINGS = (
    Ending("handled-with-0", "lambda *_: sys.exit(0)", 0),
    Ending("handled-with-7", "lambda *_: sys.exit(7)", 7),
    Ending("no-handler", "", KILLED),
    Ending("ignored", "signal.SIG_IGN", KILLED),
)


def side_job(ending: Ending) -> SideJob:
    """Write the work as one side's part of a job."""
    return SideJob(ending.command, {}, {}, ParameterReading(Delivery.ENV))


def under_shim(ending: Ending, folder: Path) -> tuple[str, ...]:
    """Put shim and specification into the folder that the container sees as /opt/ml; give the command line."""
    job = replace(declared(outputs=()), sides=dict.fromkeys(Side, side_job(ending)))
    run = Run(f"run-{ending.name}", f"run-{ending.name}", "repo", job.name, Side.CANDIDATE, 1)
    spec = strict_json.write(spec_of(Order("c", run, job, IDENTITY), grants_path="/absent", carry=False))
    (folder / "shim.py").write_text(shim.source(), encoding="utf-8")
    (folder / "spec.json").write_bytes(spec)
    return ("python3", "/opt/ml/shim.py", "/opt/ml/spec.json", sha256(spec))
