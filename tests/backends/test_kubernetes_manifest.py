"""What the harness plans is written as the API server keeps it, so that a lost reply leads to adoption."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from backends import candidate_sample as sample
from cluster.scenarios import QUANTITIES
from hypothesis import given
from hypothesis import strategies as st

from harness.model.job import Side
from harness.platforms.kubernetes import manifest
from harness.platforms.kubernetes.manifest import quantity

FACTORS = {"m": "0.001", "k": "1e3", "M": "1e6", "G": "1e9", "T": "1e12", "P": "1e15", "E": "1e18"}


@pytest.mark.parametrize(("thousandths", "written"), QUANTITIES)
def test_a_quantity_is_written_as_a_real_api_server_stores_it(thousandths: int, written: str) -> None:
    """It stores `1` for a planned `1000m`; `tests/cluster/test_backend.py` asks a real one for all of these."""
    assert quantity(thousandths) == written


@given(st.integers(0, 10**21))
def test_no_quantity_changes_its_value(thousandths: int) -> None:
    """Read again, it is the same number."""
    written = quantity(thousandths)
    digits, suffix = (written[:-1], written[-1]) if written[-1] in FACTORS else (written, "")
    assert Decimal(digits) * Decimal(FACTORS.get(suffix, "1")) * 1000 == thousandths


@pytest.mark.parametrize(("written", "restricted"), [({}, True), ({"security_context": "none"}, False)])
def test_a_pod_gains_no_privilege_unless_its_repository_says_so(
    tmp_path: Path, written: dict[str, str], *, restricted: bool
) -> None:
    """Every container, sidecars of both kinds too, and the pod's seccomp profile; nothing else of it changes."""
    sidecars = [{"name": "proxy", "command": ["sh"]}, {"name": "agent", "command": ["sh"], "native": True}]
    repository = sample.repository(tmp_path, {"legacy": {"sidecars": sidecars}}, legacy=written)
    assert repository.legacy.restricted is restricted
    made: Any = manifest.job(
        sample.order(repository, Side.LEGACY), "ml", None, "00", restricted=repository.legacy.restricted
    )
    pod = made["spec"]["template"]["spec"]
    containers = [*pod["containers"], *pod["initContainers"]]
    assert [container["name"] for container in containers] == ["main", "proxy", "agent"]
    contexts = [container.pop("securityContext", None) for container in containers]
    assert contexts == [{"allowPrivilegeEscalation": False} if restricted else None] * 3
    profile = {"seccompProfile": {"type": "RuntimeDefault"}} if restricted else None
    assert pod.pop("securityContext", None) == profile
    plain: Any = manifest.job(sample.order(repository, Side.LEGACY), "ml", None, "00", restricted=False)
    assert pod == plain["spec"]["template"]["spec"]
