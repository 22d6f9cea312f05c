"""What `parity plan` says of the documents that a job stands on."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model.job import Job
from harness.model.repository import Repository
from harness.report.documents import document_views
from harness.report.text import safe_text
from harness.report.wording import counted
from harness.runner.plan import mutations_of


def mutation_lines(repository: Repository, job: Job) -> Iterator[str]:
    """Name each document of a job, and list all that would be changed of it."""
    for document in document_views(repository, mutations_of(repository, job), {}):
        if document.job == job.name:
            count = counted(len(document.mutations), "change")
            yield safe_text(
                f"{document.side} stands on {document.name} ({document.taken}, {document.digest}), {count}:"
            )
            for row in document.mutations:
                yield safe_text(f"  {row.name}: {row.key}: {row.old} -> {row.new} ({row.why})")
