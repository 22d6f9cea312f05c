"""The least a job can do: one line of log with a metric, one small file."""

import os
from pathlib import Path

Path(os.environ["OUT_DIR"], "out.txt").write_text("done\n", encoding="utf-8")
print("score=1.0", flush=True)
