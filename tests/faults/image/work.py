"""A small job: it waits, writes a model and a table, and tells a metric."""

import json
import os
import pathlib
import time

out = pathlib.Path(os.environ["OUT_DIR"])
out.mkdir(parents=True, exist_ok=True)
time.sleep(0.3)
(out / "model.json").write_text(json.dumps({"w": [1, 2, 3]}), encoding="utf-8")
(out / "scores.csv").write_text("id,score\n1,0.5\n2,0.25\n", encoding="utf-8")
print("score=0.5", flush=True)  # noqa: T201 - its log
