"""What a job leaves, on its way to its buckets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.layout import Layout
from harness.sandbox.aws.rules import part, parts
from harness.sandbox.aws.states import Kind
from harness.sandbox.aws.storage import pack, upload_file, upload_folder

TRANSFORMED = "transformed"
"""The folder of a transform job's finished objects, beside the job."""


def upload(job: Job, places: Sequence[Layout], scratch: Path) -> str:
    """Upload everything; give the URI of a training job's model, empty when there is none.

    All hosts write to the same keys. Where two left a file of one name, the first host's stands (assumed).

    Raises:
        TransferError: a bucket refused it.
    """
    if job.kind is Kind.PROCESSING:
        for output in parts(job.request, "ProcessingOutputConfig", "Outputs"):
            target = part(output, "S3Output")
            _folders(job, [place.at(str(target["LocalPath"])) for place in places], str(target["S3Uri"]))
        return ""
    if job.kind is Kind.TRANSFORM:
        upload_folder(job.home, scratch / TRANSFORMED, str(part(job.request, "TransformOutput")["S3OutputPath"]))
        return ""
    config = part(job.request, "OutputDataConfig")
    base = f"{str(config['S3OutputPath']).rstrip('/')}/{job.name}/output"
    if config.get("CompressionType") == "NONE":
        count = _folders(job, [place.model for place in places], f"{base}/model")
        _folders(job, [place.data for place in places], f"{base}/data")
        return f"{base}/model/" if count else ""
    model = _archive(job, [place.model for place in places], scratch / "model.tar.gz", f"{base}/model.tar.gz")
    _archive(job, [place.data for place in places], scratch / "output.tar.gz", f"{base}/output.tar.gz")
    return model


def _folders(job: Job, folders: Sequence[Path], uri: str) -> int:
    """Upload every host's files, the first host's last."""
    return sum(upload_folder(job.home, folder, uri) for folder in reversed(folders))


def _archive(job: Job, folders: Sequence[Path], archive: Path, uri: str) -> str:
    """Pack every host's folder into one archive and upload it; nothing at all leaves no artifact."""
    if not pack(folders, archive):
        return ""
    upload_file(job.home, archive, uri)
    archive.unlink()
    return uri
