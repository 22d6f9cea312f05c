"""Documents that a verdict speaks of, with all that was changed of them, for readers. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.fields.paths import key_path
from harness.model import strict_json
from harness.model.document import CAMPAIGN, CHANNEL, FOLDER, IMAGE, OUTPUT, RUN, RUN_ID, SPEC, Mutation, filled
from harness.model.job import Json, Side
from harness.model.plan import mutations_place
from harness.model.repository import Repository
from harness.report.values import DocumentView, MutationRow
from harness.report.wording import shown

NOTHING = "nothing"
_WORDS = {
    RUN: "(name of the run)",
    RUN_ID: "(id of the run)",
    CAMPAIGN: "(label of the campaign)",
    SPEC: "(digest of the shim's instructions)",
    CHANNEL: "(place of the shim)/",
    OUTPUT: "(place of the run)/",
    FOLDER: "(place of all that is the run's own)/",
}


def document_views(
    repository: Repository, planned: Mapping[str, Sequence[Mutation]], images: Mapping[str, str]
) -> tuple[DocumentView, ...]:
    """Give every document of a repository; `planned` as in the plan, `images`: by job, the pinned image."""
    return tuple(_views(repository, planned, images))


def _views(
    repository: Repository, planned: Mapping[str, Sequence[Mutation]], images: Mapping[str, str]
) -> Iterator[DocumentView]:
    for job in repository.jobs:
        for side in Side:
            document = job.sides[side].document
            if document is None:
                continue
            place = mutations_place(repository.name, job.name, side, shim=job.shim.value == "on")
            changes = filled(
                tuple(planned.get(place, ())), {**_WORDS, IMAGE: images.get(job.name, "(the image, by digest)")}
            )
            yield DocumentView(
                shown(job.name),
                side.value,
                shown(document.name),
                shown(document.taken),
                document.digest,
                tuple(mutation_row(change) for change in changes),
            )


def mutation_row(change: Mutation) -> MutationRow:
    """Word one mutation."""
    name, _, reason = change.why.partition(": ")
    return MutationRow(shown(key_path(change.path)), name, _text(change.old), _text(change.new), reason)


def _text(value: Json) -> str:
    if value is None:
        return NOTHING
    return shown(value if isinstance(value, str) else strict_json.write(value).decode().strip())
