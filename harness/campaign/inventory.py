"""What runs today, ranked by how soon it could move: owner, cadence, last run, suspected effects, what is in the way.

Pure: from documents of jobs, read by what `parity init` reads them with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.config.init import Drafted, InitResult, init_files
from harness.config.init_rejected import Rejected
from harness.errors import ConfigError
from harness.fields import units
from harness.model.job import Json
from harness.platforms.kubernetes import losses

SCHEMA = "parity.inventory/1"
_OWNER = ("owner", "team", "app.kubernetes.io/part-of", "app.kubernetes.io/managed-by")
"""Labels, annotations and tags that say who answers for a job, the most telling first."""
_ONCE = "topic"
"""Kind of an effect that must often not happen twice: a message that is taken, or sent to others."""
_NO_OBSTACLE = frozenset(
    {losses.PLACEMENT, losses.AGAIN, losses.ENDING, losses.PULLS, losses.NAMES, losses.ADDED, losses.TAKES}
)
"""What a cluster does for a job and SageMaker does in its own way; it is in no job's way."""
_GENERATED = re.compile(r"-[0-9]{8,11}$")
_STAMP = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}(-[0-9]{2}){0,3}(-[0-9]{3})?$")


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run that the input tells of."""

    at: str
    """RFC 3339; empty: it does not say when."""
    ended: str
    """succeeded, failed, stopped, running, or empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One job that runs today."""

    rank: int
    """From 1: the fewest things in the way first, then what runs most often."""
    kind: str
    name: str
    namespace: str
    owner: str
    """Empty: nothing says who answers for it."""
    cadence: str
    """As `1d`; empty: no schedule is known."""
    last_run: LastRun | None
    effects: tuple[str, ...]
    """What it may do besides its outputs: for a person to decide."""
    because: tuple[str, ...]
    """Why it can't move yet; empty: nothing that its document shows."""
    observing: bool
    """It may not run twice: it needs runs that others start."""


def inventory(files: Sequence[tuple[str, bytes]], objects: Iterable[Mapping[str, Json]]) -> tuple[Row, ...]:
    """Rank the jobs of some files; `objects`: everything in them, for owners and last runs.

    Raises:
        ConfigError: a file can't be read, or none of them holds a job.
    """
    result, everything = _drafts(files), list(objects)
    runs, owners = _last_runs(everything), _owners(everything)
    rows = [*_movable(result, runs, owners), *(_rejected(found, runs, owners) for found in result.rejected)]
    ranked = sorted(rows, key=lambda row: (len(row.because), _seconds(row.cadence), row.namespace, row.name))
    return tuple(_ranked(row, number) for number, row in enumerate(ranked, 1))


def _drafts(files: Sequence[tuple[str, bytes]]) -> InitResult:
    """Draft what can be; where nothing can, what was refused is the inventory still."""
    result = init_files(files, strict=False)
    if not result.drafted and not result.rejected and result.refused:
        raise ConfigError(result.refused)
    return result


def _movable(
    result: InitResult, runs: Mapping[tuple[str, str], LastRun], owners: Mapping[tuple[str, str], str]
) -> Iterator[Row]:
    for drafted in result.drafted:
        job = result.entries[drafted.repository]["jobs"][drafted.job]
        namespace, name = _place(drafted.origin)
        effects = tuple(found for decision in drafted.decide for found in decision.found)
        observing = any(effect.startswith(f"{_ONCE} ") for effect in effects)
        yield Row(
            rank=0,
            kind=drafted.origin.partition(" ")[0] if not drafted.origin.startswith("Airflow") else "Airflow task",
            name=name,
            namespace=namespace,
            owner=_of(owners, namespace, name),
            cadence=job.get("cadence", ""),
            last_run=runs.get((namespace, name)),
            effects=effects,
            because=tuple(_because(drafted, str(job.get("image") or ""), observing=observing)),
            observing=observing,
        )


def _because(drafted: Drafted, image: str, *, observing: bool) -> Iterator[str]:
    yield from (f"candidate lacks {loss.what}" for loss in drafted.lost if loss.what not in _NO_OBSTACLE)
    if ".dkr.ecr." not in image and "@sha256:" not in image:
        yield "its image is not in ECR, and not pinned by digest"
    if observing:
        yield "it may take or send messages: needs observing until somebody says that it may run twice"


def _rejected(found: Rejected, runs: Mapping[tuple[str, str], LastRun], owners: Mapping[tuple[str, str], str]) -> Row:
    return Row(
        rank=0,
        kind=found.kind,
        name=found.name,
        namespace=found.namespace,
        owner=_of(owners, found.namespace, found.name),
        cadence="",
        last_run=runs.get((found.namespace, found.name)),
        effects=(),
        because=found.because,
        observing=False,
    )


def _ranked(row: Row, number: int) -> Row:
    return replace(row, rank=number)


def _seconds(cadence: str) -> int:
    return (units.seconds(cadence) or 0) if cadence else 10**9


def _place(origin: str) -> tuple[str, str]:
    """Take an origin apart: `CronJob ml/nightly`, `TrainingJob fit`."""
    namespace, slash, name = origin.rpartition(" ")[2].partition("/")
    return (namespace, name) if slash else ("", namespace)


# -- owners and last runs ---------------------------------------------------------------------------------------------


def _keys(item: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Name an object as its row is called: by what made it, else by itself."""
    facts = _map(item.get("metadata"))
    namespace = str(facts.get("namespace") or "")
    owners = facts.get("ownerReferences")
    for owner in owners if isinstance(owners, list) else ():
        if isinstance(owner, dict):
            yield namespace, _GENERATED.sub("", str(owner.get("name")))
    labels = _map(facts.get("labels"))
    if labels.get("dag_id"):
        yield namespace, f"{labels['dag_id']}.{labels.get('task_id')}"
    name = facts.get("name") or item.get("TrainingJobName") or item.get("ProcessingJobName")
    if isinstance(name, str):
        yield namespace, name
        yield namespace, _STAMP.sub("", name)


def _owners(objects: Iterable[Mapping[str, Json]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for item in objects:
        facts = _map(item.get("metadata"))
        tags = item.get("Tags")
        said = {**_map(facts.get("annotations")), **_map(facts.get("labels"))}
        listed = [tag for tag in tags if isinstance(tag, dict)] if isinstance(tags, list) else []
        said |= {str(tag.get("Key")): tag.get("Value") for tag in listed}
        owner = next((str(said[name]) for key in _OWNER for name in said if name.lower() in {key, f"{key}s"}), "")
        for key in _keys(item):
            if owner:
                found.setdefault(key, owner)
    return found


def _of(owners: Mapping[tuple[str, str], str], namespace: str, name: str) -> str:
    return owners.get((namespace, name), "")


_SAID = {"Complete": "succeeded", "SuccessCriteriaMet": "succeeded", "Succeeded": "succeeded", "Failed": "failed"}
_SERVICE = {"Completed": "succeeded", "Failed": "failed", "Stopped": "stopped", "InProgress": "running"}


def _last_runs(objects: Iterable[Mapping[str, Json]]) -> dict[tuple[str, str], LastRun]:
    """Give the newest run of each job that the input tells of."""
    found: dict[tuple[str, str], LastRun] = {}
    for item in objects:
        run = _run_of(item)
        if run is None:
            continue
        for key in _keys(item):
            if key not in found or (run.at, run.ended) > (found[key].at, found[key].ended):
                found[key] = run
    return found


def _run_of(item: Mapping[str, Json]) -> LastRun | None:
    status = _map(item.get("status"))
    told = next((str(item[name]) for name in ("TrainingJobStatus", "ProcessingJobStatus") if item.get(name)), "")
    if told:
        return LastRun(str(item.get("LastModifiedTime") or item.get("CreationTime") or ""), _SERVICE.get(told, ""))
    if item.get("kind") == "CronJob" and (at := status.get("lastScheduleTime")):
        ok = status.get("lastSuccessfulTime")
        return LastRun(str(at), "succeeded" if isinstance(ok, str) and ok >= str(at) else "")
    conditions = status.get("conditions")
    held = [
        str(part.get("type")) for part in conditions if isinstance(part, dict) and part.get("status") == "True"
    ] if isinstance(conditions, list) else []  # fmt: skip
    ended = next((_SAID[name] for name in _SAID if name in held), _SAID.get(str(status.get("phase")), ""))
    at = status.get("completionTime") or status.get("startTime")
    return LastRun(str(at or ""), ended or ("running" if status.get("active") else "")) if at or ended else None


def _map(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
