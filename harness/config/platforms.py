"""What Kubernetes or SageMaker would refuse of one job, found before anything is submitted. Pure.

SageMaker's own client checks no maximum and no pattern, so an over-limit request fails only at the service
(sagemaker.md 1.1). Numbers: sagemaker.md 1.2 and 1.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.config import defaults, strict_json
from harness.config.fault import Fault
from harness.model.job import Delivery, FileFormat, Job, JobKind, Json, ShimMode, Side, SideJob

GIB = 1024**3
CHANNELS_MAX = {JobKind.TRAINING: 20, JobKind.PROCESSING: 10}
PROCESSING_OUTPUTS_MAX = 10
TIME_MAX_SECONDS = {JobKind.TRAINING: 28 * 86400, JobKind.PROCESSING: 9 * 86400}
METRICS_MAX = 40
HYPERPARAMETERS_MAX = 100
HYPERPARAMETER_MAX = 2500
ENVIRONMENT_MAX = 100
ENVIRONMENT_VALUE_MAX = {JobKind.TRAINING: 512, JobKind.PROCESSING: 256}
ARGUMENTS_MAX = 100
ARGUMENT_MAX = 256
VOLUME_MAX_BYTES = 16384 * GIB
KEEP_ALIVE_MAX_SECONDS = 3600
"""The developer guide's; the API model says 21600, the smaller one is safe."""
SHIM_CHANNEL = "parity"
MAIN_CONTAINER = "main"
RUN_NAME_MAX = 45
"""Of a repository's and a job's names together: a run's id, of both with number, side and attempt, is a label of 63."""
SCRATCH_NAME_MAX = 55
"""A volume's name is a label of 63 characters, of which `scratch-` takes 8."""
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def of_job(job: Job) -> Iterator[Fault]:
    """Check one job against both platforms."""
    yield from _counts(job)
    yield from _resources(job)
    yield from _candidate_paths(job)
    yield from _containers(job)
    for side, mine in job.sides.items():
        yield from _reading(job, side, mine)
    yield from _candidate_caps(job, job.sides[Side.CANDIDATE])


def can_run_bare(job: Job, side: Side) -> bool:
    """Tell whether a side can run a job without its shim, which writes files, fetches legacy inputs and lifts caps."""
    if side is Side.CANDIDATE and job.sides[side].secret_sources:
        return False  # nobody else fetches them there
    if job.shim is ShimMode.OFF or (side is Side.LEGACY and any(side in each.path for each in job.inputs)):
        return False
    bare, mine = replace(job, shim=ShimMode.OFF), job.sides[side]
    caps = _candidate_caps(bare, mine) if side is Side.CANDIDATE else ()
    return not any((*_reading(bare, side, mine), *caps))


def _counts(job: Job) -> Iterator[Fault]:
    shim = 1 if job.shim is ShimMode.ON else 0
    channels = CHANNELS_MAX[job.kind] - shim
    if len(job.inputs) > channels:
        yield Fault(("inputs",), f"{len(job.inputs)} inputs", f"at most {channels} for a {job.kind.value} job")
    if job.kind is JobKind.PROCESSING and len(job.outputs) > PROCESSING_OUTPUTS_MAX:
        yield Fault(
            ("outputs",), f"{len(job.outputs)} outputs", f"at most {PROCESSING_OUTPUTS_MAX} for a processing job"
        )
    if job.kind is JobKind.TRAINING and len(job.logged_metrics) > METRICS_MAX:
        yield Fault(("metrics",), f"{len(job.logged_metrics)} metrics", f"at most {METRICS_MAX} for a training job")
    for each in job.inputs:
        if each.name == SHIM_CHANNEL:
            yield Fault(("inputs", each.name), each.name, "another name", "the harness's own channel has this one")


def _resources(job: Job) -> Iterator[Fault]:
    most = TIME_MAX_SECONDS[job.kind]
    if not 1 <= job.time_limit_seconds <= most:
        expected = f"1s to {most // 86400}d for a {job.kind.value} job"
        yield Fault(("time_limit",), f"{job.time_limit_seconds} s", expected)
    if not GIB <= job.resources.disk_bytes <= VOLUME_MAX_BYTES:
        yield Fault(("resources", "disk"), f"{job.resources.disk_bytes} bytes", "1Gi to 16Ti")
    if job.resources.memory_bytes < 1:
        yield Fault(("resources", "memory"), "no memory", "more than none")
    keep = job.sides[Side.CANDIDATE].keep_alive_seconds
    most_kept = KEEP_ALIVE_MAX_SECONDS if job.kind is JobKind.TRAINING else 0
    if keep > most_kept:
        expected = f"at most {KEEP_ALIVE_MAX_SECONDS} s" if most_kept else "none: processing jobs have no warm pools"
        yield Fault(("candidate", "keep_alive"), f"{keep} s", expected)
    if job.kind is JobKind.PROCESSING and job.retries:
        yield Fault(("retries",), str(job.retries), "0: SageMaker never retries a processing job")
    if job.cadence_seconds == 0:
        yield Fault(("cadence",), "0 s", "how often the job runs, such as 1d")


def _candidate_paths(job: Job) -> Iterator[Fault]:
    folders = defaults.OUTPUT_FOLDERS[job.kind]
    for output in job.outputs:
        path = output.path.get(Side.CANDIDATE)
        if path and not any(_within(path, folder, job.kind) for folder in folders):
            expected = f"a path under {' or '.join(folders)}: SageMaker uploads nothing else"
            default = defaults.output_path(job.kind, output.name)
            hint = f"write {{legacy: …}} only, and {default} is taken"
            yield Fault(("outputs", output.name, "path", "candidate"), path, expected, hint)
    for each in job.inputs:
        path, default = each.path[Side.CANDIDATE], defaults.input_path(job.kind, each.name)
        wrong = path != default if job.kind is JobKind.TRAINING else not path.startswith("/opt/ml/processing/")
        if wrong:
            expected = default if job.kind is JobKind.TRAINING else "a path under /opt/ml/processing/"
            yield Fault(("inputs", each.name, "path", "candidate"), path, f"{expected}: SageMaker puts it there")


def _within(path: str, folder: str, kind: JobKind) -> bool:
    return path.startswith(f"{folder}/") or (path == folder and kind is JobKind.TRAINING)


def _containers(job: Job) -> Iterator[Fault]:
    names: set[str] = {MAIN_CONTAINER}
    for number, sidecar in enumerate(job.sides[Side.LEGACY].sidecars):
        if sidecar.name in names:
            yield Fault(("legacy", "sidecars", number, "name"), sidecar.name, "a name that no other container has")
        names.add(sidecar.name)
    for name in job.sides[Side.LEGACY].scratch:
        if len(name) > SCRATCH_NAME_MAX:
            found = f"a name of {len(name)} characters"
            yield Fault(("legacy", "scratch", name), found, f"at most {SCRATCH_NAME_MAX}: it becomes a volume's name")


def _reading(job: Job, side: Side, mine: SideJob) -> Iterator[Fault]:
    """Check how one side reads its parameters; without the shim nobody writes files into a container."""
    path = (side.value, "read_parameters")
    platform_file = side is Side.CANDIDATE and mine.reading.path == defaults.HYPERPARAMETERS
    if platform_file and mine.reading.format is FileFormat.JSON:
        yield Fault(path, "as: json", "as: strings", "SageMaker writes every value of this file as a string")
    if platform_file and job.kind is not JobKind.TRAINING:
        yield Fault(path, defaults.HYPERPARAMETERS, "another file", "SageMaker writes it for training jobs only")
    if job.shim is ShimMode.OFF and mine.reading.delivery is Delivery.FILE and mine.parameters and not platform_file:
        expected = "argv or env" if side is Side.LEGACY else f"argv, env or {defaults.HYPERPARAMETERS}"
        yield Fault(path, f"{mine.reading.path} with shim: off", expected, "only the shim can write another file")
    if mine.reading.delivery is Delivery.ENV:
        for name in mine.parameters:
            if not _VARIABLE.fullmatch(name):
                found = "a name that no variable can have"
                yield Fault(
                    (side.value, "parameters", name), found, "letters, digits and _: it is read from the environment"
                )


def _candidate_caps(job: Job, mine: SideJob) -> Iterator[Fault]:
    """Check the service's caps where the shim can't carry the values around them through S3."""
    texts = {name: _text(value) for name, value in mine.parameters.items()}
    base = (Side.CANDIDATE.value,)
    if mine.reading.path == defaults.HYPERPARAMETERS:
        remedy = "let the shim write another file, or pass them as argv"
        yield from _map_caps((*base, "parameters"), texts, HYPERPARAMETERS_MAX, HYPERPARAMETER_MAX, remedy)
    if job.shim is ShimMode.ON:
        return
    given = dict(mine.environment)
    if mine.reading.delivery is Delivery.ENV:
        given |= texts
    most = ENVIRONMENT_VALUE_MAX[job.kind]
    yield from _map_caps((*base, "environment"), given, ENVIRONMENT_MAX, most, "shim: on carries them through S3")
    arguments = [*mine.command]
    if mine.reading.delivery is Delivery.ARGV:
        arguments += [part for name, text in texts.items() for part in (f"--{name}", text)]
    if len(arguments) > ARGUMENTS_MAX:
        found = f"{len(arguments)} arguments, parameters included"
        yield Fault((*base, "command"), found, f"at most {ARGUMENTS_MAX}", "shim: on carries them through S3")
    longest = max(map(len, arguments), default=0)
    if longest > ARGUMENT_MAX:
        found = f"an argument of {longest} characters"
        yield Fault((*base, "command"), found, f"at most {ARGUMENT_MAX}", "shim: on carries them through S3")


def _map_caps(
    path: tuple[str, ...], values: Mapping[str, str], entries_max: int, length_max: int, hint: str
) -> Iterator[Fault]:
    if len(values) > entries_max:
        yield Fault(path, f"{len(values)} entries", f"at most {entries_max}: the service takes no more", hint)
    for name, text in values.items():
        if len(text) > length_max:
            expected = f"at most {length_max}: the service takes no more"
            yield Fault((*path, name), f"{len(text)} characters", expected, hint)


def _text(value: Json) -> str:
    return value if isinstance(value, str) else strict_json.write(value).decode().strip()
