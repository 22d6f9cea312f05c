"""The sources of metrics but the log: one file each, with one object; others by entry point `parity.metrics`."""

from __future__ import annotations

from harness.config.registered import BUILT_IN_METRICS
from harness.plugins import Registry
from harness.runner.metric_source import MetricSource

METRIC_SOURCES = Registry("parity.metrics", MetricSource, BUILT_IN_METRICS)
