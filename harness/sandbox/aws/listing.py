"""List calls: sorted, cut into pages, then filtered by status as the service does. Pure."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import integer
from harness.sandbox.aws.wire import invalid

PAGE = 10
"""MaxResults left out; the model holds the maximum of 100."""

Key = tuple[str | float, str]


def page(jobs: Iterable[Job], body: Mapping[str, object]) -> tuple[list[Job], str | None]:
    """Give one page and the token of the next.

    A page is cut before StatusEquals is looked at: it may be short, even empty, and still have a successor.
    The token names the last job of the page, so that jobs created meanwhile shift nothing.

    Raises:
        ServiceError: a token that is none of ours.
    """
    key = _sort_key(str(body.get("SortBy", "CreationTime")))
    down = body.get("SortOrder") == "Descending"
    ordered = sorted((job for job in jobs if _within(job, body)), key=key, reverse=down)
    after = _read_token(body.get("NextToken"))
    if after is not None:
        ordered = [job for job in ordered if (key(job) < after if down else key(job) > after)]
    size = integer(body.get("MaxResults"), PAGE)
    cut, more = ordered[:size], len(ordered) > size
    status = body.get("StatusEquals")
    shown = [job for job in cut if status in (None, job.state.status)]
    return shown, _token(key(cut[-1])) if more else None


def _within(job: Job, body: Mapping[str, object]) -> bool:
    contains = body.get("NameContains")
    if isinstance(contains, str) and contains.lower() not in job.name.lower():
        return False
    times = (("CreationTime", job.created), ("LastModifiedTime", job.state.modified))
    for name, value in times:
        after, before = body.get(f"{name}After"), body.get(f"{name}Before")
        if isinstance(after, int | float) and value <= after:
            return False
        if isinstance(before, int | float) and value >= before:
            return False
    return True


def _sort_key(by: str) -> Callable[[Job], Key]:
    match by:
        case "Name":
            return lambda job: (job.name, job.name)
        case "Status":
            return lambda job: (job.state.status, job.name)
        case _:
            return lambda job: (job.created, job.name)


def _token(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _read_token(token: object) -> Key | None:
    if token is None:
        return None
    try:
        first, name = json.loads(base64.urlsafe_b64decode(str(token)))
    except (ValueError, binascii.Error) as error:
        raise invalid("Invalid NextToken.") from error
    return first, str(name)
