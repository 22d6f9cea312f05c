"""Fit a line by gradient descent, and say how far off it is after each epoch."""

import argparse
import json
import os
import random
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--rate", type=float)
given = parser.parse_args()
draw = random.Random(7)
points = [(x / 50, 3 * x / 50 + 1 + draw.gauss(0, 0.1)) for x in range(50)]
slope = offset = 0.0
for epoch in range(given.epochs):
    for x, y in points:
        error = slope * x + offset - y
        slope, offset = slope - given.rate * error * x, offset - given.rate * error
    rmse = (sum((slope * x + offset - y) ** 2 for x, y in points) / len(points)) ** 0.5
    print(f"epoch={epoch} rmse={rmse:.6f}", flush=True)
Path(os.environ["MODEL_DIR"], "model.json").write_text(json.dumps({"slope": slope, "offset": offset}))
