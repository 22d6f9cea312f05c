"""Files of words, equal in any order."""

from __future__ import annotations

from pathlib import Path

from harness.compare.format import Difference, Format, NotCompared
from harness.model.finding import Sample
from harness.model.job import CompareRule


def _compare(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    del rule
    try:
        left, right = (sorted(path.read_text(encoding="ascii").split()) for path in (legacy, candidate))
    except UnicodeDecodeError as error:
        message = f"it holds no words: {error.reason}"
        raise NotCompared(message) from error
    if not left or not right:
        raise NotCompared("there is no word in it")
    samples = (Sample("words", " ".join(left), " ".join(right)),)
    return Difference(left == right, "the words differ", samples=samples, fields=frozenset({"words"}))


FORMAT = Format("words", "outputs.words", (".words",), _compare, None)
