"""A valid file, and ways to change it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from config.samples import REMOVED, VALID, Change


@pytest.fixture
def change(tmp_path: Path) -> Change:
    """Write the valid file with changes {path: value}; REMOVED takes a key out."""

    def write(changes: dict[tuple[str, ...], Any] | None = None) -> Path:
        data = copy.deepcopy(VALID)
        for path, value in (changes or {}).items():
            around = data
            for part in path[:-1]:
                around = around.setdefault(part, {})
            if value is REMOVED:
                del around[path[-1]]
            else:
                around[path[-1]] = value
        file = tmp_path / "repos.yaml"
        file.write_text(json.dumps(data, indent=1))
        return file

    return write
