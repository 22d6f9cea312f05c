"""The gallery shows real pages: every picture is one that the session takes, and all of them are small."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from report.gallery import SHOTS, main

DOCS = Path(__file__).parents[2] / "docs"
BYTES_MAX = 1_000_000
"""Of all pictures together."""


def size(png: bytes) -> tuple[int, int]:
    """Read width and height from a PNG's header."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20]), int.from_bytes(png[20:24])


def test_the_gallery_shows_every_picture_and_no_other() -> None:
    """Each with a text for who does not see it, and of the size that its page was looked at."""
    shown = re.findall(r"!\[(.+)\]\(images/gallery/(.+)\)", (DOCS / "gallery.md").read_text(encoding="utf-8"))
    assert sorted(name for _, name in shown) == sorted(f"{shot.name}.png" for shot in SHOTS)
    kept = {path.name: path.read_bytes() for path in (DOCS / "images" / "gallery").iterdir()}
    assert sorted(kept) == sorted(name for _, name in shown)
    assert sum(map(len, kept.values())) <= BYTES_MAX
    for shot in SHOTS:
        assert size(kept[f"{shot.name}.png"]) == (shot.look.width, shot.look.height)


@pytest.mark.chromium
def test_the_session_takes_every_picture(tmp_path: Path) -> None:
    """Of pages as they are drawn today; how letters look depends on the machine's fonts, so bytes are not compared."""
    main(tmp_path / "gallery")
    for shot in SHOTS:
        data = (tmp_path / "gallery" / f"{shot.name}.png").read_bytes()
        assert size(data) == (shot.look.width, shot.look.height)
        assert len(data) > 20_000, "an empty page"
