"""Words that the findings on outputs share."""

from __future__ import annotations

from harness.model.observation import OutputFile


def kind_of(file: OutputFile) -> str:
    """Name what is compared of a member; a hard link is the file that it names."""
    if file.sha256:
        return "file"
    return f"{file.kind} to {file.target}" if file.target else file.kind
