"""A decision tree on the wine data that reads its depth from a file and trusts the type it finds there."""

import json
import os
from pathlib import Path

from sklearn.datasets import load_wine
from sklearn.model_selection import cross_val_score
from sklearn.tree import DecisionTreeClassifier, export_text

DEFAULT_DEPTH = 1


def depth_from(value: object) -> int:
    """Take a whole number, else the default: this line has worked for years, on a platform that keeps types."""
    return value if isinstance(value, int) else DEFAULT_DEPTH


def main() -> None:
    """Train, report accuracy over five folds, write the tree."""
    parameters = json.loads(Path(os.environ["PARAMETERS_FILE"]).read_text(encoding="utf-8"))
    depth = depth_from(parameters["max_depth"])
    features, target = load_wine(return_X_y=True)
    scores = cross_val_score(DecisionTreeClassifier(max_depth=depth, random_state=11), features, target, cv=5)
    for fold in range(1, len(scores) + 1):
        print(f"fold={fold} accuracy={scores[:fold].mean():.6f}", flush=True)
    tree = DecisionTreeClassifier(max_depth=depth, random_state=11).fit(features, target)
    model = {"depth": tree.get_depth(), "tree": export_text(tree)}
    (Path(os.environ["MODEL_DIR"]) / "model.json").write_text(json.dumps(model, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
