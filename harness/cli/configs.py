"""Commands around repos.yaml."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from harness.campaign import answers, inventory
from harness.cli import answer, ci, metric_readings, sandbox_needs, versions
from harness.cli.columns import COLUMNS
from harness.cli.reading import document
from harness.cli.sandbox_problems import sandbox_problems
from harness.config import load as loading
from harness.config.documents import documents
from harness.config.rules import waivers_too_far
from harness.config.schema import schema as repos_schema
from harness.cutover import table
from harness.errors import ConfigError, Problem
from harness.model.clock import SystemClock
from harness.platforms.sagemaker import preflight
from harness.report import comparison
from harness.report.text import safe_text


def check_for_programs(path: Path, *, sandbox: bool) -> int:
    """Answer with every problem of repos.yaml; 2 when there is one."""
    problems = _problems(path, sandbox=sandbox)
    answer.rows(asdict(problem) for problem in problems)
    return 2 if problems else 0


def _problems(path: Path, *, sandbox: bool) -> tuple[Problem, ...]:
    refused = (
        problem
        for found in loading.sound(path, sandbox=sandbox)
        for problem in preflight.problems(found.repository, found.place)
    )
    of_sandbox = sandbox_problems(path) if sandbox else ()
    return ConfigError((*loading.check(path, sandbox=sandbox), *refused, *_too_far(path), *of_sandbox)).problems


def check(path: Path, request: Path | None, log: Path | None = None, *, sandbox: bool = False) -> int:
    """Print every problem, of the file and of what SageMaker would refuse; 2 when there is one.

    `log`: without a problem, show what each metric would read from it; 3 where one would not be read. `sandbox`: what
    its cluster can't do of a manifest is a problem as well.
    """
    if request is not None:
        return _check_request(request)
    problems = _problems(path, sandbox=sandbox)
    for problem in problems:
        click.echo(safe_text(str(problem)), err=True)
    if problems:
        ci.tell_problems(problems)
        return 2
    repositories = loading.load(path, sandbox=sandbox)
    commands = [safe_text(sandbox_needs.command_of(repository)) for repository in repositories] if sandbox else []
    answer.lines([f"{path}: {_counted(len(repositories))}, no problem", *commands])
    return 0 if log is None else metric_readings.show(path, log)


def _too_far(path: Path) -> Iterator[Problem]:
    """Find waivers that would be refused if a campaign were planned now."""
    today = datetime.fromtimestamp(SystemClock().now(), UTC).date()
    for found in loading.sound(path):
        for fault in waivers_too_far(found.repository, today):
            key = f"repositories.{found.repository.name}.waivers[{fault.path[1]}].last_day"
            yield Problem(*found.place(fault.path), key, fault.found, fault.expected, fault.hint)


def _counted(repositories: int) -> str:
    return "1 repository" if repositories == 1 else f"{repositories} repositories"


def _check_request(path: Path) -> int:
    """Check one Create request of a training, processing, transform or tuning job."""
    body, *rest = documents(str(path), document(path), "a Create request in JSON")
    names = [name for name in preflight.OPERATIONS if isinstance(body, dict) and name in body]
    if not isinstance(body, dict) or len(names) != 1 or rest:
        expected = f"a Create request: a map with one of {', '.join(preflight.OPERATIONS)}"
        raise ConfigError((Problem(str(path), 0, 0, "request", "something else", expected),))
    refusals = preflight.of_request(str(body[names[0]]), preflight.OPERATIONS[names[0]], body)
    for problem in preflight.problems_of_request(refusals, str(path)):
        click.echo(safe_text(str(problem)), err=True)
    if not refusals:
        answer.lines([f"{path}: {preflight.OPERATIONS[names[0]]}, no problem"])
    return 2 if refusals else 0


def schema(of: str) -> int:
    """Print the JSON Schema of repos.yaml, of what a verb prints for programs, or of cutover.json."""
    known: dict[str, Callable[[], Mapping[str, object]]] = {
        "repos.yaml": repos_schema,
        "cutover.json": table.schema,
        "diff": comparison.schema,
        "explain": answers.schema,
        "explain several": lambda: answer.schema_of_listing(answers.LIST_SCHEMA, "answers"),
        "inventory": lambda: answer.schema_of_listing(inventory.SCHEMA, "jobs"),
        "rejudge": lambda: answer.schema_of_listing(versions.REJUDGED, "verdicts"),
        "rejudge --diff": lambda: answer.schema_of_listing(versions.SCHEMA, "verdicts"),
    }
    known |= {verb: partial(answer.schema_of, verb) for verb in COLUMNS}
    answer.document(known[of]())
    return 0
