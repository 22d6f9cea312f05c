"""`layout: sagemaker`: a program finds what SageMaker and its training toolkit give it, wherever it runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.shim import shim

if TYPE_CHECKING:
    from conftest import Bench

RECORDED: list[dict[str, Any]] = json.loads(Path(__file__).with_name("toolkit_5_1_4.json").read_text(encoding="utf-8"))
"""Files of three training jobs, and what sagemaker-training 5.1.4 made of them, with two CPUs."""
SETTINGS: dict[str, Any] = {
    "hyperparameters": {"epochs": "5", "rate": "0.10", "warm": "true"},
    "inputdataconfig": {"train": {"TrainingInputMode": "File"}},
    "resourceconfig": {"current_host": "algo-1", "hosts": ["algo-1"], "current_instance_type": "ml.m5.large"},
}
SCRIPT = """
import argparse, json, os, pathlib
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--rate", type=float)
parser.add_argument("--warm", type=lambda text: {"True": True}[text])
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
found = parser.parse_args()
assert json.loads(os.environ["SM_HPS"]) == {"epochs": 5, "rate": 0.1, "warm": True}
assert pathlib.Path(found.train).is_dir()
pathlib.Path(found.model_dir, "model.json").write_text(json.dumps([found.epochs, found.rate, found.warm]))
"""
FAILS = """
import os, pathlib, sys
try:
    raise ValueError("no luck today")
except ValueError as error:
    pathlib.Path(os.environ["ML"], "output/failure").write_text(f"it went wrong: {error}")
    sys.exit(3)
"""


def layout(**changes: Any) -> dict[str, Any]:
    """Write what the shim is told of a layout."""
    return {
        "settings": SETTINGS, "variables": {"TRAINING_JOB_NAME": "run-1"}, "own_channel": "parity",
        "message_path": None, **changes,
    }  # fmt: skip


def below(bench: Bench) -> dict[str, str]:
    """Let a folder of the test stand for /opt/ml."""
    (bench.folder / "ml" / "input" / "data" / "train").mkdir(parents=True)
    return {"PARITY_PATHS": json.dumps({"/opt/ml": str(bench.folder / "ml")}), "ML": str(bench.folder / "ml")}


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_variables_and_arguments_are_those_of_the_toolkit_itself(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By name and spelling, for hyperparameters of every type, the SDK's own ones, and a file without groups."""
    recorded = RECORDED[number]

    def place(path: str) -> str:
        return path.replace("/opt/ml", str(tmp_path))

    shim.lay_out(recorded["settings"], place)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    read = shim.toolkit(layout(), {}, place)
    assert shim.toolkit_variables(read, str) == recorded["variables"]
    assert shim.toolkit_arguments(read["hps"]) == recorded["arguments"]


def test_a_script_that_reads_sm_variables_and_arguments_runs_where_no_platform_gives_them(bench: Bench) -> None:
    """Its record has the places that a container has; the control is the same script without the layout."""
    parameters = bench.parameters({"epochs": 5, "rate": 0.1, "warm": True}, "argv")
    found = bench.run(bench.python(SCRIPT, layout=layout(), parameters=parameters), environment=below(bench))
    assert (found.returncode, bench.record["troubles"]) == (0, [])
    assert json.loads((bench.folder / "ml/model/model.json").read_text()) == [5, 0.1, True]
    seen = bench.record["environment"]
    assert (seen["SM_MODEL_DIR"], seen["SM_CHANNEL_TRAIN"]) == ("/opt/ml/model", "/opt/ml/input/data/train")
    assert seen["TRAINING_JOB_NAME"] == "run-1"
    assert bench.run(bench.python(SCRIPT, parameters=parameters)).returncode == 1


def test_files_that_the_platform_wrote_and_variables_that_somebody_set_stay(bench: Bench) -> None:
    """And a program is told nothing of the harness's own channel."""
    environment = below(bench)
    config = bench.folder / "ml/input/config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text('{"epochs": "7"}')
    (config / "inputdataconfig.json").write_text('{"parity": {}, "train": {}}')
    told = bench.python("pass", layout=layout(), environment={"values": {"SM_MODEL_DIR": "/work"}, "staged": None})
    assert bench.run(told, environment=environment | {"TRAINING_JOB_NAME": "theirs"}).returncode == 0
    seen = bench.record["environment"]
    assert (seen["SM_HPS"], seen["SM_CHANNELS"], seen["SM_MODEL_DIR"]) == ('{"epochs":7}', '["train"]', "/work")
    assert "SM_CHANNEL_PARITY" not in seen
    assert seen["TRAINING_JOB_NAME"] == "theirs"
    assert json.loads((config / "resourceconfig.json").read_text()) == SETTINGS["resourceconfig"]


@pytest.mark.parametrize(("said", "read"), [("", "it went wrong: no luck today"), ("my own words", "my own words")])
def test_what_a_program_writes_into_the_failure_file_reaches_the_kubelet(bench: Bench, said: str, read: str) -> None:
    """Unless it told the kubelet itself; the program's exit code stays its own."""
    message = bench.folder / "termination-log"
    message.write_text(said)
    told = bench.python(FAILS, layout=layout(message_path=str(message)))
    assert bench.run(told, environment=below(bench)).returncode == 3
    assert message.read_text() == read


def test_without_the_layout_a_program_that_opens_the_failure_file_dies_a_second_time(bench: Bench) -> None:
    """The control: exit code 1 and another error than its own."""
    found = bench.run(bench.python(FAILS), environment={"ML": str(bench.folder / "ml")})
    assert found.returncode == 1
    assert b"FileNotFoundError" in found.stderr


def test_settings_that_can_not_be_read_are_a_trouble_and_no_ending(bench: Bench) -> None:
    """The pair is void by it."""
    environment = below(bench)
    (bench.folder / "ml/input/config").mkdir(parents=True)
    (bench.folder / "ml/input/config/hyperparameters.json").write_text("{")
    assert bench.run(bench.python("pass", layout=layout()), environment=environment).returncode == 0
    (trouble,) = bench.record["troubles"]
    assert trouble.startswith("layout: JSONDecodeError")
