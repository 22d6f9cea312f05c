"""The written form of what the sides of a job have, whatever platform they run on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from harness.fields import words
from harness.fields.words import Short, refuse


class Written(BaseModel):
    """Strict, closed and frozen. The text below a key is what the reference and editors say of it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    in_model: ClassVar[Mapping[str, str]] = {}
    """Key → the name that the model has for it, where that name carries the unit."""

    @classmethod
    def for_model(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Give what is written under the model's names; what is null is left to the model's defaults."""
        return {cls.in_model.get(key, key): value for key, value in values.items() if value is not None}


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
    """By which way; the short forms and `file` say it as well."""
    file: words.ContainerPath | None = None
    """The file that the job reads."""
    as_: Literal["json", "strings"] | None = Field(default=None, alias="as")
    """`json`, or `strings` as SageMaker writes them."""


Reading: TypeAlias = Annotated[ReadParameters, Short(reading, {"enum": ["argv", "env"]})]
Parameters: TypeAlias = dict[words.ParameterName, words.ParameterValue]
Variables: TypeAlias = dict[words.VariableName, words.VariableValue | None]


class Sidecar(Written):
    """A container beside the main one."""

    name: words.Name
    """Of the container."""
    command: Annotated[list[words.Argument], Field(min_length=1)]
    """One argument a member."""
    image: words.Image | None = None
    """The job's image unless written."""
    native: words.Flag | None = None
    """`true`: an init container that restarts."""


class BothJob(Written):
    """What both sides of a job have, and either may have otherwise."""

    command: Annotated[list[words.Argument], Field(min_length=1)] | None = None
    """The job's own command, one argument a member."""
    environment: Variables | None = None
    """Variables."""
    parameters: Parameters | None = None
    """Typed values, by name."""
    read_parameters: Reading | None = None
    """How the job reads them: `argv`, `env`, or a file."""


class PodJob(BothJob):
    """What a side has whose job is a pod."""

    sidecars: list[Sidecar] | None = None
    """Containers beside the main one."""
    scratch: dict[words.Name, words.ContainerPath | None] | None = None
    """Empty volumes: name → where they are mounted."""
