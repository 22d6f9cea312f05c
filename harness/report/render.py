"""Views → files: one self-contained page per repository, an index, JSON, JUnit and a summary. The only user of jinja2.

A page asks for nothing outside itself: its policy allows its own style and script by hash and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from harness import private
from harness.errors import StoreError
from harness.model.finding import SEVERITY, Outcome
from harness.report.junit import junit_bytes
from harness.report.layout import BUDGETS, Budget
from harness.report.markdown import comment_of, summary_of
from harness.report.metrics_text import metrics_text
from harness.report.section import PageContent, Section
from harness.report.sections import SECTIONS
from harness.report.tally import label_of, tally_words
from harness.report.values import ReportView
from harness.report.view import OUTCOMES
from harness.report.wording import counted, moment, seconds, share, shown

PAGE_BYTES_MAX = 2_000_000
"""Budget of one page."""
FINDINGS_ON_PAGE_MAX = 5_000
"""A repository with more findings has a page beside its own that lists them."""
DECISION_ORDER = {"NO-GO": 0, "INCONCLUSIVE": 1, "GO": 2}
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_TAKEN = frozenset({"comment", "index", "junit", "metrics", "summary"})
CLASSES: Mapping[str, str] = {
    "GO": "good",
    "INCONCLUSIVE": "open",
    "NO-GO": "bad",
    "MATCH": "good",
    "EXPLAINED": "told",
    "WAIVED": "waived",
    "NOT RUN": "notrun",
    "MISMATCH": "bad",
}


def render_campaign(views: Sequence[ReportView], into: Path, *, full: bool = False) -> tuple[Path, ...]:
    """Write index.html, a page and a JSON file per repository, and what CI systems read; give their paths.

    `full`: pages print all that they hold, and not only the decision and what it rests on.

    Raises:
        StoreError: the file system refused; names the path.
    """
    ordered = sorted(views, key=lambda view: (DECISION_ORDER[view.decision], view.repository))
    names = page_names(ordered)
    files: dict[str, bytes] = {}
    for view in ordered:
        files[f"{names[view.repository]}.html"] = page(view, full=full)
        if spills(view):
            files[findings_file(view.repository)] = findings_page(view)
        files[f"{names[view.repository]}.json"] = json_bytes(view)
    files["junit.xml"] = junit_bytes(ordered)
    files["summary.md"] = summary_of(ordered).encode()
    files["comment.md"] = comment_of(ordered).encode()
    files["metrics.prom"] = metrics_text(ordered).encode()
    files["index.html"] = index(ordered, names)
    for name, data in files.items():
        _write(into / name, data)
    return tuple(into / name for name in files)


def page_names(views: Iterable[ReportView]) -> dict[str, str]:
    """Name each repository's files: its own name where plain, else made safe and told apart by a digest."""
    return {view.repository: file_name(view.repository) for view in views}


def file_name(repository: str) -> str:
    """Give the file name of a repository, without its suffix."""
    if _PLAIN_NAME.fullmatch(repository) and repository not in _TAKEN:
        return repository
    slug = re.sub(r"[^a-z0-9]+", "-", repository.lower())[:60].strip("-")
    digest = hashlib.sha256(repository.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return "-".join(part for part in (slug, digest) if part)


def json_bytes(view: ReportView) -> bytes:
    """Write a view as JSON, byte for byte the same for the same view."""
    return (json.dumps(asdict(view), sort_keys=True, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def spills(view: ReportView) -> bool:
    """Tell whether a repository's findings have a page of their own."""
    return len(view.findings) > FINDINGS_ON_PAGE_MAX


def findings_file(repository: str) -> str:
    """Name the page of a repository's findings; no page of a repository has a dot in its name."""
    return f"{file_name(repository)}.findings.html"


def findings_page(view: ReportView) -> bytes:
    """List every finding of a repository in one line each, the worst first."""
    ranked = sorted(view.findings, key=lambda finding: -SEVERITY[Outcome(finding.outcome)])
    return _render("findings.html", view=view, findings=ranked, page_file=f"{file_name(view.repository)}.html")


def page(view: ReportView, *, full: bool = False) -> bytes:
    """Draw one repository's page within its size budget. `full`: it prints all that it holds."""
    data = b""
    for budget in BUDGETS:
        data = _page(view, budget, full=full)
        if len(data) <= PAGE_BYTES_MAX:
            break
    return data


def _page(view: ReportView, budget: Budget, *, full: bool) -> bytes:
    spilled = findings_file(view.repository) if spills(view) else ""
    content = PageContent(view, budget, f"{file_name(view.repository)}.json", spilled)
    sections = [section for section in SECTIONS if section.has_content(view)]
    body = [section for section in sections if not (section.lead or section.appendix)]
    return _render(
        "page.html",
        view=view,
        full=full,
        budget=budget,
        data_file=content.data_file,
        anchors=content.anchors,
        lead=[_section(section, content) for section in sections if section.lead],
        listed=[section for section in body if section.title],
        body=[_section(section, content) for section in body],
        appendix=[(section, _section(section, content)) for section in sections if section.appendix],
    )


def draw(section: Section, content: PageContent) -> str:
    """Draw one section as HTML; raises whatever its code or its template raises."""
    own = {"view": content.view, "budget": content.budget, "data_file": content.data_file}
    return _environment().get_template(section.template).render(**own, **section.values(content))


def _section(section: Section, content: PageContent) -> Markup:
    """Draw one section; one of a plug-in that fails leaves a note in its place, as the verdict stands without it."""
    try:
        drawn = draw(section, content)
    except Exception as error:
        if SECTIONS.plugins[section.name].built_in:
            raise
        reason = f"{type(error).__name__}: {error}"
        drawn = _environment().get_template("failed.html").render(section=section, reason=shown(reason))
    return Markup(drawn)  # noqa: S704 # nosec B704 # rendered with escaping on, see _environment


def index(views: Sequence[ReportView], names: Mapping[str, str]) -> bytes:
    """Draw the fleet: one row per repository, the worst first."""
    decisions = Counter(view.decision for view in views)
    return _render(
        "index.html",
        views=views,
        names=names,
        title=tally_words(views),
        decisions=[(decision, label_of(decision, views), decisions[decision]) for decision in DECISION_ORDER],
        campaigns=sorted({view.campaign for view in views}),
        tools=sorted({view.tool for view in views}),
        synthetic=sum(view.synthetic for view in views),
    )


# -- templates --------------------------------------------------------------------------------------------------------


@cache
def template_text(name: str) -> str:
    """Read a file that lies among the templates, or after the name of its package and a slash."""
    package, _, file = name.rpartition("/")
    folder = resources.files(package) if package else resources.files("harness.report").joinpath("templates")
    return folder.joinpath(file).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    """Build the environment; escaping is on whatever a template is called."""
    environment = Environment(
        autoescape=True,
        loader=FunctionLoader(template_text),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"outcomes": OUTCOMES, "classes": CLASSES}
    environment.filters |= {"counted": counted, "moment": moment, "seconds": seconds}
    environment.globals["share"] = share
    return environment


@dataclass(frozen=True, slots=True)
class Dress:
    """Style and script that stand in a page; its content policy allows these by hash."""

    style: str
    script: str
    more: str = ""
    """Further directives of the policy, such as `connect-src 'self'`."""
    scripts: str = ""
    """Further sources of scripts."""

    @property
    def policy(self) -> str:
        """Give the content policy of a page in this dress."""
        scripts = " ".join(filter(None, (f"'{_digest(self.script)}'", self.scripts)))
        directives = (
            "default-src 'none'",
            f"style-src '{_digest(self.style)}'",
            f"script-src {scripts}",
            "img-src data:",
            "base-uri 'none'",
            self.more or "form-action 'none'",
        )
        return "; ".join(directives)


def document(template: str, *, dress: Dress | None = None, **context: object) -> bytes:
    """Draw one of the templates, in the style, script and content policy of all pages or in its own."""
    return _render(template, dress, **context)


def palette() -> str:
    """Give the colours of all pages, light and dark, as the beginning of their style."""
    style = template_text("style.css")
    return style[: style.index("*{")]


def _render(template: str, dress: Dress | None = None, **context: object) -> bytes:
    worn = dress or Dress(template_text("style.css"), template_text("script.js"))
    style, script = Markup(worn.style), Markup(worn.script)  # noqa: S704 # nosec B704 # our own files
    own = {"style": style, "script": script, "policy": worn.policy}
    return _environment().get_template(template).render(**context, **own).encode()


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


# -- files ------------------------------------------------------------------------------------------------------------


def _write(path: Path, data: bytes) -> None:
    """Write temp, fsync, rename, fsync the directory: a reader finds the old page or the new one, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        private.make_folder(path.parent)
        with private.open_file(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        message = f"{path}: can't be written: {error.strerror or error}"
        raise StoreError(message) from error
