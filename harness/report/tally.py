"""How many repositories have which verdict, in the words of a title. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.report.first_screen import WOULD_BE_GO
from harness.report.values import ReportView

ORDER = ("GO", WOULD_BE_GO, "INCONCLUSIVE", "NO-GO")


def word_of(view: ReportView) -> str:
    """Give the word that a verdict is counted under: on synthetic evidence nothing is a GO."""
    return WOULD_BE_GO if view.decision == "GO" and view.synthetic else view.decision


def tally(views: Sequence[ReportView]) -> tuple[tuple[str, int], ...]:
    """Count repositories by that word; words that nobody has are left out."""
    counts = Counter(word_of(view) for view in views)
    return tuple((word, counts[word]) for word in ORDER if counts[word])


def tally_words(views: Sequence[ReportView]) -> str:
    """Write the counts in one line."""
    return ", ".join(f"{count} {word}" for word, count in tally(views)) or "nothing was judged"


def label_of(decision: str, views: Sequence[ReportView]) -> str:
    """Name a decision where repositories are filtered by it: a GO by its own word where no evidence is real."""
    words = {word_of(view) for view in views if view.decision == decision}
    return next(iter(words)) if len(words) == 1 else decision
