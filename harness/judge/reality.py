"""What today's `repos.yaml` has against evidence that the plan calls real. Pure."""

from __future__ import annotations

from harness.model.plan import Plan
from harness.model.reality import reality_of
from harness.model.repository import Repository
from harness.model.verdict import Reason

CODE = "inconclusive:reality"
_REMEDY = "name it in repos.yaml again, or run a new campaign on what is named there"


def unreal_today(plan: Plan, today: Repository | None) -> tuple[Reason, ...]:
    """List why evidence that counted as real when it was planned is not by what the policy names today."""
    if today is None or plan.is_synthetic(today.name):
        return ()
    own = {place: facts for place, facts in plan.endpoints.items() if place.startswith(f"{today.name}/")}
    found = reality_of(own, {today.name: today.real})
    return tuple(
        Reason(CODE, f"Real when it was planned, and not today: {reason}.", (), _REMEDY) for reason in found.reasons
    )
