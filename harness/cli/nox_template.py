"""The noxfile that `parity init --nox` prints: one session for each repository of repos.yaml."""

TEMPLATE = '''\
"""`nox -s "parity(NAME)"` proves one repository of repos.yaml; `nox -l` lists them, `nox -s parity` runs all.

Words behind -- go to `parity run`, such as `nox -s "parity(NAME)" -- --sandbox`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import nox

REPORTS = os.environ.get("PARITY_REPORTS", "reports")
"""One for all runs, on a disk that outlives the CI job: the ledger lies in it."""


def repositories():
    """List the entries of repos.yaml."""
    text = Path("repos.yaml").read_text(encoding="utf-8")
    block = re.search(r"^repositories:[^\\n]*\\n((?:[ \\t#].*\\n|\\n)*)", text + "\\n", re.MULTILINE)
    lines = [line for line in (block[1] if block else "").splitlines() if re.match(r" +[^\\s#]", line)]
    indent = min((len(line) - len(line.lstrip()) for line in lines), default=0)
    names = (re.match(r" {%d}([\\w-]+):" % indent, line) for line in lines)
    return [name[1] for name in names if name]


@nox.session(reuse_venv=True)
@nox.parametrize("repository", repositories(), ids=repositories())
def parity(session, repository):
    """Run a campaign of one repository; ends as `parity run` does: 0 GO, 1 NO-GO, 3 INCONCLUSIVE."""
    session.install("parity-harness")
    known = set(Path(REPORTS).glob("*/plan.json"))
    command = [str(Path(session.bin) / "parity"), "run", repository, "--reports", REPORTS, *session.posargs]
    code = subprocess.run(command, check=False).returncode
    for plan in set(Path(REPORTS).glob("*/plan.json")) - known:
        pages(session, plan.parent.name)
    if f"parity({repository})" in sys.argv:
        sys.exit(code)
    if code:
        session.error(f"{repository}: parity run ended with {code}")


def pages(session, campaign):
    """Write JUnit for the test view, and the summary of the CI job where the CI has one."""
    forms = {"junit": Path(REPORTS) / campaign / "junit.xml", "markdown": os.environ.get("GITHUB_STEP_SUMMARY")}
    for form, place in forms.items():
        if place:
            text = session.run("parity", "report", campaign, "--reports", REPORTS, "--format", form, silent=True)
            with Path(place).open("a" if form == "markdown" else "w", encoding="utf-8") as file:
                file.write(text)
'''
