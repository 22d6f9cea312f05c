"""The gate table: each rule of the policy, what it needs, what was seen. Pure.

It only shows; the judge decides. Where its rows contradict the verdict, the view says so on the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.fields.units import duration
from harness.model.finding import CLEAN, Dimension, Finding, Outcome
from harness.model.repository import Repository
from harness.model.verdict import EvidenceKind, Verdict, stops_max
from harness.report.findings import VOID_CHECK
from harness.report.values import GateRow
from harness.report.wording import counted, number, share

_UNKNOWN = frozenset({Outcome.INCONCLUSIVE, Outcome.NOT_RUN})


def gate_rows(repository: Repository, verdict: Verdict, findings: Sequence[Finding]) -> tuple[GateRow, ...]:
    """List the policy's rules, the binding ones first."""
    deciding = [finding for finding in findings if finding.required and finding.check != VOID_CHECK]
    unknown = sum(finding.outcome in _UNKNOWN for finding in deciding)
    return (
        _none(
            "No false success",
            "a job that failed and was called done",
            sum(finding.false_success for finding in findings),
        ),
        _none(
            "No difference beyond its margin",
            "MISMATCH",
            sum(finding.outcome is Outcome.MISMATCH for finding in deciding),
        ),
        _none("Every required check has an answer", "INCONCLUSIVE or NOT RUN", unknown),
        *_pair_rows(repository, verdict),
        _clean_subjects("Critical metrics equivalent", _critical(repository), findings, Dimension.METRICS),
        _clean_subjects("Declared outputs compared and equal", _outputs(repository), findings, Dimension.OUTPUTS),
        _discover_row(repository),
        _startup_row(repository, findings),
        _waiver_row(repository, verdict, findings),
        _approvers_row(repository, verdict),
        *_time_rows(repository),
        _evidence_row(verdict),
    )


def _met(*, met: bool) -> str:
    return "yes" if met else "no"


def _none(rule: str, noun: str, count: int) -> GateRow:
    return GateRow(rule, f"0 × {noun}", str(count), _met(met=count == 0))


def _pair_rows(repository: Repository, verdict: Verdict) -> tuple[GateRow, ...]:
    policy, pairs, state = repository.policy, verdict.pairs, verdict.state
    total = pairs.void + pairs.clean + pairs.unclean
    explained = f" ({pairs.explained} of them with an explained legacy false failure)" if pairs.explained else ""
    return (
        GateRow(
            "Clean state pairs",
            f"at least {policy.state_pairs}",
            f"{state.clean if state else pairs.clean}{_earlier(verdict)}{explained}",
            _met(met=state.enough if state else pairs.clean >= policy.state_pairs),
        )
        if state is None or policy.state_pairs
        else GateRow(
            "Wrong endings",
            f"fewer than {state.bound:.0%} of runs",
            f"fewer than {state.upper:.1%}, by {state.clean + state.pooled} runs{explained}",
            _met(met=state.enough),
        ),
        GateRow(
            "Void pairs",
            f"at most {policy.void_share_max:.0%} of pairs",
            share(pairs.void, total),
            _met(met=pairs.void <= policy.void_share_max * total),
        ),
        GateRow(
            "Stopped pairs",
            f"at most {stops_max(repository, pairs)}",
            str(pairs.stopped),
            _met(met=pairs.stopped <= stops_max(repository, pairs)),
        ),
    )


def _earlier(verdict: Verdict) -> str:
    """Say how many clean pairs earlier campaigns and other repositories of the cell gave, as the judge counted them."""
    if verdict.state is None:
        return ""
    earlier, pooled = verdict.state.clean - verdict.pairs.clean, verdict.state.pooled
    parts = [f"{earlier} of earlier campaigns"] * (earlier > 0) + [f"and {pooled} of its cell"] * (pooled > 0)
    return f" ({', '.join(parts)})" if parts else ""


def _critical(repository: Repository) -> tuple[str, ...]:
    return tuple(f"{job.name}/{metric.name}" for job in repository.jobs for metric in job.metrics if metric.critical)


def _outputs(repository: Repository) -> tuple[str, ...]:
    return tuple(f"{job.name}/{output.name}" for job in repository.jobs for output in job.outputs)


def _clean_subjects(rule: str, subjects: tuple[str, ...], findings: Sequence[Finding], dimension: Dimension) -> GateRow:
    """Count subjects whose required findings are all clean, and which have one at all."""
    if not subjects:
        return GateRow(rule, "none declared", "–", "not asked")
    spoken: dict[str, bool] = {}
    for finding in findings:
        if finding.dimension is dimension and finding.required:
            spoken[finding.subject] = spoken.get(finding.subject, True) and finding.outcome in CLEAN
    good = sum(_subject_clean(subject, spoken) for subject in subjects)
    return GateRow(rule, f"all {len(subjects)}", f"{good} of {len(subjects)}", _met(met=good == len(subjects)))


def _subject_clean(subject: str, spoken: dict[str, bool]) -> bool:
    """A subject is spoken of by its own findings and by those of its parts, such as one file of an output."""
    parts = [clean for name, clean in spoken.items() if name == subject or name.startswith(f"{subject}/")]
    return bool(parts) and all(parts)


def _discover_row(repository: Repository) -> GateRow:
    undeclared = [job.name for job in repository.jobs if job.outputs_discover]
    seen = f"{counted(len(undeclared), 'job')} without" if undeclared else "all jobs declare them"
    return GateRow("Outputs declared", "by every job", seen, _met(met=not undeclared))


def _startup_row(repository: Repository, findings: Sequence[Finding]) -> GateRow:
    policy = repository.policy
    ratio, floor = number(policy.startup_ratio_max), number(policy.startup_floor_seconds)
    needed = f"candidate at most {ratio} × legacy, or {floor} s more"
    mine = [finding for finding in findings if finding.dimension is Dimension.STARTUP]
    seen = f"{sum(finding.outcome in CLEAN for finding in mine)} of {counted(len(mine), 'check')} clean"
    if not policy.startup_required:
        return GateRow("Startup latency", needed, seen, "not asked")
    return GateRow(
        "Startup latency", needed, seen, _met(met=bool(mine) and all(e.outcome in CLEAN for e in mine if e.required))
    )


def _waiver_row(repository: Repository, verdict: Verdict, findings: Sequence[Finding]) -> GateRow:
    used = sum(hits > 0 for hits in verdict.waivers.values())
    covered = len({(finding.check, finding.subject) for finding in findings if finding.waiver})
    most = repository.policy.waivers_max
    seen = f"{used}, for {counted(covered, 'difference')}" if used else "0"
    return GateRow("Waivers in use", f"at most {most}", seen, _met(met=max(used, covered) <= most))


def _approvers_row(repository: Repository, verdict: Verdict) -> GateRow:
    policy, names = repository.policy, [approver.name for approver in repository.policy.approvers]
    needed = f"signed by {policy.approvals} of: {', '.join(names)}" if names else "no approver is named, so none"
    return GateRow(
        "Accepted differences", needed, counted(sum(verdict.rulings.values()), "finding") + " accepted", "not asked"
    )


def _time_rows(repository: Repository) -> tuple[GateRow, ...]:
    """Say what only `parity gate` asks, on the day of the cutover."""
    policy = repository.policy
    asked = "checked by parity gate, on the day"
    soak = f"{duration(policy.soak_seconds)} of green campaigns" if policy.soak_seconds else "none"
    return (
        GateRow("Age of the evidence", f"at most {duration(policy.evidence_seconds_max)}", asked, "not asked"),
        GateRow("Soak before a cutover", soak, asked if policy.soak_seconds else "–", "not asked"),
    )


def _evidence_row(verdict: Verdict) -> GateRow:
    met = "yes" if verdict.evidence is EvidenceKind.REAL else "not asked"
    return GateRow("Evidence for sign-off and cutover", "real", verdict.evidence.value, met)
