"""Commands over stored campaigns: nothing is started, no platform is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness.campaign import conclude, outlook, pages, today
from harness.campaign.anchors import Gate
from harness.campaign.chain import chain
from harness.campaign.verified import derive, verified
from harness.cli import answer, campaign_names, console, gate_rows, ledgers, versions
from harness.cli.campaigns import existing, keep_private, looked_at, named, show_verdicts
from harness.cli.names import check_names
from harness.cli.options import TodaysOptions
from harness.config.load import load
from harness.config.problems import did_you_mean
from harness.errors import ConfigError, Problem
from harness.judge.expiry import Current
from harness.judge.gate import effective_findings
from harness.model.clock import SystemClock, iso
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Decision, EvidenceKind, Verdict
from harness.report.render import file_name
from harness.report.text import safe_text
from harness.report.wording import rule_words
from harness.store import codec
from harness.store.archive import Archive
from harness.store.reports import Reports

DEFAULT_CONFIG = Path("repos.yaml")
SYNTHETIC = 3
REPORTS_SCHEMA = "parity.reports/1"
"""Of one document with the reports of several repositories."""
DAMAGED = 3


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What is to be decided again, and how the answer is wanted."""

    campaign: str | None
    repositories: tuple[str, ...]
    every: bool = False
    """All campaigns of the ledger; the first word is a repository then."""
    diff: bool = False
    """Only what this version of the tool changes."""

    @property
    def names(self) -> tuple[str, ...]:
        """Name the repositories that are meant; none: all."""
        return (self.campaign, *self.repositories) if self.every and self.campaign else self.repositories


def rejudge(asked: Rejudged, reports: Reports, told: TodaysOptions | None) -> int:
    """Decide again; print verdicts as canonical JSON, one a line, as of today where something is told of it.

    Raises:
        UsageError: no campaign is named, or options that exclude each other are given.
    """
    if asked.campaign is None and not asked.every:
        message = "say which campaign, or --all"
        raise click.UsageError(message)
    if asked.diff and told is not None:
        message = "--diff compares versions of the tool, and --now asks for today: say one of them"
        raise click.UsageError(message)
    if asked.diff:
        of = "" if asked.every else campaign_names.resolved(reports, asked.campaign or "")
        return versions.show(reports, asked.names, of)
    of_all = campaign_names.known(reports) if asked.every else (asked.campaign or "",)
    found = tuple(verdict for name in of_all for verdict in _rejudged(asked, reports, name, told))
    written = [codec.line(verdict).decode() for verdict in found]
    answer.table(written)
    answer.listing(versions.REJUDGED, "verdicts", [json.loads(text) for text in written])
    return conclude.exit_code(found)


def _rejudged(asked: Rejudged, reports: Reports, campaign: str, told: TodaysOptions | None) -> tuple[Verdict, ...]:
    archive = existing_or_empty(named(reports, campaign))
    found = look_today(archive, told)[0] if told else conclude.rejudge(archive)
    if not asked.every:
        check_names(archive.place(), "repositories", asked.names, sorted(verdict.repository for verdict in found))
    for known in verified(archive):
        if not asked.names or known.repository.name in asked.names:
            line = f"{known.repository.name}: judged by {rule_words(known.judgement.rule)}"
            click.echo(safe_text(line), err=True)
    return tuple(verdict for verdict in found if not asked.names or verdict.repository in asked.names)


def look_today(archive: Archive, told: TodaysOptions) -> tuple[tuple[Verdict, ...], Mapping[str, str]]:
    """Look at a campaign today, and say which rules are others than in its plan; with which verdicts are anchored."""
    plan, repositories = archive.load_plan(), todays(told)
    jobs = tuple(f"{repository.name}/{job.name}" for repository in plan.repositories for job in repository.jobs)
    current = _current(archive.place(), jobs, told, repositories)
    known = None if repositories is None else {repository.name: repository for repository in repositories}
    anchors = Gate(plan.campaign, archive.ledger, SystemClock())
    against = outlook.against(plan, known or {}, anchors)
    now = today.Today(iso(SystemClock().now()), archive.ledger.entries(), current, known, against)
    for repository in plan.repositories:
        for rule in today.rule_differences(repository, now):
            line = f"{repository.name}: {rule.key} is {rule.new} today; the plan has {rule.old}"
            click.echo(safe_text(line), err=True)
    return today.look(archive, now), outlook.anchored(plan, known or {}, anchors)


def todays(told: TodaysOptions) -> tuple[Repository, ...] | None:
    """Read today's repos.yaml; None where its absence was asked for.

    Raises:
        ConfigError: there is none.
    """
    if told.as_planned:
        return None
    config = told.config or DEFAULT_CONFIG
    if told.config is None and not config.is_file():
        hint = "--as-planned judges without it, and ends with 3 at best"
        expected = "the rules of today: run where it lies, or say --config FILE"
        raise ConfigError((Problem(str(config), 0, 0, "the file", "nothing", expected, hint),))
    return load(config)


def _current(
    place: str, names: tuple[str, ...], told: TodaysOptions, repositories: tuple[Repository, ...] | None
) -> Mapping[str, Current]:
    """Gather what is known today of the jobs of a campaign, by repository/job."""
    images, codes = _by_job(told.images, "--image"), _by_job(told.codes, "--code")
    for option, words in (("--image", images), ("--code", codes)):
        check_names(place, option, words, names)  # a slip of the pen would switch the comparison off
    jobs = {f"{repository.name}/{job.name}": job for repository in repositories or () for job in repository.jobs}
    planned = {name.partition("/")[0] for name in names}
    added = tuple(name for name in jobs if name not in names and name.partition("/")[0] in planned)
    file = str(told.config or DEFAULT_CONFIG)
    return {
        name: Current(
            jobs.get(name),
            images.get(name, ""),
            codes.get(name, ""),
            absent_from=file if repositories is not None and name not in jobs else "",
        )
        for name in (*names, *added)
    }


def _by_job(words: tuple[str, ...], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (equals and value and "/" in name):
            message = f"{option} {word}: expected REPOSITORY/JOB=VALUE"
            raise click.UsageError(message)
        if found.setdefault(name, value) != value:
            message = f"{option} {word}: {name} was given before, as {found[name]}"
            raise click.UsageError(message)
    return found


def existing_or_empty(archive: Archive) -> Archive:
    """Give a campaign of which something is there; one without a plan is damaged evidence, not a usage error."""
    return archive if archive.exists() else existing(archive)


def recompare(campaign: str, reports: Reports) -> int:
    """Make findings and verdicts anew."""
    archive = existing(named(reports, campaign))
    if console.dry_run():
        for repository in archive.load_plan().repositories:
            text = "would be compared and judged again, from the stored artifacts"
            told = {"repository": repository.name, "campaign": archive.root.name, "text": text}
            answer.row(f"{repository.name}: {text}", **told)
        return 0
    keep_private(reports.folder)
    with archive.writing(SystemClock()) as kept:
        verdicts = conclude.recompare(kept, SystemClock())
    ledgers.after_run(archive, reports)
    show_verdicts(archive, concluded=True)
    return conclude.exit_code(verdicts)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the gate."""

    names: tuple[str, ...]
    """Repositories; none: all of the campaign."""
    allow_synthetic: bool = False


def gate(campaign: str, reports: Reports, wanted: Wanted, told: TodaysOptions) -> int:
    """Decide as of now; a GO on synthetic evidence is 3 unless allowed."""
    archive = existing_or_empty(named(reports, campaign))
    verdicts, anchored = look_today(archive, told)
    names, known = wanted.names, sorted(verdict.repository for verdict in verdicts)
    chosen = tuple(verdict for verdict in verdicts if not names or verdict.repository in names)
    if not chosen:
        meant = "".join(f" ({hint})" for name in names if (hint := did_you_mean(name, known)))
        click.echo(safe_text(f"nothing selected: this campaign has {', '.join(known)}{meant}"), err=True)
        return conclude.exit_code(chosen)
    check_names(archive.place(), "repositories", names, known)
    _show_gate(chosen, anchored, wanted)
    code = conclude.exit_code(chosen)
    if code == 0 and not wanted.allow_synthetic and any(_synthetic_go(verdict) for verdict in chosen):
        _tell_synthetic(archive.load_plan(), chosen)
        return SYNTHETIC
    return code


def _show_gate(chosen: Sequence[Verdict], anchored: Mapping[str, str], wanted: Wanted) -> None:
    passing = [verdict.repository for verdict in chosen if _passes(verdict, wanted)]
    for verdict in chosen:
        why, kind = verdict.reasons[0].sentence, f"{verdict.evidence.value}, {anchored[verdict.repository]}"
        cells = gate_rows.row(verdict, anchored[verdict.repository], passing)
        answer.row(f"{verdict.repository}: {verdict.decision.value} ({kind}): {why}", **cells)


def _tell_synthetic(plan: Plan, chosen: Sequence[Verdict]) -> None:
    click.echo("the evidence is synthetic: a cutover needs real platforms (or --allow-synthetic)", err=True)
    for reason in dict.fromkeys(text for verdict in chosen for text in plan.reality_now(verdict.repository).reasons):
        click.echo(safe_text(f"  {reason}"), err=True)


def _passes(verdict: Verdict, wanted: Wanted) -> bool:
    return verdict.decision is Decision.GO and (wanted.allow_synthetic or not _synthetic_go(verdict))


def _synthetic_go(verdict: Verdict) -> bool:
    return verdict.decision is Decision.GO and verdict.evidence is EvidenceKind.SYNTHETIC


def explain(name: str, campaign: str | None, reports: Reports) -> int:
    """Print the chain from one repository's verdict to its raw evidence."""
    found = looked_at(name, campaign, reports)
    verdict = derive(found)
    findings, _ = effective_findings(found.case())
    for line in chain(verdict, findings, found.judgement.evidence, found.damaged, notes=found.notes):
        answer.row(line, text=line)
    return conclude.exit_code((verdict,))


def report(archive: Archive, form: str, *, opens: bool = False, full: bool = False) -> int:
    """Write the pages again, or print another form; 3 where the evidence is not what the ledger holds."""
    keep_private(archive.root.parent)
    plan = existing(archive).load_plan()
    index = pages.write_pages(archive, full=full)
    troubles = pages.troubles(archive)
    for name, texts in troubles.items():
        for text in texts:
            click.echo(safe_text(f"{name}: {text}"), err=True)
    answer.rows(
        {"repository": repository.name, "campaign": plan.campaign, "file": str(archive.report / file)}
        for repository, file in zip(plan.repositories, _files(plan, "pages"), strict=True)
    )
    if form == "html":
        answer.lines([str(index.resolve())])
    elif form == "text":
        show_verdicts(archive)
    elif form == "json":
        _print_json([archive.report / name for name in _files(plan, form)])
    else:
        for file in _files(plan, form):
            answer.raw((archive.report / file).read_text(encoding="utf-8"))
    if opens:
        click.launch(index.resolve().as_uri())
    return DAMAGED if any(troubles.values()) else 0


def _print_json(files: Sequence[Path]) -> None:
    """Print the documents of all repositories as one; that of a lone repository as it is."""
    texts = [file.read_text(encoding="utf-8") for file in files]
    if len(texts) == 1:
        answer.raw(texts[0])
        return
    answer.raw(f'{{"schema": "{REPORTS_SCHEMA}", "repositories": [\n')
    answer.raw(",\n".join(text.rstrip() for text in texts))
    answer.raw("\n]}\n")


def _files(plan: Plan, form: str) -> list[str]:
    names = {
        "junit": ["junit.xml"],
        "markdown": ["summary.md"],
        "comment": ["comment.md"],
        "prometheus": ["metrics.prom"],
        "pages": [f"{file_name(repository.name)}.html" for repository in plan.repositories],
        "json": [f"{file_name(repository.name)}.json" for repository in plan.repositories],
    }
    return names[form]
