"""A bagged classifier on the breast cancer data whose resampling nobody seeded: accuracy moves between runs."""

import json
import os
from pathlib import Path

from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MEMBERS = 9


def main() -> None:
    """Train, report accuracy over five folds, write what is stable of the model."""
    features, target = load_breast_cancer(return_X_y=True)
    train, rest, train_target, rest_target = train_test_split(features, target, random_state=3, stratify=target)
    model = make_pipeline(StandardScaler(), BaggingClassifier(LogisticRegression(), n_estimators=MEMBERS))
    scores = cross_val_score(model, features, target, cv=5)
    for fold in range(1, len(scores) + 1):
        print(f"fold={fold} accuracy={scores[:fold].mean():.6f}", flush=True)
    model.fit(train, train_target)
    facts = {
        "members": MEMBERS,
        "features": int(features.shape[1]),
        "holdout": round(float(model.score(rest, rest_target)), 6),
        "weights": [[float(each) for each in member.coef_[0]] for member in model[-1].estimators_],
    }
    (Path(os.environ["MODEL_DIR"]) / "model.json").write_text(json.dumps(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
