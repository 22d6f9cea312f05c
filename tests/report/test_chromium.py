"""Pages in a real browser: silent console, no request, readable on a phone and without scripts."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from report.browser import served, visit
from report.campaign_sample import campaign

from harness.report.render import render_campaign

pytestmark = pytest.mark.chromium

PAGES = ("wine-scoring", "diabetes-train", "digits-nightly", "index")
PHONE = """<!doctype html><meta charset=utf-8><pre id=out></pre><script>
const names = NAMES, out = {};
let left = names.length;
for (const name of names) {
  const frame = document.createElement("iframe");
  frame.width = 375; frame.height = 800;
  if (SANDBOX) { frame.setAttribute("sandbox", "allow-same-origin"); }
  frame.onload = () => {
    const page = frame.contentDocument, seen = page.documentElement;
    const box = (query) => page.querySelector(query)?.getBoundingClientRect() ?? {height: 0};
    out[name] = {width: seen.scrollWidth, head: page.querySelector("h1").innerText,
      bottom: box("h1").bottom, reasons: box("#reasons").height,
      timeline: box("svg.timeline.narrow").height, filter: page.querySelector("#filter")?.hidden ? 0 : 1,
      inner: [...page.querySelectorAll(".scroll")].filter((part) => part.scrollWidth > part.clientWidth).length};
    if (--left === 0) { document.getElementById("out").textContent = JSON.stringify(out); }
  };
  frame.src = name + ".html";
  document.body.append(frame);
}
</script>"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render the sample campaign."""
    into = tmp_path_factory.mktemp("pages")
    render_campaign(campaign(), into)
    return into


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_nothing_on_the_console_and_asks_for_nothing(report: Path, tmp_path: Path, name: str) -> None:
    """Opened as a file: no console line, no request, and the script has unhidden the filter."""
    seen = visit((report / f"{name}.html").as_uri(), tmp_path)
    assert seen.console == ()
    assert seen.asked == ()
    assert re.search(r'<div id="filter" class="filter">', seen.dom)


def test_the_browser_test_sees_a_request_and_a_refused_script(report: Path, tmp_path: Path) -> None:
    """The check above can fail: a page that loads an image and runs a foreign script is caught at both."""
    text = (report / "index.html").read_text()
    bad = tmp_path / "bad.html"
    with served(tmp_path) as (address, paths):
        bad.write_text(text.replace("<main", "<script>alert(1)</script><main", 1))
        refused = visit(bad.as_uri(), tmp_path)
        open_page = f'<!doctype html><p><img src="{address}/leak.png">'
        bad.write_text(open_page)
        leaked = visit(bad.as_uri(), tmp_path)
    assert any("Content Security Policy" in line for line in refused.console)
    assert leaked.asked == (f"{address}/leak.png",)
    assert "/leak.png" in paths


def test_the_hash_filters_findings_and_opens_folded_ones(report: Path, tmp_path: Path) -> None:
    """A link with outcome and search shows just those, and an anchor opens what hides it."""
    uri = (report / "wine-scoring.html").as_uri()
    filtered = visit(f"{uri}#outcome=EXPLAINED&q=p2", tmp_path)
    assert re.search(r'<output id="count" for="q">1 of 20 shown</output>', filtered.dom)
    assert filtered.dom.count('data-item="" data-outcome="EXPLAINED"') == 3
    assert filtered.dom.count('hidden=""') > 10
    row = re.search(r'<tr id="(f-[a-z0-9-]+)" data-item', (report / "wine-scoring.html").read_text())
    assert row is not None
    anchored = visit(f"{uri}#{row[1]}", tmp_path)
    before = anchored.dom[: anchored.dom.index(f'id="{row[1]}"')]
    assert before[before.rindex("<details") :].startswith('<details open=""')
    assert filtered.console == anchored.console == ()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_pages_fit_a_phone_and_need_no_script(report: Path, tmp_path: Path, scripts: bool) -> None:  # noqa: FBT001
    """At 375 px nothing is wider than the screen; verdict, reasons and timeline are there with scripts off."""
    wrapper = PHONE.replace("NAMES", json.dumps([*PAGES, "wide"])).replace("SANDBOX", "false" if scripts else "true")
    (report / "phone.html").write_text(wrapper)
    (report / "wide.html").write_text("<!doctype html><h1>control</h1><svg width=600 height=9></svg>")
    with served(report) as (address, paths):
        seen = visit(f"{address}/phone.html", tmp_path, "--dump-dom", "--virtual-time-budget=20000")
    for name in ("phone.html", "wide.html"):
        (report / name).unlink()
    out = re.search(r'<pre id="out">(.*?)</pre>', seen.dom)
    assert out is not None
    told = json.loads(html.unescape(out[1]))
    assert told.pop("wide")["width"] > 375, "the measure itself must be able to fail"
    assert {item["width"] for item in told.values()} == {375}
    assert set(paths) <= {"/phone.html", "/wide.html", "/favicon.ico", *(f"/{name}.html" for name in PAGES)}
    for name, verdict in (
        ("wine-scoring", "would be GO"),
        ("diabetes-train", "NO-GO"),
        ("digits-nightly", "INCONCLUSIVE"),
    ):
        assert told[name]["head"].split() == [*verdict.split(), name]
        assert told[name]["bottom"] < 250, "the verdict is on the first screen"
        assert told[name]["reasons"] > 50
        assert told[name]["timeline"] > 50
    assert all((item["filter"] > 0) == scripts for item in told.values())


def test_the_index_fits_a_desktop(report: Path, tmp_path: Path) -> None:
    """At 1280 px its table scrolls in no box of its own."""
    wrapper = PHONE.replace("NAMES", '["index"]').replace("SANDBOX", "false").replace("375", "1280")
    (report / "desktop.html").write_text(wrapper)
    with served(report) as (address, _):
        seen = visit(f"{address}/desktop.html", tmp_path, "--dump-dom", "--virtual-time-budget=20000")
    (report / "desktop.html").unlink()
    out = re.search(r'<pre id="out">(.*?)</pre>', seen.dom)
    assert out is not None
    told = json.loads(html.unescape(out[1]))["index"]
    assert (told["width"], told["inner"]) == (1280, 0)


def test_light_and_dark_screens_are_drawn_and_differ(report: Path, tmp_path: Path) -> None:
    """Both colour schemes give a picture of their own."""
    uri = (report / "diabetes-train.html").as_uri()
    pictures = []
    for name, scheme in (("light", "1"), ("dark", "0")):
        picture = tmp_path / f"{name}.png"
        seen = visit(
            uri,
            tmp_path,
            f"--screenshot={picture}",
            "--window-size=1200,1000",
            f"--blink-settings=preferredColorScheme={scheme}",
        )
        assert seen.console == ()
        pictures.append(picture.read_bytes())
    assert all(len(picture) > 20_000 for picture in pictures)
    assert pictures[0] != pictures[1]
