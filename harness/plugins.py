"""Registries of what can be added: built-in values first, others found by the entry points of installed distributions.

A registry names its values by `module:attribute` and loads each on first use, so that a package below may list what a
package beside it defines, and so that listing costs no import. Nothing is added while a program runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points, version
from typing import Generic, Protocol, TypeVar

from harness.errors import PluginUnusable

OURS = "parity-harness"
"""Distribution of the built-in values."""
_NAME = re.compile(r"[a-z][a-z0-9._-]{0,39}")


class Named(Protocol):
    """A value that says its own name."""

    @property
    def name(self) -> str:
        """Its name in the registry, in files and in messages."""
        ...


T = TypeVar("T", bound=Named)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Plugin:
    """Where a value of a registry comes from; nothing of it has been loaded."""

    group: str
    """Of entry points, such as `parity.formats`."""
    name: str
    reference: str
    """`module:attribute`."""
    distribution: str
    version: str

    @property
    def built_in(self) -> bool:
        """Tell whether it comes with the harness."""
        return self.distribution == OURS

    def __str__(self) -> str:
        """Name it as messages do."""
        return f"plug-in {self.name!r} ({self.group}, {self.distribution} {self.version}, {self.reference})"


class Registry(Generic[T]):
    """All values of one group, by name.

    Every method raises `PluginUnusable` where a distribution registers a name that is taken, or that is none.
    """

    def __init__(self, group: str, kind: type[T], built_in: Mapping[str, str]) -> None:
        """List the built-in values, `module:attribute` by name; `kind` is what every value must be."""
        self.group = group
        self._kind = kind
        self._built_in = built_in
        self._loaded: dict[str, T] = {}

    @cached_property
    def plugins(self) -> Mapping[str, Plugin]:
        """Say where each value comes from: the built-in ones in their order, then the others by name."""
        return listed(self.group, self._built_in)

    def __iter__(self) -> Iterator[T]:
        """Load every value, in the order of `plugins`."""
        return (self.get(name) for name in self.plugins)

    def __contains__(self, name: object) -> bool:
        """Tell whether a name is registered; loads nothing."""
        return name in self.plugins

    def get(self, name: str) -> T:
        """Give the value of this name.

        Raises:
            PluginUnusable: no installed distribution registers the name, or its value can't be loaded.
        """
        if name not in self._loaded:
            plugin = self.plugins.get(name)
            if plugin is None:
                message = (
                    f"{self.group}: nothing named {name!r} is installed, only {', '.join(self.plugins)}; "
                    "install the distribution that provides it (`parity plugin list` shows what is there)"
                )
                raise PluginUnusable(message)
            self._loaded[name] = self._checked(plugin, _load(plugin))
        return self._loaded[name]

    def _checked(self, plugin: Plugin, value: object) -> T:
        if not isinstance(value, self._kind):
            message = f"{plugin}: expected a {self._kind.__name__}, found a {type(value).__name__}"
            raise PluginUnusable(message)
        if value.name != plugin.name:
            message = f"{plugin}: the value calls itself {value.name!r}; both names must be the same"
            raise PluginUnusable(message)
        return value


def listed(group: str, built_in: Mapping[str, str]) -> Mapping[str, Plugin]:
    """List the plug-ins of a group: the built-in ones in their order, then the others by name; loads none.

    Raises:
        PluginUnusable: a distribution registers a name that is taken, or that is none.
    """
    ours = (Plugin(group, name, reference, OURS, version(OURS)) for name, reference in built_in.items())
    found: dict[str, Plugin] = {}
    for plugin in (*ours, *_installed(group)):
        if not _NAME.fullmatch(plugin.name):
            message = f"{plugin}: a name is a small letter, then small letters, digits, '.', '_' or '-', at most 40"
            raise PluginUnusable(message)
        if (known := found.get(plugin.name)) is not None:
            remedy = f"uninstall {plugin.distribution} or rename its entry point"
            message = f"{plugin}: the name is taken by {known}; {remedy}"
            raise PluginUnusable(message)
        found[plugin.name] = plugin
    return found


def _installed(group: str) -> Iterator[Plugin]:
    """List the entry points of every other distribution, by name and distribution."""
    found = (_plugin(group, point) for point in entry_points(group=group))
    yield from sorted(found, key=lambda plugin: (plugin.name, plugin.distribution))


def _plugin(group: str, point: EntryPoint) -> Plugin:
    told = (point.dist.name, point.dist.version) if point.dist is not None else ("an unknown distribution", "")
    return Plugin(group, point.name, point.value, *told)


def load(reference: str, kind: type[V]) -> V:
    """Load what a value names by `module:attribute`, so that its own module needs not import it.

    Raises:
        PluginUnusable: it is not there, or is something else.
    """
    module, _, attribute = reference.partition(":")
    try:
        value = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        message = f"{reference} can't be loaded: {type(error).__name__}: {error}"
        raise PluginUnusable(message) from error
    if not isinstance(value, kind):
        message = f"{reference}: expected a {kind.__name__}, found a {type(value).__name__}"
        raise PluginUnusable(message)
    return value


def _load(plugin: Plugin) -> object:
    module, _, attribute = plugin.reference.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}"
        remedy = "a fault of the harness" if plugin.built_in else f"mend it, or uninstall {plugin.distribution}"
        message = f"{plugin} can't be loaded: {reason}; {remedy}"
        raise PluginUnusable(message) from error
