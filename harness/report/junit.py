"""Views → JUnit XML: a suite per repository, a case per finding. Safe for every XML reader."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring  # nosec B405 # writes XML, reads none

from harness.model.finding import CLEAN, Outcome
from harness.report.values import FindingView, ReportView

_CLEAN = frozenset(outcome.value for outcome in CLEAN)


def junit_bytes(views: Sequence[ReportView]) -> bytes:
    """Write all suites; texts of a view hold no control characters, so every reader can read it back."""
    root = Element("testsuites", name="parity")
    for view in views:
        _suite(root, view)
    for key in ("tests", "failures", "errors", "skipped"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _suite(root: Element, view: ReportView) -> None:
    suite = SubElement(root, "testsuite", name=view.repository)
    _properties(
        suite,
        [
            ("schema", view.schema),
            ("verdict", view.decision),
            ("headline", view.headline),
            ("campaign", view.campaign),
            ("evidence", view.evidence_kind),
            ("anchored", view.anchor or view.anchored),
            ("judged_at", view.judged_at),
            ("tool", view.tool),
            *((f"total {name}", str(count)) for name, count in view.totals.items()),
            *((f"note {n}", note) for n, note in enumerate(view.notes, 1)),
            *((f"rule changed {change.key}", f"{change.old} → {change.new}") for change in view.rule_changes),
            *((f"reason {n}", f"{each.code}: {each.sentence}") for n, each in enumerate(view.reasons, 1)),
        ],
    )
    _verdict_case(suite, view)
    for finding in view.findings:
        _case(suite, view.repository, finding)
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(key, str(sum(case.find(tag) is not None for case in cases)))


def _properties(parent: Element, pairs: Sequence[tuple[str, str]]) -> None:
    properties = SubElement(parent, "properties")
    for name, value in pairs:
        SubElement(properties, "property", name=name, value=value)


def _verdict_case(suite: Element, view: ReportView) -> None:
    """Add the verdict itself as a case: a repository without findings can't look green."""
    case = SubElement(suite, "testcase", classname=f"{view.repository}.verdict", name="verdict")
    if view.decision != "GO":
        tag = "failure" if view.decision == "NO-GO" else "error"
        SubElement(case, tag, message=view.sentence, type=view.decision)


def _case(suite: Element, repository: str, finding: FindingView) -> None:
    """Write one finding; one that only informs can't fail a suite, so it is skipped with its outcome in plain sight."""
    case = SubElement(suite, "testcase", classname=f"{repository}.{finding.dimension}", name=finding.ref)
    properties = [("outcome", finding.outcome), ("required", "true" if finding.required else "false")]
    properties += [
        (name, text)
        for name, text in (("rule", finding.rule), ("waiver", finding.waiver), ("ruling", finding.ruling))
        if text
    ]
    _properties(case, properties)
    if finding.outcome in _CLEAN:
        return
    if not finding.required:
        SubElement(case, "skipped", message=f"{finding.outcome}, decides nothing: {finding.summary}")
        return
    tag = "failure" if finding.outcome == Outcome.MISMATCH.value else "error"
    detail = SubElement(case, tag, message=finding.summary, type=finding.outcome)
    detail.text = "\n".join(_detail(finding))


def _detail(finding: FindingView) -> list[str]:
    lines = [finding.summary]
    if finding.measure is not None:
        lines += [f"{label}: {text}" for label, text in finding.measure.words]
    lines += [
        f"{sample.where}: legacy {sample.legacy}, candidate {sample.candidate} {sample.note}".rstrip()
        for sample in finding.samples
    ]
    if finding.samples_left_out:
        lines.append(f"{finding.samples_left_out} more differences left out")
    if finding.remedy:
        lines.append(f"what would change it: {finding.remedy}")
    return lines
