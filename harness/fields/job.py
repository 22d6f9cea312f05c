"""The written form of what the sides of a job have, whatever platform they run on."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from harness.fields import words
from harness.fields.words import Short, refuse


class Written(BaseModel):
    """Strict, closed and frozen."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


DEFAULT_FILE_FORMAT = "json"
"""Of `read_parameters: {file: …}`: the only form that keeps types."""


def reading(value: object) -> object:
    """Take `argv` or `env` for the map that says so; a file is typed JSON unless it says otherwise."""
    if isinstance(value, str):
        if value not in {"argv", "env"}:
            raise refuse("argv, env, or a map with file and as", "such as {file: /app/parameters.json, as: json}")
        return {"delivery": value}
    if isinstance(value, dict):
        if "file" not in value or "delivery" in value:
            raise refuse("argv, env, or a map with file and as", "such as {file: /app/parameters.json, as: json}")
        return {"as": DEFAULT_FILE_FORMAT, **value, "delivery": "file"}
    return value


class ReadParameters(Written):
    """How the job reads its parameters: argv, env, or a file."""

    delivery: SkipJsonSchema[Literal["argv", "env", "file"]]
    file: words.ContainerPath | None = None
    as_: Literal["json", "strings"] | None = Field(default=None, alias="as")


Reading: TypeAlias = Annotated[ReadParameters, Short(reading, {"enum": ["argv", "env"]})]
Parameters: TypeAlias = dict[words.ParameterName, words.ParameterValue]
Variables: TypeAlias = dict[words.VariableName, words.VariableValue | None]


class Sidecar(Written):
    """A container beside the main one."""

    name: words.Name
    command: Annotated[list[words.Argument], Field(min_length=1)]
    image: words.Image | None = None
    native: words.Flag | None = None


class BothJob(Written):
    """What both sides of a job have, and either may have otherwise."""

    command: Annotated[list[words.Argument], Field(min_length=1)] | None = None
    environment: Variables | None = None
    parameters: Parameters | None = None
    read_parameters: Reading | None = None


class PodJob(BothJob):
    """What a side has whose job is a pod."""

    sidecars: list[Sidecar] | None = None
    scratch: dict[words.Name, words.ContainerPath | None] | None = None
