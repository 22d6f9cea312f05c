"""Write the page of types: every public type of the harness, by package and module, with its first sentence."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

HARNESS = Path(__file__).parent.parent / "harness"
HEAD = """# Types

{generated}
Every public type, by module, with its first sentence. The words that these sentences use are those of the
[vocabulary](vocabulary.md); which package may import which is in the [architecture](architecture.md).
"""


@dataclass(frozen=True, slots=True)
class PublicType:
    """One class or alias that other modules may import."""

    module: str
    """Its path below `harness/`, without the suffix."""
    name: str
    meaning: str
    """The first sentence of its docstring; empty: it has none."""

    @property
    def package(self) -> str:
        """The first folder of its path; `harness` for what lies in none."""
        return self.module.partition("/")[0] if "/" in self.module else "harness"


def public_types() -> Iterator[PublicType]:
    """Find the classes at the top of each module whose names have no leading underscore, in the order of paths."""
    for path in sorted(HARNESS.rglob("*.py")):
        module = path.relative_to(HARNESS).with_suffix("").as_posix()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield PublicType(module, node.name, first_sentence(ast.get_docstring(node) or ""))


def first_sentence(docstring: str) -> str:
    """Cut a docstring after its first sentence, on one line."""
    text = " ".join(docstring.split())
    return re.split(r"(?<=[.;:])\s", text, maxsplit=1)[0].rstrip(";:.")


def page(generated: str) -> str:
    """Write the page: one table a package."""
    parts = [HEAD.format(generated=generated)]
    for package, types in groupby(sorted(public_types(), key=lambda found: found.package), lambda found: found.package):
        rows = "\n".join(
            f"| `{found.name}` | {found.meaning.replace('|', chr(92) + '|')} | `{found.module}` |" for found in types
        )
        parts.append(f"\n## {package}\n\n| type | meaning | module |\n| --- | --- | --- |\n{rows}\n")
    return "".join(parts)
