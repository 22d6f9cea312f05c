"""The bill of materials: every locked package with its hashes, in CycloneDX JSON."""

from __future__ import annotations

import json
from pathlib import Path

from audit import locked
from audit.step import Step, last_line, module
from packaging.utils import canonicalize_name


def audit(root: Path, into: Path) -> Step:
    """Write it, and hold it against the lock file: the same packages and versions, each with a hash."""
    into.mkdir(parents=True, exist_ok=True)
    written = into / "sbom.json"
    written.unlink(missing_ok=True)
    done = module(
        "cyclonedx_py", "requirements", "requirements.lock", "--pyproject", "pyproject.toml", "--output-reproducible",
        "--output-format", "JSON", "--validate", "--output-file", str(written.resolve()), cwd=root,
    )  # fmt: skip
    if done.returncode or not written.exists():
        return Step("not written", (last_line(done.stderr),))
    said = json.loads(written.read_text("utf-8"))
    listed = [(canonicalize_name(part["name"]), part["version"]) for part in said["components"]]
    wanted = locked.packages(root / "requirements.lock", here=False)
    failures = [f"{name} {version}: locked, not in the bill" for name, version in sorted(set(wanted) - set(listed))]
    failures += [f"{name} {version}: in the bill, not locked" for name, version in sorted(set(listed) - set(wanted))]
    failures += [f"{part['name']} {part['version']}: no hash" for part in said["components"] if not _hashed(part)]
    return Step(f"{len(listed)} packages, CycloneDX {said['specVersion']}: sbom.json", tuple(failures))


def _hashed(part: dict[str, list[dict[str, object]]]) -> bool:
    return any(reference.get("hashes") for reference in part.get("externalReferences", []))
