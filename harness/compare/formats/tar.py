"""Archives of tar inside of outputs, packed or not, by their members."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format(
    "tar", (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"), here=False, applies=frozenset({"ignore"})
)
