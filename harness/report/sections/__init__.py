"""The sections of a page: code and template in a pair each. Others are found by entry point `parity.sections`."""

from __future__ import annotations

from harness.plugins import Registry
from harness.report.section import Section

SECTIONS = Registry(
    "parity.sections",
    Section,
    {
        "reasons": "harness.report.sections.reasons:SECTION",
        "open-points": "harness.report.sections.open_points:SECTION",
        "scorecard": "harness.report.sections.scorecard:SECTION",
        "gate": "harness.report.sections.gate:SECTION",
        "pairs": "harness.report.sections.pairs:SECTION",
        "timelines": "harness.report.sections.timelines:SECTION",
        "metrics": "harness.report.sections.metrics:SECTION",
        "findings": "harness.report.sections.findings:SECTION",
        "truth": "harness.report.sections.truth:SECTION",
        "documents": "harness.report.sections.documents:SECTION",
        "configuration": "harness.report.sections.configuration:SECTION",
        "startup": "harness.report.sections.startup:SECTION",
        "waivers": "harness.report.sections.waivers:SECTION",
        "rulings": "harness.report.sections.rulings:SECTION",
        "evidence": "harness.report.sections.evidence:SECTION",
        "method": "harness.report.sections.method:SECTION",
    },
)
