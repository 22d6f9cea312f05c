"""`$(NAME)` in commands, arguments, variables and paths, as a kubelet expands it. Pure.

Source: k8s.io/kubernetes/third_party/forked/golang/expansion: `$$` is a dollar, an unknown name stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")


def expanded(text: str, known: Mapping[str, str]) -> str:
    """Put in what is known; other references stay."""

    def value(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else known.get(found[1], found[0])

    return _REFERENCE.sub(value, text)
