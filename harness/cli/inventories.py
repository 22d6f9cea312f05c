"""`parity inventory`: what runs today, from documents, a namespace or an account, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from harness.campaign import inventory as ranking
from harness.campaign.inventory import Row
from harness.campaign.objects import objects_of
from harness.cli import answer
from harness.cli.drafts import files_of
from harness.config.sources import read_documents
from harness.errors import ConfigError
from harness.model.job import Json
from harness.report.text import safe_text

_BECAUSE_SHOWN = 2
_COLUMNS = ("#", "job", "kind", "owner", "cadence", "last run", "effects", "cannot move yet because")


@dataclass(frozen=True, slots=True)
class InventoryOptions:
    """What `parity inventory` was asked for."""

    sources: tuple[Path, ...]
    namespace: str
    context: str | None
    account: str | None
    region: str | None
    profile: str | None


def show(wanted: InventoryOptions) -> int:
    """Print the inventory; 5 where nothing was named."""
    files = [file for source in wanted.sources for file in files_of(source)]
    if wanted.namespace:
        files.append((f"namespace {wanted.namespace}", _dump(_namespace(wanted))))
    if wanted.account:
        files.append((f"account {wanted.account}", _dump(_account(wanted))))
    if not files:
        click.echo("nothing selected: name a file, -, --namespace or --account", err=True)
        return 5
    values = [value for file, data in files for value in _values(file, data)]
    rows = ranking.inventory(files, objects_of(values).items)
    if not rows:
        click.echo("nothing selected: no job was found", err=True)
        return 5
    answer.listing(ranking.SCHEMA, "jobs", [asdict(row) for row in rows])
    answer.lines(_table(rows))
    return 0


def _values(file: str, data: bytes) -> Iterator[Json]:
    """Give the documents of a file; one that can't be read is told of, and the others are ranked."""
    try:
        yield from (document.data for document in read_documents(file, data, "documents of jobs"))
    except ConfigError as error:
        click.echo(safe_text(str(error)), err=True)


def _dump(objects: Sequence[Mapping[str, Json]]) -> bytes:
    return json.dumps(list(objects)).encode()


def _namespace(wanted: InventoryOptions) -> Sequence[Mapping[str, Json]]:
    from harness.backends.kubernetes import live  # noqa: PLC0415 - the client is slow to import

    found: Sequence[Mapping[str, Json]] = live.everything(wanted.context, wanted.namespace)
    return found


def _account(wanted: InventoryOptions) -> Sequence[Mapping[str, Json]]:
    from harness.backends.aws import Account, Clients  # noqa: PLC0415 - the same
    from harness.backends.sagemaker import recent  # noqa: PLC0415 - the same

    return recent.read(Clients(Account(str(wanted.account), wanted.region or "us-east-1", wanted.profile, None)))


def _table(rows: Sequence[Row]) -> Sequence[str]:
    told = [_COLUMNS, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in told) for column in range(len(_COLUMNS) - 1)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[-1]]).rstrip()
        for row in told
    ]
    free, observing = sum(not row.because for row in rows), sum(row.observing for row in rows)
    count = "1 job" if len(rows) == 1 else f"{len(rows)} jobs"
    return [*lines, f"{count}: {free} with nothing in the way, {observing} need observing"]


def _cells(row: Row) -> tuple[str, ...]:
    last = " ".join(filter(None, (row.last_run.at, row.last_run.ended))) if row.last_run else ""
    more = len(row.because) - _BECAUSE_SHOWN
    because = "; ".join(row.because[:_BECAUSE_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    name = f"{row.namespace}/{row.name}" if row.namespace else row.name
    effects = ", ".join(dict.fromkeys(effect.partition(" ")[0] for effect in row.effects))
    return (str(row.rank), name, row.kind, row.owner or "-", row.cadence or "-", last or "-", effects or "-", because)
