"""The first screen in a real browser: few words, and the next command, in every state and at two widths."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from report.browser import served, visit
from report.states import states

from harness.report.render import page

pytestmark = pytest.mark.chromium

SCREENS = {"desktop": (1280, 900, 200), "phone": (375, 812, 120)}
"""Width, height, and the most words that may be seen without scrolling (issue: the first screen)."""
NAMES = tuple(states())
MEASURE = """<!doctype html><meta charset=utf-8><pre id=out></pre><script>
const names = NAMES, screens = SCREENS, out = {};
let left = names.length * Object.keys(screens).length;
function words(page, height) {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT), range = page.createRange();
  let count = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const word of node.data.matchAll(/\\S+/g)) {
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      const box = range.getBoundingClientRect();
      if (box.height > 0 && box.width > 0 && box.right > 0 && box.bottom <= height) { count += 1; }
      else if (box.height > 0 && box.top > height + 4000) { return count; }
    }
  }
  return count;
}
for (const name of names) {
  for (const [screen, [width, height]] of Object.entries(screens)) {
    const frame = document.createElement("iframe");
    frame.width = width; frame.height = height; frame.style.border = "0";
    frame.onload = () => {
      const page = frame.contentDocument;
      const bottom = (query) => page.querySelector(query)?.getBoundingClientRect().bottom ?? -1;
      const labels = page.querySelectorAll(".hero td[data-label]:not(:empty)").length;
      const narrow = width < 600 ? labels : 0;  // what the style writes before a cell there
      out[name + " " + screen] = {
        words: words(page, height) + narrow, wide: page.documentElement.scrollWidth, verdict: bottom(".verdict"),
        sentence: bottom(".sentence"), next: bottom(".next"), facts: bottom(".facts"),
        sideways: [...page.querySelectorAll("main .scroll, main table, main svg")].filter((box) =>
          !box.closest("#appendix, #metrics") && box.checkVisibility()
          && (box.scrollWidth > box.clientWidth + 1 || box.getBoundingClientRect().right > width))
          .map((box) => box.outerHTML.slice(0, 90)),
        tallest: Math.max(0, ...[...page.querySelectorAll("main nav ~ section")]
          .filter((section) => section.id !== "metrics").map((section) => section.getBoundingClientRect().height)),
        appendix: page.querySelector("#appendix")?.getBoundingClientRect().height ?? 0};
      if (--left === 0) { document.getElementById("out").textContent = JSON.stringify(out); }
    };
    frame.src = name + ".html";
    document.body.append(frame);
  }
}
</script>"""


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """Open every state at both widths in one visit; the last name is a page that breaks every budget."""
    folder = tmp_path_factory.mktemp("screens")
    for name, view in states().items():
        (folder / f"{name}.html").write_bytes(page(view))
    (folder / "control.html").write_text(
        f"<!doctype html><p>{'word ' * 400}</p><main><svg width=1500 height=9></svg></main>"
    )
    wrapper = MEASURE.replace("NAMES", json.dumps([*NAMES, "control"])).replace("SCREENS", json.dumps(SCREENS))
    (folder / "all.html").write_text(wrapper)
    with served(folder) as (address, _):
        seen = visit(f"{address}/all.html", folder, "--dump-dom", "--virtual-time-budget=60000")
    out = re.search(r'<pre id="out">(.*?)</pre>', seen.dom)
    assert out is not None
    assert out[1], "not every page was measured"
    told: Mapping[str, Mapping[str, Any]] = json.loads(html.unescape(out[1]))
    return told


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("name", NAMES)
def test_the_first_screen_keeps_its_words_and_holds_the_next_command(
    measured: Mapping[str, Mapping[str, Any]], name: str, screen: str
) -> None:
    """Verdict, cause and next step are seen without scrolling, in few words, and nothing is wider than the screen."""
    width, height, most = SCREENS[screen]
    seen = measured[f"{name} {screen}"]
    assert seen["words"] <= most
    assert 0 < seen["verdict"] < seen["sentence"] < seen["next"] <= height
    assert seen["wide"] == width
    if screen == "desktop":
        assert seen["facts"] <= height


@pytest.mark.parametrize("name", NAMES)
def test_below_it_nothing_scrolls_sideways_and_a_section_is_about_one_screen(
    measured: Mapping[str, Mapping[str, Any]], name: str
) -> None:
    """Before the appendix: at 375 px no box of its own width, at 1280 px no section over one and a half screens."""
    assert measured[f"{name} phone"]["sideways"] == []
    assert measured[f"{name} desktop"]["tallest"] <= 1.5 * 900
    assert measured[f"{name} desktop"]["appendix"] <= 900, "it is folded"


def test_a_page_that_breaks_the_budgets_is_seen_to(measured: Mapping[str, Mapping[str, Any]]) -> None:
    """The control of the measure itself."""
    for screen, (width, _, most) in SCREENS.items():
        seen = measured[f"control {screen}"]
        assert seen["words"] > most
        assert seen["wide"] > width
        assert seen["next"] == -1
        assert len(seen["sideways"]) == 1
