"""The example of docs/extending.md, as a reader who copies it has it: files in a folder, and a command beside them."""

from __future__ import annotations

import os
import re
import subprocess
import sysconfig
import tomllib
import venv
from pathlib import Path

from installed import distribution

PAGE = Path(__file__).parents[1] / "docs" / "extending.md"
_FILE = re.compile(
    r"^[^\n]*, `([\w./]+)`[^\n]*\n(?:[^\n]+\n)*\n```(?:toml|python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


def files() -> dict[str, str]:
    """Give the files that the page shows, by name."""
    return dict(_FILE.findall(PAGE.read_text(encoding="utf-8")))


def install(folder: Path) -> Path:
    """Write the files and install the distribution in an environment of its own; give the environment's Python.

    It has all that the tests' own environment has. An environment and not a search path in a variable: what a sandbox's
    image is told by are the packages of the interpreter that runs the jobs, and those never see the variable.
    """
    shown = files()
    for name, text in shown.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    project = tomllib.loads(shown["pyproject.toml"])["project"]
    venv.create(folder / "venv", with_pip=False)
    (packages,) = (folder / "venv" / "lib").glob("python*/site-packages")
    distribution(packages, project["name"], project["entry-points"], {"report_kind.py": shown["report_kind.py"]})
    ours = sysconfig.get_paths()["purelib"]
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n", encoding="utf-8")
    return folder / "venv" / "bin" / "python"


def parity(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command in the folder of the files."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTHON"))}
    folder = python.parents[2]
    command = [str(python), "-m", "harness", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
