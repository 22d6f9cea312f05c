"""Which platform a section of `repos.yaml` is about: sections of a side are marked before they are checked. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Union

from pydantic import BaseModel, Discriminator, Tag

from harness.model.job import DEFAULT_PLATFORMS, Side
from harness.platforms import PLATFORMS, platforms
from harness.platforms.base import Platform


class SideMap(dict[str, Any]):
    """What is written of one side, with the platform that it is about."""

    platform: str = ""


def marked(data: Any) -> Any:  # noqa: ANN401 - any document
    """Mark every section of a side with its platform: the one that it names, or inherits, or the side's default."""
    if not isinstance(data, dict):
        return data
    shared = _named(data.get("defaults"), DEFAULT_PLATFORMS)
    found = {**data, "defaults": _layer(data["defaults"], shared)} if "defaults" in data else dict(data)
    repositories = data.get("repositories")
    if isinstance(repositories, dict):
        found["repositories"] = {name: _layer(entry, _named(entry, shared)) for name, entry in repositories.items()}
    return found


def _named(layer: Any, inherited: Mapping[Side, str]) -> Mapping[Side, str]:  # noqa: ANN401 - any part of a document
    """Take the platform that each side of a layer names; one that is not installed is complained of where it stands."""
    found = dict(inherited)
    for side in Side:
        section = layer.get(side.value) if isinstance(layer, dict) else None
        name = section.get("platform") if isinstance(section, dict) else None
        if isinstance(name, str) and name in PLATFORMS:
            found[side] = name
    return found


def _layer(layer: Any, names: Mapping[Side, str]) -> Any:  # noqa: ANN401 - any part of a document
    if not isinstance(layer, dict):
        return layer
    found = _sides(layer, names)
    if "every_job" in found:
        found["every_job"] = _sides(found["every_job"], names)
    if isinstance(found.get("jobs"), dict):
        found["jobs"] = {name: _sides(job, names) for name, job in found["jobs"].items()}
    return found


def _sides(layer: Any, names: Mapping[Side, str]) -> Any:  # noqa: ANN401 - any part of a document
    if not isinstance(layer, dict):
        return layer
    return {key: _section(value, names[Side(key)]) if key in set(Side) else value for key, value in layer.items()}


def _section(section: Any, name: str) -> Any:  # noqa: ANN401 - any part of a document
    if not isinstance(section, dict):
        return section
    found = SideMap(section)
    found.platform = name
    return found


def platform_of_section(default: str) -> Callable[[object], str]:
    """Make what tells which platform's form a section has: as it was marked, or of a checked one by its form."""

    def named(value: object) -> str:
        if isinstance(value, SideMap):
            return value.platform
        return next((platform.name for platform in platforms() if isinstance(value, _models(platform))), default)

    return named


def section(part: str, side: Side) -> object:
    """Make the form of a side's section: that of the platform which the section is about.

    `part`: `settings` of a repository's side, or `job`.
    """
    usual = DEFAULT_PLATFORMS[side]
    ordered = sorted(platforms(), key=lambda platform: platform.name != usual)
    members = [Annotated[getattr(platform.form, part), Tag(platform.name)] for platform in ordered]
    form = members[0] if len(members) == 1 else Union[tuple(members)]  # noqa: UP007 - made of a list
    return Annotated[form, Discriminator(platform_of_section(usual))]


def model_of(models: Sequence[type[BaseModel]], value: object) -> type[BaseModel] | None:
    """Choose the form that a value was checked by, of several: by its mark, else by the keys that it has."""
    if isinstance(value, SideMap):
        own = _models(PLATFORMS.get(value.platform))
        return next((model for model in models if model in own), None)
    keys = set(value) if isinstance(value, dict) else set()
    return max(models, key=lambda model: len(keys & set(_keys(model))), default=None)


def _models(platform: Platform) -> tuple[type[BaseModel], ...]:
    return platform.form.settings, platform.form.job


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())
