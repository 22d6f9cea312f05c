"""The only task runner: `nox -s demo`, `nox -s tests`, and what CI runs besides.

Every session makes its own environment from the lock file with hashes; `PARITY_SHARED_ENV=1` lets sessions share one,
which saves CI the installs.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.sessions = ["tests"]
nox.options.error_on_missing_interpreters = True

ROOT = Path(__file__).parent
SHARED = os.environ.get("PARITY_SHARED_ENV") == "1"
"""All sessions use the environment of `tests`, which has to have run before."""
SHARED_BIN = ROOT / ".nox" / "tests" / "bin"
BACKEND = "none" if SHARED else "venv"


def install(session: nox.Session) -> None:
    """Install the locked set and the project itself, once for each change of either."""
    if SHARED and session.name != "tests":
        return
    marker = Path(session.virtualenv.location) / ".parity-installed"
    wanted = (ROOT / "requirements.lock").read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    if marker.exists() and marker.read_bytes() == wanted:
        return
    session.install("--require-hashes", "--only-binary=:all:", "-r", "requirements.lock")
    session.install("--no-deps", "--no-build-isolation", "-e", ".")
    marker.write_bytes(wanted)


def run(session: nox.Session, program: str, *arguments: str, env: dict[str, str] | None = None) -> None:
    """Run a program of the session's environment."""
    if SHARED and session.name != "tests":
        session.run(str(SHARED_BIN / program), *arguments, external=True, env=env)
    else:
        session.run(program, *arguments, env=env)


def repositories() -> list[str]:
    """List the entries of repos.yaml, which stand two spaces in."""
    block = (ROOT / "repos.yaml").read_text(encoding="utf-8").partition("\nrepositories:\n")[2]
    return re.findall(r"^ {2}([\w-]+):", block, re.MULTILINE)


@nox.session(reuse_venv=True, venv_backend=BACKEND)
@nox.parametrize("repository", repositories(), ids=repositories())
def parity(session: nox.Session, repository: str) -> None:
    """Run a campaign of one repository of repos.yaml, on the sandbox unless other words follow --."""
    install(session)
    run(session, "parity", "run", repository, *(session.posargs or ["--sandbox"]))


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def demo(session: nox.Session) -> None:
    """Run the six demo repositories on the sandbox and check their verdicts."""
    install(session)
    run(session, "parity", "demo", *session.posargs)


@nox.session(reuse_venv=True)
def tests(session: nox.Session) -> None:
    """Run the test suite: units, properties, and end to end on the sandbox; three workers, because jobs mostly wait."""
    install(session)
    run(session, "python", "-m", "pytest", "-n", "3", "--dist", "loadfile", "--durations=15", *session.posargs)


CLUSTER_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "busybox": "busybox-static",
    "iptables": "iptables",
    "ip": "iproute2",
    "openssl": "openssl",
    "kubectl": "kubernetes-client",
    "podman": "podman",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""Program → the Debian package that has it."""


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def cluster(session: nox.Session) -> None:
    """Run the tests on a real Kubernetes: that of PARITY_KUBECONFIG, kind, k3d, or one built and started here."""
    install(session)
    given = os.environ.get("PARITY_KUBECONFIG") or (
        shutil.which("docker") and (shutil.which("kind") or shutil.which("k3d"))
    )
    missing = [package for program, package in CLUSTER_PACKAGES.items() if not shutil.which(program)]
    if not given and missing and os.geteuid() == 0 and shutil.which("apt-get") and shutil.which("go"):
        session.run("apt-get", "update", "-qq", external=True)
        session.run("apt-get", "install", "-y", "-qq", *missing, external=True)
    run(
        session, "python", "-m", "pytest", "tests/cluster", "tests/conformance", "-s", "--timeout", "3600",
        "--durations=5", *session.posargs,
    )  # fmt: skip


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def lint(session: nox.Session) -> None:
    """Check style and formatting rules."""
    install(session)
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def types(session: nox.Session) -> None:
    """Check types strictly."""
    install(session)
    run(session, "mypy")
    run(session, "mypy", "tests/typing/api.py")


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def layers(session: nox.Session) -> None:
    """Check the directions of imports."""
    install(session)
    run(session, "lint-imports", "--no-cache")


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def audit(session: nox.Session) -> None:
    """Check our code, dependencies, licences and workflows from outside; write SBOM and licence table.

    `--into DIR` names their folder (build/audit), `--only STEP` runs one of them.
    """
    install(session)
    run(session, "python", "-m", "audit.session", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def docs(session: nox.Session) -> None:
    """Write the pages that are tables of the code: classes, moves, keys, types."""
    install(session)
    run(session, "python", "docs/generate.py")


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def site(session: nox.Session) -> None:
    """Build the documentation's site into build/site; a link that leads nowhere fails it."""
    install(session)
    run(session, "mkdocs", "build", "--strict", *session.posargs, env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def gallery(session: nox.Session) -> None:
    """Take the pictures of the gallery page in Chromium, of the pages that the tests open."""
    install(session)
    run(session, "python", "-m", "report.gallery", "docs/images/gallery", env={"PYTHONPATH": "tests"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def tables(session: nox.Session) -> None:
    """Hold the comparison of tables against a plain comparator, on 10,000 random pairs over every rule."""
    install(session)
    command = ["pytest", "tests/compare/test_engine_oracle.py", "--timeout", "36000"]
    run(session, *command, *session.posargs, env={"PARITY_TABLES": "10000"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def bench(session: nox.Session) -> None:
    """Measure speed and memory beside their peers."""
    install(session)
    for script in sorted((ROOT / "benchmarks").glob("bench_*.py")):
        run(session, "python", str(script), *session.posargs)


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def selfcheck(session: nox.Session) -> None:
    """Measure how often the judge is wrong on seeded defects; fails where a limit is broken.

    Without arguments it is the whole selfcheck, and writes its page and what reports tell of it.
    """
    install(session)
    written = ["--page", "docs/selfcheck.md", "--summary", "harness/campaign/selfcheck/measured.json"]
    run(session, "parity", "selfcheck", *(session.posargs or written))


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def fleet(session: nox.Session) -> None:
    """Simulate fleets of repositories over 39 weeks through the real judge; fails where a limit is broken.

    Twenty minutes of CPU; `--state FILE` makes it resumable.
    """
    install(session)
    run(session, "parity", "selfcheck", "--fleet", *(session.posargs or ["--page", "docs/fleet.md"]))


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def attack(session: nox.Session) -> None:
    """Attack the harness with hostile inputs; fails where one is not refused within its bounds.

    `--tenth` runs every tenth case, `--seed N` another set.
    """
    install(session)
    run(session, "python", "-m", "attack.session", *session.posargs, env={"PYTHONPATH": "tests"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def fuzz(session: nox.Session) -> None:
    """Change 10,000 records, 10,000 files of Jobs and their parents, and 10,000 logs at random.

    Fails where one crashes or an answer turns. A few minutes of CPU; `--seed N` makes another set.
    """
    install(session)
    whole = ["--page", "docs/explain.md"]
    run(session, "python", "-m", "fuzz.session", *(session.posargs or whole), env={"PYTHONPATH": "tests"})


@nox.session(reuse_venv=True, venv_backend=BACKEND)
def faults(session: nox.Session) -> None:
    """Strike campaigns with kills, full disks, power cuts and bad platforms; fails where one is not survived.

    Without arguments it is three seeds of every row and twenty of every step, hours of it; `--state FILE` makes it
    resumable.
    """
    install(session)
    whole = ["--seeds", "3", "--step-seeds", "20", "--page", "docs/reliability.md"]
    run(session, "python", "-m", "faults.session", *(session.posargs or whole), env={"PYTHONPATH": "tests"})


@nox.session(reuse_venv=True)
def lock(session: nox.Session) -> None:
    """Resolve the dependencies anew and write requirements.lock with hashes."""
    session.install("uv>=0.9")
    session.run(
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--extra",
        "demo",
        "--extra",
        "board",
        "--group",
        "test",
        "--group",
        "check",
        "--group",
        "audit",
        "--group",
        "site",
        "--group",
        "build",
        "--universal",
        "--python-version",
        "3.11",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--output-file",
        "requirements.lock",
        "--quiet",
        *session.posargs,
    )


if __name__ == "__main__":
    sys.exit("run it with: nox -s demo, or nox -s tests")
