"""The example of docs/extending.md, as a reader who copies it has it: files in a folder, and a command beside them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from installed import distribution

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
_FILE = re.compile(
    r"^[^\n]*, `([\w./]+)`[^\n]*\n(?:[^\n]+\n)*\n```(?:toml|python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def files() -> dict[str, str]:
    """Give the files that the page shows, by name."""
    return dict(_FILE.findall(PAGE.read_text(encoding="utf-8")))


def install(folder: Path) -> None:
    """Write the files, and install the distribution in a folder of its own."""
    shown = files()
    for name, text in shown.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project = tomllib.loads(shown["pyproject.toml"])["project"]
    points, modules = project["entry-points"], {"report_kind.py": shown["report_kind.py"]}
    distribution(folder / "site", project["name"], points, modules)


def parity(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command in the folder of the files.

    The command alone finds the distribution: a variable would be seen by the sandbox that it starts and not by the jobs
    in there, and an image of the sandbox is known by the packages that its interpreter finds.
    """
    site = str(folder / "site")
    begin = f"import runpy, sys; sys.path.insert(1, {site!r}); runpy.run_module('harness', run_name='__main__')"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, "-c", begin, *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
