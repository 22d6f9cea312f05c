"""A job's log from CloudWatch, read in pages and cut at a bound."""

from __future__ import annotations

from pathlib import Path

from harness.backends.aws import Clients, mapped
from harness.errors import BackendError
from harness.model.job import JobKind

LOG_BYTES_MAX = 16 * 1024 * 1024
LOG_PAGES_MAX = 2_000
LOG_GROUPS = {JobKind.TRAINING: "/aws/sagemaker/TrainingJobs", JobKind.PROCESSING: "/aws/sagemaker/ProcessingJobs"}


def fetch_log(clients: Clients, kind: JobKind, job: str, into: Path, notes: list[str]) -> tuple[Path | None, bool]:
    """Read the stream below `<job>/`, without whose slash job-1 would match job-10 as well; say whether it was cut."""
    logs, group = clients("logs"), LOG_GROUPS[kind]
    try:
        with mapped(f"log of {job}"):
            found = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")
            streams = [str(each["logStreamName"]) for each in found.get("logStreams", ())]
            if not streams:
                notes.append("log: no stream was made")
                return None, False
            cut = _read_stream(clients, group, streams[0], into)
    except BackendError as error:
        notes.append(f"log: {error}")
        return None, False
    return into, cut


def _read_stream(clients: Clients, group: str, stream: str, into: Path) -> bool:
    logs, token, written = clients("logs"), "", 0
    with into.open("wb") as file:
        for _ in range(LOG_PAGES_MAX):
            extra = {"nextToken": token} if token else {}
            page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **extra)
            for event in page["events"]:
                written += file.write(event["message"].encode() + b"\n")
            if page["nextForwardToken"] == token or written > LOG_BYTES_MAX:
                return written > LOG_BYTES_MAX
            token = page["nextForwardToken"]
    return True
