"""What today's configuration and the ledger's anchors have against a campaign that was planned earlier."""

from __future__ import annotations

from collections.abc import Mapping

from harness.campaign.anchors import Gate
from harness.judge.reality import unreal_today
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Reason


def against(plan: Plan, today: Mapping[str, Repository], gate: Gate) -> Mapping[str, tuple[Reason, ...]]:
    """List it by repository; `today`: the repositories as `repos.yaml` has them now."""
    return {
        repository.name: (
            *unreal_today(plan, today.get(repository.name)),
            *gate.reasons(repository, today.get(repository.name)),
        )
        for repository in plan.repositories
    }


def anchored(plan: Plan, today: Mapping[str, Repository], gate: Gate) -> Mapping[str, str]:
    """Say of each repository whether its verdict is anchored."""
    return {repository.name: gate.words(repository, today.get(repository.name)) for repository in plan.repositories}
