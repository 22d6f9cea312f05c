"""The states that a page can be in, each as a view: what tests in a browser open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from report.campaign_sample import Case, found, go_case, inconclusive_case, no_go_case

from harness.model.finding import Dimension, Outcome, Sample, Waiver
from harness.model.policy import Approver
from harness.model.verdict import Decision, EvidenceKind, Reason
from harness.report.opening import LedgerFacts, PreviousVerdict
from harness.report.values import ReportView
from harness.report.view import view_of

LONG = "<b>qXq</b>" * 200
RIGHT_TO_LEFT = "מאגר הבדיקות של צוות המחקר"
APPROVERS = (Approver("ada", "ssh-ed25519 A"), Approver("bob", "ssh-ed25519 B"))


def _real(case: Case) -> Case:
    repository = replace(case.repository, policy=replace(case.repository.policy, approvers=APPROVERS))
    return replace(case, repository=repository, verdict=replace(case.verdict, evidence=EvidenceKind.REAL))


def waived() -> Case:
    """Give a GO that rests on a waiver."""
    case = _real(go_case())
    waiver = Waiver("W-1", "owner", "file times differ", "outputs.bytes/*", date(2026, 12, 31))
    repository = replace(case.repository, waivers=(waiver,))
    return replace(case, repository=repository, verdict=replace(case.verdict, waivers={"W-1": 3}))


def crashed() -> Case:
    """Give a NO-GO whose candidate crashed, with what follows from it."""
    case = no_go_case()
    line = "ModuleNotFoundError: No module named 'lightgbm'"
    ending = found(
        "truth.expected", Dimension.TRUTH, "train",
        f"train: candidate failed (exit code 1): “{line}”; legacy succeeded", Outcome.MISMATCH, pair="p1",
        samples=(
            Sample("ending", "success", "code error"), Sample("exit code", "0", "1"),
            Sample("platform's words", "container main ended with 0", "AlgorithmError: , exit code: 1"),
            Sample("last log line", "–", line),
        ),
    )  # fmt: skip
    text = "model has 1 file on legacy and none on the other"
    absent = found("outputs.files", Dimension.OUTPUTS, "train/model", text, Outcome.MISMATCH, pair="p1")
    following = (Reason("mismatch:outputs.files", f"{absent.summary}.", (absent.id,), subject=absent.subject),)
    reason = Reason(
        "mismatch:truth.expected", f"{ending.summary}.", (ending.id,),
        "mend the job on candidate, or write the ending it is meant to have", ending.subject, following,
    )  # fmt: skip
    case = case.with_findings((*case.judgement.findings, ending, absent))
    return replace(case, verdict=replace(case.verdict, reasons=(reason,)))


def damaged() -> Case:
    """Give a campaign whose evidence was changed."""
    case = inconclusive_case()
    text = "Evidence is missing or changed: runs/p1/observation.json differs from ledger entry 7; plan.json: missing."
    reason = Reason("inconclusive:evidence", text, (), "restore the evidence from its copy, or run the campaign again")
    return replace(case, verdict=replace(case.verdict, reasons=(reason, *case.verdict.reasons)))


def empty() -> Case:
    """Give a campaign in which nothing was checked."""
    case = inconclusive_case().with_findings(())
    reason = Reason("inconclusive:coverage.required", "coverage of classify was not checked.", (), "", "classify")
    return replace(case, verdict=replace(case.verdict, reasons=(reason,), would_change=()), observations={}, stories={})


def many(count: int) -> Case:
    """Give a NO-GO with so many findings, a tenth of which differ."""
    case = no_go_case()
    more = [
        found(
            "outputs.table", Dimension.OUTPUTS, f"train/part-{n:05d}", f"part {n} of the output",
            Outcome.MISMATCH if n % 10 == 0 else Outcome.MATCH, pair="p1",
        )
        for n in range(count)
    ]  # fmt: skip
    return case.with_findings((*case.judgement.findings, *more))


def _second(case: Case) -> ReportView:
    """Show a campaign that has one before it, and a signature."""
    before = {"outputs.bytes train/model": "model.json differs.", "truth.expected train": "train failed."}
    previous = PreviousVerdict("2026-11-20-aaaaaa", "2026-11-20T09:00:00Z", Decision.NO_GO.value, before)
    return view_of(
        case.schedule, case.repository, case.verdict, case.judgement,
        observations=case.observations, differences=case.differences,
        selfcheck="measured", stories=case.stories, facts=LedgerFacts(("ada",), previous),
    )  # fmt: skip


def states() -> Mapping[str, ReportView]:
    """Give every state by name; repositories have names that become those of files."""
    hostile, rtl = no_go_case().view(), inconclusive_case().view()
    told = {
        "would-be-go": go_case().view(),
        "go": _second(_real(go_case())),
        "go-with-a-waiver": waived().view(),
        "first-inconclusive": inconclusive_case().view(),
        "no-go": no_go_case().view(),
        "second-no-go": _second(no_go_case()),
        "crash": crashed().view(),
        "damaged": damaged().view(),
        "empty": empty().view(),
        "ten-thousand": many(10_000).view(),
        "hostile": replace(hostile, owner=LONG[:200], sentence=LONG[:150]),
        "right-to-left": replace(rtl, owner=RIGHT_TO_LEFT, sentence=f"{RIGHT_TO_LEFT}: 0.5"),
    }
    return {
        name: replace(view, repository=name if name != "hostile" else f"hostile {LONG}"[:200])
        for name, view in told.items()
    }
