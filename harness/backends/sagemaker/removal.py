"""Stop a job of SageMaker, and remove what we staged for it: what is over or gone is fine, else a refusal is told."""

from __future__ import annotations

import threading

from harness.backends.aws import Clients, failed_with, mapped
from harness.backends.base import Handle
from harness.backends.sagemaker.limiter import Limiter
from harness.backends.sagemaker.reach import call, describe
from harness.backends.staging import Staging
from harness.errors import BackendError
from harness.platforms.sagemaker import translate
from harness.platforms.sagemaker.kind import facts_of

CHANNEL = ("shim.py", "spec.json", "grants.json")
"""What a run's channel holds."""
_REFUSALS = frozenset({"ValidationException", "ResourceNotFound"})
"""How a Stop refuses a job that has ended, and how Stop and Describe refuse one that is not there (API reference)."""


def stop(clients: Clients, limiter: Limiter, handle: Handle) -> None:
    """Ask for a job's stop.

    A refusal's words are those of other faults too, so the job is asked whether it goes on.

    Raises:
        BackendError: it goes on, or nobody can tell.
    """
    name, kind = handle.native["name"], handle.native["kind"]
    try:
        with mapped(f"stop {name}"):
            call(clients("sagemaker"), "stop", kind, **{f"{facts_of(kind).job}Name": name})
    except BackendError as error:
        if failed_with(error) not in _REFUSALS or _goes_on(clients, limiter, kind, name):
            raise


def _goes_on(clients: Clients, limiter: Limiter, kind: str, name: str) -> bool:
    limiter.wait(threading.Event())
    try:
        with mapped(f"describe {name}"):
            return not translate.terminal(describe(clients("sagemaker"), kind, name))
    except BackendError as error:
        if failed_with(error) in _REFUSALS:
            return False
        raise


def remove_channel(clients: Clients, staging: Staging, run: str) -> None:
    """Remove the shim's channel of a run, of which S3 does not say whether it was there.

    Raises:
        BackendError: it may still be there: a grant must not outlive its run.
    """
    for name in CHANNEL:
        try:
            with mapped(f"s3 delete {name} of {run}"):
                key = staging.place.key(run, "channel", name)
                clients("s3").delete_object(Bucket=staging.place.bucket, Key=key, **staging.owned)
        except BackendError as error:
            if failed_with(error) != "NoSuchBucket":
                raise
