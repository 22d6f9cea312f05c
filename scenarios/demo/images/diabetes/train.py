"""Ridge regression on the diabetes data: cross-validated error by fold, then one model on everything."""

import argparse
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import joblib
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold


def main() -> None:
    """Train and write model.json, and model.joblib, whose bytes differ in every run: it says when it was trained."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float, required=True)
    parser.add_argument("--folds", type=int, required=True)
    asked = parser.parse_args()
    features, target = load_diabetes(return_X_y=True)
    squares = []
    for train, test in KFold(asked.folds, shuffle=True, random_state=7).split(features):
        model = Ridge(alpha=asked.alpha).fit(features[train], target[train])
        squares.append(float(np.mean((model.predict(features[test]) - target[test]) ** 2)))
        print(f"fold={len(squares)} rmse={np.sqrt(np.mean(squares)):.6f}", flush=True)
    final = Ridge(alpha=asked.alpha).fit(features, target)
    weights = {"intercept": float(final.intercept_), "coefficients": [float(each) for each in final.coef_]}
    folder = Path(os.environ["MODEL_DIR"])
    (folder / "model.json").write_text(json.dumps(weights, indent=1), encoding="utf-8")
    joblib.dump({"model": final, "trained_at": datetime.now(UTC).isoformat()}, folder / "model.joblib")


if __name__ == "__main__":
    main()
