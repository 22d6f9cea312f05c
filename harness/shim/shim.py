"""Starts the job's own command and writes down what the process saw. Runs inside the job's container, on both sides.

    python3 shim.py SPEC.JSON SHA256 [-- COMMAND [ARGUMENT ...]]

Without a command it starts that of the specification.
Standard library only, Python 3.8 syntax. It never changes what the job computes: the exit code is the job's, and what
the shim itself cannot do becomes a trouble in the record, never an ending. Only four endings are its own: 95, when an
input is not what lay at its place when the pair was staged, 96, when a declared secret is not to be had, 97, when the
staged specification is not the planned one, and 126 or 127, when the command cannot be started, as in any shell.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import hmac
import html
import json
import locale
import os
import platform
import pwd
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from importlib import metadata
from pathlib import Path
from typing import Any, Callable, List, Mapping, Tuple

SCHEMA = "parity.record/1"
INPUTS = 95
CREDENTIALS = 96
REFUSED = 97
NOT_EXECUTABLE = 126
NOT_FOUND = 127
SIGNALLED = 128

UNAVAILABLE = {INPUTS: "input not as staged", CREDENTIALS: "credentials unavailable"}
SPEAKER = "parity-shim: "
SHARED_MEMORY = "/dev/shm/"  # noqa: S108 # nosec B108 # the one place of files there
KERNEL_FOLDERS = ("/proc/", "/sys/", "/dev/")
LOG_START = "start of log"
"""Said first, before anything of the job: a log without it has lost its beginning, as one that a node rotated."""
LOG_END = "end of log"
"""Said last by a run that leaves a record: a log that is gathered late is known to be whole by it."""
PUT_ATTEMPTS = 4
PUT_SECONDS = 60.0
HEARTBEAT_SECONDS = 5.0
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGQUIT)
CHUNK = 1024 * 1024
LISTING_BYTES_MAX = 8 * CHUNK
"""Of one page of a thousand objects: a key has at most 1,024 bytes, three times as many where it is quoted."""
INPUT_HASH_MAX = 1024**3
"""Above it an input is named by its paths and sizes: terabytes are never hashed."""
TEXT_MAX = 4096
MOUNT_TABLE = "/proc/self/mountinfo"
MOUNTS_MAX = 500
ASK_SECONDS = 20.0
LIBRARIES = "--libraries"
"""Asks another Python of the image, which runs this file, for its libraries."""
SECRET_NAME = re.compile(r"(?i)(secret|token|passw|credential|api_?key|access_?key|private_?key|session|signature)")
SECRET_VALUE = re.compile(r"(?i)(x-amz-signature=|://[^/@\s]+:[^/@\s]+@|AKIA[0-9A-Z]{12,})")


class Trouble(Exception):  # noqa: N818 - it is no error of the job's
    """Something the shim could not do."""


def say(text: str) -> None:
    """Write a line to stderr; one that is closed or full is no reason to end otherwise."""
    with contextlib.suppress(OSError):
        os.write(2, f"{SPEAKER}{text}\n".encode("utf-8", "replace"))


# -- places -----------------------------------------------------------------------------------------------------------


def relocations(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Read PARITY_PATHS: targets that this runtime could not mount, and the folders that stand for them."""
    given = json.loads(environment.get("PARITY_PATHS") or "{}")
    return sorted(given.items(), key=lambda each: -len(each[0]))


def relocate(text: str, moved: list[tuple[str, str]]) -> str:
    """Rewrite a path, alone or after `=`, `:` or `,`, that lies at or below a target; the longest target wins."""
    for target, source in moved:
        pattern = r"(^|[=:,]|file://)" + re.escape(target.rstrip("/")) + r"(?=/|$|[:,])"
        text, count = re.subn(pattern, r"\g<1>" + source.replace("\\", r"\\"), text)
        if count:
            break
    return text


# -- grants: what may be fetched and sent -----------------------------------------------------------------------------


class Grants:
    """Presigned URLs by name; the shim has no credentials of its own."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Read what was granted."""
        self.key = bytes.fromhex(data.get("hmac_key", ""))
        self._grants = data.get("grants", {})

    def get(self, name: str) -> Any:
        """Find one grant; a name that was not granted is a trouble."""
        if name not in self._grants:
            message = f"no grant named {name}"
            raise Trouble(message)
        return self._grants[name]

    def listing(self, name: str) -> Any:
        """Find what lay at an input's place when the pair was staged; None: nobody says."""
        return self._grants.get(f"listing-{name}")


def send(
    url: str,
    data: bytes,
    headers: Mapping[str, str],
    method: str = "PUT",
    timeout_seconds: float = PUT_SECONDS,
) -> str:
    """Send bytes with the headers that the URL was signed with; return the ETag.

    Again after a fault: the same bytes to the same URL change nothing then.
    """
    fault = ""
    for attempt in range(PUT_ATTEMPTS):
        request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)
        request.add_header("Content-Type", "application/octet-stream")
        try:
            with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:  # nosec B310 # the harness signed the URL
                refusal = re.search(
                    rb"<Error>.*?<Code>(\w+)", answer.read(CHUNK), re.DOTALL
                )  # S3 completes uploads with 200 too early
                if refusal is None:
                    return str(answer.headers.get("ETag", ""))
                fault = refusal.group(1).decode()
        except OSError as error:
            fault = without_query(error)
            if isinstance(error, urllib.error.HTTPError) and error.code in {400, 403, 404}:
                break
        time.sleep(0.2 * 2**attempt)
    message = f"{method} failed: {fault}"
    raise Trouble(message)


def without_query(error: BaseException) -> str:
    """Say what went wrong without the signature of the URL."""
    return re.sub(r"\?\S+", "?…", f"{type(error).__name__}: {error}")[:300]


class Parts:
    """A file to write to that sends what it gets: in one piece where it fits a part, else in parts of one upload.

    An earlier attempt of the job may have completed an upload, which takes no part any more; the next one does.
    """

    def __init__(self, grant: Mapping[str, Any]) -> None:
        """Begin with an empty part."""
        self._grant = grant
        self._headers: Mapping[str, str] = grant.get("headers", {})
        self._buffer = bytearray()
        self._upload: Mapping[str, Any] = {}
        self._tags: list[str] = []

    def write(self, data: bytes) -> int:
        """Take bytes; send every full part."""
        self._buffer += data
        size = self._grant["part_bytes"]
        while len(self._buffer) > size:
            self._send(bytes(self._buffer[:size]))
            del self._buffer[:size]
        return len(data)

    def flush(self) -> None:
        """Keep what is less than a part: S3 takes only the last one smaller than 5 MiB."""

    def _send(self, data: bytes) -> None:
        if not self._tags:
            self._begin(data)
            return
        if len(self._tags) == len(self._upload["parts"]):
            message = "larger than the output's bytes_max"
            raise Trouble(message)
        self._tags.append(send(self._upload["parts"][len(self._tags)], data, self._headers))

    def _begin(self, data: bytes) -> None:
        """Send the first part to the first upload that takes it."""
        *earlier, last = self._grant["uploads"]
        for self._upload in earlier:
            with contextlib.suppress(Trouble):
                self._tags.append(send(self._upload["parts"][0], data, self._headers))
                return
        self._upload = last
        self._tags.append(send(last["parts"][0], data, self._headers))

    def close(self) -> None:
        """Send the rest and complete the upload: only then does the object exist."""
        if not self._tags:
            send(self._grant["whole"], bytes(self._buffer), self._headers)
            return
        self._send(bytes(self._buffer))
        rows = "".join(
            f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
            for number, tag in enumerate(self._tags, 1)
        )
        body = f"<CompleteMultipartUpload>{rows}</CompleteMultipartUpload>".encode()
        send(self._upload["complete"], body, self._headers, method="POST")


def fetch(grant: Mapping[str, Any], into: Path) -> None:
    """Download the objects of one input; every name is checked before the first byte is written."""
    for item in grant["items"]:
        if leaves_folder(item["path"]):
            message = f"refused: the object name {item['path']!r} is no path below the input's folder"
            raise Trouble(message)
    for item in grant["items"]:
        place = create_below(into, item["path"])
        asked = urllib.request.Request(item["url"], headers=dict(grant.get("headers", {})))
        with os.fdopen(place, "wb") as file, urllib.request.urlopen(asked, timeout=PUT_SECONDS) as answer:  # nosec B310 # the harness signed the URL
            for chunk in iter(lambda: answer.read(CHUNK), b""):
                file.write(chunk)


def listed_again(page: Mapping[str, Any], headers: Mapping[str, str]) -> Tuple[List[Tuple[str, int, str]], str, bool]:
    """Ask for a page of a listing; give key, size and tag of its objects, the newest one, and whether more follow."""
    asked = urllib.request.Request(page["url"], headers=dict(headers))
    with urllib.request.urlopen(asked, timeout=PUT_SECONDS) as answer:  # nosec B310 # the harness signed the URL
        text = answer.read(LISTING_BYTES_MAX).decode("utf-8")
    decode = urllib.parse.unquote_plus if "<EncodingType>url</EncodingType>" in text else html.unescape
    found, newest = [], ("", "")
    for item in re.findall(r"<Contents>(.*?)</Contents>", text, re.DOTALL):
        key, size, tag, at = (
            (re.search(f"<{word}>(.*?)</{word}>", item, re.DOTALL) or ["", ""])[1]
            for word in ("Key", "Size", "ETag", "LastModified")
        )
        found.append((decode(key), int(size), html.unescape(tag).strip('"')))
        newest = max(newest, (at, found[-1][0]))
    return found, f"{newest[1]} of {newest[0]}", "<IsTruncated>true</IsTruncated>" in text


def otherwise_listed(grant: Mapping[str, Any]) -> Tuple[str, List[Tuple[str, int, str]]]:
    """Say what is no more as it was at an input's place when the pair was staged, and give what lies there now."""
    objects: List[Tuple[str, int, str]] = []
    for page in grant["pages"]:
        found, newest, more = listed_again(page, grant.get("headers", {}))
        count, last = page["objects"], page is grant["pages"][-1]
        here = found if last else found[:count]
        if len(here) != count or (last and more):
            where = "" if len(grant["pages"]) == 1 else f" after the first {len(objects)}"
            there = f"{'more than ' if more else ''}{len(here)} objects lie there now{where}, {count} did"
            return f"{there} (the newest is {newest})" if here else there, objects
        digest = hashlib.sha256()
        for key, size, tag in here:
            digest.update(f"{key} {size} {tag}\n".encode())
        if digest.hexdigest() != page["sha256"]:
            return f"its objects were changed meanwhile (the newest is {newest})", objects
        objects += here
    return "", objects


def otherwise_delivered(wanted: Mapping[str, int], found: Mapping[str, int]) -> str:
    """Say how the files of an input differ from the objects that they were made of, by name and size."""
    lacking, more = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    cut = sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
    if lacking:
        return f"{len(lacking)} of its {len(wanted)} files were not delivered, such as {lacking[0]}"
    if cut:
        return f"{cut[0]} has {found[cut[0]]} bytes, its object has {wanted[cut[0]]}"
    return f"{len(more)} files lie in its folder that are no objects of it, such as {more[0]}" if more else ""


def otherwise(grant: Mapping[str, Any], place: Path, others: List[Path]) -> str:
    """Say how an input is not what lay at its place when the pair was staged; `others` may lie below it."""
    why, objects = otherwise_listed(grant)
    if why or grant["cut"] is None:
        return f"{grant['uri']}: {why}" if why else ""
    wanted = {key[grant["cut"] :]: size for key, size, _ in objects if not key.endswith("/")}
    below = tuple(f"{os.path.relpath(str(other), str(place))}/" for other in others)
    found = {name: path.stat().st_size for name, path in files_below(place, links=True)}
    return otherwise_delivered(
        wanted, {name: size for name, size in found.items() if name in wanted or not name.startswith(below)}
    )


def leaves_folder(name: str) -> bool:
    """Tell whether an object's name is absolute, goes up, or names no file."""
    return "\0" in name or any(part in ("", ".", "..") for part in name.split("/"))


def create_below(into: Path, name: str) -> int:
    """Create a file below an input's folder; return its descriptor.

    Step by step from the folder, through no link: an image may hold one there that leads elsewhere.
    """
    into.mkdir(parents=True, exist_ok=True)
    *folders, last = name.split("/")
    here = os.open(str(into), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, dir_fd=here)
            below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
            os.close(here)
            here = below
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(last, flags, 0o666, dir_fd=here)
    except OSError as error:
        message = f"refused: {name!r} meets a link or a file in the input's folder ({error.strerror})"
        raise Trouble(message) from error
    finally:
        os.close(here)


# -- secrets: taken from their stores with the job's own role ---------------------------------------------------------


TARGETS = {"secretsmanager": "secretsmanager.GetSecretValue", "ssm": "AmazonSSM.GetParameter"}
ROLE_HOST = "http://169.254.170.2"
"""Where a container asks for its role (Amazon ECS and SageMaker, container credential provider)."""
STORE_ATTEMPTS = 4
STORE_SECONDS = 10.0


def role_credentials(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Ask for temporary credentials of the container's role, as AWS clients do; keys of the environment go first."""
    if environment.get("AWS_ACCESS_KEY_ID"):
        names = (("AccessKeyId", "AWS_ACCESS_KEY_ID"), ("SecretAccessKey", "AWS_SECRET_ACCESS_KEY"))
        found = {key: environment.get(name, "") for key, name in names}
        return {**found, "Token": environment.get("AWS_SESSION_TOKEN", "")}
    path = environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    url = ROLE_HOST + path if path else environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    if not url.startswith("http"):
        raise Trouble("the container has no role")
    request = urllib.request.Request(url)
    if environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"):
        request.add_header("Authorization", environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"])
    with urllib.request.urlopen(request, timeout=STORE_SECONDS) as answer:  # nosec B310 # begins with http, checked above
        given: Mapping[str, str] = json.loads(answer.read(CHUNK).decode())
    return given


def sign(
    request: urllib.request.Request, data: bytes, where: Tuple[str, str], keys: Mapping[str, str], now: float
) -> None:
    """Sign a POST of data to / of (service, region) by Signature Version 4 (IAM, "Create a signed AWS API request")."""
    service, region = where
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    request.add_header("X-Amz-Date", stamp)
    if keys.get("Token"):
        request.add_header("X-Amz-Security-Token", keys["Token"])
    headers = {name.lower(): value for name, value in request.header_items()}
    headers["host"] = request.host
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    digest = hashlib.sha256(data).hexdigest()
    canonical = f"POST\n/\n\n{lines}\n{names}\n{digest}"
    scope = f"{stamp[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    key = ("AWS4" + keys["SecretAccessKey"]).encode()
    for part in (*scope.split("/"), f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"):
        key = hmac.new(key, part.encode(), "sha256").digest()
    said = f"AWS4-HMAC-SHA256 Credential={keys['AccessKeyId']}/{scope}, SignedHeaders={names}, Signature={key.hex()}"
    request.add_header("Authorization", said)


def ask_store(source: Mapping[str, str], environment: Mapping[str, str]) -> Mapping[str, Any]:
    """Ask a store for one secret, again after a passing fault; a trouble says what it answered."""
    service, region = source["store"], source["region"]
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    url = environment.get("AWS_ENDPOINT_URL") or f"https://{service}.{region}.{suffix}"
    asked = (
        {"SecretId": source["id"]} if service == "secretsmanager" else {"Name": source["id"], "WithDecryption": True}
    )
    fault = ""
    data = json.dumps(asked).encode()
    for attempt in range(STORE_ATTEMPTS):
        request = urllib.request.Request(url.rstrip("/") + "/", data=data, method="POST")
        request.add_header("Content-Type", "application/x-amz-json-1.1")
        request.add_header("X-Amz-Target", TARGETS[service])
        try:
            sign(request, data, (service, region), role_credentials(environment), time.time())
            with urllib.request.urlopen(request, timeout=STORE_SECONDS) as answer:  # nosec B310 # the region's own endpoint
                found: Mapping[str, Any] = json.loads(answer.read(CHUNK).decode())
                return found
        except urllib.error.HTTPError as error:
            code = re.search(rb'"__type"\s*:\s*"(?:[^"]*#)?(\w+)"', error.read(CHUNK))
            fault = code.group(1).decode() if code else f"HTTP {error.code}"
            if error.code < 500 and "Throttl" not in fault:  # noqa: PLR2004 - HTTP
                break
        except OSError as error:
            fault = f"no answer ({type(error).__name__})"
        time.sleep(0.2 * 2**attempt)
    message = f"{service} answered {fault}"
    raise Trouble(message)


def secret_value(source: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Take a secret from its store; a trouble says why it is not to be had."""
    if source["store"] == "environment":
        if source["name"] not in environment:
            raise Trouble("the Secret or its key is not there")
        return environment[source["name"]]
    answer = ask_store(source, environment)
    text = answer.get("SecretString") if source["store"] == "secretsmanager" else answer["Parameter"].get("Value")
    if text is None:
        raise Trouble("it holds no text")
    if not source["key"]:
        return str(text)
    try:
        return str(json.loads(text)[source["key"]])
    except (ValueError, KeyError, TypeError):
        message = f"it is no JSON map with the key {source['key']}"
        raise Trouble(message) from None


def shape(value: str) -> str:
    """Tell of a secret what says nothing of it: about how long it is, and which kinds of characters it has."""
    kinds = (
        ("letters", r"[A-Za-z]"),
        ("digits", r"[0-9]"),
        ("white space at an end", r"\A\s|\s\Z"),
        ("others", r"[^A-Za-z0-9]"),
    )
    held = [name for name, pattern in kinds if re.search(pattern, value)]
    long = next((f"under {limit}" for limit in (8, 16, 32, 64) if len(value) < limit), "64 or more")
    return f"{long} characters: {', '.join(held) or 'none'}"


# -- hashing ----------------------------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    """Hash one file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            found.update(chunk)
    return found.hexdigest()


def make_folder(place: Path) -> None:
    """Make a folder that may be there already."""
    place.mkdir(parents=True, exist_ok=True)


def beyond_files(place: str) -> bool:
    """Tell whether a place is, or leads through links to, the root or the kernel's own folders: those have no end."""
    real = os.path.realpath(place).rstrip("/") + "/"
    return real == "/" or (real.startswith(KERNEL_FOLDERS) and not real.startswith(SHARED_MEMORY))


def files_below(root: Path, *, links: bool = False) -> list[tuple[str, Path]]:
    """List files with their names below a root, in name order; a root that is a file has its own name.

    `links`: those that a link leads to as well, for a job reads them like any; what is carried out keeps its links.
    """
    if root.is_file():
        return [(root.name, root)]
    found, known = [], set()
    for folder, names, files in os.walk(str(root), followlinks=links):
        state = Path(folder).stat()
        if (state.st_dev, state.st_ino) in known or (
            links and beyond_files(folder)
        ):  # a link leads round, or to no files
            names.clear()
            continue
        known.add((state.st_dev, state.st_ino))
        names.sort()  # so that it is always the same name that is listed first
        paths = (Path(folder) / file for file in files)
        found += [path for path in paths if path.is_file() and (links or not path.is_symlink())]
    return sorted((path.relative_to(root).as_posix(), path) for path in found)


def tree(root: Path) -> list[tuple[str, Path]]:
    """List everything below a folder, links and folders too, with its name there, in name order."""
    return sorted((path.relative_to(root).as_posix(), path) for path in root.rglob("*"))


def input_facts(root: Path) -> dict[str, Any]:
    """Name what lies in an input: by content up to a cap, above it by names and sizes."""
    files = files_below(root, links=True)
    size = sum(path.stat().st_size for _, path in files)
    by_content = size <= INPUT_HASH_MAX
    lines = [f"{name} {sha256_of(path) if by_content else path.stat().st_size}" for name, path in files]
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    return {"sha256": digest if by_content else "names:" + digest, "files": len(files), "bytes": size}


def output_facts(root: Path) -> dict[str, Any]:
    """List what lies in an output."""
    return {
        "files": [
            {"path": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)} for name, path in files_below(root)
        ]
    }


def image_config_digest(code: Path) -> str:
    """Name interpreter, packages and code, where an image is a code tree (a stand-in's daemon computes the same)."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)  # of the environment, and no part of an image
    added = {str(Path.cwd() / folder) for folder in given if folder}
    path = [folder for folder in sys.path if str(Path.cwd() / folder) not in added]
    packages = sorted(
        {
            f"{distribution.metadata['Name'].lower()}=={distribution.version}"
            for distribution in metadata.distributions(path=path)
        }
    )
    files = sorted(
        (path.relative_to(code).as_posix(), path)
        for path in code.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    lines = [f"python {platform.python_version()}", *packages]
    lines += [f"{name} {sha256_of(path)}" for name, path in files]
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()


# -- what SageMaker and its training toolkit give a program -----------------------------------------------------------


ML = "/opt/ml"
SDK_PREFIX = "sagemaker_"
"""Begins the hyperparameters that are the SDK's own, and not the program's."""
TUNING = "_tuning_objective_metric"
GROUP = "homogeneousCluster"
DISTRIBUTED = ("mpi", "parameter_server", "distributed_dataparallel", "pytorch_ddp", "pytorch_xla_multi_worker",
               "multi_worker_mirrored_strategy", "torch_distributed")  # fmt: skip
LOG_LEVEL = 20
FAILURE_MAX = 1024
"""Of the failure file SageMaker reads so many characters (developer guide, "Signal failure")."""


def lay_out(settings: Mapping[str, Any], place: Callable[[str], str]) -> None:
    """Make the folders and files of a training job on SageMaker, where no platform has; what is there stays."""
    for folder in ("input/config", "input/data", "model", "output/data"):
        make_folder(Path(place(f"{ML}/{folder}")))
    for name, content in settings.items():
        path = Path(place(f"{ML}/input/config/{name}.json"))
        if not path.exists():
            path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def toolkit(given: Mapping[str, Any], environment: Mapping[str, str], place: Callable[[str], str]) -> dict[str, Any]:
    """Give what sagemaker-training-toolkit 5.1 makes of the files of a training job, each under its name.

    Source: `Environment` and `to_env_vars` in src/sagemaker_training/environment.py of aws/sagemaker-training-toolkit.
    """
    read = {}
    for name in ("hyperparameters", "inputdataconfig", "resourceconfig"):
        read[name] = json.loads(Path(place(f"{ML}/input/config/{name}.json")).read_text(encoding="utf-8"))
    every = {name: decoded(value) for name, value in read["hyperparameters"].items()}
    own = {name: value for name, value in every.items() if name.startswith(SDK_PREFIX) or name == TUNING}
    resources = read["resourceconfig"]
    channels = {name: facts for name, facts in read["inputdataconfig"].items() if name != given["own_channel"]}
    groups = {group["instance_group_name"]: group for group in resources.get("instance_groups", [])}
    group = resources.get("current_group_name", GROUP)
    program = environment.get("SAGEMAKER_PROGRAM") or own.get("sagemaker_program")
    return {
        "hps": {name: value for name, value in every.items() if name not in own},
        "framework_params": {name: value for name, value in own.items() if name not in _KNOWN},
        "channels": sorted(channels),
        "distribution": [group] if any(own.get(f"{SDK_PREFIX}{kind}_enabled") for kind in DISTRIBUTED) else [],
        "input_data_config": channels,
        "resource_config": resources,
        "groups": groups,
        "group": group,
        "program": program,
        "module_dir": own.get("sagemaker_submit_directory"),
        "log_level": own.get("sagemaker_container_log_level", LOG_LEVEL),
        "framework_module": environment.get("SAGEMAKER_TRAINING_MODULE"),
        "job_name": environment.get("TRAINING_JOB_NAME"),
    }


_KNOWN = frozenset(
    ["_tuning_objective_metric", "default_user_module_name"]
    + [f"{SDK_PREFIX}{name}" for name in ("program", "submit_directory", "enable_cloudwatch_metrics", "region",
                                          "container_log_level", "job_name", "s3_output")]
)  # fmt: skip


def decoded(text: Any) -> Any:
    """Read a hyperparameter as the toolkit does: as JSON where it is JSON, else as the text that it is."""
    try:
        return json.loads(text)
    except (ValueError, TypeError):
        return text


def toolkit_facts(read: Mapping[str, Any], place: Callable[[str], str]) -> dict[str, Any]:
    """Give the toolkit's values that stand in a variable each and in SM_TRAINING_ENV as well."""
    resources, groups = read["resource_config"], read["groups"]
    program = read["program"]
    return {
        "hosts": resources["hosts"],
        "network_interface_name": resources.get("network_interface_name", "eth0"),
        "user_entry_point": program,
        "resource_config": resources,
        "input_data_config": read["input_data_config"],
        "current_host": resources["current_host"],
        "current_instance_type": resources.get("current_instance_type", "local"),
        "current_instance_group": read["group"],
        "current_instance_group_hosts": groups.get(read["group"], {}).get("hosts", []),
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "distribution_instance_groups": read["distribution"],
        "is_hetero": len(groups) > 1,
        "module_name": re.sub(r"\.py\Z", "", str(program)),
        "module_dir": read["module_dir"] or place(f"{ML}/code"),
        "log_level": read["log_level"],
        "framework_module": read["framework_module"],
        "input_dir": place(f"{ML}/input"),
        "input_config_dir": place(f"{ML}/input/config"),
        "output_dir": place(f"{ML}/output"),
        "output_data_dir": place(f"{ML}/output/data"),
        "output_intermediate_dir": place(f"{ML}/output/intermediate"),
        "model_dir": place(f"{ML}/model"),
        "num_cpus": os.cpu_count(),
        "num_gpus": len(list(Path("/proc/driver/nvidia/gpus").glob("*"))),
        "num_neurons": 0,
    }


def toolkit_variables(read: Mapping[str, Any], place: Callable[[str], str]) -> dict[str, str]:
    """Give the variables that the toolkit sets, in its spelling."""
    facts, hps = toolkit_facts(read, place), read["hps"]
    channels = {name: place(f"{ML}/input/data/{name}") for name in read["channels"]}
    spread = [host for name in read["distribution"] for host in read["groups"].get(name, {}).get("hosts", [])]
    master = (spread or facts["hosts"])[0]
    whole = {
        **facts,
        "additional_framework_parameters": read["framework_params"],
        "channel_input_dirs": channels,
        "distribution_hosts": spread if read["groups"] else facts["hosts"],
        "hyperparameters": hps,
        "is_master": facts["current_host"] == master,
        "is_modelparallel_enabled": None,
        "is_smddpmprun_installed": False,
        "is_smddprun_installed": False,
        "job_name": read["job_name"],
        "master_hostname": master,
        "topology": [],
    }
    named = {
        **facts,
        "hps": hps,
        "framework_params": read["framework_params"],
        "channels": read["channels"],
        "user_args": toolkit_arguments(hps),
        "training_env": whole,
        **{f"channel_{name}": folder for name, folder in channels.items()},
        **{f"hp_{name}": value for name, value in hps.items()},
    }
    return {f"SM_{name.upper()}": _spelled(value) for name, value in named.items()}


def _spelled(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def toolkit_arguments(hps: Mapping[str, Any]) -> List[str]:
    """Write hyperparameters as the arguments that the toolkit starts a program with."""
    found: List[str] = []
    for name in sorted(hps):
        value = hps[name]
        if isinstance(value, dict):
            value = ",".join(f"{key}={inner}" for key, inner in sorted(value.items()))
        found += [f"--{name}" if len(name) > 1 else f"-{name}", "" if value is None else str(value)]
    return found


def give_layout(
    given: Mapping[str, Any], environment: dict[str, str], moved: list[tuple[str, str]]
) -> Tuple[List[str], dict[str, str]]:
    """Give a program what SageMaker and its toolkit would; what the entry or a document sets stays.

    Return the arguments in the toolkit's spelling, and the variables as a container has them.
    """

    def place(path: str) -> str:
        return relocate(path, moved)

    lay_out(given["settings"], place)
    for name, value in given["variables"].items():
        environment.setdefault(name, value)
    read = toolkit(given, environment, place)
    shown = {name: text for name, text in toolkit_variables(read, str).items() if name not in environment}
    environment.update({name: text for name, text in toolkit_variables(read, place).items() if name in shown})
    return toolkit_arguments(read["hps"]), shown


def pass_failure_on(failure: Path, message: Path) -> None:
    """Give the kubelet what the program wrote into SageMaker's failure file, unless it told the kubelet itself."""
    if failure.is_file() and message.is_file() and not message.stat().st_size:
        with failure.open(encoding="utf-8", errors="replace") as file:
            message.write_text(file.read(FAILURE_MAX), encoding="utf-8")


# -- what the process sees --------------------------------------------------------------------------------------------


def type_name(value: Any) -> str:
    """Name a JSON value's type."""
    if value is None:
        return "null"
    for kind, name in ((bool, "bool"), (int, "int"), (float, "float"), (str, "str"), (list, "list")):
        if isinstance(value, kind):
            return name
    return "map"


def typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give every parameter with its type."""
    return {name: {"type": type_name(value), "value": value} for name, value in values.items()}


def as_strings(values: Mapping[str, Any]) -> dict[str, str]:
    """Write parameters as text: strings as they are, everything else as JSON."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        for name, value in values.items()
    }


def deliver(
    given: Mapping[str, Any],
    command: list[str],
    environment: dict[str, str],
    moved: list[tuple[str, str]],
    spelled: List[str] | None = None,
) -> tuple[list[str], Mapping[str, Any]]:
    """Hand the parameters over as the job reads them; return the command and what the job will read.

    `spelled`: them as arguments, where not by the harness.
    """
    values, way = given["values"], given["delivery"]
    text = as_strings(values)
    if way == "in-command":
        return command, text
    if way == "argv" and spelled is not None:
        return [*command, *spelled], text
    if way == "argv":
        prefix = given["prefix"]
        return [*command, *(item for name, value in text.items() for item in (prefix + name, value))], text
    if way == "env":
        environment.update({name.upper(): value for name, value in text.items()})
        return command, text
    path = Path(relocate(given["path"], moved))
    if way == "file":
        path.parent.mkdir(parents=True, exist_ok=True)
        written = text if given["format"] == "strings" else values
        path.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")
    return command, json.loads(path.read_text(encoding="utf-8"))


def environment_facts(
    environment: Mapping[str, str], given: Mapping[str, str], secrets: set[str], key: bytes
) -> dict[str, str]:
    """Give the environment; what is or looks secret only as a keyed hash, so that equal ones are seen to be.

    `given`: what the plan has in clear; where it arrived, it is told in clear and whole, however secret it looks.
    """
    facts = {}
    for name, value in environment.items():
        if given.get(name) == value:
            facts[name] = value
        elif name in secrets or SECRET_NAME.search(name) or SECRET_VALUE.search(value):
            facts[name] = "hmac-sha256:" + hmac.new(key, value.encode("utf-8", "replace"), "sha256").hexdigest()
        else:
            facts[name] = value.encode("utf-8", "replace").decode()[:TEXT_MAX]
    return facts


def library_versions(names: list[str]) -> dict[str, str]:
    """Look the declared distributions up."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "absent"
    return found


def installed() -> dict[str, str]:
    """List every library that this Python finds; the first of a name on its path is the one that it imports."""
    found: dict[str, str] = {}
    for each in metadata.distributions():
        name = each.metadata["Name"]
        if name:
            found.setdefault(re.sub("[-_.]+", "-", name).lower(), str(each.version))
    return found


def distributions(command: List[str], environment: Mapping[str, str]) -> dict[str, str]:
    """List every library that the job's Python finds: the one that the command names, else the shim's own."""
    python = sys.executable
    if command and re.fullmatch(r"python[0-9.]*", Path(command[0]).name):
        python = shutil.which(command[0], path=environment.get("PATH")) or python
    beside = Path(python).parent == Path(sys.executable).parent
    path = environment.get("PYTHONPATH") == os.environ.get("PYTHONPATH")
    if path and beside and os.path.realpath(python) == os.path.realpath(sys.executable):
        return installed()
    asked = subprocess.run(  # nosec B603 # a Python of the image, and this file
        [python, str(Path(__file__).resolve()), LIBRARIES],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=ASK_SECONDS,
        check=True,
    )
    listed: dict[str, str] = json.loads(asked.stdout.decode())
    return listed


def mounts(told: str | None, moved: list[tuple[str, str]]) -> dict[str, str]:
    """Give what is mounted besides the root and the kernel's own folders: target to `ro` or `rw` and kind.

    `told`: the mounts of a stand-in that shows the host's folders as an image: only they are the container's.
    """
    if moved:
        return {target: "relocated" for target, _ in moved}
    found = {}
    for line in Path(MOUNT_TABLE).read_text(errors="replace").splitlines():
        here, _, kind = line.partition(" - ")
        target, options = here.split()[4:6]
        target = re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), target)
        if f"{target}/" == SHARED_MEMORY or not (target == "/" or f"{target}/".startswith(KERNEL_FOLDERS)):
            found[target] = f"{options.split(',')[0]} {kind.split()[0]}"
    if told:
        found = {target: found[target] for target in json.loads(told) if target in found}
    return dict(sorted(found.items())[:MOUNTS_MAX])


def line_of(path: str, pattern: str) -> str:
    """Give what a file of the kernel says, every distinct answer once; a trouble where it says nothing."""
    found = re.findall(pattern, Path(path).read_text(errors="replace"), re.MULTILINE)
    if not found:
        raise Trouble("nothing is said")
    return ", ".join(dict.fromkeys(text.strip() for text in found))


def first_file(*paths: str) -> str:
    """Give the text of the first file that is there."""
    return next(Path(path).read_text().strip() for path in paths if Path(path).exists())


def shared_memory() -> str:
    """Give the size of the memory that processes share."""
    size = os.statvfs(SHARED_MEMORY)
    return f"{size.f_frsize * size.f_blocks // 1024**2} MiB"


def gpus() -> str:
    """Name the graphics cards, sorted."""
    found = [line_of(str(path), r"^Model:\s*(.+)$") for path in Path("/proc/driver/nvidia/gpus").glob("*/information")]
    if not found:
        raise Trouble("there is none")
    return ", ".join(sorted(found))


def limit(kind: int) -> str:
    """Give a limit as it holds now."""
    value = resource.getrlimit(kind)[0]
    return "unlimited" if value == resource.RLIM_INFINITY else str(value)


def mask() -> str:
    """Give the mask of new files."""
    found = os.umask(0)
    os.umask(found)
    return f"{found:03o}"


FACTS: Mapping[str, Callable[[], str]] = {
    "python": platform.python_version,
    "implementation": platform.python_implementation,
    "machine": platform.machine,
    "processor": lambda: line_of("/proc/cpuinfo", r"^model name\s*:\s*(.+)$"),
    "cpu features": lambda: " ".join(
        sorted(set(re.findall(r"[^\s,]+", line_of("/proc/cpuinfo", r"^(?:flags|Features)\s*:\s*(.+)$"))))
    ),
    "cpus": lambda: str(len(os.sched_getaffinity(0))),
    "memory": lambda: line_of("/proc/meminfo", r"^MemTotal:\s*(.+)$"),
    "gpu": gpus,
    "gpu driver": lambda: line_of("/proc/driver/nvidia/version", r"Kernel Module\s+(?:for \S+\s+)?([\d.]+)"),
    "kernel": platform.release,
    "libc": lambda: " ".join(platform.libc_ver()),
    "uid": lambda: str(os.getuid()),
    "gid": lambda: str(os.getgid()),
    "groups": lambda: " ".join(str(group) for group in sorted(os.getgroups())),
    "user": lambda: pwd.getpwuid(os.getuid()).pw_name,
    "umask": mask,
    "locale": lambda: locale.getpreferredencoding(False),
    "time zone": lambda: "/".join(time.tzname),
    "shared memory": shared_memory,
    "cpu limit": lambda: first_file("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "memory limit": lambda: first_file("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "name servers": lambda: line_of("/etc/resolv.conf", r"^nameserver\s+(.+)$"),
    "search domains": lambda: line_of("/etc/resolv.conf", r"^(?:search|domain)\s+(.+)$"),
    "resolver options": lambda: line_of("/etc/resolv.conf", r"^options\s+(.+)$"),
    "open files": lambda: limit(resource.RLIMIT_NOFILE),
    "processes": lambda: limit(resource.RLIMIT_NPROC),
    "stack": lambda: limit(resource.RLIMIT_STACK),
    "locked memory": lambda: limit(resource.RLIMIT_MEMLOCK),
    "address space": lambda: limit(resource.RLIMIT_AS),
    "file size": lambda: limit(resource.RLIMIT_FSIZE),
    "pid 1": lambda: str(os.getpid() == 1).lower(),
}
"""What besides environment and files may change a computation."""


def process_facts() -> dict[str, str]:
    """Give every fact that is to be had here; one that is not is left out."""
    found = {}
    for name, look in FACTS.items():
        with contextlib.suppress(Exception):
            found[name] = look()[:TEXT_MAX]
    return found


# -- running ----------------------------------------------------------------------------------------------------------


def handles(pid: int, number: int) -> bool:
    """Tell whether a process catches a signal; what a PID 1 does not catch never reaches it."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True
    caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status, re.MULTILINE)
    return caught is None or bool(int(caught.group(1), 16) >> (number - 1) & 1)


def forward_to(child: int) -> None:
    """Pass signals on as if the child were PID 1; a group that was signalled as a whole has got them already."""

    def forward(number: int, _frame: object) -> None:
        if os.getpid() == 1 and handles(child, number):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)

    for number in FORWARDED:
        signal.signal(number, forward)


def run(command: list[str], environment: Mapping[str, str], where: str | None) -> tuple[int, int | None]:
    """Run the job's command to its end, reaping everything that ends meanwhile; give exit code and signal."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it was ignored, no exit code would be left to read
    child = subprocess.Popen(command, env=environment, cwd=where)  # nosec B603 # the job's own command is what the shim runs
    forward_to(child.pid)
    status = wait_for(child.pid)
    child.returncode = 0  # it has been reaped here
    for number in FORWARDED:
        signal.signal(number, lambda *_: None)  # nobody is left to hear it, and what is carried out now is all there is
    if os.WIFSIGNALED(status):
        return SIGNALLED + os.WTERMSIG(status), os.WTERMSIG(status)
    return os.WEXITSTATUS(status), None


def wait_for(child: int) -> int:
    """Wait for the child; orphans that were handed to PID 1 are reaped on the way."""
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            return status


# -- the story --------------------------------------------------------------------------------------------------------


class Shim:
    """One run under the shim: before, during, after."""

    def __init__(self, spec: Mapping[str, Any], environment: Mapping[str, str], command: List[str]) -> None:
        """Begin the record; no command: that of the specification."""
        self.spec, self.moved = spec, relocations(environment)
        self.environment = dict(environment)
        self.command = [relocate(word, self.moved) for word in command or spec["command"]]
        self.heartbeat: threading.Thread | None = None
        self.arguments: List[str] | None = None
        self.ending = CREDENTIALS
        self.record: dict[str, Any] = {
            "schema": SCHEMA,
            "run": spec["run"],
            "exit_code": None,
            "signal": None,
            "first_instruction_seconds": None,
            "started_seconds": time.time(),
            "finished_seconds": None,
            "refused": "",
            "troubles": [],
            "log_started": True,
        }
        self.grants = self.attempt("grants", self._read_grants) or Grants({})

    def _read_grants(self) -> Grants:
        path = Path(relocate(self.spec["grants_path"], self.moved))
        return Grants(json.loads(path.read_text(encoding="utf-8")))

    def attempt(self, name: str, action: Callable[..., Any], *arguments: Any) -> Any:
        """Do one thing; what goes wrong is a trouble and nothing more."""
        try:
            return action(*arguments)
        except Exception as error:  # noqa: BLE001 - nothing the shim does may change the job's ending
            self.record["troubles"].append(f"{name}: {without_query(error)}")
            return None

    def before(self) -> None:
        """Bring inputs, hand parameters over, look around."""
        values = self.spec["environment"]["values"]
        self.environment.update({name: relocate(value, self.moved) for name, value in values.items()})
        self.environment.pop("PARITY_PATHS", None)
        told = self.environment.pop("PARITY_MOUNTS", None)
        self.record["secrets"] = {}
        for source in self.spec.get("secret_sources", []):
            self._secret(source)
        if self.record["refused"]:
            return
        self._inputs()
        if self.record["refused"]:
            return
        for output in self.spec["outputs"]:
            self.attempt(f"output {output['name']}", lambda output=output: make_folder(self._place(output)))
        layout, shown = self.spec.get("layout"), {}
        if layout:
            given = self.attempt("layout", give_layout, layout, self.environment, self.moved)
            self.arguments, shown = given or (None, {})
        read = self.attempt("parameters", self._parameters)
        self.record["parameters"] = typed(read or {})
        secrets = set(self.spec["secrets"])
        back = sorted(((source, target) for target, source in self.moved), key=lambda each: -len(each[0]))
        seen = {name: relocate(value, back) for name, value in self.environment.items()}
        seen.update(shown)
        self.record["environment"] = environment_facts(seen, values, secrets, self.grants.key)
        self.record["libraries"] = self.attempt("libraries", library_versions, self.spec["libraries"]) or {}
        self.record["distributions"] = self.attempt("distributions", distributions, self.command, self.environment)
        self.record["mounts"] = self.attempt("mounts", mounts, told, self.moved)
        self.record["process"] = self.attempt("process", process_facts) or {}
        code = self.environment.get("PARITY_IMAGE_CODE")
        self.record["image_config_digest"] = self.attempt("image", image_config_digest, Path(code)) if code else None

    def _inputs(self) -> None:
        """Bring each input; one that is not what was staged for both runs ends this one before its command."""
        self.record["inputs"], reasons = {}, []
        for item in self.spec["inputs"]:
            name = item["name"]
            facts = self.attempt(f"input {name}", self._input, item)
            if facts:
                self.record["inputs"][name] = facts
            grant = self.grants.listing(name)
            if grant:
                others = [other for other in [*self.spec["inputs"], *self.spec["outputs"]] if other != item]
                why = self.attempt(
                    f"listing of {name}",
                    lambda item=item, grant=grant, others=others: otherwise(
                        grant, self._place(item), [self._place(other) for other in others]
                    ),
                )
                reasons += [f"{name}: {why}"] if why else []
        self.ending, self.record["refused"] = INPUTS, "; ".join(reasons)

    def _secret(self, source: Mapping[str, Any]) -> None:
        """Put one secret into the environment; one that is not to be had ends the run before its command."""
        try:
            value = secret_value(source, self.environment)
        except Exception as error:  # noqa: BLE001 - whatever it is, the job must not start without its secret
            why = str(error) if isinstance(error, Trouble) else type(error).__name__
            before = f"{self.record['refused']}; " if self.record["refused"] else ""
            self.record["refused"] = f"{before}{source['name']}: {why}"
            return
        self.environment[source["name"]] = value
        self.record["secrets"][source["name"]] = shape(value)

    def _place(self, each: Mapping[str, Any]) -> Path:
        place = Path(relocate(each["path"], self.moved))
        if beyond_files(str(place)):
            message = f"refused: {each['path']} leads to {os.path.realpath(str(place))}, which holds no files of a job"
            raise Trouble(message)
        return place

    def _input(self, each: Mapping[str, Any]) -> dict[str, Any]:
        place = self._place(each)
        if each["grant"]:
            fetch(self.grants.get(each["grant"]), place)
        return input_facts(place)

    def _parameters(self) -> Mapping[str, Any]:
        self.command, read = deliver(
            self.spec["parameters"], self.command, self.environment, self.moved, self.arguments
        )
        return read

    def during(self) -> int:
        """Run the command; the first instruction is the moment before it starts."""
        self.record["first_instruction_seconds"] = time.time()
        self.attempt("heartbeat", self._begin_heartbeat)
        try:
            code, number = run(self.command, self.environment, self.spec["working_directory"])
        except FileNotFoundError as error:
            code, number = NOT_FOUND, None
            self.record["troubles"].append(f"start: {error}")
        except OSError as error:
            code, number = NOT_EXECUTABLE, None
            self.record["troubles"].append(f"start: {error}")
        self.record.update(exit_code=code, signal=number, finished_seconds=time.time())
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.record["max_rss_bytes"] = used.ru_maxrss * 1024
        self.record["cpu_seconds"] = round(used.ru_utime + used.ru_stime, 3)
        return code

    def _begin_heartbeat(self) -> None:
        beat = {"run": self.spec["run"], "first_instruction_seconds": self.record["first_instruction_seconds"]}
        told = ("heartbeat", self._put, "heartbeat_grant", beat, HEARTBEAT_SECONDS)
        heartbeat = threading.Thread(target=self.attempt, args=told, daemon=True)
        heartbeat.start()
        self.heartbeat = heartbeat

    def _put(self, grant: str, value: Mapping[str, Any], timeout_seconds: float) -> None:
        data = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
        given = self.grants.get(self.spec[grant])
        send(given["url"], data, given.get("headers", {}), timeout_seconds=timeout_seconds)

    def after(self) -> None:
        """Hash the outputs, carry them out where the platform does not; the record goes last and vouches for it."""
        message = self.spec.get("layout", {}).get("message_path")
        if message and self.record["exit_code"]:
            failure = Path(relocate(f"{ML}/output/failure", self.moved))
            self.attempt("failure file", pass_failure_on, failure, Path(message))
        self.record["outputs"] = {}
        for output in self.spec["outputs"]:
            facts = self.attempt(f"output {output['name']}", lambda output=output: output_facts(self._place(output)))
            if facts is not None:
                self.record["outputs"][output["name"]] = facts
            if output["grant"]:
                self.attempt(f"upload {output['name']}", self._carry, output)
        if self.heartbeat:
            self.heartbeat.join(HEARTBEAT_SECONDS)
        for trouble in self.record["troubles"]:
            say(trouble)
        say(LOG_END)
        try:
            self._put("record_grant", self.record, PUT_SECONDS)
        except Exception as error:  # noqa: BLE001 - the same
            say(f"the record could not be sent: {without_query(error)}")

    def refuse(self) -> int:
        """End before the job's own command, with a record that says why."""
        self.record["refused"] = f"{UNAVAILABLE[self.ending]}: {self.record['refused']}"
        say(self.record["refused"])
        say(LOG_END)
        self.attempt("record", self._put, "record_grant", self.record, PUT_SECONDS)
        return self.ending

    def _carry(self, each: Mapping[str, Any]) -> None:
        parts = Parts(self.grants.get(each["grant"]))
        root = self._place(each)
        packed = gzip.GzipFile(fileobj=parts, mode="wb", compresslevel=1, mtime=0)
        with packed, tarfile.open(fileobj=packed, mode="w|") as archive:
            for name, path in [(root.name, root)] if root.is_file() else tree(root):
                archive.add(str(path), arcname=name, recursive=False)
        parts.close()


def main(spec_path: str, expected: str, command: List[str]) -> int:
    """Check the specification, run the job, leave the record."""
    data = Path(spec_path).read_bytes()
    if not hmac.compare_digest(hashlib.sha256(data).hexdigest(), expected):
        say("refused: the staged specification is not the planned one")
        return REFUSED
    spec = json.loads(data.decode("utf-8"))
    say(LOG_START)
    shim = Shim(spec, os.environ, command)
    shim.before()
    if shim.record["refused"]:
        return shim.refuse()
    code = shim.during()
    shim.after()
    return code


if __name__ == "__main__":
    if sys.argv[1:] == [LIBRARIES]:
        print(json.dumps(installed()))
        sys.exit(0)
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[4:] if sys.argv[3:4] == ["--"] else []))
