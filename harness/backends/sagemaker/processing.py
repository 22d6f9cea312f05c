"""The folders that the service uploads for a processing job."""

from __future__ import annotations

from pathlib import Path

from harness.backends.base import FetchedOutput
from harness.backends.sagemaker.reach import Uploaded
from harness.backends.staging import download_prefix
from harness.model.job import Job


def outputs(uploaded: Uploaded, job: Job, into: Path) -> tuple[FetchedOutput, ...]:
    """One folder an output, below the run's prefix."""
    base, outputs = uploaded.base, []
    for number, output in enumerate(job.outputs):
        folder = into / f"tree-{number}"
        count = download_prefix(
            uploaded.clients, base.bucket, base.key(output.name) + "/", folder, owned=uploaded.owned
        )
        outputs.append(FetchedOutput(output.name, True, folder if count else None, base.uri(output.name)))
    return tuple(outputs)
