"""`parity diff`: two places by the rules of outputs, without a campaign; its codes, its words and its page."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import boto3
import moto_process
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft7Validator, Draft202012Validator

import harness
from harness.cli.main import parity
from harness.model.finding import Outcome

EQUAL, DIFFERENT, REFUSED, UNDECIDED = 0, 1, 2, 3


def run(*arguments: str | Path) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(parity, ["diff", *map(str, arguments)])


def write(folder: Path, **files: str) -> Path:
    """Write files; `__` in a name is a dot."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_two_tables_by_options_and_by_a_file_of_rules(tmp_path: Path) -> None:
    """The cell is shown with its key; what the rule says is printed."""
    left = write(tmp_path, a__csv="id,score\n1,0.5\n2,0.25\n") / "a.csv"
    right = write(tmp_path, b__csv="id,score\n2,0.25\n1,0.625\n") / "b.csv"
    found = run(left, right, "--key", "id")
    assert found.exit_code == DIFFERENT
    assert found.stdout == (
        "Different: 1 different.\n"
        f"left (called legacy below):     {left}\nright (called candidate below): {right}\n"
        "different: a.csv, as csv: 1 of 2 rows differ in score.\n"
        "    id=1 column score: 0.5 | 0.625 (largest difference of the column: 0.125)\n"
        "rule *: rows by key (id)\n"
    )
    assert run(left, right, "--key", "id", "--tolerance", "score=0.125").exit_code == EQUAL
    assert run(left, right, "--key", "id", "--tolerance", "25%").exit_code == EQUAL
    assert run(left, right, "--key", "id", "--ignore", "score").exit_code == EQUAL
    rules = write(tmp_path, r__yaml="rules:\n- {files: '*.csv', key: [id], tolerance: {score: {absolute: 0.125}}}\n")
    near = run(left, right, "--rules", rules / "r.yaml")
    assert near.exit_code == EQUAL
    assert "equal: a.csv, as csv: Both hold the same, 1 value within tolerance." in near.stdout
    assert "rule *.csv: rows by key (id); tolerance of score: 0.125" in near.stdout


def test_folders_are_compared_member_by_member_those_that_differ_first(tmp_path: Path) -> None:
    """With what only one side has; a link is what it says."""
    left = write(tmp_path / "l", a__json='{"x": 1}', b__json="[1]", only__txt="")
    right = write(tmp_path / "r", a__json='{"x":1.0}', b__json="[2]", other__txt="")
    for folder in (left, right):
        (folder / "link").symlink_to("/etc/passwd")
    found = run(left, right)
    assert found.exit_code == DIFFERENT
    lines = found.stdout.splitlines()
    assert lines[0] == "Different: 1 different, 2 equal, 1 only on the left, 1 only on the right."
    assert lines[3:5] == ["only on the left: only.txt", "only on the right: other.txt"]
    assert lines[5].startswith("different: b.json, as json: 1 of 1 values differ")
    assert any(line.startswith("equal: link, as bytes: Both are a symlink to /etc/passwd.") for line in lines)


def test_a_data_set_is_one_member_whatever_its_parts_are_called(tmp_path: Path) -> None:
    """As in a campaign."""
    for side, parts in (("l", 1), ("r", 3)):
        (tmp_path / side / "day=1").mkdir(parents=True)
        for n in range(parts):
            rows = pa.table({"id": list(range(6))[n::parts]})
            pq.write_table(rows, tmp_path / side / "day=1" / f"part-{n}-{side * 8}.parquet")
    found = run(tmp_path / "l", tmp_path / "r", "--key", "id", "--output", "json")
    assert found.exit_code == EQUAL
    (member,) = json.loads(found.stdout)["members"]
    assert (member["name"], member["form"], member["files"]) == ("*.parquet", "parquet", [1, 3])


def test_archives_are_streamed_and_one_that_is_cut_is_undecided(tmp_path: Path) -> None:
    """Times and order of members are no difference."""
    left = write(tmp_path / "l", a__txt="same", b__txt="same")
    for name, members in (("1.tar.gz", ("a.txt", "b.txt")), ("2.tar.gz", ("b.txt", "a.txt"))):
        with tarfile.open(tmp_path / name, "w:gz") as archive:
            for member in members:
                archive.add(left / member, member)
    assert run(tmp_path / "1.tar.gz", tmp_path / "2.tar.gz").exit_code == EQUAL
    assert run(tmp_path / "1.tar.gz", left).exit_code == EQUAL
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes((tmp_path / "1.tar.gz").read_bytes()[:-9])
    found = run(tmp_path / "1.tar.gz", cut)
    assert found.exit_code == UNDECIDED
    assert found.stdout.startswith(f"Undecided: {cut}: ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["a.csv", "nothing.csv"], "nothing.csv: no such file or folder"),
        (["a.csv", "a.csv", "--tolerance", "small"], "--tolerance small: write a number or a percentage"),
        (["a.csv", "a.csv", "--form", "parqet"], "the command line:1:"),
        (["a.csv", "a.csv", "--form", "bytes", "--tolerance", "1"], "the same bytes only"),
        (["a.csv", "a.csv", "--rules", "r.yaml", "--key", "id"], "leave out --key"),
        (["a.csv", "a.csv", "--rules", "wrong.yaml"], "wrong.yaml:2:"),
        (["a.csv", "a.csv", "--rules", "gone.yaml"], "a readable file with `rules:`"),
        (["a.csv", "s3:///x"], "no bucket; write s3://BUCKET/PREFIX"),
    ],
)
def test_what_can_not_be_asked_is_refused_with_what_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    """Code 2, and nothing is compared."""
    monkeypatch.chdir(write(tmp_path, a__csv="id\n1\n", r__yaml="rules: []\n", wrong__yaml="rules:\n- {file: '*'}\n"))
    found = run(*arguments)
    assert (found.exit_code, says in found.stderr) == (REFUSED, True), found.stderr


def test_what_no_format_can_follow_is_undecided(tmp_path: Path) -> None:
    """With advice; and so is nothing at all."""
    left, right = write(tmp_path / "l", w__bin="1"), write(tmp_path / "r", w__bin="2")
    found = run(left, right, "--tolerance", "0.1")
    assert found.exit_code == UNDECIDED
    assert (
        "Not opened: its rule says `tolerance`, and no format that reads such a file is named: say `form:`."
        in found.stdout
    )
    assert run(left, right).exit_code == DIFFERENT
    assert run(write(tmp_path / "x"), write(tmp_path / "y")).exit_code == UNDECIDED


def test_the_answer_has_the_schema_that_is_printed_and_the_page_asks_for_nothing(tmp_path: Path) -> None:
    """Names and values of a job are escaped, and control characters shown."""
    bad = "<script>alert(1)</script>"
    left = write(tmp_path / "l", a__csv=f"id,t\n1,{bad}\n")
    right = write(tmp_path / "r", a__csv="id,t\n1,\x1b[31mred\n", **{bad.replace("/", ""): ""})
    found = run(left, right, "--key", "id", "--output", "json", "--html", tmp_path / "page.html")
    answer = json.loads(found.stdout)
    schema = json.loads(CliRunner().invoke(parity, ["schema", "--of", "diff"]).stdout)
    Draft202012Validator(schema).validate(answer)
    assert not Draft7Validator({"required": ["nothing"]}).is_valid(answer)
    assert (answer["outcome"], answer["schema"]) == ("MISMATCH", "parity-diff/1")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert bad not in page
    assert "&lt;script&gt;" in page
    assert "\x1b" not in run(left, right, "--key", "id").stdout


def test_the_same_from_python(tmp_path: Path) -> None:
    """As typed values; an array's tolerance by its name."""
    np.savez(tmp_path / "a.npz", w=np.ones(3), b=np.zeros(1))
    np.savez(tmp_path / "b.npz", w=np.ones(3) + 1e-9, b=np.zeros(1))
    rule = harness.CompareRule("*", tolerance={"w": harness.Tolerance(absolute=1e-6)})
    found: harness.Comparison = harness.diff(tmp_path / "a.npz", tmp_path / "b.npz", [rule])
    assert (found.outcome, found.members[0].within) == (Outcome.MATCH, 3)
    assert harness.diff(tmp_path / "a.npz", tmp_path / "b.npz").outcome is Outcome.MISMATCH


def test_prefixes_of_a_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a folder; one object is a file."""
    with moto_process.serving() as url:
        for name, value in (
            ("AWS_ENDPOINT_URL", url), ("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
        ):  # fmt: skip
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="out")
        for key, body in (
            ("run1/a.json", b"[1]"),
            ("run1/x/b.txt", b"same"),
            ("run2/a.json", b"[1.0]"),
            ("run2/x/b.txt", b"same"),
        ):
            client.put_object(Bucket="out", Key=key, Body=body)
        assert run("s3://out/run1", "s3://out/run2/").exit_code == EQUAL
        assert run("s3://out/run1/a.json", write(tmp_path, a__json="[2]") / "a.json").exit_code == DIFFERENT
        gone = run("s3://out/run1", "s3://out/run3")
        assert (gone.exit_code, "no object there" in gone.stderr) == (REFUSED, True)
        client.close()


def test_the_command_needs_no_client_and_no_engine_to_start() -> None:
    """Help is fast."""
    code = "import sys, harness.cli.main; assert not {'duckdb', 'boto3', 'numpy', 'jinja2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
