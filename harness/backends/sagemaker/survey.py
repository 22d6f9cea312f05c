"""Ask about many silent jobs at once: one paged List instead of a Describe each (reference: sagemaker 5.4)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

from harness.backends.aws import Clients, mapped
from harness.backends.sagemaker.limiter import Limiter
from harness.backends.sagemaker.reach import list_jobs
from harness.platforms.sagemaker.kind import facts_of
from harness.platforms.sagemaker.translate import read_time

LIST_FROM = 10
"""So many silent jobs make a List of a hundred cheaper than Describes, at two Lists against five Describes a second."""
PAGE = 100
PAGES_MAX = 200
"""The service cuts pages first and filters then, so that pages may be short or empty; the loop needs its own end."""


def running(
    clients: Clients, lists: Limiter, kind: str, prefix: str, *, stop: threading.Event
) -> Iterator[tuple[str, float]]:
    """Name the jobs that are in progress, with the time of their last change (epoch seconds, service's clock).

    Raises:
        BackendError: the service refused, or did not answer.
    """
    job, token = facts_of(kind).job, ""
    sagemaker = clients("sagemaker")
    for _ in range(PAGES_MAX):
        if not lists.wait(stop):
            return
        extra = {"NextToken": token} if token else {}
        with mapped(f"list {kind} jobs"):
            reply: Any = list_jobs(
                sagemaker, kind, NameContains=prefix, StatusEquals="InProgress", MaxResults=PAGE, **extra
            )
        for item in reply.get(f"{job}Summaries", ()):
            at = read_time(item.get("LastModifiedTime"))
            yield str(item[f"{job}Name"]), at.seconds if at else 0.0
        token = reply.get("NextToken", "")
        if not token:
            return
