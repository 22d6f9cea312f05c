"""What presigned grants can't carry, refused before a job that needs them has anything."""

from __future__ import annotations

from harness.backends.aws import Signer
from harness.errors import Refused
from harness.model.clock import iso
from harness.model.job import Job

PART_BYTES = 8 * 1024 * 1024
PARTS_MAX = 1_000
"""S3 allows 10,000; a grant carries one URL a part and has to fit a Secret of 1 MiB (Kubernetes)."""
GRANT_SECONDS_MAX = 7 * 24 * 3600
"""Longest life of a SigV4 presigned URL (S3 user guide)."""
GRANT_SLACK_SECONDS = 3600
AROUND_JOB_SECONDS = 900
"""For a start and an upload of usual length: shorter than the slack, which one-hour sessions could never have."""


def check_grants(job: Job) -> None:
    """Refuse at plan what grants can't carry.

    Raises:
        Refused: an output may be larger than all parts, or the job may outlive its URLs.
    """
    for output in job.outputs:
        if output.bytes_max > PART_BYTES * PARTS_MAX:
            message = (
                f"{job.name}: output {output.name} may be {output.bytes_max} bytes, the shim carries at most "
                f"{PART_BYTES * PARTS_MAX}: let the job write it to a URI by itself"
            )
            raise Refused(message)
    if job.time_limit_seconds + GRANT_SLACK_SECONDS > GRANT_SECONDS_MAX:
        message = (
            f"{job.name}: a time limit of {job.time_limit_seconds} s outlives presigned URLs of {GRANT_SECONDS_MAX} s"
        )
        raise Refused(message)


def check_signer(job: Job, signer: Signer, now: float) -> None:
    """Refuse grants that would end with the credentials that sign them, before the job that needs them has.

    A presigned URL is valid until its own end or that of the credentials, whichever is first (S3 user guide, "Sharing
    objects with presigned URLs"); renewed credentials do not help a URL that was signed with the earlier ones.

    Raises:
        Refused: says which credentials, when they end, until when they are needed, and what to do.
    """
    until = now + job.time_limit_seconds + AROUND_JOB_SECONDS
    if signer.expires_seconds is None or signer.expires_seconds >= until:
        return
    needed = f"time limit {job.time_limit_seconds} s, and {AROUND_JOB_SECONDS} s for start and upload"
    ends = f"presigned URLs of {signer.name} end with those credentials, at {iso(signer.expires_seconds)}"
    message = (
        f"{job.name}: {ends}, and the job needs them until {iso(until)} ({needed}). Renew the credentials with a "
        "longer session (`aws sso login`, or duration_seconds of the profile up to the role's max-session-duration), "
        "use credentials that do not expire, or lower the job's time_limit"
    )
    raise Refused(message)
