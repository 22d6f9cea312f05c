"""A softmax classifier on the digits, trained by epochs."""

import json
import os
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split

EPOCHS = 5


def main() -> None:
    """Train and write model.json."""
    features, target = load_digits(return_X_y=True)
    train, test, train_target, test_target = train_test_split(features / 16, target, random_state=5)
    model = SGDClassifier(loss="log_loss", random_state=5)
    for epoch in range(1, EPOCHS + 1):
        model.partial_fit(train, train_target, classes=np.arange(10))
        print(f"epoch={epoch} accuracy={model.score(test, test_target):.6f}", flush=True)
    weights = {"bias": model.intercept_.tolist(), "weights": model.coef_.tolist()}
    (Path(os.environ["MODEL_DIR"]) / "model.json").write_text(json.dumps(weights), encoding="utf-8")


if __name__ == "__main__":
    main()
