"""Batch scoring: a prediction for every row of the diabetes data, in chunks."""

import csv
import os
from pathlib import Path
from uuid import uuid4

from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge

CHUNK = 128


def main() -> None:
    """Score and write a data set: a folder a chunk, with part files of random names, and a marker when all is there."""
    features, target = load_diabetes(return_X_y=True)
    model = Ridge(alpha=0.1).fit(features[::2], target[::2])
    scores = Path(os.environ["SCORES_DIR"])
    for chunk, start in enumerate(range(0, len(features), CHUNK)):
        found = model.predict(features[start : start + CHUNK])
        part = scores / f"chunk={chunk}" / f"part-{uuid4()}.csv"
        part.parent.mkdir()
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "score"])
            rows.writerows([start + number, repr(float(score))] for number, score in enumerate(found))
        print(f"scored {start + len(found)} of {len(features)} rows", flush=True)
    (scores / "_SUCCESS").touch()


if __name__ == "__main__":
    main()
