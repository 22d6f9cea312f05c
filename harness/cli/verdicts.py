"""Commands over stored campaigns: nothing is started, no platform is asked."""

from __future__ import annotations

from pathlib import Path

import click

from harness.campaign import conclude, story
from harness.campaign.chain import chain
from harness.cli.campaigns import existing, show_verdicts
from harness.judge.gate import Case, effective_findings
from harness.model.clock import SystemClock, iso
from harness.model.verdict import Decision, EvidenceKind, Verdict
from harness.report.text import safe_text
from harness.store import codec, ledger
from harness.store.archive import Archive

SYNTHETIC = 3
NOTHING_SELECTED = 5


def rejudge(root: Path, reports: Path, *, now: bool) -> int:
    """Print the verdicts as canonical JSON, one a line."""
    verdicts = conclude.rejudge(existing_or_empty(root), _today(reports) if now else None)
    for verdict in verdicts:
        click.echo(codec.line(verdict))
    return conclude.exit_code(verdicts)


def _today(reports: Path) -> conclude.Today:
    return conclude.Today(iso(SystemClock().now()), ledger.read(reports / story.LEDGER))


def existing_or_empty(root: Path) -> Archive:
    """Open a campaign's folder; one without a plan is damaged evidence, not a usage error."""
    return Archive(root) if root.is_dir() else existing(root)


def recompare(root: Path, reports: Path) -> int:
    """Make findings and verdicts anew."""
    archive = existing(root)
    verdicts = conclude.conclude(
        archive.load_plan(), archive, reports / story.LEDGER, SystemClock(), ledger.RECOMPARISON
    )
    show_verdicts(archive)
    return conclude.exit_code(verdicts)


def gate(root: Path, reports: Path, names: tuple[str, ...], *, allow_synthetic: bool) -> int:
    """Decide as of now; a GO on synthetic evidence is 3 unless allowed."""
    verdicts = conclude.rejudge(existing_or_empty(root), _today(reports))
    chosen = tuple(each for each in verdicts if not names or each.repository in names)
    for verdict in chosen:
        click.echo(
            f"{verdict.repository}: {verdict.decision.value} ({verdict.evidence.value}): {verdict.reasons[0].sentence}"
        )
    code = conclude.exit_code(chosen)
    if code == 0 and not allow_synthetic and any(_synthetic_go(each) for each in chosen):
        click.echo("the evidence is synthetic: a cutover needs real platforms (or --allow-synthetic)", err=True)
        return SYNTHETIC
    return code


def _synthetic_go(verdict: Verdict) -> bool:
    return verdict.decision is Decision.GO and verdict.evidence is EvidenceKind.SYNTHETIC


def explain(root: Path, name: str) -> int:
    """Print the chain from one repository's verdict to its raw evidence."""
    archive = existing(root)
    plan = archive.load_plan()
    repository = next((each for each in plan.repositories if each.name == name), None)
    if repository is None:
        click.echo(f"{name} is not in this campaign: {', '.join(each.name for each in plan.repositories)}", err=True)
        return NOTHING_SELECTED
    judgement = archive.load_judgement(name)
    damaged = archive.damaged(judgement.evidence)
    verdict = conclude.verdict_of(plan, repository, archive, judgement)
    findings, _ = effective_findings(Case(plan, repository, judgement, damaged, {}))
    for line in chain(verdict, findings, judgement.evidence, damaged):
        click.echo(safe_text(line))
    return conclude.exit_code((verdict,))


def report(root: Path, form: str) -> int:
    """Write the pages again, or print another form."""
    archive = existing(root)
    plan = archive.load_plan()
    index = conclude.write_pages(plan, archive)
    if form == "html":
        click.echo(index.resolve())
        return 0
    if form == "text":
        show_verdicts(archive)
        return 0
    names = {
        "junit": ["junit.xml"],
        "markdown": ["summary.md"],
        "json": [f"{each.name}.json" for each in plan.repositories],
    }
    for name in names[form]:
        click.echo((archive.report / name).read_text(encoding="utf-8"), nl=False)
    return 0
