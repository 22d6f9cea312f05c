"""Seventy planted secrets: ten forms in seven places, each refused or scrubbed with a word, none written."""

from __future__ import annotations

from pathlib import Path

import pytest
from config.samples import Change
from config.test_secret_strings import planted_in
from planted_secrets import PLACES, Planted, forms
from runner.test_scrubbing import brought_home

from harness.campaign import scrubbing
from harness.config.load import check
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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("place", PLACES)
def test_none_of_seventy_is_written_and_each_has_its_word(
    form: str, place: str, change: Change, tmp_path: Path
) -> None:
    """What the file would say is refused by name; what a run says is scrubbed with the name of a rule."""
    planted = FORMS[form]
    if place in REFUSED:
        said = "\n".join(map(str, check(change(planted_in(planted)[place]))))
        assert "what looks like a secret (" in said
    elif place == "log":
        brought_home(tmp_path, f"{planted.line}\nValueError: {planted.url}\n")
        said = b"".join(
            path.read_bytes() for path in (tmp_path / "campaign").rglob("*") if path.name.endswith((".txt", ".json"))
        ).decode()
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
