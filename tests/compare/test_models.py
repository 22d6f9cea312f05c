"""Models and arrays are judged by what they hold: names, types, shapes and values; nothing is ever unpickled."""

from __future__ import annotations

import io
import json
import os
import pickle
import random
import struct
import sys
import tempfile
import types
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.compare.format import NotCompared
from harness.compare.formats import FORMATS
from harness.compare.model_format import ModelDifference, compare_models
from harness.compare.models import child
from harness.compare.models.ubjson import read_ubjson
from harness.model.finding import NoiseClass
from harness.model.job import CompareRule, Tolerance

EXACT = CompareRule("*")


def near(absolute: float | None = None, relative: float | None = None, name: str = "*") -> CompareRule:
    """Make a rule with one tolerance."""
    return CompareRule("*", tolerance={name: Tolerance(absolute, relative)})


def compare(folder: Path, form: str, left: bytes, right: bytes, rule: CompareRule = EXACT) -> ModelDifference:
    """Compare two files in a process of their own."""
    (folder / "a").write_bytes(left)
    (folder / "b").write_bytes(right)
    return compare_models(folder / "a", folder / "b", form, rule)


def asked(form: str, left: bytes, right: bytes, **rule: Any) -> dict[str, Any]:
    """Compare in this process, as the child does after bounding itself."""
    home = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            Path("l").write_bytes(left)
            Path("c").write_bytes(right)
            sides = {"legacy": [{"file": "l"}], "candidate": [{"file": "c"}]}
            return child.answer({"form": form, "tolerance": {}, "ignore": [], **rule, "sides": sides})
        finally:
            os.chdir(home)


def differing(answer: dict[str, Any]) -> dict[str, int]:
    """Give how many values differ, by path."""
    return {change["path"]: change["count"] for change in answer["difference"]["changed"]}


def npy(values: Any) -> bytes:
    """Write a .npy file."""
    data = io.BytesIO()
    np.save(data, np.asarray(values), allow_pickle=True)
    return data.getvalue()


def npz(*, packed: bool = False, **arrays: Any) -> bytes:
    """Write a .npz file."""
    data = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(data, **arrays)
    return data.getvalue()


def safetensors(metadata: dict[str, str] | None = None, **tensors: tuple[str, list[int], bytes]) -> bytes:
    """Write a safetensors file of (type, shape, bytes)."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    at, body = 0, b""
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [at, at + len(data)]}
        at, body = at + len(data), body + data
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


# -- values -----------------------------------------------------------------------------------------------------------


def test_one_last_bit_of_one_weight_is_seen_and_told_with_its_place(tmp_path: Path) -> None:
    """With the distance, the norm of the difference, and how many values there are."""
    weights = np.ones((100, 50))
    other = weights.copy()
    other[7, 3] = np.nextafter(1.0, 2.0)
    found = compare(tmp_path, "npz", npz(w=weights, b=[0.0]), npz(w=other, b=[0.0], packed=True))
    assert not found.equal
    assert found.summary() == "1 of 5001 values differ, by up to 2.22045e-16, in w"
    (change,) = found.changed
    assert (change.samples[0].where, change.norm) == ("[7, 3]", 2.0**-52)
    assert compare(tmp_path, "npz", npz(w=weights, b=[0.0]), npz(w=weights, b=[0.0], packed=True)).equal


NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 1.0 + 2**-52, 1.25, -1.0, 1e300, float("nan"), float("inf"), -float("inf")])
BOUND = st.sampled_from([None, 0.0, 2**-52, 0.25, 1.0])


def plain(left: float, right: float, absolute: float | None, relative: float | None) -> int:
    """Compare two doubles slowly: 0 the same, 1 near, 2 different."""
    if left == right or (np.isnan(left) and np.isnan(right)):
        return 0
    distance = abs(left - right)
    if not np.isfinite(distance):
        return 2
    larger = max(abs(left), abs(right))
    return (
        1
        if (absolute is not None and distance <= absolute) or (relative is not None and distance <= relative * larger)
        else 2
    )


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=8), BOUND, BOUND)
@settings(max_examples=60, deadline=None)
def test_values_are_compared_as_a_slow_comparator_does(
    pairs: list[tuple[float, float]], absolute: float | None, relative: float | None
) -> None:
    """Counts are equal to the value, in both directions."""
    left, right = (npy([pair[n] for pair in pairs]) for n in range(2))
    tolerance = {} if absolute is None and relative is None else {"*": [absolute, relative]}
    states = [plain(*pair, absolute, relative) for pair in pairs]
    for one, other in ((left, right), (right, left)):
        found = asked("npy", one, other, tolerance=tolerance)["difference"]
        assert (found["differing"], found["within"]) == (states.count(2), states.count(1))


def test_a_tolerance_for_all_numbers_is_not_for_integers(tmp_path: Path) -> None:
    """Their own is; exact beyond what doubles hold. One for what holds no numbers is refused."""
    left, right = npz(i=np.array([2**62, 5])), npz(i=np.array([2**62 + 1, 5]))
    assert not compare(tmp_path, "npz", left, right, near(2.0)).equal
    assert compare(tmp_path, "npz", left, right, near(1.0, name="i")).within == 1
    with pytest.raises(NotCompared, match="can't be applied: its values are no numbers"):
        compare(tmp_path, "npz", npz(t=np.array(["a"])), npz(t=np.array(["b"])), near(1.0, name="t"))
    with pytest.raises(NotCompared, match="tolerance names 'nothing'"):
        compare(tmp_path, "npz", left, right, near(1.0, name="nothing"))


@pytest.mark.parametrize(
    ("left", "right", "paths"),
    [
        ({"w": np.zeros(2)}, {"w": np.zeros(3)}, {"w": 1}),
        ({"w": np.zeros(2, "f4")}, {"w": np.zeros(2)}, {"w": 1}),
        ({"w": np.zeros(2, ">f8")}, {"w": np.zeros(2, "<f8")}, {}),
        ({"w": np.arange(6.0).reshape(2, 3)}, {"w": np.asfortranarray(np.arange(6.0).reshape(2, 3))}, {}),
        ({"w": np.arange(6.0).reshape(2, 3)}, {"w": np.arange(6.0).reshape(3, 2).T}, {"w": 4}),
        ({"w": np.array([True, False])}, {"w": np.array([True, True])}, {"w": 1}),
        ({"w": np.array(["a", "b"])}, {"w": np.array(["a", "c"])}, {"w": 1}),
        ({"w": np.array([1 + 2j])}, {"w": np.array([1 + 2j])}, {}),
        ({"w": np.array([1 + 2j])}, {"w": np.array([1 + 3j])}, {"w": 1}),
        ({"w": np.array(["2026-01-01"], "M8[D]")}, {"w": np.array(["2026-01-02"], "M8[D]")}, {"w": 1}),
        ({"w": np.zeros((0, 3))}, {"w": np.zeros((0, 3))}, {}),
        ({"w": np.float64(1.0)}, {"w": np.float64(2.0)}, {"w": 1}),
        ({"w": np.array([(1, 2.0)], "i4,f8")}, {"w": np.array([(1, 3.0)], "i4,f8")}, {"w": 1}),
    ],
)
def test_types_shapes_and_orders(left: Any, right: Any, paths: dict[str, int]) -> None:
    """Byte order and the order of storage are no difference; type and shape are."""
    assert differing(asked("npz", npz(**left), npz(**right))) == paths


def test_arrays_that_one_side_lacks_and_those_that_are_not_compared(tmp_path: Path) -> None:
    """Each is named; a rule that names nothing is refused."""
    left, right = npz(w=[1.0], seed=[1], old=[1]), npz(w=[1.0], seed=[2], new=[1])
    found = compare(tmp_path, "npz", left, right, CompareRule("*", ignore=("seed",)))
    assert (found.missing, found.extra, found.ignored, found.changed) == (("old",), ("new",), ("seed",), ())
    with pytest.raises(NotCompared, match="ignore names 'sed'"):
        compare(tmp_path, "npz", left, right, CompareRule("*", ignore=("sed",)))


def test_what_differs_from_run_to_run_is_learned_by_path(tmp_path: Path) -> None:
    """What the rule allows, and what it does not."""
    (tmp_path / "a").write_bytes(npz(w=[1.0], v=[1.0], same=[1]))
    (tmp_path / "b").write_bytes(npz(w=[1.25], v=[1.0 + 1e-9], same=[1]))
    noise = FORMATS.get("npz").noise
    assert noise is not None
    found = {field.name: (field.kind, field.above) for field in noise(tmp_path / "a", tmp_path / "b", near(1e-6))}
    assert found == {"w": (NoiseClass.JITTER, True), "v": (NoiseClass.JITTER, False)}


# -- safetensors ------------------------------------------------------------------------------------------------------


def test_metadata_of_safetensors_is_no_weight() -> None:
    """Nor is the order of tensors; halves of floats are read as what they stand for."""
    one = ("F32", [2], struct.pack("<2f", 1, 2))
    half = ("BF16", [2], struct.pack("<2H", 0x3F80, 0x4000))
    left = safetensors({"at": "monday"}, w=one, h=half)
    assert differing(asked("safetensors", left, safetensors({"at": "friday"}, h=half, w=one))) == {}
    other = ("BF16", [2], struct.pack("<2H", 0x3F80, 0x4001))
    found = asked("safetensors", left, safetensors(w=one, h=other))["difference"]["changed"][0]
    assert (found["path"], found["largest"], found["samples"][0]["legacy"]) == ("h", 0.015625, "2.0")
    near_other = asked("safetensors", left, safetensors(w=one, h=other), tolerance={"*": [0.02, None]})
    assert near_other["difference"]["within"] == 1


@pytest.mark.parametrize(
    "spoiled",
    [
        safetensors(w=("F32", [3], struct.pack("<2f", 1, 2))),
        safetensors(w=("F99", [2], b"12345678")),
        safetensors(w=("F32", [2], struct.pack("<2f", 1, 2))) + b"more",
        safetensors(w=("F32", [2], struct.pack("<2f", 1, 2)))[:-1],
        safetensors(w=("F32", [-2, -1], struct.pack("<2f", 1, 2))),
        struct.pack("<Q", 2**60) + b"{}",
        b"",
        struct.pack("<Q", 4) + b'{"a"',
    ],
    ids=["shape", "type", "behind", "cut", "negative", "length", "empty", "no JSON"],
)
def test_a_safetensors_file_that_lies_is_never_equal(spoiled: bytes) -> None:
    """Nor different: nothing is said of it, and the side is named."""
    sound = safetensors(w=("F32", [2], struct.pack("<2f", 1, 2)))
    assert asked("safetensors", sound, spoiled)["trouble"].startswith("candidate file: ")


# -- pickles ----------------------------------------------------------------------------------------------------------

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.text(max_size=3), st.binary(max_size=3))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
        st.tuples(inner, inner),
    ),
    max_leaves=8,
)


@given(VALUES, VALUES, st.integers(2, 5), st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_two_pickles_are_equal_where_what_they_hold_is(one: Any, other: Any, first: int, second: int) -> None:
    """Whatever their protocols; a tuple is no list, and true is not 1."""
    assert differing(asked("pickle", pickle.dumps(one, first), pickle.dumps(one, second))) == {}
    found = asked("pickle", pickle.dumps(one, first), pickle.dumps(other, second))["difference"]
    same = not (found["differing"] or found["missing_count"] or found["extra_count"])
    assert same is (repr(one) == repr(other))


class Ran:
    """Would run when it is unpickled."""

    def __init__(self, path: str) -> None:
        """Say what it would make."""
        self.path = path

    def __reduce__(self) -> Any:
        """Make a folder."""
        return os.mkdir, (self.path,)


def test_a_pickle_that_would_run_a_command_is_a_value_like_others(tmp_path: Path) -> None:
    """It runs nowhere: what it would call is compared by name."""
    made = tmp_path / "made"
    left, right = pickle.dumps(Ran(str(made))), pickle.dumps(Ran(f"{made}2"))
    assert compare(tmp_path, "pickle", left, left).equal
    assert compare(tmp_path, "pickle", left, right).changed[0].path == "$()[0]"
    assert not made.exists()


ARRAYS = {"coef": np.arange(6.0).reshape(2, 3), "columns": np.asfortranarray(np.ones((2, 3), "f4")), "n": np.int64(3)}


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3)])
def test_joblibs_files_are_pickles_with_their_arrays_beside(tmp_path: Path, compress: Any) -> None:
    """Compressed or not, and equal to a plain pickle of the same; one changed value is found."""
    joblib.dump({"m": ARRAYS}, tmp_path / "l", compress=compress)
    left = (tmp_path / "l").read_bytes()
    for protocol in (2, 4, 5):
        assert differing(asked("pickle", left, pickle.dumps({"m": ARRAYS}, protocol))) == {}
    joblib.dump({"m": {**ARRAYS, "coef": ARRAYS["coef"] + np.eye(2, 3) / 8}}, tmp_path / "r")
    assert differing(asked("pickle", left, (tmp_path / "r").read_bytes())) == {"$.m.coef": 2}


def test_what_only_unpickling_would_tell_is_undecided(tmp_path: Path) -> None:
    """With what to do instead; files that are cut are no pickles."""
    with pytest.raises(NotCompared, match="Python objects, which are never unpickled"):
        compare(tmp_path, "npy", npy(np.array([{}], object)), npy(np.array([[]], object)))
    whole = pickle.dumps({"m": ARRAYS})
    for spoiled in (whole[:-1], whole[: len(whole) // 2], b"", whole + b"x", b"\x80\x04K\x01}."):
        answer = asked("pickle", whole, spoiled)
        assert "trouble" in answer or differing(answer), spoiled


def test_a_list_that_holds_itself_ends() -> None:
    """And is equal to itself only."""
    circle: list[Any] = [1]
    circle.append(circle)
    assert differing(asked("pickle", pickle.dumps(circle), pickle.dumps(circle))) == {}
    assert asked("pickle", pickle.dumps(circle), pickle.dumps([1, [1]]))["difference"]["missing_count"] == 1


# -- PyTorch ----------------------------------------------------------------------------------------------------------


def torch(state: dict[str, tuple[np.ndarray[Any, Any], str]], *, root: str = "archive") -> bytes:
    """Write a file as `torch.save` does: a pickle that names storages, and a file for each of them."""
    storages: list[bytes] = []

    class Tensor:
        def __init__(self, values: np.ndarray[Any, Any], kind: str) -> None:
            self.values, self.kind = values, kind

        def __reduce__(self) -> Any:
            size = self.values.itemsize
            strides = tuple(stride // size for stride in self.values.strides)
            storage = Storage(self.kind, self.values.size, self.values.tobytes(order="A"))
            return (sys.modules["torch._utils"]._rebuild_tensor_v2, (storage, 0, self.values.shape, strides, False, {}))

    class Storage:
        def __init__(self, kind: str, size: int, data: bytes) -> None:
            self.kind, self.size, self.data = kind, size, data

    class Writer(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            if not isinstance(value, Storage):
                return None
            storages.append(value.data)
            return ("storage", getattr(sys.modules["torch"], value.kind), str(len(storages) - 1), "cpu", value.size)

    data, pickled = io.BytesIO(), io.BytesIO()
    Writer(pickled, 2).dump(OrderedDict((name, Tensor(*tensor)) for name, tensor in state.items()))
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(f"{root}/data.pkl", pickled.getvalue())
        archive.writestr(f"{root}/byteorder", "little")
        for n, values in enumerate(storages):
            archive.writestr(f"{root}/data/{n}", values)
    return data.getvalue()


@pytest.fixture
def _torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put names in the place of PyTorch, so that a pickle can name them."""
    package, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(package, name, type(name, (), {"__module__": "torch"}))

    def rebuild() -> None: ...

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = (
        "torch._utils",
        "_rebuild_tensor_v2",
        "_rebuild_tensor_v2",
    )
    utils._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", package)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


@pytest.mark.usefixtures("_torch")
def test_a_state_of_pytorch_is_compared_by_the_names_of_its_tensors() -> None:
    """The archive's own name, and how a matrix is stored, are no difference; a weight is."""
    weights = np.arange(6, dtype="f4").reshape(2, 3)
    state: dict[str, Any] = {"layer.weight": (weights, "FloatStorage"), "steps": (np.array([3]), "LongStorage")}
    left = torch(state)
    turned = {**state, "layer.weight": (np.asfortranarray(weights), "FloatStorage")}
    assert differing(asked("pytorch", left, torch(turned, root="model"))) == {}
    other = {**state, "layer.weight": (weights + np.eye(2, 3, dtype="f4") * 2**-20, "FloatStorage")}
    found = asked("pytorch", left, torch(other))
    assert differing(found) == {"$.layer.weight": 2}
    assert asked("pytorch", left, torch(other), tolerance={"*": [1e-5, None]})["difference"]["within"] == 2
    assert asked("pytorch", left, b"PK")["trouble"].startswith("candidate file: no sound zip archive")


# -- XGBoost's binary JSON --------------------------------------------------------------------------------------------


def test_binary_json_is_read_as_the_json_that_it_is(tmp_path: Path) -> None:
    """Arrays with a type and count, texts, constants; what is cut or goes on is refused."""
    path = tmp_path / "m.ubj"
    path.write_bytes(
        b"{U\x01a[$l#U\x02\x00\x00\x00\x01\xff\xff\xff\xffU\x01b[SU\x02hiTFZ]U\x01dd" + struct.pack(">f", 0.5) + b"}"
    )
    assert read_ubjson(path) == {"a": [1, -1], "b": ["hi", True, False, None], "d": 0.5}


# -- hostile files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["npy", "npz", "pickle", "safetensors"])
def test_whatever_bytes_are_spoiled_the_answer_is_a_difference_or_a_reason(form: str) -> None:
    """100 files with a bit turned or cut short: no other end, and no equal where values changed."""
    sound = {
        "npy": npy(np.arange(20.0)),
        "npz": npz(w=np.arange(20.0), packed=True),
        "pickle": pickle.dumps({"m": ARRAYS, "t": "text"}),
        "safetensors": safetensors(w=("F64", [20], np.arange(20.0).tobytes())),
    }[form]
    draw = random.Random(7)
    for _ in range(100):
        at = draw.randrange(len(sound))
        turned = sound[:at] + bytes([sound[at] ^ (1 << draw.randrange(8))]) + sound[at + 1 :]
        answer = asked(form, sound, turned if draw.random() < 0.7 else sound[:at])
        assert answer.keys() in ({"difference"}, {"trouble"})
