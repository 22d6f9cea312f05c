"""Documents are read strictly, here where they are small and else in a process of their own, to the same answer."""

from __future__ import annotations

import json
import os
import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.compare import document_format
from harness.compare.documents import read
from harness.compare.format import Difference, NotCompared
from harness.compare.formats import FORMATS
from harness.model.finding import NoiseClass
from harness.model.job import CompareRule, Tolerance

EXACT = CompareRule("*")
NEAR = CompareRule("*", tolerance={"*": Tolerance(absolute=1e-6)})


def compare(folder: Path, form: str, left: str, right: str, rule: CompareRule = EXACT) -> Difference:
    """Compare two texts of a form."""
    (folder / "a").write_text(left, encoding="utf-8")
    (folder / "b").write_text(right, encoding="utf-8")
    compares = FORMATS.get(form).compare
    assert compares is not None
    return compares(folder / "a", folder / "b", rule)


@pytest.mark.parametrize(
    ("form", "text", "says"),
    [
        ("json", '{"a":1,"a":2}', "candidate file: byte 7"),
        ("json", '{"a":', "candidate file: byte 5"),
        ("json", "", "candidate file: byte 0"),
        ("json", "[1]\n[2]", "candidate file: byte 4"),
        ("jsonl", '{"a":1}\n{"a"', "candidate file: line 2: byte"),
        ("yaml", "a: 1\na: 2\n", "candidate file: line 2"),
        ("yaml", "a: &b 1\nc: *d\n", "candidate file: line"),
        ("xgboost", "{U", "candidate file: it ends within a value"),
    ],
)
@pytest.mark.parametrize("small", [True, False], ids=["here", "in a process of its own"])
def test_a_document_of_two_meanings_or_of_none_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, text: str, says: str, *, small: bool
) -> None:
    """Duplicate keys and cut files are refused where they begin; nothing is said of what they hold."""
    if not small:
        monkeypatch.setattr(document_format, "SMALL_BYTES", -1)
    sound = {"yaml": "a: 1\n"}.get(form, '{"a": 1}')
    with pytest.raises(NotCompared, match=says):
        compare(tmp_path, form, sound, text)
    assert compare(tmp_path, form, sound, sound).equal


def test_a_word_of_yaml_that_has_two_meanings_is_equal_to_itself_only(tmp_path: Path) -> None:
    """An id with leading zeros is neither the number nor the quoted text; two documents in one file are not read."""
    assert compare(tmp_path, "yaml", "id: 0010 # a\n", "id: 0010\n").equal
    for other in ("id: 10\n", 'id: "0010"\n', "id: 8\n", "id: 0011\n"):
        assert not compare(tmp_path, "yaml", "id: 0010\n", other).equal
    with pytest.raises(NotCompared, match="candidate file: 2 documents, where one is expected"):
        compare(tmp_path, "yaml", "- 1\n- 2\n", "1\n---\n2\n")


def test_a_document_over_the_limit_is_named_by_its_size_and_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the limit it is read; a limit in bytes, so that the machine's load changes nothing."""
    monkeypatch.setattr(read, "DOCUMENT_BYTES_MAX", 8)
    assert compare(tmp_path, "json", '{"a": 1}', '{"a":1}').equal
    with pytest.raises(NotCompared, match="candidate file: 9 bytes, more than the 8 that are compared value by value"):
        compare(tmp_path, "json", '{"a": 1}', '{"a": 10}')


def test_a_pipe_in_a_documents_place_is_not_waited_for(tmp_path: Path) -> None:
    """Opening one without a writer never returns."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "m").write_text("1")
    compares = FORMATS.get("json").compare
    assert compares is not None
    with pytest.raises(NotCompared, match="legacy file: its payload is gone"):
        compares(tmp_path / "pipe", tmp_path / "m", EXACT)


def test_pythons_nan_and_infinity_are_numbers(tmp_path: Path) -> None:
    """NaN is NaN and near nothing; an infinity is itself."""
    one = '{"a": NaN, "b": Infinity, "c": 1}'
    assert compare(tmp_path, "json", one, '{"c": 1.0, "b": Infinity, "a": NaN}', NEAR).equal
    found = compare(tmp_path, "json", one, '{"a": 1, "b": -Infinity, "c": NaN}', NEAR)
    assert found.fields == {"$.a", "$.b", "$.c"}


def test_lines_are_compared_by_their_number(tmp_path: Path) -> None:
    """Each is a document; a side that has more has them alone, and blank lines are none."""
    rows = [{"p": 0.5}, {"p": 0.25}]
    left = "".join(f"{json.dumps(row)}\n" for row in rows)
    assert compare(tmp_path, "jsonl", left, left.replace("0.5", "0.50000001") + "\n", NEAR).within == 1
    found = compare(tmp_path, "jsonl", left, '{"p": 0.5}\n{"p": 0.75}\n{"p": 1}\n')
    assert [(sample.where, sample.candidate) for sample in found.samples] == [("$[1].p", "0.75"), ("$[2]", '{"p": 1}')]


def test_yaml_is_compared_by_value(tmp_path: Path) -> None:
    """Order of keys, quotes and how a number is written are no difference; a value is."""
    assert compare(tmp_path, "yaml", "auc: 0.910\nname: a\n", "name: 'a'\nauc: 0.91\n").equal
    assert not compare(tmp_path, "yaml", "auc: 0.91\n", "auc: 0.92\n").equal


def test_xgboosts_numbers_are_compared_in_its_precision(tmp_path: Path) -> None:
    """Of 32 bits, some of them in texts; the next such float is another one."""
    assert compare(tmp_path, "xgboost", '{"w": [0.1], "b": "5E-1"}', '{"w": [0.10000000149011612], "b": "0.5"}').equal
    assert not compare(tmp_path, "xgboost", '{"w": [0.1]}', '{"w": [0.10000001]}').equal
    assert not compare(tmp_path, "xgboost", '{"b": "5E-1"}', '{"b": "0.51"}').equal


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(-2, 2), st.text("ab", max_size=2)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text("ab", max_size=2), inner, max_size=3)),
    max_leaves=8,
)


@given(VALUES, VALUES)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_process_of_its_own_gives_the_same_answer(tmp_path: Path, left: Any, right: Any) -> None:
    """Size decides where documents are read, and nothing else."""
    texts = json.dumps(left), json.dumps(right)
    here = compare(tmp_path, "json", *texts, NEAR)
    limit = document_format.SMALL_BYTES
    document_format.SMALL_BYTES = -1
    try:
        there = compare(tmp_path, "json", *texts, NEAR)
        noise = FORMATS.get("json").noise
        assert noise is not None
        apart = list(noise(tmp_path / "a", tmp_path / "b", NEAR))
    finally:
        document_format.SMALL_BYTES = limit
    assert there == here
    assert list(noise(tmp_path / "a", tmp_path / "b", NEAR)) == apart
    assert here.equal is not any(field.above for field in apart)


def test_noise_of_lines_is_by_field_and_not_by_line(tmp_path: Path) -> None:
    """What moves in any line, moves."""
    (tmp_path / "a").write_text('{"p": 0.5, "id": "a1b2c3d4"}\n{"p": 1, "id": "x"}\n')
    (tmp_path / "b").write_text('{"p": 0.5, "id": "b2c3d4e5"}\n{"p": 2, "id": "x"}\n')
    noise = FORMATS.get("jsonl").noise
    assert noise is not None
    found = {field.name: (field.kind, field.above) for field in noise(tmp_path / "a", tmp_path / "b", EXACT)}
    assert found == {"$[*].p": (NoiseClass.JITTER, True), "$[*].id": (NoiseClass.RANDOM_ID, True)}


def test_whatever_bytes_are_spoiled_the_answer_is_a_difference_or_a_reason(tmp_path: Path) -> None:
    """A bit turned in a model of XGBoost or in lines."""
    sound = (Path(__file__).parents[1] / "recorded" / "outputs" / "xgb-json-ubj" / "candidate" / "m.ubj").read_bytes()
    (tmp_path / "a").write_bytes(sound)
    draw = random.Random(3)
    compares = FORMATS.get("xgboost").compare
    assert compares is not None
    for _ in range(30):
        at = draw.randrange(len(sound))
        (tmp_path / "b").write_bytes(sound[:at] + bytes([sound[at] ^ (1 << draw.randrange(8))]) + sound[at + 1 :])
        with suppress(NotCompared):
            assert isinstance(compares(tmp_path / "a", tmp_path / "b", EXACT), Difference)
