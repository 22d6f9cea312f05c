"""Seventy planted secrets: ten forms in seven places, each refused or scrubbed with a word, none written."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from config.samples import Change
from config.test_secret_strings import planted_in
from planted_secrets import PLACES, Planted, forms
from runner.test_scrubbing import brought_home

from harness.campaign import scrubbing
from harness.cli.main import parity
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.scrub.scrubber import Scrubber, count
from harness.store import codec

FORMS = forms(70)
REFUSED = ("command", "sidecar", "environment", "parameter", "URL")


def sampled(planted: Planted) -> Finding:
    """Show a row that differs: in a column that promises, in one that does not, and cut in the sentence."""
    samples = (
        Sample(f"rows.csv[id=1].{planted.name.lower()}", planted.secret, "none"),
        Sample("rows.csv[id=1].note", f"read {planted.url}", planted.line),
    )
    text = f"rows.csv differs: {samples[0].cut().legacy} on legacy, {samples[1].cut().candidate} on candidate"
    return Finding("outputs.table", Dimension.OUTPUTS, "rows", "p1", Outcome.MISMATCH, text, samples=samples)


def refused(config: Path) -> str:
    """Say all that commands say of a file, which each of them refuses and of which none writes anything."""
    said = ""
    before = listing(config.parent)
    for words in (("check-config",), ("plan", "--all"), ("run", "--all", "--reports", str(config.parent / "reports"))):
        ended = CliRunner().invoke(parity, [*words, "--config", str(config)])
        assert ended.exit_code == 2
        assert "what looks like a secret (" in ended.output
        said += ended.output
    assert listing(config.parent) == before
    return said


def listing(folder: Path) -> list[str]:
    """Name every file below a folder."""
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_none_of_seventy_is_written_and_each_has_its_word(
    form: str, place: str, change: Change, tmp_path: Path
) -> None:
    """What the file would say is refused by name; what a run says is scrubbed with the name of a rule."""
    planted = FORMS[form]
    if place in REFUSED:
        said = refused(change(planted_in(planted)[place]))
    elif place == "log":
        seen = brought_home(tmp_path, f"{planted.line}\nValueError: {planted.url}\n")
        (artifact,) = (tmp_path / "campaign" / file.stored for out in seen.outputs for file in out.files)
        written = [path for path in (tmp_path / "campaign").rglob("*") if path.is_file() and path != artifact]
        assert len(written) > 1
        said = b"".join(path.read_bytes() for path in written).decode()
        assert count(said) > 0
    else:
        (found,) = scrubbing.findings((sampled(planted),), Scrubber())
        said = codec.encode(found).decode()
        assert count(found.samples) == 3
    assert planted.secret not in said
    assert planted.secret[:24] not in said or len(planted.secret) < 24


def test_there_are_seventy() -> None:
    """Ten forms, seven places."""
    assert len(FORMS) * len(PLACES) == 70
