"""What ran lately in an account: the newest answer of each training and processing job. List and describe only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from harness.backends.aws import Clients, mapped
from harness.backends.sagemaker.reach import describe, list_jobs
from harness.model.job import Json
from harness.platforms.sagemaker.kind import facts_of

KINDS = ("training", "processing")
PAGE = 100
PAGES_MAX = 10
DESCRIBED_MAX = 100
"""Names of a kind: each costs a call, of which the service takes a few a second."""
_STAMP = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}.*$")
"""What SageMaker's SDK and most launchers append to a job's name: when it was started."""


def read(clients: Clients) -> list[dict[str, Json]]:
    """Read the newest job of each name, of the newest thousand of a kind.

    Raises:
        BackendError: the service refused, or did not answer; the account is another one.
    """
    clients.identity()
    found: list[dict[str, Json]] = []
    for kind in KINDS:
        for name in _names(clients, kind):
            with mapped(f"describe {kind} job {name}"):
                found.append(_plain(describe(clients("sagemaker"), kind, name)))
    return found


def _names(clients: Clients, kind: str) -> Iterator[str]:
    """Name the newest run of each job, the newest first."""
    job, token, seen = facts_of(kind).job, "", set[str]()
    for _ in range(PAGES_MAX):
        more = {"NextToken": token} if token else {}
        with mapped(f"list {kind} jobs"):
            reply: Any = list_jobs(
                clients("sagemaker"), kind, SortBy="CreationTime", SortOrder="Descending", MaxResults=PAGE, **more
            )
        for item in reply.get(f"{job}Summaries", ()):
            name = str(item[f"{job}Name"])
            if (base := _STAMP.sub("", name)) not in seen and len(seen) < DESCRIBED_MAX:
                seen.add(base)
                yield name
        token = reply.get("NextToken", "")
        if not token:
            return


def _plain(value: Any) -> Any:  # noqa: ANN401 - boto3 has no types
    """Write an answer as its JSON says it: times as texts."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
