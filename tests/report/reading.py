"""Reads a page back the way a browser does, without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "input", "img", "hr"})


@dataclass
class Page:
    """What a page holds."""

    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    style: str = ""
    script: str = ""
    unclosed: list[str] = field(default_factory=list)

    def values(self, attribute: str) -> list[str]:
        """List an attribute's values over all tags."""
        return [attributes[attribute] or "" for _, attributes in self.tags if attribute in attributes]

    @property
    def text(self) -> str:
        """Join all text."""
        return " ".join(" ".join(self.texts).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"attribute twice in {tag}"
        self.page.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"stray </{tag}>"
        last = self.open.pop()
        assert last == tag, f"</{tag}> closes <{last}>"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.page.style += data
        elif self.open and self.open[-1] == "script":
            self.page.script += data
        else:
            self.page.texts.append(data)


def read(data: bytes) -> Page:
    """Parse a page strictly: every tag closed in order, no attribute twice."""
    reader = _Reader()
    reader.feed(data.decode())
    reader.close()
    reader.page.unclosed = reader.open
    return reader.page
