"""What SageMaker would refuse of a side and of a job, found before anything is submitted, and its prices. Pure.

SageMaker's own client checks no maximum and no pattern, so an over-limit request fails only at the service
(docs/sagemaker.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.fields.units import duration
from harness.model import strict_json
from harness.model.job import Delivery, FileFormat, Job, SecretStore, ShimMode, Side, SideJob
from harness.model.repository import Home, Repository
from harness.platforms.fault import Fault
from harness.platforms.kinds import KINDS
from harness.platforms.reading import file_faults, variable_faults
from harness.platforms.sagemaker import limits
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import PLATFORM_NAME, SageMakerKind, on_sagemaker
from harness.platforms.sagemaker.metrics import defined_metrics, metric_faults
from harness.platforms.training_layout import is_laid_out

_CARRIED = "shim: on carries them through S3"
_HOUR_SECONDS = 3600


def homes_of(repository: Repository) -> tuple[SageMakerHome, ...]:
    """List the homes of a repository that are on SageMaker."""
    return tuple(home for home in (repository.legacy, repository.candidate) if isinstance(home, SageMakerHome))


def home_faults(repository: Repository, side: Side) -> Iterator[Fault]:
    """Refuse a role of another account, and half a network."""
    home = repository.home(side)
    assert isinstance(home, SageMakerHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
    account = home.role.split(":")[4] if home.role else ""
    if account and home.account and account != home.account:
        yield Fault((side.value, "role"), f"a role of account {account}", f"a role of account {home.account}")
    if bool(home.subnets) != bool(home.security_groups):
        key = "security_groups" if home.subnets else "subnets"
        yield Fault((side.value, key), "none", "subnets and security groups together, or neither")


def job_faults(job: Job, side: Side) -> Iterator[Fault]:
    """Check one job against the service's limits and the container's contract."""
    kind = on_sagemaker(KINDS.get(job.kind))
    if kind is None:
        yield _not_here(job.kind)
        return
    yield from _counts(job, side, kind)
    yield from metric_faults(job, side, kind)
    yield from _resources(job, side, kind)
    yield from _paths(job, side, kind)
    yield from _reading(job, side, kind)
    yield from _caps(job, side, kind)
    own = job.sides[side]
    for name, source in sorted(own.secret_sources.items()):
        if source.store is SecretStore.KUBERNETES:
            hint = "the job's role fetches it from Secrets Manager or Systems Manager"
            yield Fault(("secrets", name, side.value), "a Secret of a cluster", "secrets_manager or parameter", hint)
    if own.secret_sources and job.shim is ShimMode.OFF:
        name = min(own.secret_sources)
        hint = "SageMaker hands no secret over: the shim fetches it with the job's role"
        yield Fault(("secrets", name, side.value), "a source, and shim: off", "the shim", hint)


def _not_here(kind: str) -> Fault:
    """Refuse a kind that SageMaker can't run, and say whose mistake that may be."""
    runs = ", ".join(known.name for known in KINDS if on_sagemaker(known))
    hint = f"the plug-in of kind {kind} has no key {PLATFORM_NAME} in `on`"
    if PLATFORM_NAME in KINDS.get(kind).on:
        hint = f"the plug-in of kind {kind} is wrong: `parity plugin check {kind}` says where"
    return Fault(("kind",), kind, f"one that SageMaker runs: {runs}", hint)


def can_run_without_shim(job: Job, side: Side) -> bool:
    """Tell whether the service can run a job without its shim, which fetches secrets, writes files and lifts caps."""
    if job.sides[side].secret_sources or job.shim is ShimMode.OFF or is_laid_out(job):
        return False
    kind = on_sagemaker(KINDS.get(job.kind))
    bare = replace(job, shim=ShimMode.OFF)
    return kind is not None and not any((*_reading(bare, side, kind), *_caps(bare, side, kind)))


def priced_types(home: Home) -> tuple[str, ...]:
    """List the instance types that have a price."""
    assert isinstance(home, SageMakerHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
    return tuple(dict(home.prices_per_hour))


def price_of_run(home: Home, job: Job, side: Side) -> float | None:
    """Bound the price of one run by its time limit and what is kept warm; None: its type has no price."""
    assert isinstance(home, SageMakerHome)  # noqa: S101 # nosec B101 # the platform of a home is its own
    own = job.sides[side]
    price = dict(home.prices_per_hour).get(own.instance_type or "")
    return None if price is None else price * (job.time_limit_seconds + own.keep_alive_seconds) / _HOUR_SECONDS


def _counts(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    shim = 1 if job.shim is ShimMode.ON else 0
    counts = (
        ("inputs", len(job.inputs), kind.inputs_max - shim),
        ("outputs", len(job.outputs), kind.outputs_max),
        ("metrics", len(defined_metrics(job, side)), kind.metrics_max),
    )
    for key, count, most in counts:
        if most is not None and count > most:
            yield Fault((key,), f"{count} {key}", f"at most {most} for a {job.kind} job")
    for given in job.inputs:
        if given.name == limits.SHIM_CHANNEL:
            hint = "the harness's own channel has this one"
            yield Fault(("inputs", given.name), given.name, "another name", hint)


def _resources(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    most = kind.seconds_max
    if not 1 <= job.time_limit_seconds <= most:
        expected = f"1s to {duration(most)} for a {job.kind} job"
        yield Fault(("time_limit",), f"{job.time_limit_seconds} s", expected)
    if not limits.GIB <= job.resources.disk_bytes <= limits.VOLUME_MAX_BYTES:
        yield Fault(("resources", "disk"), f"{job.resources.disk_bytes} bytes", "1Gi to 16Ti")
    keep = job.sides[side].keep_alive_seconds
    most_kept = kind.keep_alive_seconds_max
    if keep > most_kept:
        expected = f"at most {most_kept} s" if most_kept else f"none: {job.kind} jobs have no warm pools"
        yield Fault((side.value, "keep_alive"), f"{keep} s", expected)
    if job.retries and not kind.retries:
        yield Fault(("retries",), str(job.retries), f"0: SageMaker never retries a {job.kind} job")


def _paths(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    places, folders = KINDS.get(job.kind), kind.output_folders
    for output in job.outputs:
        path = output.path.get(side)
        if path and not kind.uploads(path):
            expected = f"a path under {' or '.join(folders)}: SageMaker uploads nothing else"
            default = places.output_path(output.name)
            hint = f"write {{{side.other.value}: …}} only, and {default} is taken"
            yield Fault(("outputs", output.name, "path", side.value), path, expected, hint)
    for given in job.inputs:
        path, default, root = given.path[side], places.input_path(given.name), kind.input_root
        wrong = not path.startswith(f"{root}/") if root else path != default
        if wrong:
            expected = f"a path under {root}/" if root else default
            yield Fault(("inputs", given.name, "path", side.value), path, f"{expected}: SageMaker puts it there")


def _reading(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    """Check how the side reads its parameters; one file the service writes itself, for training jobs."""
    own, file = job.sides[side], limits.HYPERPARAMETERS_FILE
    path = (side.value, "read_parameters")
    if own.reading.path != file:
        yield from file_faults(job, side, f"argv, env or {file}")
    elif own.reading.format is FileFormat.JSON:
        yield Fault(path, "as: json", "as: strings", "SageMaker writes every value of this file as a string")
    if own.reading.path == file and not kind.parameter_file:
        yield Fault(path, file, "another file", "SageMaker writes it for training jobs only")
    yield from variable_faults(job, side)


def _caps(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    """Check the service's caps where the shim can't carry the values around them through S3."""
    own = job.sides[side]
    texts = {name: strict_json.text_of(value) for name, value in own.parameters.items()}
    if own.reading.path == limits.HYPERPARAMETERS_FILE or is_laid_out(job):
        remedy = "let the shim write another file, or pass them as argv"
        most = limits.HYPERPARAMETERS_MAX, limits.HYPERPARAMETER_VALUE_MAX
        yield from _map_caps((side.value, "parameters"), texts, most, remedy)
    if job.shim is ShimMode.ON:
        return
    given = dict(own.environment)
    if own.reading.delivery is Delivery.ENV:
        given |= texts
    most = limits.ENVIRONMENT_MAX, kind.environment_value_max
    yield from _map_caps((side.value, "environment"), given, most, _CARRIED)
    yield from _argument_caps(own, side, texts)


def _argument_caps(own: SideJob, side: Side, texts: Mapping[str, str]) -> Iterator[Fault]:
    arguments = [*own.command]
    if own.reading.delivery is Delivery.ARGV:
        arguments += [part for name, text in texts.items() for part in (f"--{name}", text)]
    if len(arguments) > limits.ARGUMENTS_MAX:
        found = f"{len(arguments)} arguments, parameters included"
        yield Fault((side.value, "command"), found, f"at most {limits.ARGUMENTS_MAX}", _CARRIED)
    longest = max(map(len, arguments), default=0)
    if longest > limits.ARGUMENT_MAX:
        found = f"an argument of {longest} characters"
        yield Fault((side.value, "command"), found, f"at most {limits.ARGUMENT_MAX}", _CARRIED)


def _map_caps(path: tuple[str, ...], values: Mapping[str, str], most: tuple[int, int], hint: str) -> Iterator[Fault]:
    entries_max, length_max = most
    if len(values) > entries_max:
        yield Fault(path, f"{len(values)} entries", f"at most {entries_max}: the service takes no more", hint)
    for name, text in values.items():
        if len(text) > length_max:
            expected = f"at most {length_max}: the service takes no more"
            yield Fault((*path, name), f"{len(text)} characters", expected, hint)
