"""What the code's shape is held to: sizes of modules, functions and classes, and names of loop variables."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2] / "harness"
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
METHODS_MAX = 15
SAYING_NOTHING = frozenset({"each", "mine", "its", "told"})
"""Loop variables that do not name what they hold."""

LONGER_MODULES = {
    "shim/shim.py": "one file that containers are given and run as it is (docs/architecture.md)",
}
LONGER_FUNCTIONS = {"report/view.py:_view": "one line a field of the page's value"}
LARGER_CLASSES = {
    "backends/kubernetes/backend.py:KubernetesBackend": "the verbs of a backend, and what each needs of the client",
    "backends/sagemaker/backend.py:SageMakerBackend": "the verbs of a backend, and what each needs of the client",
    "model/schedule.py:Schedule": "questions to one value, most of them a line",
    "sandbox/kube/jobs.py:JobController": "a stand-in of the controller, which is one loop",
    "sandbox/kube/pod.py:PodWorker": "a stand-in of the kubelet, which is one loop",
    "store/archive.py:Archive": "one method to save and one to load each file of a campaign",
    "store/s3.py:Bucket": "the methods of a store, each with its call",
}
"""What is larger than allowed, and why. None is added without a reason."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, tuple[int, ast.Module]]:
    """Read each module once: its number of lines, and its tree."""
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}
    return {name: (len(text.splitlines()), ast.parse(text)) for name, text in texts.items()}


def test_a_module_has_at_most_400_lines() -> None:
    """Half of them at most 120, nine of ten at most 250."""
    lines = sorted(count for count, _ in modules().values())
    assert {name for name, (count, _) in modules().items() if count > MODULE_LINES_MAX} - set(LONGER_MODULES) == set()
    assert median(lines) <= 120
    assert lines[len(lines) * 9 // 10] <= 250


def test_a_function_has_at_most_50_lines() -> None:
    """Its signature and docstring included."""
    found = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, (_, tree) in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, Function)
    }
    assert {name for name, count in found.items() if count > FUNCTION_LINES_MAX} - set(LONGER_FUNCTIONS) == set()


def test_a_class_has_at_most_15_methods() -> None:
    """Private ones included."""
    found = {
        f"{name}:{node.name}": sum(isinstance(member, Function) for member in node.body)
        for name, (_, tree) in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {name for name, count in found.items() if count > METHODS_MAX} - set(LARGER_CLASSES) == set()


def test_loop_variables_name_what_they_hold() -> None:
    """At most one in twenty says nothing."""
    names = [
        name.id
        for _, tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    ]
    assert sum(name in SAYING_NOTHING for name in names) <= len(names) / 20


def test_the_configuration_names_no_platform() -> None:
    """It asks the registry; imports are held by the contract, words by this."""
    named = {
        path.name
        for path in (ROOT / "config").glob("*.py")
        if {"kubernetes", "sagemaker"} & set(path.read_text(encoding="utf-8").lower().replace("_", " ").split())
    }
    assert named == set()
