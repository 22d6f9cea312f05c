"""The kind of job of docs/extending.md is taken to a verdict on the sandbox, and to NO-GO with a planted fault."""

from __future__ import annotations

import json
from pathlib import Path

import extending
import pytest

RUN = ("run", "monthly-report", "--sandbox", "--image", "monthly-report:1=code")
ALIKE = """'{"rows": 2, "total": 42}'"""
OF_ITS_SIDE = """'{"side": "' + folder.parts[-2] + '"}'"""
"""The folder above is `work` on the legacy side and `report` on the candidate."""


@pytest.mark.parametrize(
    ("written", "ends", "verdict"), [(ALIKE, 0, "would be GO"), (OF_ITS_SIDE, 1, "NO-GO")], ids=["alike", "different"]
)
def test_the_kind_of_the_page_is_taken_to_a_verdict(tmp_path: Path, written: str, ends: int, verdict: str) -> None:
    """By the command of the page; the candidate's output was where the kind says."""
    extending.install(tmp_path)
    code = tmp_path / "code" / "render.py"
    text = code.read_text(encoding="utf-8")
    assert ALIKE in text
    code.write_text(text.replace(ALIKE, written), encoding="utf-8")
    done = extending.parity(tmp_path, *RUN)
    assert (done.returncode, verdict in done.stdout) == (ends, True), done.stdout + done.stderr
    (plan,) = (tmp_path / "reports").glob("*/plan.json")
    (job,) = json.loads(plan.read_text(encoding="utf-8"))["repositories"][0]["jobs"]
    assert job["kind"] == "report"
    assert job["outputs"][0]["path"]["candidate"] == "/opt/ml/processing/report/pages"
