"""Which findings of different repositories are the same divergence. Pure.

Two findings are one where a named class explains both (K08), or where the same check says the same sentence once the
names, quotations and numbers of one repository are taken out of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.board.values import Divergence
from harness.compare.catalogue import rule_named
from harness.model.finding import SEVERITY, Finding, Outcome

TITLE_MAX = 200
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'|`[^`]*`|\([^()]*\)")
_DIGEST = re.compile(r"\b(?:sha256:)?[0-9a-f]{12,64}\b…?")
_NUMBER = re.compile(r"[-+−]?\d+(?:[.,:]\d+)*(?:e[-+]?\d+)?(?:\s?(?:%|(?:µs|ms|s|min|h|MB|KB|GB|bytes)\b))?")
_SPACE = re.compile(r"\s+")
_DIVERGES = frozenset(Outcome) - {Outcome.MATCH}
_LEFT = 12
"""Hex digits of a signature that are shown and linked to."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What two findings of one divergence have in common."""

    id: str
    title: str
    advice: str


def divergences_of(findings: Iterable[Finding], repository: str) -> tuple[Divergence, ...]:
    """List the divergences of one campaign, the worst first; what agrees and what only informs is none."""
    groups: dict[str, list[Finding]] = {}
    signatures: dict[str, Signature] = {}
    for finding in findings:
        if finding.outcome in _DIVERGES and finding.required:
            found = signature_of(finding, repository)
            signatures[found.id] = found
            groups.setdefault(found.id, []).append(finding)
    listed = [_divergence(signatures[name], members) for name, members in groups.items()]
    return tuple(sorted(listed, key=lambda found: (-SEVERITY[Outcome(found.outcome)], found.title, found.signature)))


def _divergence(signature: Signature, members: list[Finding]) -> Divergence:
    shown = max(members, key=lambda finding: SEVERITY[finding.outcome])
    return Divergence(
        signature=signature.id,
        outcome=shown.outcome.value,
        check=shown.check,
        dimension=shown.dimension.value,
        rule=shown.rule if rule_named(shown.rule) else "",
        title=signature.title,
        advice=signature.advice,
        summary=shown.summary,
        count=len(members),
    )


def signature_of(finding: Finding, repository: str) -> Signature:
    """Name a finding's divergence, the same in every repository that has it."""
    rule = rule_named(finding.rule)
    if rule is not None:
        return Signature(_digest("rule", rule.id), f"{rule.id} {rule.title}", rule.advice)
    title = wording(finding.summary, (repository, *finding.subject.split("/"), finding.pair or ""))
    return Signature(_digest(finding.check, title), title, finding.remedy)


def wording(summary: str, names: Iterable[str]) -> str:
    """Take names, quotations, digests and numbers out of a sentence: what is left is the same in all repositories."""
    text = summary
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "…", text)
    for pattern in (_DIGEST, _QUOTED, _NUMBER):
        text = pattern.sub("…", text)
    first = _SPACE.sub(" ", text).strip().partition(". ")[0]
    return first.removesuffix(".")[:TITLE_MAX]


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_LEFT]
