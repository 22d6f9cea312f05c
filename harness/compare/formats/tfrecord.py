"""Files of TFRecord, by record and feature."""

from __future__ import annotations

from harness.compare.document_format import document_format

FORMAT = document_format("tfrecord", (".tfrecord", ".tfrecords"), here=False)
