"""The other program of the tests' image: a processing job that does what its argument says."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

ML = Path(os.environ.get("PARITY_ML_ROOT", "/opt/ml"))


def main(mode: str) -> None:
    """Copy the input in capitals; then end as asked."""
    text = (ML / "processing" / "input" / "a.csv").read_text(encoding="utf-8")
    out = ML / "processing" / "out"
    (out / "b.csv").write_text(text.upper(), encoding="utf-8")
    (out / "link.csv").symlink_to("b.csv")
    message = b"\xff\xfe" if mode == "garbled" else b"all rows copied"
    (ML / "output" / "message").write_bytes(message)
    sys.stdout.write(f"{mode} TRAINING_JOB_NAME={os.environ.get('TRAINING_JOB_NAME')}\n")
    sys.stdout.flush()
    if mode == "sleep":
        time.sleep(100.0)
    if mode == "fail":
        sys.exit(5)


if __name__ == "__main__":
    main(sys.argv[1])
