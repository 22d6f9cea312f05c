"""How frameworks print metrics: one expression a framework, with the public source of its form.

`{name}` stands for the metric's name as the framework prints it, `{number}` for a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"([-+]?(?:[0-9.]+(?:[eE][-+]?[0-9]+)?|[nN][aA][nN]|[iI]nf))"


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework's form."""

    name: str
    regex: str
    source: str
    """Where the form stands; it is public."""
    example: str
    """A line in that form, of which `loss` (or what `metric` says) is read."""
    metric: str = "loss"
    value: float = 0.5

    def expression(self, metric: str, number: str = _NUMBER) -> str:
        """Write the expression for a metric."""
        return self.regex.replace("{name}", re.escape(metric)).replace("{number}", number)


FRAMEWORKS = {
    framework.name: framework
    for framework in (
        Framework(
            "keras",
            r"(?:^|[\s-]){name}: {number}",
            "keras-team/keras keras/src/utils/progbar.py",
            "100/100 - 2s - accuracy: 0.9 - loss: 0.5 - val_loss: 0.6",
        ),
        Framework(
            "hugging-face",
            r"['\"]{name}['\"]: ['\"]?{number}",
            "huggingface/transformers src/transformers/trainer_callback.py (PrinterCallback), docs: SageMaker metrics",
            "{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 1.0}",
        ),
        Framework(
            "lightning",
            r"(?:[│|]\s*{name}\s*[│|]\s*|(?:^|[\s,]){name}=){number}",
            "Lightning-AI/pytorch-lightning loops/evaluation_loop.py, callbacks/progress/tqdm_progress.py",
            "│         loss          │    0.5    │",
        ),
        Framework(
            "xgboost",
            r"^\s*\[[0-9]+\].*?(?:^|\s){name}:{number}",
            "dmlc/xgboost python-package/xgboost/callback.py (EvaluationMonitor); SageMaker XGBoost metrics",
            "[2]\ttrain-rmse:0.10855\tvalidation-rmse:0.5",
            "validation-rmse",
        ),
        Framework(
            "lightgbm",
            r"(?:^|\s){name}: {number}",
            "microsoft/LightGBM python-package/lightgbm/callback.py (log_evaluation)",
            "[3]\tvalid_0's l2: 0.0447824\tvalid_1's l2: 0.5",
            "valid_1's l2",
        ),
        Framework(
            "catboost",
            r"(?:^|\s){name}(?: =|:) {number}",
            "catboost/catboost catboost/libs/logging/profile_info.cpp; SageMaker CatBoost metrics",
            "bestTest = 0.5",
            "bestTest",
        ),
        Framework(
            "spark",
            r"(?:^|\s){name} ?[=:] ?{number}",
            "apache/spark examples/src/main/python/ml (evaluators print `name = value`)",
            "24/05/01 10:00:00 INFO Evaluator: loss = 0.5",
        ),
        Framework(
            "scikit-learn",
            r"(?:^\s*{name}\s{2,}|(?:^|\s){name}(?: score)?[=:] ?){number}",
            "scikit-learn/scikit-learn sklearn/metrics/_classification.py (classification_report)",
            "    accuracy                           0.5       100",
            "accuracy",
        ),
        Framework(
            "sagemaker-builtin",
            r"#quality_metric: host=\S+,.* {name} <\w+>={number}",
            "SageMaker developer guide, built-in algorithms (quality_metric lines)",
            "#quality_metric: host=algo-1, epoch=3, train loss <loss>=0.5",
            "train loss",
        ),
        Framework(
            "json",
            r"[\"']{name}[\"']\s*:\s*[\"']?{number}",
            "RFC 8259; one object a line, as python-json-logger and structlog write it",
            '{"level": "INFO", "epoch": 3, "loss": 0.5}',
        ),
    )
}
