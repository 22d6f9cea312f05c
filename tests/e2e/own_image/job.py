"""A team's own job: it counts, and writes what it counted."""

import json
import os
import sys
from pathlib import Path

if os.environ.get("FAIL_ON") == os.environ.get("SIDE"):
    raise ValueError("no luck today")
Path(sys.argv[1], "counts.json").write_text(json.dumps({"words": 3}))
