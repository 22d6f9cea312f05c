"""Bandit over a folder of Python: each finding is mended, or justified where it stands.

The only form of a justification is `# nosec B603 # the reason`: the rules by number, then why. One without rule or
reason, and one that justifies nothing (any more), fail like a finding.
"""

from __future__ import annotations

import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from audit.step import Step, last_line, module

_NOSEC = re.compile(r"#\s*nosec\b(?P<rest>.*)")
_REASONED = re.compile(r":?\s*(?P<rules>B\d{3}(?:\s*,\s*B\d{3})*)\s*#\s*\S.*")


def audit(folder: Path, configuration: Path) -> Step:
    """Look at every file below the folder."""
    done = module(
        "bandit", "-r", str(folder), "-c", str(configuration), "--ignore-nosec", "-f", "json", "-q", cwd=folder
    )
    try:
        said = json.loads(done.stdout)
    except ValueError:
        return Step("bandit did not run", (last_line(done.stderr),))
    failures = [f"{error['filename']}: {error['reason']}" for error in said["errors"]]
    justified, unclear = _justifications(folder)
    used = set()
    for finding in said["results"]:
        covered = {(finding["filename"], line, finding["test_id"]) for line in finding["line_range"]} & justified
        used |= covered
        if not covered:
            place = f"{finding['filename']}:{finding['line_number']}"
            failures.append(f"{place}: {finding['test_id']} {finding['issue_text']}")
    unused = [f"{file}:{line}: # nosec {rule} justifies nothing: remove it" for file, line, rule in justified - used]
    files = sum(name != "_totals" for name in said["metrics"])
    return Step(f"{files} files, {len(used)} findings justified", (*failures, *unclear, *sorted(unused)))


def _justifications(folder: Path) -> tuple[set[tuple[str, int, str]], list[str]]:
    """Give file, line and rule of each, and what is wrong with the others."""
    justified, unclear = set(), []
    for path in sorted(folder.rglob("*.py")):
        for line, comment in _comments(path):
            nosec = _NOSEC.search(comment)
            if nosec is None:
                continue
            reasoned = _REASONED.fullmatch(nosec["rest"].rstrip())
            if reasoned is None:
                unclear.append(f"{path}:{line}: write `# nosec B123 # reason`: the rules by number, then the reason")
                continue
            justified |= {(str(path), line, rule.strip()) for rule in reasoned["rules"].split(",")}
    return justified, unclear


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    """Give the comments with their lines; a file that is no Python has none, and bandit says that it is none."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return
