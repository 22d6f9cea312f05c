"""Names that plug-ins give to `repos.yaml`, known without loading any of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from harness.model.metric import FILE, LOG, MLFLOW, Take
from harness.plugins import listed

AUTO = "auto"
"""Of an output's rule: the format of the file's suffix."""
BYTES = "bytes"
BUILT_IN_FORMATS: Mapping[str, str] = {
    BYTES: "harness.compare.formats.bytes:FORMAT",
    "json": "harness.compare.formats.json:FORMAT",
    "jsonl": "harness.compare.formats.jsonl:FORMAT",
    "yaml": "harness.compare.formats.yaml:FORMAT",
    "csv": "harness.compare.formats.csv:FORMAT",
    "parquet": "harness.compare.formats.parquet:FORMAT",
    "npy": "harness.compare.formats.npy:FORMAT",
    "npz": "harness.compare.formats.npz:FORMAT",
    "safetensors": "harness.compare.formats.safetensors:FORMAT",
    "pickle": "harness.compare.formats.pickle:FORMAT",
    "pytorch": "harness.compare.formats.pytorch:FORMAT",
    "xgboost": "harness.compare.formats.xgboost:FORMAT",
    "lightgbm": "harness.compare.formats.lightgbm:FORMAT",
    "hdf5": "harness.compare.formats.hdf5:FORMAT",
    "avro": "harness.compare.formats.avro:FORMAT",
    "sqlite": "harness.compare.formats.sqlite:FORMAT",
    "tar": "harness.compare.formats.tar:FORMAT",
    "notebook": "harness.compare.formats.notebook:FORMAT",
    "onnx": "harness.compare.formats.onnx:FORMAT",
    "skops": "harness.compare.formats.skops:FORMAT",
    "image": "harness.compare.formats.image:FORMAT",
    "tfrecord": "harness.compare.formats.tfrecord:FORMAT",
    "xlsx": "harness.compare.formats.xlsx:FORMAT",
    "zip": "harness.compare.formats.zip:FORMAT",
    "text": "harness.compare.formats.text:FORMAT",
    "arrow": "harness.compare.formats.arrow:FORMAT",
    "orc": "harness.compare.formats.orc:FORMAT",
    "delta": "harness.compare.formats.delta:FORMAT",
    "iceberg": "harness.compare.formats.iceberg:FORMAT",
}
BUILT_IN_APPLIES: Mapping[str, frozenset[str]] = {
    BYTES: frozenset(),
    **dict.fromkeys(("tar", "zip", "text"), frozenset({"ignore"})),
    **dict.fromkeys(
        (
            "json",
            "jsonl",
            "yaml",
            "npy",
            "npz",
            "safetensors",
            "pickle",
            "pytorch",
            "xgboost",
            "lightgbm",
            "hdf5",
            "avro",
            "sqlite",
            "notebook",
            "onnx",
            "skops",
            "image",
            "tfrecord",
            "xlsx",
        ),
        frozenset({"tolerance", "ignore"}),
    ),
}
"""Keys of a rule that a format can follow, where it can't follow all; a test holds them against the formats."""
BUILT_IN_SUFFIXES: Mapping[str, str] = {
    ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yaml": "yaml", ".yml": "yaml", ".ubj": "xgboost",
    ".npy": "npy", ".npz": "npz", ".safetensors": "safetensors", ".pkl": "pickle",
    ".pickle": "pickle", ".joblib": "pickle", ".pt": "pytorch", ".pth": "pytorch", ".h5": "hdf5", ".hdf5": "hdf5",
    ".avro": "avro", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".ipynb": "notebook", ".tar": "tar", ".tgz": "tar",
    ".onnx": "onnx", ".skops": "skops", ".png": "image", ".jpg": "image", ".jpeg": "image",
    ".tfrecord": "tfrecord", ".tfrecords": "tfrecord", ".xlsx": "xlsx", ".zip": "zip",
}  # fmt: skip
"""Of formats in `BUILT_IN_APPLIES`."""

BUILT_IN_METRICS: Mapping[str, str] = {
    FILE: "harness.runner.metric_sources.file:SOURCE",
    "final_metrics": "harness.runner.metric_sources.final_metrics:SOURCE",
    "cloudwatch": "harness.runner.metric_sources.cloudwatch:SOURCE",
    MLFLOW: "harness.runner.metric_sources.mlflow:SOURCE",
}
BUILT_IN_TAKES: Mapping[str, frozenset[Take]] = {
    "final_metrics": frozenset({Take.LAST}),
    "cloudwatch": frozenset({Take.LAST, Take.BEST, Take.MIN, Take.MAX}),
}
"""What `take` can say of a source that does not hold all reports in their order."""


@cache
def metric_source_names() -> tuple[str, ...]:
    """Give what `source` of a metric may say."""
    return (LOG, *listed("parity.metrics", BUILT_IN_METRICS))


@cache
def format_names() -> tuple[str, ...]:
    """Give what `form` may say."""
    return (AUTO, *listed("parity.formats", BUILT_IN_FORMATS))
