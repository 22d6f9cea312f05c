"""Files that hold jobs → the documents in them, each with where it begins; templates are told apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.config import strict_yaml
from harness.config.documents import documents
from harness.config.strict_yaml import Place
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path
from harness.model.job import Json

_MARK = re.compile(r"^---(?=[ \t\r\n]|$)[^\n]*$", re.MULTILINE)
_HELM = re.compile(
    r"\{\{-?\s*(/\*|\.(Values|Release|Chart|Capabilities|Files|Template)\b|include\b|template\b|toYaml\b|define\b|if\b|range\b|with\b|end\b|default\b|tpl\b|\$)"
)
_OTHER_TEMPLATE = re.compile(r"\{%-?\s*\w|\{\{")
EXPECTED = "documents that were rendered"


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """One document of a file."""

    file: str
    data: Json
    document: strict_yaml.Document | None
    """Where its values stand; None: it is JSON, of which the beginning is told only."""
    line: int
    """On which it begins, from 1."""

    def place(self, path: Path) -> Place:
        """Find the place of a value in the file."""
        if self.document is None:
            return Place(self.line, 1)
        found = self.document.value_place(path)
        return replace(found, line=found.line + self.line - 1)


def read_documents(file: str, data: bytes, expected: str) -> tuple[SourceDocument, ...]:
    """Read every document of a file, JSON or YAML.

    Raises:
        ConfigError: it is a template that nobody rendered, or can't be read.
    """
    text = data.decode(errors="replace")
    _refuse_template(file, text)
    if text.lstrip("\ufeff \t\r\n")[:1] in {"{", "["} or not text.strip():
        try:
            return tuple(SourceDocument(file, value, None, 1) for value in documents(file, data, expected))
        except ConfigError:
            if not text.strip():
                raise  # nothing at all; anything else may be YAML in its flow style
    try:
        return tuple(_of_yaml(file, data))
    except ConfigError as error:
        raise _told_apart(file, text, error) from error


def _of_yaml(file: str, data: bytes) -> Iterator[SourceDocument]:
    text = data.decode("utf-8-sig", errors="surrogateescape")
    starts = [0, *(match.end() for match in _MARK.finditer(text))]
    ends = [*(match.start() for match in _MARK.finditer(text)), len(text)]
    for start, end in zip(starts, ends, strict=True):
        part = text[start:end]
        if not _has_content(part):
            continue
        line = text.count("\n", 0, start) + 1
        try:
            found = strict_yaml.read(part.encode(errors="surrogateescape"), file)
        except ConfigError as error:
            raise ConfigError(tuple(_moved(problem, line) for problem in error.problems)) from error
        yield SourceDocument(file, found.data, found, line)


def _has_content(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith(("#", "...")) for line in part.splitlines())


def _moved(problem: Problem, line: int) -> Problem:
    return replace(problem, line=problem.line + line - 1) if problem.line else problem


def _refuse_template(file: str, text: str) -> None:
    """Refuse a template of Helm; what else looks like one is only told where it can't be read."""
    if found := _HELM.search(text):
        raise ConfigError((_template(file, text, found.start(), "a template of Helm", command="helm template CHART"),))


def _told_apart(file: str, text: str, error: ConfigError) -> ConfigError:
    if found := _OTHER_TEMPLATE.search(text):
        problem = _template(file, text, found.start(), "a template", command="what renders it")
        return ConfigError((problem,))
    return error


def _template(file: str, text: str, at: int, what: str, *, command: str) -> Problem:
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    hint = f"render it first: {command} | parity init --from -"
    return Problem(file, line, column, "the document", what, EXPECTED, hint)
