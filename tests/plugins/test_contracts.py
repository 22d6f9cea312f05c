"""`parity plugin`: every plug-in with its distribution, and what is wrong with one that breaks its contract."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from harness import parents
from harness.campaign import checks, contracts, evidence
from harness.campaign.check import Check, PairCheck, PairEvidence
from harness.campaign.contracts import plugins, problems, shown
from harness.campaign.contracts.checks import of_check
from harness.campaign.contracts.parents import of_parent
from harness.campaign.contracts.platforms import of_kind, of_platform
from harness.cli.main import parity
from harness.compare.format import Difference, Format
from harness.errors import PluginUnusable
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import CompareRule
from harness.model.parent import Parent, ParentState
from harness.model.truth import Platform as Verdict
from harness.model.truth import Work
from harness.parents import PARENTS
from harness.parents.ray import RAY_JOB
from harness.platforms import PLATFORMS
from harness.platforms.base import TruthEvidence
from harness.platforms.kind import Kind
from harness.platforms.kinds import KINDS
from harness.plugins import Plugin, Registry
from harness.report.section import Section


def test_the_list_names_every_group_and_distribution() -> None:
    """As text for people and as JSON for programs, of the same plug-ins."""
    told = json.loads(CliRunner().invoke(parity, ["plugin", "list", "--output", "json"]).stdout)["rows"]
    assert {item["group"] for item in told} == {
        "parity.platforms", "parity.backends", "parity.kinds", "parity.parents", "parity.metrics", "parity.formats",
        "parity.checks", "parity.sections",
    }  # fmt: skip
    assert {item["distribution"] for item in told} == {"parity-harness"}
    text = CliRunner().invoke(parity, ["plugin", "list"]).stdout
    assert [line.split()[:2] for line in text.splitlines()] == [[item["group"], item["name"]] for item in told]


@pytest.mark.parametrize(
    "name", ["kubernetes", "training", "bytes", "json", "gate", "method", "final_metrics", "cloudwatch", "mlflow"]
)
def test_what_is_built_in_holds_its_contract(name: str) -> None:
    """Built-in plug-ins are the first users of the contracts."""
    assert set(problems(name).values()) == {()}


def test_a_name_that_nothing_has_is_refused() -> None:
    """With the command that shows what there is; it ends with 2."""
    with pytest.raises(PluginUnusable, match="nothing named 'spark' is installed; `parity plugin list`"):
        problems("spark")
    assert CliRunner().invoke(parity, ["plugin", "check", "spark"]).exit_code == 2
    assert "spark" not in {plugin.name for plugin in plugins()}


# -- checks -----------------------------------------------------------------------------------------------------------


def _finding(of: PairEvidence, outcome: Outcome = Outcome.MATCH) -> Finding:
    return Finding("owners", Dimension.EVIDENCE, of.job.name, of.pair, outcome, "The owners were asked.")


def _whole(of: PairEvidence) -> Iterator[Finding]:
    yield _finding(of)


def _nothing_left(of: PairEvidence) -> Iterator[Finding]:
    del of
    yield from ()


def _crashes(of: PairEvidence) -> Iterator[Finding]:
    raise KeyError(of.pair)


@pytest.mark.parametrize(
    ("run", "required", "wrong"),
    [
        (_whole, ("train",), ()),
        (_nothing_left, ("train",), ("it requires train and leaves no finding of it",)),
        (_crashes, ("train",), ("it crashed on sound runs: the check owners crashed: KeyError",)),
        (_whole, (), ()),
        (_whole, None, ("requires is a tuple: expected a function of the job",)),
    ],
    ids=["whole", "leaves nothing", "crashes", "only informs", "no function"],
)
def test_a_check_is_held_against_a_campaign_that_never_ran(
    monkeypatch: pytest.MonkeyPatch,
    run: object,
    required: tuple[str, ...] | None,
    wrong: tuple[str, ...],
) -> None:
    """What it requires must be there, and missed when it is gone."""
    requires = ("train",) if required is None else lambda _: required
    check = PairCheck("owners", Dimension.EVIDENCE, requires, run)  # type: ignore[arg-type]
    every: tuple[Check, ...] = (*checks.checks(), check) if required is not None else checks.checks()
    monkeypatch.setattr(checks, "checks", lambda: every)
    monkeypatch.setattr(evidence, "checks", lambda: every)
    found = tuple(of_check(check))
    assert len([text for text in wrong if any(name.startswith(text) for name in found)]) == len(wrong)
    assert bool(found) is bool(wrong)


# -- the others -------------------------------------------------------------------------------------------------------


def _always(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    del legacy, candidate, rule
    return Difference(equal=True, summary="")


def _as_text(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    del rule
    return Difference(legacy.read_text(encoding="utf-8") == candidate.read_text(encoding="utf-8"), "they differ")


def _by_place(legacy: Path, candidate: Path, rule: CompareRule) -> Difference:
    del rule
    return Difference(equal=legacy.read_bytes() < candidate.read_bytes(), summary="they differ")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"name": "auto"}, "the name auto means the format of the suffix"),
        ({"check": "outputs.files"}, "its findings are called outputs.files"),
        ({"suffixes": ("json",)}, "'json' is no suffix"),
        ({"compare": _always}, "it calls an empty file equal to another one"),
        ({"compare": _by_place}, "it gives another answer when the files change places"),
        ({"compare": _as_text}, "compare raised UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff"),
    ],
)
def test_a_format_that_breaks_its_contract_is_told_why(change: dict[str, object], wrong: str) -> None:
    """Control: the format of bytes, from which each of these differs in one thing, has no problem."""
    form = Format("bytes", "outputs.bytes", (), None, None)
    assert list(shown.of_format(form)) == []
    assert any(text.startswith(wrong) for text in shown.of_format(replace(form, **change)))  # type: ignore[arg-type]


def test_a_platform_that_believes_in_work_without_evidence_is_told_so() -> None:
    """The one thing that no platform may do; control: ours do not."""
    kubernetes = PLATFORMS.get("kubernetes")
    assert list(of_platform(kubernetes)) == []
    sure = replace(
        kubernetes.truth(TruthEvidence((), None, (), outputs_known=False)), work=Work.OK, platform=Verdict.OK
    )
    believing = replace(kubernetes, truth=lambda _: sure)
    assert list(of_platform(believing)) == ["truth says that the work was done where there is no evidence at all"]


def test_a_kind_with_relative_or_equal_paths_is_told_so() -> None:
    """Each would make two inputs one file; control: training."""
    training = KINDS.get("training")
    assert list(of_kind(training)) == []
    found = list(of_kind(replace(training, input_path=lambda name: name, output_path=lambda _: "/opt/ml/model/out")))
    assert found == [
        "input_path gives a path that is not absolute: model, table",
        "output_path gives one path for two names: /opt/ml/model/out",
    ]


def test_a_section_whose_template_loads_something_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's policy would block it, so nobody would see it."""
    package = tmp_path / "loading_section"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "bad.html").write_text(
        '<section id="x"><img src="https://example.com/{{ view.repository|safe }}"></section>'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(shown.of_section(Section("bad", "Bad", "loading_section/bad.html"))) == [
        "its template switches escaping off",
        "its template loads something, or has a style or script of its own: the page's policy forbids both",
        'its template has no element with id="bad", which the table of contents leads to',
    ]


@pytest.mark.parametrize(
    ("template", "text", "wrong"),
    [
        ("drawn_section/good.html", '<section id="good">{{ view.repository }}</section>', []),
        (
            "good.html",
            "",
            ["template is 'good.html': expected PACKAGE/FILE, such as my_package/good.html"],
        ),
        (
            "nowhere_section/good.html",
            "",
            ["its template 'nowhere_section/good.html' can't be read: ModuleNotFoundError: No module named"],
        ),
        (
            "drawn_section/unended.html",
            '<section id="good">\n{% if %}</section>',
            ["on the page of a sound campaign it raised TemplateSyntaxError: Expected an expression"],
        ),
        (
            "drawn_section/unknown.html",
            '<section id="good">{{ view.pages }}</section>',
            ["on the page of a sound campaign it raised UndefinedError: 'harness.report.values.ReportView object' has"],
        ),
    ],
    ids=["good", "no package", "no such package", "syntax", "no such value"],
)
def test_a_section_is_drawn_on_the_page_of_a_sound_campaign(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, template: str, text: str, wrong: list[str]
) -> None:
    """What fails there leaves a note in its place on every page; here its author is told why."""
    package = tmp_path / "drawn_section"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / template.rpartition("/")[2]).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "drawn_section", raising=False)
    found = list(shown.of_section(Section("good", "Good", template)))
    assert len(found) == len(wrong)
    assert all(told.startswith(start) for told, start in zip(found, wrong, strict=True)), found


def test_what_is_wrong_is_told_once_with_its_place() -> None:
    """The plug-in is named in the line above, so the lines below say only what is wrong, and where it raised."""
    plugin = Plugin("parity.kinds", "report", "report_kind:KIND", "report-kind", "0.1.0")
    registry = Registry("parity.kinds", Kind, {})
    registry.__dict__["plugins"] = {"report": plugin}
    assert contracts._problems(registry, "report") == (
        "can't be loaded: ModuleNotFoundError: No module named 'report_kind'; mend it, or uninstall report-kind",
    )
    registry._loaded["report"] = replace(KINDS.get("training"), output_path=_raises)
    (told,) = contracts._problems(registry, "report")
    assert re.fullmatch(r"it raised ZeroDivisionError: no model \(.*test_contracts\.py:\d+\)", told)


def _raises(name: str) -> str:
    raise ZeroDivisionError(f"no {name}")  # noqa: EM102 - a plug-in's own


def test_one_problem_is_no_plural() -> None:
    """The command's first line counts what is wrong."""
    plugin = Plugin("parity.kinds", "report", "report_kind:KIND", "report-kind", "0.1.0")
    registry = Registry("parity.kinds", Kind, {})
    registry.__dict__["plugins"] = {"report": plugin}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contracts, "REGISTRIES", (registry,))
        answer = CliRunner().invoke(parity, ["plugin", "check", "report"])
    assert answer.exit_code == 2
    assert answer.stdout.splitlines()[0].endswith("(parity.kinds, report-kind 0.1.0, report_kind:KIND): 1 problem")


# -- kinds of parents -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PARENTS.plugins)
def test_every_built_in_kind_of_parent_holds_its_contract(name: str) -> None:
    """It reads its own documents, nobody else's, survives any field, and believes no status that is not there."""
    assert set(problems(name).values()) == {()}


def _hopeful(item: Mapping[str, Any]) -> tuple[Parent, ...]:
    """Take silence for success, as a careless reader would."""
    told = RAY_JOB.read(item)
    return tuple(replace(parent, state=ParentState.OK) for parent in told)


def _anything(_: Mapping[str, Any]) -> tuple[Parent, ...]:
    """Read every document as its own."""
    return RAY_JOB.read({"metadata": {"name": "n", "uid": "u"}})


def _trusting(item: Mapping[str, Any]) -> tuple[Parent, ...]:
    """Take for granted what a field is."""
    return RAY_JOB.read({**item, "status": dict(**item["status"])})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"read": _hopeful}, "RayJob: it is ok where its status says nothing"),
        ({"kinds": frozenset(), "example": {}, "read": _anything}, "it reads a document of another kind"),
        ({"read": _trusting}, "it fails where status is None: TypeError"),
        ({"kinds": frozenset(), "read": lambda _: ()}, "no kind names its documents, and it gives no example of one"),
        ({"example": {"kind": "RayJob"}, "read": lambda _: ()}, "it reads nothing from its own example"),
        ({"source": ""}, "it does not say where its fields and states are defined"),
        ({"get": "kubectl get rayjob"}, "names nothing"),
    ],
)
def test_a_kind_of_parent_that_breaks_its_contract_is_told_why(change: dict[str, Any], wrong: str) -> None:
    """Each rule has a fault that turns it red."""
    told = list(of_parent(replace(RAY_JOB, **change)))
    assert any(wrong in text for text in told), told


def test_a_kind_of_parent_of_another_distribution_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the registry, as a built-in one is."""
    mine = replace(RAY_JOB, name="volcano-job", group="batch.volcano.sh", kinds=frozenset({"Job"}))
    monkeypatch.setattr(parents, "_every", lambda: (*PARENTS, mine))
    parents._by_kind.cache_clear()
    document = {"apiVersion": "batch.volcano.sh/v1alpha1", "kind": "Job", "metadata": {"name": "v", "uid": "u"}}
    try:
        assert [parent.name for parent in parents.read(document)] == ["v"]
    finally:
        parents._by_kind.cache_clear()
