"""Views → the summary of a CI step: verdicts first, reasons next, details folded, cut with a count. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.opening import ReasonLine
from harness.report.tally import tally_words
from harness.report.values import FindingView, ReasonView, ReportView
from harness.report.view import OUTCOMES
from harness.report.wording import counted

BYTES_MAX = 900_000
"""A step summary above 1 MiB is dropped whole (GitHub Docs, "Workflow commands for GitHub Actions")."""
COMMENT_BYTES_MAX = 60_000
"""GitHub takes 65,536 characters of a comment ("body is too long", its API answers)."""
COMMENT_MARK = "<!-- parity-report -->"
"""First line of the comment, which no reader sees."""
TABLE_ROWS = 20
"""Repositories before the rest is folded: verdict and table stand within the first 30 lines."""
DETAILS_PER_REPOSITORY = 50
_REASONS = 5
_CHANGES = 10
ICONS = {"GO": "✅", "NO-GO": "❌", "INCONCLUSIVE": "❓"}
_SPECIAL = frozenset("&<>\"'`*_[]()#|~!\\@:{}$=^")


def escaped(text: str) -> str:
    """Make text that markdown, HTML in markdown, automatic links, mentions and CI commands all leave alone."""
    safe = "".join(f"&#{ord(name)};" if name in _SPECIAL else name for name in text)
    return safe.replace("www.", "www&#46;").replace("WWW.", "WWW&#46;")


def summary_of(views: Sequence[ReportView]) -> str:
    """Write the summary of all repositories; details are left out, and counted, where there is no room."""
    head = [_title(views), "", *_table(views), ""]
    parts = ["\n".join(head)]
    room = BYTES_MAX - len(parts[0].encode()) - 200
    left = 0
    for view in views:
        part = "\n".join([*_repository(view), ""])
        size = len(part.encode()) + 1  # with the line end that joins it to the others
        if size > room:
            left += 1
            continue
        parts.append(part)
        room -= size
    if left:
        parts.append(
            f"Details of {counted(left, 'repository', 'repositories')} were left out for size; see index.html.\n"
        )
    return _cut("\n".join(parts))


def comment_of(views: Sequence[ReportView]) -> str:
    """Write what a bot posts to a pull request and edits from then on: it finds its comment by the first line."""
    lines = [COMMENT_MARK, _title(views), "", *_table(views), ""]
    for view in views:
        if view.decision != "GO":
            lines += [
                f"**{escaped(view.repository)}**",
                "",
                *(f"- {escaped(_line(line))}" for line in view.first.reasons),
            ]
            lines += [f"- since the last report: {escaped(view.first.since.words)}", ""]
    return _cut("\n".join(lines), COMMENT_BYTES_MAX)


def _line(line: ReasonLine) -> str:
    """Write one reason of a first screen in one line."""
    facts = (
        ("legacy", line.legacy),
        ("candidate", line.candidate),
        ("difference", line.difference),
        ("limit", line.limit),
    )
    told = line.text or ", ".join(f"{name} {value}" for name, value in facts if value)
    return f"{line.what}: {told}" if line.what else told


def _cut(text: str, most: int = BYTES_MAX) -> str:
    """Keep whole lines within the budget; a table alone can be too long for thousands of repositories."""
    data = text.encode()
    if len(data) <= most:
        return text
    lines = text.split("\n")
    size, kept = 0, 0
    while kept < len(lines) and size + len(lines[kept].encode()) + 1 <= most - 200:
        size += len(lines[kept].encode()) + 1
        kept += 1
    return "\n".join(lines[:kept]) + f"\n\n{counted(len(lines) - kept, 'line')} left out for size; see index.html.\n"


def _title(views: Sequence[ReportView]) -> str:
    if len(views) == 1:
        return f"# {ICONS[views[0].decision]} {views[0].headline}: {escaped(views[0].repository)}"
    good = sum(view.decision == "GO" for view in views)
    icon = (
        ICONS["GO"]
        if views and good == len(views)
        else ICONS["NO-GO" if any(v.decision == "NO-GO" for v in views) else "INCONCLUSIVE"]
    )
    return f"# {icon} {tally_words(views)}"


def _table(views: Sequence[ReportView]) -> list[str]:
    """Write a row a repository, the worst first as they come; many are folded."""
    head = ["| verdict | repository | why | next | evidence |", "| --- | --- | --- | --- | --- |"]
    rows = [
        f"| {ICONS[view.decision]} {view.headline} | {escaped(view.repository)} | {escaped(view.sentence)} "
        f"| {escaped(_next(view))} | {view.evidence_kind}, {view.anchored} |"
        for view in views
    ]
    left = rows[TABLE_ROWS:]
    if not left:
        return [*head, *rows]
    title = f"<details><summary>{counted(len(left), 'more repository', 'more repositories')}</summary>"
    return [*head, *rows[:TABLE_ROWS], "", title, "", *head, *left, "", "</details>"]


def _next(view: ReportView) -> str:
    step = view.first.next
    return " ".join(part for part in (step.text, step.command, f"({step.cost})" if step.cost else "") if part)


def _repository(view: ReportView) -> list[str]:
    lines = [f"## {ICONS[view.decision]} {view.headline}: {escaped(view.repository)}", "", escaped(view.sentence), ""]
    if view.synthetic:
        why = f": {escaped(view.not_real[0])}" if view.not_real else ""
        text = f"It does not prove what real platforms do{why}. This can't be signed off."
        lines += [f"> **Synthetic evidence.** {text}", ""]
    lines += [f"> **Warning.** {escaped(warning)}\n" for warning in view.warnings]
    lines += [f"> **Note.** {escaped(note)}\n" for note in view.notes]
    lines += _changes(view)
    lines += [_reason(n, each) for n, each in enumerate(view.reasons[:_REASONS], 1)]
    if len(view.reasons) > _REASONS:
        lines.append(f"\n{counted(len(view.reasons) - _REASONS, 'more reason')} on the page.")
    totals = ", ".join(f"{name} {view.totals[name]}" for name in OUTCOMES)
    lines += ["", f"Findings: {totals}; {sum(view.totals.values())} in all.", ""]
    lines += _bullets("Not checked", view.not_checked) + _bullets("What would change it", view.would_change)
    return [*lines, *_details(view)]


def _changes(view: ReportView) -> list[str]:
    texts = [
        f"{change.key}: {change.old} → {change.new} (since {change.campaign}, {change.at[:10]})"
        for change in view.rule_changes
    ]
    more = [f"{counted(len(texts) - _CHANGES, 'more change')} on the page"] if len(texts) > _CHANGES else []
    return _bullets("Rules changed after data was seen", [*texts[:_CHANGES], *more])


def _reason(place: int, reason: ReasonView) -> str:
    words = [f"{place}. {escaped(reason.sentence)}"]
    if reason.value:
        words.append(f"   - seen: {escaped(reason.value)}; allowed: {escaped(reason.margin)}")
    if reason.remedy:
        words.append(f"   - remedy: {escaped(reason.remedy)}")
    return "\n".join(words)


def _bullets(title: str, texts: Sequence[str]) -> list[str]:
    return [f"**{title}**", "", *(f"- {escaped(text)}" for text in texts), ""] if texts else []


def _details(view: ReportView) -> list[str]:
    loud = [finding for finding in view.findings if finding.outcome != "MATCH"]
    if not loud:
        return []
    shown = loud[:DETAILS_PER_REPOSITORY]
    more = f"\n{counted(len(loud) - len(shown), 'more finding')} left out." if len(loud) > len(shown) else ""
    rows = ["| outcome | finding | what |", "| --- | --- | --- |", *(_row(finding_view) for finding_view in shown)]
    title = f"<details><summary>{counted(len(loud), 'finding')} that are not a plain match</summary>"
    return [title, "", *rows, more, "</details>", ""]


def _row(finding: FindingView) -> str:
    return f"| {finding.outcome} | {escaped(finding.ref)} | {escaped(finding.summary)} |"
