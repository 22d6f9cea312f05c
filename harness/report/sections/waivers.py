"""Dated acceptances of differences, and how often each was used."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("waivers", "Waivers", template="harness.report.sections/waivers.html")
