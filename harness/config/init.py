"""The first `repos.yaml` from what a team has already: documents of its jobs, of any kind."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from harness.config.entry import Decision, complete
from harness.config.init_rejected import Rejected, name_of, problem_of, rejected, shape_of
from harness.config.load import problems_of
from harness.config.outside import credentials
from harness.config.sources import SourceDocument, read_documents
from harness.config.yaml_text import dump
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json
from harness.platforms import platforms
from harness.platforms.draft import Draft, NotCarriedError, label
from harness.platforms.fault import Fault
from harness.platforms.tracked import Tracked

EDITOR_LINE = "# yaml-language-server: $schema=./repos.schema.json\n# made by: parity schema > repos.schema.json\n"
FILE = "repos.yaml"
FROM = "from "
"""What the comment of an entry begins with that says which job it was drafted from."""
_RENDERED = frozenset({"Kustomization", "HelmRelease", "Application"})
_SHOWN_KINDS = 40
_WHERE_MAX = 6
"""Places of one loss that are kept."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What an entry lacks of its document, and that matters."""

    what: str
    where: tuple[str, ...]
    """Fields of the document; empty: it stands in none."""
    leaves: int


@dataclass(frozen=True, slots=True)
class Drafted:
    """One job that became an entry, and what became of every value of its document."""

    repository: str
    job: str
    origin: str
    """`CronJob ml/nightly`."""
    file: str
    decide: tuple[Decision, ...]
    lost: tuple[Loss, ...]
    unimportant: int
    """Leaves of which nothing was made, and that do not matter: what a server adds, defaults, labels."""
    carried: int
    leaves: int
    """carried + unimportant + those of `lost`."""


@dataclass(frozen=True, slots=True)
class InitResult:
    """Entries, and everything that their reader still has to look at."""

    yaml_text: str
    entries: Mapping[str, Mapping[str, Any]]
    """Repository → its entry."""
    notes: Mapping[str, str]
    """Dotted key below `repositories` → comment."""
    drafted: tuple[Drafted, ...]
    refused: tuple[Problem, ...]
    """Jobs that became no entry, and why."""
    beside: Mapping[str, int]
    """Kinds of objects that are no jobs, with how many."""
    problems: tuple[Problem, ...]
    """What `check` says of the file besides its stand-ins; normally nothing."""
    rejected: tuple[Rejected, ...] = ()
    """The jobs that `refused` is about."""


@dataclass(slots=True)
class _Gathered:
    """Drafts of an input, before they have names."""

    drafts: dict[str, tuple[SourceDocument, Draft, Tracked]] = field(default_factory=dict)
    """By origin; of several runs of one job the newest."""
    refused: list[Problem] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    beside: Counter[str] = field(default_factory=Counter)


def init_from(data: bytes, file: str) -> InitResult:
    """Write entries for the documents of one file; see `init_files`."""
    return init_files([(file, data)])


def init_files(
    files: Sequence[tuple[str, bytes]],
    known: Mapping[str, str] | None = None,
    given: frozenset[str] = frozenset(),
    *,
    paths: Mapping[str, str] | None = None,
    strict: bool = True,
) -> InitResult:
    """Write the smallest entry for each job of some files: as its platform has it, or what was said of one.

    `known`: repositories that are there already → what each was drafted from; empty: nobody says. `given`: keys that
    the defaults of the file give, and that no entry has to. `paths`: files that entries may stand on → what an entry
    calls them; any other job is written short.

    Raises:
        ConfigError: where `strict`: a file can't be read, is a template, or nothing in them is a job.
    """
    expected = ", or ".join(platform.drafts.documents for platform in platforms())
    documents: list[SourceDocument] = []
    unread: list[Problem] = []
    for file, data in files:
        try:
            documents += read_documents(file, data, expected)
        except ConfigError as error:
            unread += error.problems
    objects = [piece for document in documents for piece in _taken_apart(document)]
    gathered = _gather(objects)
    gathered.refused += unread
    if not gathered.drafts and strict:
        raise ConfigError(tuple(gathered.refused) or (_no_job(objects, files, expected),))
    return _result(gathered, dict(known or {}), given, _standing(gathered, paths or {}))


def _taken_apart(document: SourceDocument) -> Iterator[tuple[SourceDocument, Path, Json]]:
    """Take lists apart; each object keeps its path inside the document."""
    stack: list[tuple[Path, Json]] = [((), document.data)]
    while stack:
        path, value = stack.pop()
        items: Json = None
        at = path
        if isinstance(value, list):
            items = value
        elif isinstance(value, dict) and isinstance(value.get("items"), list) and "spec" not in value:
            items, at = value["items"], (*path, "items")
        if isinstance(items, list):
            kind = str(value.get("kind") or "").removesuffix("List") if isinstance(value, dict) else ""
            version = value.get("apiVersion") if isinstance(value, dict) else None
            stack.extend(
                ((*at, number), _with_kind(item, kind, version)) for number, item in reversed(list(enumerate(items)))
            )
        elif value is not None:
            yield document, path, value


def _with_kind(item: Json, kind: str, version: Json) -> Json:
    """Give an item of a typed list its kind, which the list names once."""
    if isinstance(item, dict) and kind and "kind" not in item:
        return {"apiVersion": version, "kind": kind, **item}
    return item


def _gather(objects: Sequence[tuple[SourceDocument, Path, Json]]) -> _Gathered:
    gathered = _Gathered()
    others = [value for _, _, value in objects if isinstance(value, dict)]
    owned = _owned_by_known(others)
    for document, path, value in objects:
        if isinstance(value, dict) and _identity(value) in owned:
            gathered.beside[f"{value.get('kind')} of a job above"] += 1
            continue
        try:
            found = _draft(value, others)
        except NotCarriedError as error:
            gathered.refused += [problem_of(document, path, fault, name_of(value)) for fault in error.faults]
            gathered.rejected.append(rejected(value, error.faults))
            continue
        if found is None:
            _not_a_job(gathered, document, path, value)
            continue
        draft, tracked = found
        if faults := [_credential(draft, where, rule) for where, rule in credentials(draft.job)]:
            gathered.refused += [problem_of(document, path, fault, draft.origin) for fault in faults]
            why = tuple(f"{fault.found} in {fault.path[0]}" for fault in faults)
            gathered.rejected.append(Rejected(draft.kind, draft.own_name, draft.namespace, why))
        elif (before := gathered.drafts.get(draft.origin)) is None or before[1].job == draft.job:
            gathered.drafts[draft.origin] = (document, draft, tracked)
        elif _is_newer(tracked, before[2]):
            gathered.drafts[draft.origin] = (document, draft, tracked)
            gathered.beside[f"older run of {draft.origin}"] += 1
        else:
            gathered.beside[f"older run of {draft.origin}"] += 1
    return gathered


def _draft(value: Json, others: Sequence[Mapping[str, Json]]) -> tuple[Draft, Tracked] | None:
    for drafts in (platform.drafts for platform in platforms()):
        tracked = Tracked(drafts.normal(value))
        if (draft := drafts.read(tracked, others)) is not None:
            return draft, tracked
    return None


def _identity(value: Mapping[str, Json]) -> tuple[str, str]:
    metadata = value.get("metadata")
    uid = metadata.get("uid") if isinstance(metadata, dict) else None
    return str(value.get("kind")), uid if isinstance(uid, str) else ""


def _owned_by_known(others: Sequence[Mapping[str, Json]]) -> frozenset[tuple[str, str]]:
    """List objects whose owner is in the input: the owner is read, and says all that they do."""
    uids = {uid for value in others for _, uid in [_identity(value)] if uid}
    found = set()
    for value in others:
        metadata = value.get("metadata")
        owners = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
        for owner in owners if isinstance(owners, list) else ():
            if isinstance(owner, dict) and str(owner.get("uid")) in uids and _identity(value)[1]:
                found.add(_identity(value))
    return frozenset(found)


def _is_newer(tracked: Tracked, before: Tracked) -> bool:
    return _created(tracked) >= _created(before)


def _created(tracked: Tracked) -> str:
    return str(tracked.look("metadata", "creationTimestamp") or tracked.look("CreationTime") or "")


# -- what became no entry ---------------------------------------------------------------------------------------------


def _credential(draft: Draft, where: str, rule: str) -> Fault:
    hint = f"take it out of the command and hand it over as a secret; then run init again ({draft.origin})"
    return Fault((where,), f"credentials ({rule})", "no credentials in a command", hint)


def _not_a_job(gathered: _Gathered, document: SourceDocument, path: Path, value: Json) -> None:
    """Count what is no job; what has to be rendered first is refused."""
    kind = str(value.get("kind") or "") if isinstance(value, dict) else ""
    hint = _hint_of(value)
    if kind in _RENDERED:
        fault = Fault(("kind",), f"{kind}, which only says how jobs are rendered", "documents that were rendered", hint)
        gathered.refused.append(problem_of(document, path, fault, name_of(value)))
        return
    if len(gathered.beside) < _SHOWN_KINDS:
        gathered.beside[kind or "something else"] += 1


def _hint_of(value: Json) -> str:
    return next(filter(None, (platform.drafts.hint(Tracked(value)) for platform in platforms())), "")


def _no_job(
    objects: Sequence[tuple[SourceDocument, Path, Json]], files: Sequence[tuple[str, bytes]], expected: str
) -> Problem:
    if not objects:
        return Problem(files[0][0] if files else "input", 1, 1, "kind", "nothing", expected)
    document, path, value = objects[0]
    kinds = dict.fromkeys(shape_of(found) for _, _, found in objects[:5])
    place = document.place((*path, "kind"))
    return Problem(document.file, place.line, place.column, "kind", ", ".join(kinds), expected, _hint_of(value))


# -- entries ----------------------------------------------------------------------------------------------------------


def _standing(gathered: _Gathered, paths: Mapping[str, str]) -> Mapping[str, str]:
    """Say what document each draft can stand on, by its origin; of a file with several jobs each has its name."""
    count = Counter(document.file for document, _, _ in gathered.drafts.values())
    found: dict[str, str] = {}
    for origin, (document, draft, tracked) in gathered.drafts.items():
        if draft.document and document.file in paths:
            name = tracked.look("metadata", "name")
            several = count[document.file] > 1 and isinstance(name, str)
            found[origin] = f"{paths[document.file]}#{name}" if several else paths[document.file]
    return found


def _result(
    gathered: _Gathered, known: dict[str, str], given: frozenset[str], standing: Mapping[str, str]
) -> InitResult:
    entries: dict[str, dict[str, Any]] = {}
    notes: dict[str, str] = {}
    drafted: list[Drafted] = []
    for document, draft, tracked in gathered.drafts.values():
        name = _name(draft, known)
        known[name] = _family(draft)
        done = complete(draft, name, given, standing.get(draft.origin, ""))
        if name in entries:
            entries[name]["jobs"] = {**entries[name]["jobs"], **done.entry["jobs"]}
        else:
            entries[name] = done.entry
        notes |= {f"{name}.{key}": note for key, note in done.notes.items()}
        notes[name] = f"{FROM}{_family(draft)}"
        accounted = _accounted(document, draft, tracked, name, decide=done.decide)
        drafted.append(_on_document(accounted, draft) if draft.origin in standing else accounted)
    text = EDITOR_LINE + dump({"repositories": entries}, {f"repositories.{key}": note for key, note in notes.items()})
    return InitResult(
        yaml_text=text,
        entries=entries,
        notes=notes,
        drafted=tuple(drafted),
        refused=ConfigError(tuple(gathered.refused)).problems,
        beside=dict(gathered.beside),
        problems=problems_of(text.encode(), FILE) if entries else (),
        rejected=tuple(gathered.rejected),
    )


def _on_document(accounted: Drafted, draft: Draft) -> Drafted:
    """Say of a job that stands on its document what only the other side lacks: on its own nothing is lost."""
    other = "candidate" if draft.document == "manifest" else "legacy"
    lost = tuple(replace(loss, what=f"on {other}, {loss.what}") for loss in accounted.lost)
    return replace(accounted, lost=lost)


def _family(draft: Draft) -> str:
    """Name what a repository was drafted from: the document, or what several of them are tasks of."""
    if draft.job_name in {"main", "train", "process"}:
        return draft.origin
    whole = draft.own_name.partition(".")[0]
    return f"{draft.kind}s {draft.namespace}/{whole}" if draft.namespace else f"{draft.kind}s {whole}"


def _name(draft: Draft, known: Mapping[str, str]) -> str:
    """Name a repository so that no two jobs share a name, whatever is cut or replaced in it."""
    family = _family(draft)
    for name, of in known.items():
        if of == family:
            return name
    digest = hashlib.sha256(family.encode()).hexdigest()[:6]
    tries = (draft.name, label(f"{draft.namespace}-{draft.name}"), f"{label(draft.name, 29)}-{digest}")
    return next(name for name in tries if name not in known or name == tries[-1])


def _accounted(
    document: SourceDocument, draft: Draft, tracked: Tracked, name: str, *, decide: tuple[Decision, ...]
) -> Drafted:
    """Account for every leaf of a document: carried, lost by name, or counted as unimportant."""
    where: dict[str, list[str]] = {}
    unimportant = left = 0
    for path, whole, value in tracked.left():
        left += 1
        if what := draft.loss(path, value):
            where.setdefault(what, []).append(key_path(whole))
        else:
            unimportant += 1
    lost = [Loss(what, tuple(_shortened(paths)), len(paths)) for what, paths in where.items()]
    lost += [Loss(what, (), 0) for what in draft.missing]
    leaves = sum(1 for _ in tracked.leaves())
    return Drafted(
        name, draft.job_name, draft.origin, document.file, decide, tuple(lost), unimportant, leaves - left, leaves
    )


def _shortened(paths: Sequence[str]) -> Iterator[str]:
    """Name each part once, without what the path of every pod begins with."""
    parts = list(dict.fromkeys(_bare(path) for path in paths))
    yield from parts[:_WHERE_MAX]
    if len(parts) > _WHERE_MAX:
        yield f"{len(parts) - _WHERE_MAX} more"


def _bare(path: str) -> str:
    for base in ("spec.jobTemplate.", "spec.template.spec.", "spec."):
        path = path.removeprefix(base)
    return path
