"""A small job: a table and a metric. FAIL makes it lose rows and say so nowhere but in its log; SCORE is its metric."""

import os
import pathlib

out = pathlib.Path(os.environ["OUT_DIR"])
out.mkdir(parents=True, exist_ok=True)
rows = ["1,0.5", "2,0.25", "3,0.125"]
if os.environ.get("FAIL"):
    print("ERROR could not write the scores: [Errno 28] No space left on device", flush=True)  # noqa: T201 - its log
    rows = rows[:1]
(out / "scores.csv").write_text("\n".join(["id,score", *rows, ""]), encoding="utf-8")
print(f"score={os.environ['SCORE']}", flush=True)  # noqa: T201 - its log
