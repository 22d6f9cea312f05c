"""What a job leaves, on its way to its buckets."""

from __future__ import annotations

from pathlib import Path

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.layout import Layout
from harness.sandbox.aws.rules import part, parts
from harness.sandbox.aws.states import Kind
from harness.sandbox.aws.storage import pack, upload_file, upload_folder


def upload(job: Job, place: Layout, scratch: Path) -> str:
    """Upload everything; give the URI of a training job's model, empty when there is none.

    Raises:
        TransferError: a bucket refused it.
    """
    if job.kind is Kind.PROCESSING:
        for output in parts(job.request, "ProcessingOutputConfig", "Outputs"):
            target = part(output, "S3Output")
            upload_folder(job.home, place.at(str(target["LocalPath"])), str(target["S3Uri"]))
        return ""
    config = part(job.request, "OutputDataConfig")
    base = f"{str(config['S3OutputPath']).rstrip('/')}/{job.name}/output"
    if config.get("CompressionType") == "NONE":
        count = upload_folder(job.home, place.model, f"{base}/model")
        upload_folder(job.home, place.data, f"{base}/data")
        return f"{base}/model/" if count else ""
    model = _archive(job, place.model, scratch / "model.tar.gz", f"{base}/model.tar.gz")
    _archive(job, place.data, scratch / "output.tar.gz", f"{base}/output.tar.gz")
    return model


def _archive(job: Job, folder: Path, archive: Path, uri: str) -> str:
    """Pack a folder and upload it; an empty one leaves no artifact."""
    if not pack(folder, archive):
        return ""
    upload_file(job.home, archive, uri)
    archive.unlink()
    return uri
