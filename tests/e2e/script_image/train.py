"""A training script in SageMaker's script mode, as its public examples are written."""

import argparse
import json
import os
import sys
import traceback
from pathlib import Path


def arguments() -> argparse.Namespace:
    """Read hyperparameters from the command line, and places from variables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--shuffle", default="False")
    parser.add_argument("--hosts", type=json.loads, default=os.environ["SM_HOSTS"])
    parser.add_argument("--current-host", default=os.environ["SM_CURRENT_HOST"])
    parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--output-data-dir", default=os.environ["SM_OUTPUT_DATA_DIR"])
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    return parser.parse_args()


def main() -> None:
    """Train; the files of the container say the same as the variables."""
    found = arguments()
    told = json.loads(Path("/opt/ml/input/config/hyperparameters.json").read_text())
    assert told == {"epochs": "3", "learning-rate": "0.1", "shuffle": "true"}, told
    resources = json.loads(Path("/opt/ml/input/config/resourceconfig.json").read_text())
    assert (resources["hosts"], found.current_host) == (found.hosts, "algo-1")
    rows = [float(line) for path in sorted(Path(found.train).glob("*.csv")) for line in path.read_text().split()]
    weight = sum(rows) / len(rows)
    for epoch in range(found.epochs):
        weight *= 1 - found.learning_rate
        sys.stdout.write(f"epoch={epoch} loss={weight:.6f}\n")
    facts = {"weight": weight, "shuffle": found.shuffle, "hps": json.loads(os.environ["SM_HPS"])}
    Path(found.model_dir, "model.json").write_text(json.dumps(facts))
    report = Path(found.output_data_dir, "report")
    report.mkdir(exist_ok=True)
    (report / "rows.txt").write_text(str(len(rows)))


if __name__ == "__main__":
    try:
        main()
    except Exception:  # noqa: BLE001 - what the service reads of it is the file
        Path("/opt/ml/output/failure").write_text(traceback.format_exc())
        sys.exit(255)
