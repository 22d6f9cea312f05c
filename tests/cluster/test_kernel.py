"""What a machine lacks for a cluster is named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cluster import choosing, kernel


def test_a_kernel_that_refuses_is_named_with_what_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root or not, control groups, and nothing where all is there."""
    if os.geteuid() == 0:
        assert kernel.lacks() == ""
        monkeypatch.setattr(kernel, "_CGROUPS", (Path("/proc"),))
        assert kernel.lacks().startswith("the kernel refuses a control group: ")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert kernel.lacks() == "we are not root"


def test_the_skip_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """No named cluster, no kind, no k3d, no kernel."""
    monkeypatch.delenv(choosing.NAMED, raising=False)
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr(kernel, "lacks", lambda: "the kernel refuses mount: no")
    assert str(choosing.chosen()).endswith("and the kernel refuses mount: no")
