"""What the site has besides the pages: an index of the decisions, and no link that leads out of the documentation."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from mkdocs.structure.files import File, Files

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)\s]+)\)")
_NUMBER = re.compile(r"^#\s*\d{4}[:\s]+")
_INTRODUCTION = "# Decisions\n\nOne page for each choice of seam, statistic, default or dependency.\n\n"


def on_files(files: Files, config: Any) -> Files:  # noqa: ANN401 - mkdocs' own
    """Add the index of the decisions."""
    decisions = sorted(file.src_uri for file in files if re.fullmatch(r"adr/\d{4}-.*\.md", file.src_uri))
    lines = [_line(files, name) for name in decisions]
    files.append(File.generated(config, "adr/index.md", content=_INTRODUCTION + "\n".join(lines) + "\n"))
    return files


def _line(files: Files, name: str) -> str:
    file = files.get_file_from_path(name)
    assert file is not None  # noqa: S101 - it was listed
    title = _NUMBER.sub("", file.content_string.partition("\n")[0])
    return f"- [{name[4:8]}]({name[4:]}) {title}"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:  # noqa: ANN401 - mkdocs' own
    """Write a link to a file of the project, which the site does not have, as its name alone."""
    folder = posixpath.dirname(page.file.src_uri)

    def inside(found: re.Match[str]) -> str:
        leads_out = posixpath.normpath(posixpath.join(folder, found[2])).startswith("..")
        return found[1] if leads_out else found[0]

    return _LINK.sub(inside, markdown)
