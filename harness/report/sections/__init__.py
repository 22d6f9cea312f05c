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
        "startup": "harness.report.sections.startup:SECTION",
        "metrics": "harness.report.sections.metrics:SECTION",
        "outputs": "harness.report.sections.outputs:SECTION",
        "truth": "harness.report.sections.truth:SECTION",
        "configuration": "harness.report.sections.configuration:SECTION",
        "documents": "harness.report.sections.documents:SECTION",
        "timeline": "harness.report.sections.timeline:SECTION",
        "scorecard": "harness.report.sections.scorecard:SECTION",
        "gate": "harness.report.sections.gate:SECTION",
        "pictures": "harness.report.sections.pictures:SECTION",
        "outlook": "harness.report.sections.outlook:SECTION",
        "pairs": "harness.report.sections.pairs:SECTION",
        "timelines": "harness.report.sections.timelines:SECTION",
        "findings": "harness.report.sections.findings:SECTION",
        "waivers": "harness.report.sections.waivers:SECTION",
        "rulings": "harness.report.sections.rulings:SECTION",
        "evidence": "harness.report.sections.evidence:SECTION",
        "method": "harness.report.sections.method:SECTION",
    },
)
