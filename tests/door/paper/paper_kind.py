"""A kind of job that lists words."""

from __future__ import annotations

from harness.platforms.kind import Kind

KIND = Kind("wordlist", lambda name: f"/desk/in/{name}", lambda name: f"/desk/out/{name}", on={"paper": True})
