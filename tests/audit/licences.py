"""The licence of every locked package, from its installed metadata, against a list of those that we may depend on.

Metadata says a licence in three ways, the later the older: an SPDX expression, classifiers, a free text. The first of
them that says anything counts; of several classifiers every one has to be allowed. What is not understood is not
allowed. Which licences are, and why: ADR 0106.
"""

from __future__ import annotations

import importlib.metadata
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from audit import locked
from audit.step import Step
from license_expression import AND, OR, ExpressionError, LicenseSymbol, get_spdx_licensing

PERMISSIVE = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0",
    "MIT-CMU", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
}  # fmt: skip
"""`BSD` is a classifier or text that does not say how many clauses."""
WEAK_COPYLEFT = {
    "MPL-2.0", "LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later",
}  # fmt: skip
"""Used as they are, imported, never changed or copied: what is asked for then is kept by the package itself."""
ALLOWED = PERMISSIVE | WEAK_COPYLEFT
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication": "CC0-1.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
}
_LICENSING = get_spdx_licensing()


@dataclass(frozen=True)
class Licence:
    """What a package says of itself, and where."""

    package: str
    version: str
    text: str
    stated_in: str

    @property
    def allowed(self) -> bool:
        """Say whether we may depend on it."""
        if self.stated_in == "classifiers":
            return all(CLASSIFIERS.get(name) in ALLOWED for name in self.text.split(", "))
        return self.text in ALLOWED or _expression_allowed(self.text)


def _expression_allowed(text: str) -> bool:
    try:
        return _node_allowed(_LICENSING.parse(text, validate=True))
    except ExpressionError:
        return False


def _node_allowed(node: object) -> bool:
    """Decide an expression: all of AND, one of OR; a licence with an exception is one that nobody looked at."""
    if isinstance(node, AND):
        return all(_node_allowed(part) for part in node.args)
    if isinstance(node, OR):
        return any(_node_allowed(part) for part in node.args)
    return type(node) is LicenseSymbol and node.key in ALLOWED


def stated(metadata: Message) -> tuple[str, str]:
    """Give what the metadata say and where: the newest way that says anything."""
    if expression := metadata.get("License-Expression"):
        return expression, "expression"
    classifiers = [name for name in metadata.get_all("Classifier", []) if name.startswith("License :: ")]
    named = [name.rpartition(" :: ")[2] for name in classifiers]
    named = [name for name in named if name not in {"OSI Approved", "DFSG approved"}]
    if named:
        return ", ".join(named), "classifiers"
    return " ".join(metadata.get("License", "").split())[:80] or "none", "text"


def audit(lock: Path, into: Path) -> Step:
    """Write the table; fail on what is not allowed and on what is locked and not installed."""
    table, failures = [], []
    wanted = locked.packages(lock, here=True)
    for name, version in wanted:
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            failures.append(f"{name} {version} is locked and not installed: nox -s audit installs it")
            continue
        if found.version != version:
            failures.append(f"{name}: {version} is locked, {found.version} is installed: nox -s audit installs it")
        licence = Licence(name, found.version, *stated(found.metadata))  # type: ignore[arg-type]
        table.append(licence)
        if not licence.allowed:
            failures.append(
                f"{name} {found.version}: {licence.text!r} ({licence.stated_in}) is not on the list of licences"
            )
    into.mkdir(parents=True, exist_ok=True)
    head = ["| package | version | licence | stated in |", "| --- | --- | --- | --- |"]
    rows = [f"| {row.package} | {row.version} | {row.text} | {row.stated_in} |" for row in table]
    (into / "licences.md").write_text("\n".join([*head, *rows, ""]), "utf-8")
    elsewhere = len(locked.packages(lock, here=False)) - len(wanted)
    return Step(f"{len(table)} packages, {elsewhere} of other platforms not looked at: licences.md", tuple(failures))
