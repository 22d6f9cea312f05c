"""Compare a found platform object with the planned one before it is adopted. Pure."""

from __future__ import annotations

from collections.abc import Mapping


def differences(found: object, planned: object, path: str = "") -> tuple[str, ...]:
    """List what a found object lacks or has otherwise.

    Fields that a server adds are no difference; an empty planned list or map is the same as none, servers drop it.
    """
    if found is None and planned in ([], {}):
        return ()
    if isinstance(planned, Mapping):
        if not isinstance(found, Mapping):
            return (f"{path}: not an object",)
        return tuple(
            difference
            for name, value in planned.items()
            for difference in differences(found.get(name), value, f"{path}.{name}")
        )
    if isinstance(planned, list):
        if not isinstance(found, list) or len(found) != len(planned):
            return (f"{path}: list differs",)
        return tuple(
            difference for n, value in enumerate(planned) for difference in differences(found[n], value, f"{path}[{n}]")
        )
    return () if found == planned else (f"{path}: found {found!r}, planned {planned!r}",)
