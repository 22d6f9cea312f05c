"""What every plug-in of a group must hold: one function a group, from the value to what is wrong with it."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.backends.connecting import CONNECTORS
from harness.backends.witnesses import SOURCES
from harness.campaign.checks import CHECKS
from harness.campaign.contracts import checks, metrics, parents, platforms, shown
from harness.compare.formats import FORMATS
from harness.errors import PluginUnusable
from harness.parents import PARENTS
from harness.platforms import PLATFORMS
from harness.platforms.kinds import KINDS
from harness.plugins import Plugin, Registry
from harness.report.sections import SECTIONS
from harness.runner.metric_sources import METRIC_SOURCES

REGISTRIES: tuple[Registry[Any], ...] = (
    PLATFORMS, CONNECTORS, KINDS, SOURCES, PARENTS, METRIC_SOURCES, FORMATS, CHECKS, SECTIONS,
)  # fmt: skip
"""In the order in which a run meets them."""
_CONTRACTS: Mapping[str, Callable[[Any], Iterator[str]]] = {
    PLATFORMS.group: platforms.of_platform,
    CONNECTORS.group: platforms.of_connector,
    KINDS.group: platforms.of_kind,
    SOURCES.group: platforms.of_source,
    PARENTS.group: parents.of_parent,
    METRIC_SOURCES.group: metrics.of_metric_source,
    FORMATS.group: shown.of_format,
    CHECKS.group: checks.of_check,
    SECTIONS.group: shown.of_section,
}


def plugins() -> tuple[Plugin, ...]:
    """List every plug-in, the built-in ones of a group first; loads none.

    Raises:
        PluginUnusable: a distribution registers a name that is taken, or that is none.
    """
    return tuple(plugin for registry in REGISTRIES for plugin in registry.plugins.values())


def problems(name: str) -> Mapping[Plugin, tuple[str, ...]]:
    """Hold every plug-in of this name against its group's contract; give what is wrong with each.

    Raises:
        PluginUnusable: nothing of this name is installed.
    """
    found: dict[Plugin, tuple[str, ...]] = {}
    for registry in REGISTRIES:
        if name in registry:
            found[registry.plugins[name]] = _problems(registry, name)
    if not found:
        message = f"nothing named {name!r} is installed; `parity plugin list` shows what is"
        raise PluginUnusable(message)
    return found


def _problems(registry: Registry[Any], name: str) -> tuple[str, ...]:
    """Give what is wrong with one plug-in; one that can't be loaded, or that raises, has that as its only problem."""
    plugin = registry.plugins[name]
    try:
        return tuple(_CONTRACTS[registry.group](registry.get(name)))
    except PluginUnusable as error:
        return (str(error).removeprefix(str(plugin)).removeprefix(":").strip(),)
    except Exception as error:  # noqa: BLE001 - whatever a plug-in does, it is told
        return (f"it raised {type(error).__name__}: {error} ({_place(error, plugin)})",)


def _place(error: Exception, plugin: Plugin) -> str:
    """Name the last line of the plug-in's own module that led to an error; without one, the line that raised it."""
    module = sys.modules.get(plugin.reference.partition(":")[0])
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == getattr(module, "__file__", None)]
    last = (own or frames)[-1]
    return f"{last.filename}:{last.lineno}"
