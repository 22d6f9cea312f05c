"""The two archives that the service uploads for a training job."""

from __future__ import annotations

from pathlib import Path

from harness.backends.base import FetchedOutput
from harness.backends.sagemaker.reach import Uploaded
from harness.backends.staging import download
from harness.model.job import Job
from harness.platforms.sagemaker.limits import MODEL_FOLDER, OUTPUT_FOLDER


def outputs(uploaded: Uploaded, job: Job, into: Path) -> tuple[FetchedOutput, ...]:
    """model.tar.gz is /opt/ml/model; output.tar.gz is /opt/ml/output/data, one folder an output."""
    archives = {
        MODEL_FOLDER: _archive(uploaded, "model.tar.gz", into),
        OUTPUT_FOLDER: _archive(uploaded, "output.tar.gz", into),
    }
    outputs = []
    for output in job.outputs:
        path = output.path.get(uploaded.side, "")
        root = MODEL_FOLDER if path == MODEL_FOLDER or path.startswith(MODEL_FOLDER + "/") else OUTPUT_FOLDER
        archive, source = archives[root]
        outputs.append(FetchedOutput(output.name, True, archive, source, inside=path.removeprefix(root).strip("/")))
    return tuple(outputs)


def _archive(uploaded: Uploaded, name: str, into: Path) -> tuple[Path | None, str]:
    base = uploaded.base
    key = base.key(uploaded.name, "output", name)
    path = into / name
    found = download(uploaded.clients, base.bucket, key, path, owned=uploaded.owned)
    return (path if found else None), f"s3://{base.bucket}/{key}"
