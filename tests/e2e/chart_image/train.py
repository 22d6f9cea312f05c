"""What a chart's Job runs: it reads a ConfigMap, a Secret's variable and a claim, and writes beside its own code."""

import configparser
import json
import os
from pathlib import Path

config = configparser.ConfigParser()
config.read("/etc/train/train.ini")
assert os.environ["DB_USER"], "the Secret's variable is empty"
rows = [int(line) for line in Path("/data/rows.txt").read_text().split()]
Path("/app/notes.txt").write_text("a container may write here")
weight = sum(rows) * float(os.environ["LEARNING_RATE"]) * config.getint("model", "rounds")
Path("/out/model.json").write_text(json.dumps({"weight": weight}))
