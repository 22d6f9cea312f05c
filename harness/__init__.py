"""Prove that jobs moved from Kubernetes to SageMaker still do the same work.

The public names; everything else may move. They are loaded on first use, so that importing the package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.campaign.conclude import judge, rejudge
    from harness.campaign.diffing import diff
    from harness.campaign.explaining import ExplainedJob, explain
    from harness.campaign.story import Settings, new_campaign_id, plan_campaign, run
    from harness.config.load import load
    from harness.errors import HarnessError
    from harness.model.clock import SystemClock
    from harness.model.comparison import Comparison, MemberComparison
    from harness.model.job import CompareRule, Tolerance
    from harness.model.repository import Repository
    from harness.model.table_contract import TableContract
    from harness.model.verdict import Decision, Verdict
    from harness.store.archive import Archive

_HOMES = {
    "Archive": "harness.store.archive",
    "CompareRule": "harness.model.job",
    "Comparison": "harness.model.comparison",
    "Decision": "harness.model.verdict",
    "HarnessError": "harness.errors",
    "MemberComparison": "harness.model.comparison",
    "Repository": "harness.model.repository",
    "Settings": "harness.campaign.story",
    "SystemClock": "harness.model.clock",
    "TableContract": "harness.model.table_contract",
    "ExplainedJob": "harness.campaign.explaining",
    "Tolerance": "harness.model.job",
    "Verdict": "harness.model.verdict",
    "diff": "harness.campaign.diffing",
    "explain": "harness.campaign.explaining",
    "judge": "harness.campaign.conclude",
    "load": "harness.config.load",
    "new_campaign_id": "harness.campaign.story",
    "plan_campaign": "harness.campaign.story",
    "rejudge": "harness.campaign.conclude",
    "run": "harness.campaign.story",
}

__all__ = [
    "Archive",
    "CompareRule",
    "Comparison",
    "Decision",
    "ExplainedJob",
    "HarnessError",
    "MemberComparison",
    "Repository",
    "Settings",
    "SystemClock",
    "TableContract",
    "Tolerance",
    "Verdict",
    "diff",
    "explain",
    "judge",
    "load",
    "new_campaign_id",
    "plan_campaign",
    "rejudge",
    "run",
]


def __getattr__(name: str) -> object:
    """Load a public name from where it lives."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
