"""Warm pools: instances kept after a job for the next one that matches.

Rules (developer guide, "SageMaker managed warm pools"): kept after success, after a stop that came after the launch,
and after the client's own failure, never after the service's; the next job must match in role, instances, volume,
network and isolation; image and parameters are free. Where the quota is zero nothing is kept, and nobody is told.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.states import Kind
from harness.sandbox.startup import StartupModel

_MATCH = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")
_SWITCHES = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption")
_KEEP_SECONDS_MIN = 1.0


@dataclass
class _Pool:
    job: Job
    key: str
    since: float
    until: float
    reused_by: str = ""
    ended: float | None = None


class WarmPools:
    """All pools of one sandbox; retention is scaled in time."""

    def __init__(
        self, model: StartupModel, no_quota: Callable[[Job], bool], clock: Callable[[], float] = time.time
    ) -> None:
        """Start with none; `no_quota` tells whether the account may keep none of a job's instances."""
        self._model, self._no_quota, self._clock = model, no_quota, clock
        self._pools: list[_Pool] = []
        self._lock = threading.Lock()

    def take(self, job: Job) -> bool:
        """Reuse a pool that matches; False: the job starts cold."""
        now = self._clock()
        with self._lock:
            for pool in self._pools:
                free = not pool.reused_by and pool.until > now
                if job.kind is Kind.TRAINING and free and pool.key == _key(job):
                    pool.reused_by, pool.ended = job.name, now
                    return True
        return False

    def offer(self, job: Job, failure: str) -> None:
        """Keep an ending job's instances, if it asked for that and ends well enough; `failure` is its reason."""
        seconds = _keep_seconds(job)
        lost = failure.startswith(("InternalServerError", "CapacityError"))
        if seconds and job.state.started is not None and not lost and not self._no_quota(job):
            now = self._clock()
            until = now + self._model.scaled_seconds(seconds, _KEEP_SECONDS_MIN)
            with self._lock:
                self._pools.append(_Pool(job, _key(job), now, until))

    def release(self, job: Job) -> bool:
        """End a job's pool before its time; False: there is none that is available."""
        now = self._clock()
        with self._lock:
            for pool in self._pools:
                if pool.job is job and not pool.reused_by and pool.until > now:
                    pool.until = now
                    return True
        return False

    def status(self, job: Job) -> dict[str, object] | None:
        """Say what Describe says about the job's pool; None for a job that keeps none."""
        if not _keep_seconds(job):
            return None
        if not job.state.terminal:
            return {"Status": "InUse"}
        now = self._clock()
        with self._lock:
            pool = next((pool for pool in self._pools if pool.job is job), None)
        if pool is None:
            return {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": 0}
        kept = round(min(now, pool.until, pool.ended or now) - pool.since)
        if pool.reused_by:
            return {
                "Status": "Reused",
                "ResourceRetainedBillableTimeInSeconds": kept,
                "ReusedByJob": pool.reused_by,
            }
        if pool.until > now:
            return {"Status": "Available"}
        return {"Status": "Terminated", "ResourceRetainedBillableTimeInSeconds": kept}


def _keep_seconds(job: Job) -> int:
    if job.kind is not Kind.TRAINING:
        return 0
    return integer(part(job.request, "ResourceConfig").get("KeepAlivePeriodInSeconds"), 0)


def _key(job: Job) -> str:
    request, resources = job.request, part(job.request, "ResourceConfig")
    facts = {
        "home": [job.home.account, job.home.region],
        "role": request.get("RoleArn"),
        "resources": {name: resources.get(name) for name in _MATCH},
        "network": request.get("VpcConfig"),
        "switches": [bool(request.get(name)) for name in _SWITCHES],
    }
    return json.dumps(facts, sort_keys=True)
