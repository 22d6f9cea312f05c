"""All that is changed of a Create request before it is sent, by name. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.fields.paths import Path
from harness.model.document import CAMPAIGN, CHANNEL, FOLDER, OUTPUT, RUN, RUN_ID, SPEC, Mutation, at
from harness.model.document import IMAGE as PINNED_IMAGE
from harness.model.job import Job, Json, ShimMode, Side
from harness.model.repository import Repository
from harness.platforms.changes import Changes
from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker import limits
from harness.platforms.sagemaker.document import (
    COMMAND,
    IMAGE,
    ISOLATION,
    PROCESSING,
    SECONDS,
    SECONDS_DEFAULT,
    kind_of,
)

NAME, LABELS = "name: every run has its own", "labels: the run's campaign, for whoever looks at the account"
PINNED, DEADLINE = "image: pinned by digest at plan", "deadline: time_limit of the entry"
PLACE = "output place: a run in parallel writes below the entry's staging prefix"
SHIM = "shim: it starts the job's own command and records what it sees"
BARE = "shim: the entry's command, which the request leaves to the image, is started under it"
STATE = "state: both runs of a pair start from the campaign's copy"
BLOCKED = "effects block: the run may do nothing outside"
EFFECTS = "effects redirect: redirect_environment of the entry"

_PLACES: Mapping[str, Path] = {
    "": ("OutputDataConfig", "S3OutputPath"),
    "checkpoints/": ("CheckpointConfig", "S3Uri"),
    "debug/": ("DebugHookConfig", "S3OutputPath"),
    "profile/": ("ProfilerConfig", "S3OutputPath"),
    "tensorboard/": ("TensorBoardOutputConfig", "S3OutputPath"),
}
"""Folder below the run's own prefix → where a request names the place that it is for."""
_RULES = ("DebugRuleConfigurations", "ProfilerRuleConfigurations")


def mutations(repository: Repository, job: Job, side: Side) -> tuple[Mutation, ...]:
    """List what is changed of a side's request, with tokens for what differs from run to run."""
    del repository
    document = job.sides[side].document
    if document is None:
        return ()
    changes, kind = Changes(document.content), kind_of(document.content)
    changes.put((f"{kind.removeprefix('Create')}Name",), RUN, NAME)
    for key, value in (("parity-harness/campaign", CAMPAIGN), ("parity-harness/run", RUN_ID)):
        changes.add(("Tags",), {"Key": key, "Value": value}, LABELS)
    changes.put(IMAGE[kind], PINNED_IMAGE, PINNED)
    seconds = at(changes.content, SECONDS)
    if (seconds if isinstance(seconds, int) else SECONDS_DEFAULT) > job.time_limit_seconds:
        changes.put(SECONDS, job.time_limit_seconds, DEADLINE)
    for path, place in _places(changes.content):
        changes.put(path, place, PLACE)
    for path, place in _states(changes.content, job):
        changes.put(path, place, STATE)
    for effect in job.effects:
        for name, value in sorted(effect.redirect_environment.items()):
            changes.put(("Environment", name), value, EFFECTS)
    if job.is_blocked:
        changes.put(ISOLATION[kind], True, BLOCKED)
        changes.add(("Tags",), {"Key": limits.ONLY_BELOW, "Value": FOLDER}, BLOCKED)
    if job.shim is ShimMode.ON:
        _shim(changes, job, side, kind)
    return tuple(changes.made)


def _places(request: dict[str, Json]) -> Iterator[tuple[Path, str]]:
    """Give every path of a request that names a place to write to, with the run's own one."""
    for folder, path in _PLACES.items():
        if at(request, path) is not None:
            yield path, f"{OUTPUT}{folder}"
    for key in _RULES:
        rules = request.get(key)
        for number, rule in enumerate(rules if isinstance(rules, list) else ()):
            if isinstance(rule, dict) and "S3OutputPath" in rule:
                yield (key, number, "S3OutputPath"), f"{OUTPUT}rules/{number}/"
    outputs = at(request, ("ProcessingOutputConfig", "Outputs"))
    for number, output in enumerate(outputs if isinstance(outputs, list) else ()):
        if isinstance(output, dict) and at(output, ("S3Output", "S3Uri")) is not None:
            path = ("ProcessingOutputConfig", "Outputs", number, "S3Output", "S3Uri")
            yield path, f"{OUTPUT}{output.get('OutputName')}/"


def _states(request: dict[str, Json], job: Job) -> Iterator[tuple[Path, str]]:
    """Give the place of each input that is the job's own last output, with that of the campaign's copy."""
    states = {given.name: given.uri for given in job.inputs if given.state}
    for key, name, inside in (
        ("InputDataConfig", "ChannelName", ("DataSource", "S3DataSource", "S3Uri")),
        ("ProcessingInputs", "InputName", ("S3Input", "S3Uri")),
    ):
        given = request.get(key)
        for number, item in enumerate(given if isinstance(given, list) else ()):
            if isinstance(item, dict) and str(item.get(name)) in states and at(item, inside) is not None:
                yield (key, number, *inside), states[str(item[name])]


def _shim(changes: Changes, job: Job, side: Side, kind: str) -> None:
    """Give the shim a channel of its own, and let it start the command."""
    entry, arguments = COMMAND[kind]
    given, after = at(changes.content, entry), at(changes.content, arguments)
    own: list[Json] = list(given) if isinstance(given, list) else []
    why = SHIM
    if not own:
        own, why = list(job.sides[side].command), BARE
        own = own[: len(own) - len(after)] if isinstance(after, list) else own
    name = limits.SHIM_CHANNEL
    folder = KINDS.get(job.kind).input_path(name)
    changes.put(entry, ["python3", f"{folder}/shim.py", f"{folder}/spec.json", SPEC, "--", *own], why)
    source: dict[str, Json] = {"S3DataType": "S3Prefix", "S3Uri": CHANNEL}
    if kind == PROCESSING:
        given_input: Json = {"InputName": name, "S3Input": {**source, "LocalPath": folder, "S3InputMode": "File"}}
        changes.add(("ProcessingInputs",), given_input, SHIM)
        return
    channel: dict[str, Json] = {
        "ChannelName": name,
        "DataSource": {"S3DataSource": {**source, "S3DataDistributionType": "FullyReplicated"}},
    }
    if at(changes.content, ("AlgorithmSpecification", "TrainingInputMode")) != "File":
        channel["InputMode"] = "File"
    changes.add(("InputDataConfig",), channel, SHIM)
