"""Pages: self-contained, addressed, within their budget, the same for the same input."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from report.campaign_sample import campaign, found, go_case, inconclusive_case, no_go_case
from report.reading import read

from harness.errors import StoreError
from harness.model.finding import Dimension, Finding, Outcome, Sample
from harness.report.render import PAGE_BYTES_MAX, file_name, index, json_bytes, page, page_names, render_campaign
from harness.report.values import ReportView

TEMPLATES = Path(__file__).parents[2] / "harness" / "report" / "templates"
SECTIONS = TEMPLATES.parent / "sections"


def _pages(views: list[ReportView]) -> list[bytes]:
    return [*(page(view) for view in views), index(views, page_names(views))]


@pytest.mark.parametrize("data", _pages(campaign()), ids=["go", "no-go", "inconclusive", "index"])
def test_pages_are_well_formed_and_ask_for_nothing(data: bytes) -> None:
    """Tags close in order; nothing is loaded; links lead to the page itself or to a file beside it."""
    seen = read(data)
    assert seen.unclosed == []
    assert seen.values("src") == []
    assert seen.values("style") == []
    assert not {"img", "iframe", "object", "embed", "form", "base"} & {tag for tag, _ in seen.tags}
    assert not any(name.startswith("on") for _, attributes in seen.tags for name in attributes)
    ids = set(seen.values("id"))
    for link in seen.values("href"):
        assert (
            link == "data:,"
            or (link.startswith("#") and link[1:] in ids)
            or re.fullmatch(r"[a-z0-9_-]+\.(html|json|xml|md)", link)
        ), link
    assert len(ids) == len(seen.values("id"))
    assert "url(" not in seen.style
    assert "@import" not in seen.style


@pytest.mark.parametrize("data", _pages(campaign()), ids=["go", "no-go", "inconclusive", "index"])
def test_the_policy_allows_exactly_the_pages_own_style_and_script(data: bytes) -> None:
    """The hashes in the policy are those of what stands between the tags."""
    seen = read(data)
    policy = next(each["content"] for tag, each in seen.tags if each.get("http-equiv") == "Content-Security-Policy")

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy is not None
    assert policy.startswith(
        f"default-src 'none'; style-src 'sha256-{digest(seen.style)}'; "
        f"script-src 'sha256-{digest(seen.script)}'; img-src data:"
    )


def test_the_verdict_comes_first_and_needs_no_script() -> None:
    """In reading order: verdict, cause, next step, banner, reasons, not checked, what would change it, the rest."""
    text = read(page(inconclusive_case().view())).text
    order = [
        "INCONCLUSIVE digits-nightly",
        "accuracy may differ by up to 0.0081",
        "Next:",
        "Synthetic evidence",
        "Why not GO: 4 reasons",
        "What was not checked",
        "What would change the verdict",
        "Decision record",
        "Startup: from submit to the first instruction",
        "Metrics",
        "Outputs",
        "Truth: what the work did",
        "Configuration",
        "Timeline of the pair most worth a look",
        "Appendix",
        "Scorecard",
        "The rules of the preset trial",
        "Pairs",
        "Other timelines",
        "Findings",
        "Evidence",
        "Method",
        "Rebuild this page offline: parity report",
    ]
    places = [0]
    for words in order:
        places.append(text.find(words, places[-1]))
    assert -1 not in places, order[places.index(-1) - 1]


def test_at_most_five_reasons_stand_open_and_the_rest_are_folded() -> None:
    """The sixth reason and later are there, behind a count."""
    case = no_go_case()
    seven = tuple(replace(case.verdict.reasons[0], sentence=f"reason {n}.") for n in range(7))
    data = page(replace(case, verdict=replace(case.verdict, reasons=seven)).view()).decode()
    fold = data.index("2 more reasons")
    assert data.index("reason 4.") < fold < data.index("reason 5.") < data.index("reason 6.")


def test_real_evidence_has_no_synthetic_banner() -> None:
    """The banner is there only when it is true."""
    view = go_case().view()
    assert b'id="synthetic"' in page(view)
    assert b'id="synthetic"' not in page(replace(view, synthetic=False))


def test_the_same_input_gives_the_same_bytes() -> None:
    """No clock, no set order, no counter enters a page."""
    assert [_pages(campaign()), [json_bytes(report_view) for report_view in campaign()]] == [
        _pages(campaign()),
        [json_bytes(report_view) for report_view in campaign()],
    ]
    changed = replace(go_case().view(), judged_at="2026-11-25T00:00:00Z")
    assert page(changed) != page(go_case().view())


def _many(count: int, outcome: Outcome = Outcome.MATCH) -> list[Finding]:
    samples = tuple(Sample(f"row {n}", "1.25", "1.75") for n in range(20)) if outcome is Outcome.MISMATCH else ()
    return [
        found(
            "outputs.table",
            Dimension.OUTPUTS,
            f"score/out{n % 50}",
            f"442 rows of file {n} equal by key",
            outcome,
            pair=f"p{n:05d}",
            samples=samples,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("outcome", [Outcome.MATCH, Outcome.MISMATCH])
def test_ten_thousand_findings_keep_the_size_budget_and_are_all_counted(outcome: Outcome) -> None:
    """A page stays below 2 MB; what is not spelled out is counted, and lies beside it; the JSON holds every one."""
    view = go_case().with_findings(_many(10_000, outcome)).view()
    data = page(view)
    assert len(data) <= PAGE_BYTES_MAX
    seen = read(data)
    spelled = sum("data-item" in each for _, each in seen.tags)
    beside = re.search(r"([0-9,]+) more findings in", seen.text)
    assert beside is not None
    assert spelled + int(beside[1].replace(",", "")) == 10_000
    assert len(json.loads(json_bytes(view))["findings"]) == 10_000


def test_two_thousand_passing_findings_have_a_row_each_and_the_next_is_grouped() -> None:
    """The limit is where it is said to be."""
    assert b"grouped</summary>" not in page(go_case().with_findings(_many(2_000)).view())
    assert b"1 more finding, grouped</summary>" in page(go_case().with_findings(_many(2_001)).view())


def test_a_hostile_flood_of_long_texts_still_keeps_the_budget() -> None:
    """Every text at its cap in thousands of findings shrinks what is spelled out, not the verdict."""
    long = "\U0001f4a5" * 5_000
    flood = [
        found(
            f"c{n}",
            Dimension.OUTPUTS,
            long,
            long,
            Outcome.MISMATCH,
            samples=(Sample(long, long, long, long),) * 30,
            remedy=long,
            evidence=(long,) * 30,
        )
        for n in range(1_000)
    ]
    data = page(no_go_case().with_findings(flood).view())
    assert len(data) <= PAGE_BYTES_MAX
    assert "NO-GO · diabetes-train" in data.decode()


@pytest.mark.parametrize(
    "name", ["../../etc/x", "index", "junit", "CON.html", "a/b", "Ü" * 300, "", ".hidden", "x" * 500]
)
def test_a_page_name_is_always_a_plain_file_name(name: str) -> None:
    """No repository name leaves the folder, hides a file or takes the index's place."""
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,99}", file_name(name))
    assert file_name(name) not in {"index", "junit", "summary"}


def test_names_that_differ_only_in_case_get_different_files() -> None:
    """A file system without case keeps both."""
    assert file_name("Wine").lower() != file_name("wine").lower()
    assert file_name("wine-scoring") == "wine-scoring"


def test_a_campaign_is_written_whole_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Index, a page and JSON each, and what CI systems read; a second writing replaces the first."""
    first = render_campaign(campaign(), tmp_path / "out")
    again = render_campaign(campaign()[::-1], tmp_path / "out")
    assert (
        {path.name for path in first}
        == {path.name for path in (tmp_path / "out").iterdir()}
        == {
            "index.html",
            "junit.xml",
            "summary.md",
            "comment.md",
            "metrics.prom",
            *(
                f"{name}.{kind}"
                for name in ("wine-scoring", "diabetes-train", "digits-nightly")
                for kind in ("html", "json")
            ),
        }
    )
    assert first == again


def test_a_folder_that_cannot_be_written_is_a_named_error(tmp_path: Path) -> None:
    """The path is in the message, and nothing half is left."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="file"):
        render_campaign(campaign(), tmp_path / "file" / "out")


# -- templates --------------------------------------------------------------------------------------------------------


def _faults(template: str) -> list[str]:
    unquoted = re.findall(r"=\{\{[^}]*\}\}", template)
    unsafe = re.findall(r"\|\s*safe|autoescape|\bstyle=", template)
    links = [
        item
        for item in re.findall(r'(?:href|src)="([^"]*\{\{[^"]*)"', template)
        if not re.match(r"#|\{\{ (data_file|spilled|page_file|names\[view.repository\]) \}\}", item)
    ]
    return [*unquoted, *unsafe, *links]


@pytest.mark.parametrize(
    "path", sorted((*TEMPLATES.glob("*.html"), *SECTIONS.glob("*.html"))), ids=lambda path: path.name
)
def test_templates_quote_attributes_and_never_switch_escaping_off(path: Path) -> None:
    """No unquoted attribute, no `safe`, no inline style, no link built from a job's text."""
    assert _faults(path.read_text()) == []


@pytest.mark.parametrize(
    "text",
    ["<a id={{ x }}>", "{{ x|safe }}", '<a href="{{ view.owner }}">', '<p style="{{ x }}">', "{% autoescape false %}"],
)
def test_the_template_check_finds_each_fault(text: str) -> None:
    """The check itself can fail."""
    assert _faults(text) != []


# -- contrast ---------------------------------------------------------------------------------------------------------


def _palettes() -> dict[str, dict[str, str]]:
    style = (TEMPLATES / "style.css").read_text()
    light, dark = re.findall(r":root\{([^}]*)\}", style)
    read_values = [dict(re.findall(r"--([a-z-]+):(#[0-9a-f]{3,6})", item)) for item in (light, dark)]
    return {"light": read_values[0], "dark": {**read_values[0], **read_values[1]}}


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(name * 2 for name in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Compute WCAG's contrast ratio."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


STATES = ("good", "bad", "open", "told", "waived", "notrun")
PAIRS = [
    *((state, f"{state}-bg") for state in STATES),
    *((ink, paper) for ink in ("ink", "muted", "link") for paper in ("paper", "panel")),
    *(("ink", f"{literal}-bg") for literal in ("good", "bad", "open", "told")),
    *(
        ("on-phase", f"p-{literal}")
        for literal in ("submit", "queue", "provision", "pull", "start", "run", "finish", "other")
    ),
    ("bad", "paper"),
    ("bad", "panel"),
    ("told", "told-bg"),
    ("legacy", "paper"),
    ("candidate", "paper"),
    ("link", "good-bg"),
    ("link", "bad-bg"),
    ("link", "open-bg"),
    ("link", "told-bg"),
    ("muted", "told-bg"),
    ("ink", "band"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("ink", "paper"), PAIRS)
def test_text_has_the_contrast_that_wcag_aa_asks(scheme: str, ink: str, paper: str) -> None:
    """At least 4.5 to 1 for every text colour on every ground it is used on."""
    palette = _palettes()[scheme]
    assert contrast(palette[ink], palette[paper]) >= 4.5


def test_the_contrast_formula_knows_its_ends() -> None:
    """Black on white is 21, equal colours are 1."""
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#777") == pytest.approx(1)
