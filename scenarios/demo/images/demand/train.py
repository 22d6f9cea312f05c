"""A demand curve fitted anew every quarter of an hour: two harmonics of the day by least squares."""

import argparse
import json
import os
from pathlib import Path

import numpy as np


def main() -> None:
    """Fit what is known so far, report the error on the hours after it, write the coefficients."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--hours", type=int, required=True)
    asked = parser.parse_args()
    hours = np.arange(asked.hours + 24)
    day = 2 * np.pi * hours / 24
    load = 50 + 20 * np.sin(day) + 5 * np.cos(2 * day) + np.random.default_rng(7).normal(0, 2, hours.size)
    waves = np.column_stack([np.ones(hours.size), *(f(k * day) for k in (1, 2) for f in (np.sin, np.cos))])
    known = slice(0, asked.hours)
    weights, *_ = np.linalg.lstsq(waves[known], load[known], rcond=None)
    error = float(np.mean(np.abs(waves[asked.hours :] @ weights - load[asked.hours :])))
    print(f"mae={error:.6f}", flush=True)
    (Path(os.environ["MODEL_DIR"]) / "model.json").write_text(json.dumps(weights.tolist()), encoding="utf-8")


if __name__ == "__main__":
    main()
