"""The shim never changes a job's ending, and writes down what the process saw."""

from __future__ import annotations

import ast
import gzip
import hashlib
import hmac
import io
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time
import venv
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.backends import staging
from harness.sandbox import process
from harness.shim import shim

if TYPE_CHECKING:
    from conftest import Bench

KEY = bytes.fromhex("00ff" * 8)
WRITES = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_bytes(b'x' * int(sys.argv[2]))"


def keyed(text: str) -> str:
    """Give what a secret is replaced by."""
    return "hmac-sha256:" + hmac.new(KEY, text.encode(), "sha256").hexdigest()


def until_there(path: Path) -> None:
    """Wait until a file is there, within bounds."""
    ends = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < ends, f"{path} never came"
        time.sleep(0.02)


# -- as a file --------------------------------------------------------------------------------------------------------


def test_it_is_python_3_8_and_imports_the_standard_library_only() -> None:
    """It travels alone into whatever image the job has; the control shows that newer syntax is found."""
    tree = ast.parse(Path(shim.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
    found = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {str(name).partition(".")[0] for name in found} <= sys.stdlib_module_names
    with pytest.raises(SyntaxError):
        ast.parse("match x:\n    case 1: pass", feature_version=(3, 8))


# -- endings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "left", "number"),
    [
        ("raise SystemExit(0)", 0, None),
        ("raise SystemExit(3)", 3, None),
        ("raise SystemExit(137)", 137, None),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137, 9),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", 139, 11),
    ],
)
def test_the_exit_code_is_the_jobs(bench: Bench, code: str, left: int, number: int | None) -> None:
    """A code of 137 and a kill are the same to the outside, and told apart in the record."""
    assert bench.run(bench.python(code)).returncode == left
    assert (bench.record["exit_code"], bench.record["signal"], bench.record["troubles"]) == (left, number, [])


@pytest.mark.parametrize(("command", "left"), [("no-such-program", 127), ("/etc/passwd", 126)])
def test_a_command_that_cannot_start_ends_as_in_a_shell(bench: Bench, command: str, left: int) -> None:
    """And the record says why."""
    assert bench.run(bench.spec(command)).returncode == left
    assert bench.record["exit_code"] == left
    assert bench.record["troubles"][0].startswith("start: ")


def test_a_specification_that_is_not_the_planned_one_is_refused(bench: Bench) -> None:
    """97, before anything of the job runs; the right digest runs it."""
    spec = bench.python("import pathlib; pathlib.Path('ran').touch()", working_directory=str(bench.folder))
    refused = bench.run(spec, digest="0" * 64)
    assert (refused.returncode, (bench.folder / "ran").exists(), bench.kept) == (97, False, {})
    assert b"not the planned one" in refused.stderr
    assert bench.run(spec).returncode == 0
    assert (bench.folder / "ran").exists()


def test_what_the_job_prints_is_left_as_it_is(bench: Bench) -> None:
    """Byte by byte on both streams, also when it is no text; lines before and after it say that it is all."""
    code = "import sys; sys.stdout.buffer.write(b'out\\xff\\n'); sys.stderr.buffer.write(b'err\\xfe\\n')"
    said = bench.run(bench.python(code))
    assert (said.stdout, said.stderr) == (
        b"out\xff\n",
        b"parity-shim: start of log\nerr\xfe\nparity-shim: end of log\n",
    )
    assert bench.record["log_started"] is True


# -- what the shim cannot do ------------------------------------------------------------------------------------------


def test_a_record_that_cannot_be_sent_changes_nothing(bench: Bench) -> None:
    """Said on stderr, without the URL's signature."""
    spec = bench.python("raise SystemExit(3)", record_grant="denied")
    bench.granted["denied"] = {"url": f"{bench.url}/refuses/record?X-Amz-Signature=hush"}
    said = bench.run(spec)
    assert (said.returncode, "/record" in bench.kept) == (3, False)
    assert b"the record could not be sent" in said.stderr
    assert b"hush" not in said.stderr


def test_a_store_that_is_not_there_changes_nothing(bench: Bench) -> None:
    """Nor does a grant that was never given."""
    bench.granted["nowhere"] = {"url": "http://127.0.0.1:9/record"}
    for name in ("nowhere", "never-granted"):
        assert bench.run(bench.python("raise SystemExit(5)", record_grant=name, heartbeat_grant=name)).returncode == 5


def test_grants_that_cannot_be_read_are_a_trouble(bench: Bench) -> None:
    """The job runs and its code is kept; there is nowhere to send the record to."""
    spec = bench.python("raise SystemExit(6)", grants_path=str(bench.folder / "none.json"))
    said = bench.run(spec)
    assert (said.returncode, bench.kept) == (6, {})
    assert b"grants: FileNotFoundError" in said.stderr


def test_an_ignored_end_of_children_loses_no_exit_code(bench: Bench) -> None:
    """Some launchers leave SIGCHLD ignored."""
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # noqa: E731 - one word for one call
    assert bench.run(bench.python("raise SystemExit(9)"), preexec_fn=ignore).returncode == 9


@pytest.mark.parametrize("below", ["/refuses", "/broken"])
def test_an_upload_that_fails_is_a_trouble_and_the_exit_code_stays(bench: Bench, below: str) -> None:
    """Also when the store says 200 and puts an error into the body, as S3 may."""
    bench.grant("output-model", below)
    model = str(bench.folder / "model" / "a")
    spec = bench.python(WRITES, outputs=[bench.output("model", grant=True)])
    spec["command"] += [model, "10"]
    assert bench.run(spec).returncode == 0
    assert [trouble.partition(":")[0] for trouble in bench.record["troubles"]] == ["upload model"]
    assert "hush" not in json.dumps(bench.record)
    assert bench.record["outputs"]["model"]["files"][0]["bytes"] == 10


def test_an_output_larger_than_its_grant_is_a_trouble(bench: Bench) -> None:
    """It is never completed, so that no half of it is taken for the whole."""
    bench.grant("output-model", parts=1)
    code = "import os, sys; open(sys.argv[1] + '/a', 'wb').write(os.urandom(900))"
    spec = bench.python(code, outputs=[bench.output("model", grant=True)])
    spec["command"] += [str(bench.folder / "model")]
    assert bench.run(spec).returncode == 0
    assert "larger than the output's bytes_max" in bench.record["troubles"][0]
    assert "/output-model/complete" not in bench.kept


def test_closed_standard_streams_change_nothing(bench: Bench) -> None:
    """Neither a closed stdout nor a stderr that takes nothing, although the shim has a trouble to tell."""
    spec = bench.python("raise SystemExit(3)", record_grant="never-granted", heartbeat_grant="never-granted")
    command = bench.command(spec)
    closed = subprocess.run(["/bin/sh", "-c", 'exec "$@" >&- 2>&-', "sh", *command], timeout=60, check=False)
    assert closed.returncode == 3
    with Path("/dev/full").open("wb") as full:
        assert subprocess.run(command, stdout=full, stderr=full, timeout=60, check=False).returncode == 3


def test_a_full_disk_is_the_jobs_own_trouble(bench: Bench) -> None:
    """With no room to write a byte the shim still hands over what needs no file, and keeps the exit code."""

    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))

    code = "import sys\ntry:\n    open(sys.argv[1], 'wb', 0).write(b'x')\nexcept OSError as e:\n    sys.exit(e.errno)"
    spec = bench.python(code, parameters=bench.parameters({"depth": 3}, "file"))
    spec["command"] += [str(bench.folder / "file")]
    assert bench.run(spec, preexec_fn=no_room).returncode == 27
    assert bench.record["exit_code"] == 27
    assert bench.record["troubles"][0].startswith("parameters: OSError")


# -- signals and orphans ----------------------------------------------------------------------------------------------

needs_namespaces = pytest.mark.skipif(
    process.detect() is not process.Isolation.NAMESPACES, reason="this kernel lets nobody make namespaces"
)
HEARS = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
pathlib.Path('ready').touch()
time.sleep(60)
"""
DEAF = "import pathlib, time; pathlib.Path('ready').touch(); time.sleep(3); raise SystemExit(0)"


def as_pid_1(bench: Bench, spec: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start the shim as PID 1, as a container does."""
    return subprocess.Popen([*process._unshare(), *bench.command(spec)], cwd=bench.folder, stderr=subprocess.DEVNULL)


def inner(started: subprocess.Popen[bytes]) -> int:
    """Find PID 1 as the host numbers it."""
    return int(Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text(encoding="ascii").split()[0])


@needs_namespaces
@pytest.mark.parametrize(("code", "left"), [(HEARS, 7), (DEAF, 0)], ids=["handles", "does-not"])
def test_a_signal_reaches_a_child_only_if_it_handles_it(bench: Bench, code: str, left: int) -> None:
    """As PID 1 it would ignore what it does not handle; the shim makes no difference."""
    with as_pid_1(bench, bench.python(code, working_directory=str(bench.folder))) as started:
        until_there(bench.folder / "ready")
        os.kill(inner(started), signal.SIGTERM)
        assert started.wait(60) == left
    assert (bench.record["exit_code"], bench.record["process"]["pid 1"]) == (left, "true")


@needs_namespaces
def test_signals_after_the_jobs_end_cost_neither_record_nor_code(bench: Bench) -> None:
    """A pod is deleted while the shim carries out what the job left: there is nobody to pass a signal to."""
    code = "import subprocess; subprocess.Popen(['sh', '-c', 'while kill -TERM 1; do :; done']); raise SystemExit(5)"
    with as_pid_1(bench, bench.python(code)) as started:
        assert started.wait(60) == 5
    assert (bench.record["exit_code"], bench.record["troubles"]) == (5, [])


@needs_namespaces
def test_orphans_are_reaped(bench: Bench) -> None:
    """Many grandchildren whose parent has gone leave no zombie behind."""
    code = """
import os, pathlib, subprocess, time
for _ in range(20):
    subprocess.run(["/bin/sh", "-c", "sleep 0.1 & exit 0"])
time.sleep(1)
states = [each.read_text().rpartition(")")[2].split()[0] for each in pathlib.Path("/proc").glob("[0-9]*/stat")]
raise SystemExit(states.count("Z"))
"""
    with as_pid_1(bench, bench.python(code)) as started:
        assert started.wait(60) == 0


# -- the record -------------------------------------------------------------------------------------------------------


def test_the_record_tells_of_moments_streams_and_process(bench: Bench) -> None:
    """The first instruction lies between start and end, and the heartbeat told of it before."""
    before = time.time()
    bench.run(bench.python("print(1)", libraries=["duckdb", "no-such-library"]))
    record = bench.record
    assert before <= record["started_seconds"] <= record["first_instruction_seconds"] <= record["finished_seconds"]
    beat = json.loads(bench.kept["/heartbeat"])
    assert beat == {"run": "run-1", "first_instruction_seconds": record["first_instruction_seconds"]}
    assert record["libraries"] == {"duckdb": metadata.version("duckdb"), "no-such-library": "absent"}
    assert record["process"]["python"] == sys.version.split()[0]
    assert record["process"]["uid"] == str(os.getuid())
    assert record["max_rss_bytes"] > 1_000_000
    assert (record["schema"], record["run"], record["refused"]) == ("parity.record/1", "run-1", "")


TYPED = {"depth": 3, "rate": 0.5, "name": "a b", "deep": {"x": [1, True, None]}, "on": True, "none": None}
TEXT = {"depth": "3", "rate": "0.5", "name": "a b", "deep": '{"x":[1,true,null]}', "on": "true", "none": "null"}
SHOWS = {
    "argv": "import sys; it = iter(sys.argv[1:]); print(json.dumps({k[2:]: v for k, v in zip(it, it)}))",
    "env": f"import os; print(json.dumps({{k: os.environ[k.upper()] for k in {list(TYPED)}}}))",
    "file": "print(open('parameters.json').read())",
}


@pytest.mark.parametrize(
    ("delivery", "shape", "read"),
    [("argv", "json", TEXT), ("env", "json", TEXT), ("file", "json", TYPED), ("file", "strings", TEXT)],
)
def test_parameters_are_recorded_as_the_job_reads_them(
    bench: Bench, delivery: str, shape: str, read: dict[str, Any]
) -> None:
    """With their types: a number that became a string is seen; the job prints what it got."""
    spec = bench.python(
        f"import json; {SHOWS[delivery]}", parameters=bench.parameters(TYPED, delivery, shape),
        working_directory=str(bench.folder),
    )  # fmt: skip
    assert json.loads(bench.run(spec).stdout) == read
    assert {name: each["value"] for name, each in bench.record["parameters"].items()} == read
    types = {name: each["type"] for name, each in bench.record["parameters"].items()}
    typed = {"depth": "int", "rate": "float", "name": "str", "deep": "map", "on": "bool", "none": "null"}
    assert types == (typed if read is TYPED else dict.fromkeys(typed, "str"))


def test_a_file_that_the_platform_wrote_is_read_not_written(bench: Bench) -> None:
    """What stands there counts, whatever the plan says."""
    (bench.folder / "parameters.json").write_text('{"depth": "7"}', encoding="utf-8")
    bench.run(bench.python("", parameters=bench.parameters({"depth": 3}, "platform-file")))
    assert bench.record["parameters"] == {"depth": {"type": "str", "value": "7"}}


def test_a_relocated_job_gets_the_stand_in_and_the_record_the_path_that_was_meant(bench: Bench) -> None:
    """Where nothing can be mounted: in command, environment and outputs; else each pair's paths would differ."""
    moved = {"/opt/ml": str(bench.folder / "ml"), "/opt/ml/model": str(bench.folder / "other")}
    code = "import os, pathlib, sys; assert sys.argv[1] == os.environ['OUT']; pathlib.Path(sys.argv[1], 'a').touch()"
    spec = bench.python(code, outputs=[{**bench.output("model"), "path": "/opt/ml/model"}])
    spec["command"] += ["/opt/ml/model"]
    spec["environment"]["values"] = {"OUT": "/opt/ml/model", "IN": "file:///opt/ml/input", "NO": "/opt/mlx"}
    said = bench.run(spec, environment={"PARITY_PATHS": json.dumps(moved), "PRE": moved["/opt/ml/model"] + "/b"})
    assert (said.returncode, (bench.folder / "other" / "a").exists()) == (0, True)
    seen = bench.record["environment"]
    expected = {"OUT": "/opt/ml/model", "IN": "file:///opt/ml/input", "NO": "/opt/mlx", "PRE": "/opt/ml/model/b"}
    assert {name: seen[name] for name in expected} == expected
    assert "PARITY_PATHS" not in seen


# -- what surrounds the process ---------------------------------------------------------------------------------------


def test_every_library_that_the_jobs_python_finds_is_listed(bench: Bench) -> None:
    """Not only named ones; on its path the first of a name counts, and PYTHONPATH is before all."""
    added = bench.folder / "added" / "numpy-0.0.1.dist-info"
    added.mkdir(parents=True)
    (added / "METADATA").write_text("Metadata-Version: 2.1\nName: NumPy\nVersion: 0.0.1\n", encoding="utf-8")
    bench.run(bench.python(""))
    installed = bench.record["distributions"]
    assert installed["numpy"] == metadata.version("numpy")
    assert installed["ruamel-yaml"] == metadata.version("ruamel.yaml")
    bench.run(bench.python(""), environment={"PYTHONPATH": str(added.parent)})
    assert bench.record["distributions"] == {**installed, "numpy": "0.0.1"}
    spec = bench.python("")
    spec["environment"]["values"] = {"PYTHONPATH": str(added.parent)}
    bench.run(spec)
    assert bench.record["distributions"] == {**installed, "numpy": "0.0.1"}


def test_another_python_of_the_image_is_asked_for_its_own_libraries(bench: Bench) -> None:
    """The one that the command names is the one that computes."""
    venv.create(bench.folder / "other", with_pip=False, symlinks=True)
    spec = bench.spec("python", "-c", "")
    spec["environment"]["values"] = {"PATH": f"{bench.folder}/other/bin:{os.environ['PATH']}"}
    bench.run(spec)
    assert (bench.record["distributions"], bench.record["troubles"]) == ({}, [])
    bench.run(bench.spec("sh", "-c", "exit 0"))
    assert "numpy" in bench.record["distributions"]


def test_mounts_are_listed_but_for_the_kernels_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Escaped names are read as names; a stand-in that shows the host's folders says which mounts are its own."""
    table = tmp_path / "mountinfo"
    table.write_text(
        "1 0 8:1 / / rw - ext4 /dev/sda rw\n"
        "2 1 0:5 / /proc rw,nosuid - proc proc rw\n"
        "3 1 0:6 / /dev/shm rw,nosuid shared:3 - tmpfs shm rw\n"
        "4 1 0:7 / /dev/mqueue rw - mqueue m rw\n"
        "5 1 8:1 /var/x /data\\040set ro,relatime - ext4 /dev/sda rw\n"
        "6 1 8:1 /usr /usr rw - ext4 /dev/sda rw\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(shim, "MOUNT_TABLE", str(table))
    every = {"/dev/shm": "rw tmpfs", "/data set": "ro ext4", "/usr": "rw ext4"}
    assert shim.mounts(None, []) == every
    assert shim.mounts(json.dumps(["/data set", "/absent"]), []) == {"/data set": "ro ext4"}
    assert shim.mounts(None, [("/opt/ml", "/x")]) == {"/opt/ml": "relocated"}


def test_facts_of_the_process_are_those_of_this_machine(bench: Bench) -> None:
    """Each by another way than the shim's; what is not to be had is left out and is no trouble."""
    bench.run(bench.python(""))
    facts = bench.record["process"]
    expected = {
        "python": sys.version.split()[0], "uid": str(os.getuid()), "cpus": str(len(os.sched_getaffinity(0))),
        "kernel": os.uname().release, "open files": str(resource.getrlimit(resource.RLIMIT_NOFILE)[0]),
        "time zone": "/".join(time.tzname),
    }  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert {"cpu features", "memory", "shared memory", "locale", "stack"} <= set(facts)
    assert bench.record["troubles"] == []


def test_an_input_is_what_a_job_reads_in_it_through_links_as_well(tmp_path: Path) -> None:
    """Another content behind the same link is another input; nothing there is the digest of nothing."""
    found = []
    for content in (b"111", b"222", b"222"):
        root, behind = tmp_path / f"in{len(found)}", tmp_path / f"behind{len(found)}"
        root.mkdir()
        behind.write_bytes(content)
        (root / "train.csv").symlink_to(behind)
        found.append(shim.input_facts(root))
    assert found[0]["sha256"] != found[1]["sha256"] == found[2]["sha256"]
    assert [entry["files"] for entry in found] == [1, 1, 1]
    folder = tmp_path / "linked"
    folder.mkdir()
    (folder / "sub").symlink_to(tmp_path / "in0")
    (folder / "round").symlink_to(folder)
    assert [name for name, _ in shim.files_below(folder, links=True)] == ["sub/train.csv"]
    assert shim.files_below(folder) == []
    (tmp_path / "empty").mkdir()
    assert shim.input_facts(tmp_path / "empty")["sha256"] == hashlib.sha256().hexdigest()


def test_secrets_are_recorded_as_keyed_hashes_only(bench: Bench) -> None:
    """Declared ones, and what looks like one by name or by value; equal ones are seen to be equal."""
    environment = {"COLOUR": "green", "PLAIN": "declared", "MY_TOKEN": "word", "URL": "https://user:word@host/x"}
    bench.run(bench.python("", secrets=["PLAIN"]), environment=environment)
    found = bench.record["environment"]
    assert {name: found[name] for name in environment} == {
        "COLOUR": "green",
        "PLAIN": keyed("declared"),
        "MY_TOKEN": keyed("word"),
        "URL": keyed("https://user:word@host/x"),
    }
    sent = b"".join(bench.kept.values())
    assert all(literal not in sent for literal in (b"declared", b"user:word", b"00ff00ff"))


def test_what_the_plan_gives_is_told_in_clear_and_whole_where_it_arrived(bench: Bench) -> None:
    """However secret its name looks, it stands in the plan; where another value arrived, that may be a secret."""
    spec = bench.python("")
    given = {"MAX_TOKENS": "512", "LONG": "x" * 5000}
    spec["environment"]["values"] = given
    bench.run(spec)
    assert {name: bench.record["environment"][name] for name in given} == given
    assert shim.environment_facts({"MAX_TOKENS": "64"}, given, set(), KEY) == {"MAX_TOKENS": keyed("64")}


def test_outputs_are_listed_with_checksums_and_carried_out(bench: Bench) -> None:
    """The archive in parts, completed last, holds the same bytes."""
    bench.grant("output-model", parts=10)
    code = """
import pathlib, sys
place = pathlib.Path(sys.argv[1])
(place / 'sub').mkdir()
(place / 'sub' / 'b').write_bytes(b'two')
(place / 'a').write_bytes(b'one')
"""
    spec = bench.python(code, outputs=[bench.output("model", grant=True), bench.output("empty")])
    spec["command"] += [str(bench.folder / "model")]
    assert bench.run(spec).returncode == 0
    expected = [
        {"path": name, "bytes": 3, "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in (("a", b"one"), ("sub/b", b"two"))
    ]
    assert bench.record["outputs"] == {"model": {"files": expected}, "empty": {"files": []}}
    parts = sorted(name for name in bench.kept if name.startswith("/output-model/") and name[-1].isdigit())
    packed = b"".join(bench.kept[name] for name in parts)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(packed))) as archive:
        members = {tar_info.name: archive.extractfile(tar_info) for tar_info in archive if tar_info.isfile()}
        assert {name: file.read() for name, file in members.items() if file} == {"a": b"one", "sub/b": b"two"}
    rows = "".join(f'<Part><PartNumber>{n + 1}</PartNumber><ETag>"tag"</ETag></Part>' for n in range(len(parts)))
    body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>"
    assert bench.kept["/output-model/complete"].decode() == body
    assert len(parts) > 1


def test_inputs_are_fetched_and_named_by_content(bench: Bench) -> None:
    """The same content gives the same digest; one byte more gives another."""
    bench.kept["/in"] = b"a,b"
    digests = []
    for data in (b"a,b", b"a,b", b"a,bc"):
        bench.kept["/in"] = data
        bench.granted["input-train"] = {"items": [{"path": "a.csv", "url": f"{bench.url}/in"}]}
        place = {"name": "train", "path": str(bench.folder / "train"), "grant": "input-train", "sha256": None}
        bench.run(bench.python("", inputs=[place]))
        facts = bench.record["inputs"]["train"]
        digests.append(facts["sha256"])
        assert (facts["files"], facts["bytes"]) == (1, len(data))
        shutil.rmtree(bench.folder / "train")
    assert (digests[0] == digests[1], digests[0] == digests[2]) == (True, False)


OUTSIDE = {
    "absolute": "/{folder}/outside/owned",
    "two slashes": "//{folder}/outside/owned",
    "up": "../outside/owned",
    "up from below": "below/../../outside/owned",
    "no name": "below/",
    "empty": "",
    "the folder itself": ".",
    "an empty step": "below//owned",
    "NUL": "owned\0.csv",
}


@pytest.mark.parametrize("name", OUTSIDE.values(), ids=OUTSIDE)
def test_an_object_whose_name_leaves_the_input_is_refused_by_name(bench: Bench, name: str) -> None:
    """Nothing is written, not even the objects before it; the job runs on without, and the record says why."""
    name = name.format(folder=str(bench.folder).lstrip("/"))
    (bench.folder / "outside").mkdir()
    bench.kept["/in"] = b"owned"
    items = [{"path": path, "url": f"{bench.url}/in"} for path in ("good.csv", name)]
    bench.granted["input-train"] = {"items": items}
    place = {"name": "train", "path": str(bench.folder / "train"), "grant": "input-train", "sha256": None}
    assert bench.run(bench.python("raise SystemExit(4)", inputs=[place])).returncode == 4
    [trouble] = bench.record["troubles"]
    assert trouble == f"input train: Trouble: refused: the object name {name!r} is no path below the input's folder"
    assert list((bench.folder / "outside").iterdir()) == []
    assert not (bench.folder / "train").exists()


@pytest.mark.parametrize("name", ["link/owned", "link", "below/link/owned", "below/link"])
def test_a_link_in_the_image_leads_no_object_out_of_the_input(bench: Bench, name: str) -> None:
    """A folder or a file that is a link is refused by name; control: the same names without the link."""
    outside, train = bench.folder / "outside", bench.folder / "train"
    outside.mkdir()
    (outside / "kept").write_text("kept", encoding="utf-8")
    (train / "below").mkdir(parents=True)
    to = outside if name.endswith("owned") else outside / "kept"
    link = train / name.partition("/owned")[0]
    link.symlink_to(to)
    bench.kept["/in"] = b"owned"
    bench.granted["input-train"] = {"items": [{"path": name, "url": f"{bench.url}/in"}]}
    place = {"name": "train", "path": str(train), "grant": "input-train", "sha256": None}
    bench.run(bench.python("", inputs=[place]))
    [trouble] = bench.record["troubles"]
    assert trouble.startswith(f"input train: Trouble: refused: {name!r} meets a link or a file in the input's folder")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in outside.iterdir()] == [("kept", "kept")]
    link.unlink()
    bench.run(bench.python("", inputs=[place]))
    assert (bench.record["troubles"], (train / name).read_bytes()) == ([], b"owned")


def test_the_input_itself_may_be_a_link(bench: Bench) -> None:
    """An image may put its data folder elsewhere; what counts is where that is."""
    (bench.folder / "data").mkdir()
    (bench.folder / "train").symlink_to(bench.folder / "data")
    bench.kept["/in"] = b"a,b"
    bench.granted["input-train"] = {"items": [{"path": "sub/a.csv", "url": f"{bench.url}/in"}]}
    place = {"name": "train", "path": str(bench.folder / "train"), "grant": "input-train", "sha256": None}
    bench.run(bench.python("", inputs=[place]))
    assert (bench.record["troubles"], (bench.folder / "data" / "sub" / "a.csv").read_bytes()) == ([], b"a,b")


@given(st.text(alphabet="ab./\0\\ ", max_size=12))
def test_both_ends_refuse_the_same_names_and_no_other_name_leaves(name: str) -> None:
    """The harness before submit and the shim in the container; what they let through stays below."""
    assert shim.leaves_folder(name) is staging.leaves_folder(name)
    if not shim.leaves_folder(name):
        assert os.path.normpath(f"/root/{name}") == f"/root/{name}"


@pytest.mark.parametrize(("place", "leads"), [("/proc/self", "/proc/"), ("/sys", "/sys"), ("/", "/")])
def test_an_output_that_leads_to_the_kernels_folders_is_refused_by_name(bench: Bench, place: str, leads: str) -> None:
    """The job put a link in its output's place; nothing of it is read, and the exit code stays."""
    bench.grant("output-model", parts=10)
    code = "import os, sys; os.rmdir(sys.argv[1]); os.symlink(sys.argv[2], sys.argv[1])"
    spec = bench.python(code, outputs=[bench.output("model", grant=True)])
    spec["command"] += [str(bench.folder / "model"), place]
    assert bench.run(spec).returncode == 0
    listed, carried = bench.record["troubles"]
    for trouble, action in ((listed, "output"), (carried, "upload")):
        assert trouble.startswith(f"{action} model: Trouble: refused: {bench.folder / 'model'} leads to {leads}")
    assert bench.record["outputs"] == {}
    assert not any(name.startswith("/output-model/") for name in bench.kept)


def test_shared_memory_and_links_to_other_folders_hold_files() -> None:
    """The control: `/dev/shm` is what data loaders use, and a link may lead to any folder of a job's."""
    places = ("/dev/shm", "/dev/shm/x", "/device", "/tmp", "/procedure")
    assert [place for place in places if shim.beyond_files(place)] == []
    assert all(shim.beyond_files(place) for place in ("/dev", "/dev/fd", "/proc/1", "/sys/fs", "//", "/dev/shm/.."))
