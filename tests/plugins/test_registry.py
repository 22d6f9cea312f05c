"""Registries: built-in values first, then those of installed distributions; a fault is one error that names it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner
from installed import distribution

from harness.cli.main import parity
from harness.errors import PluginUnusable
from harness.plugins import Plugin, Registry


@dataclass(frozen=True)
class Fruit:
    """A value of the tests' registry."""

    name: str


PEAR = Fruit("pear")
_MODULE = "from {home} import Fruit\nFIG = Fruit('fig')\nKIWI = Fruit('kiwi')\nSTONE = 3\n"


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let references to this file be imported, whatever pytest calls it."""
    import sys  # noqa: PLC0415 - used here only

    monkeypatch.setitem(sys.modules, "fruit_home", sys.modules[__name__])


def _registry(built_in: dict[str, str] | None = None) -> Registry[Fruit]:
    return Registry("parity.fruit", Fruit, {"pear": "fruit_home:PEAR"} if built_in is None else built_in)


def _install(
    monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, points: dict[str, str], module: str = "orchard"
) -> None:
    modules = {f"{module}.py": _MODULE.format(home="fruit_home")}
    monkeypatch.syspath_prepend(str(distribution(folder / name, name, {"parity.fruit": points}, modules)))


def test_built_in_values_come_first_and_others_follow_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The order is that of the list of built-in values, then that of names; each says where it comes from."""
    points = {"kiwi": "orchard_sorted:KIWI", "fig": "orchard_sorted:FIG"}
    _install(monkeypatch, tmp_path, "some-orchard", points, "orchard_sorted")
    registry = _registry()
    assert list(registry) == [PEAR, Fruit("fig"), Fruit("kiwi")]
    assert list(registry.plugins.values()) == [
        Plugin("parity.fruit", "pear", "fruit_home:PEAR", "parity-harness", version("parity-harness")),
        Plugin("parity.fruit", "fig", "orchard_sorted:FIG", "some-orchard", "1.2"),
        Plugin("parity.fruit", "kiwi", "orchard_sorted:KIWI", "some-orchard", "1.2"),
    ]
    assert [plugin.built_in for plugin in registry.plugins.values()] == [True, False, False]


def test_listing_loads_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that can't be loaded does no harm until somebody asks for it."""
    _install(monkeypatch, tmp_path, "broken", {"fig": "no_such_module:FIG"})
    registry = _registry()
    assert list(registry.plugins) == ["pear", "fig"]
    assert "fig" in registry
    assert registry.get("pear") == PEAR


def _broken(name: str, reference: str) -> str:
    return f"plug-in {name!r} (parity.fruit, broken 1.2, {reference})"


@pytest.mark.parametrize(
    ("name", "reference", "says"),
    [
        (
            "fig",
            "no_such_module:FIG",
            " can't be loaded: ModuleNotFoundError: No module named 'no_such_module'; mend it, or uninstall broken",
        ),
        (
            "fig",
            "orchard:PLUM",
            " can't be loaded: AttributeError: module 'orchard' has no attribute 'PLUM'; mend it, or uninstall broken",
        ),
        ("fig", "orchard:STONE", ": expected a Fruit, found a int"),
        ("fig", "orchard:KIWI", ": the value calls itself 'kiwi'; both names must be the same"),
        (
            "Fig!",
            "orchard:FIG",
            ": a name is a small letter, then small letters, digits, '.', '_' or '-', at most 40",
        ),
        (
            "pear",
            "orchard:FIG",
            (
                f": the name is taken by plug-in 'pear' (parity.fruit, parity-harness {version('parity-harness')}, "
                "fruit_home:PEAR); uninstall broken or rename its entry point"
            ),
        ),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_one_error_that_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reference: str, says: str
) -> None:
    """The error names plug-in, group, distribution, version and reference, and says what to do."""
    _install(monkeypatch, tmp_path, "broken", {name: reference})
    with pytest.raises(PluginUnusable) as caught:
        _registry().get(name)
    assert str(caught.value) == _broken(name, reference) + says


def test_two_distributions_may_not_register_one_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither wins: whoever comes first would decide what is compared."""
    _install(monkeypatch, tmp_path, "orchard-a", {"fig": "orchard:FIG"})
    _install(monkeypatch, tmp_path, "orchard-b", {"fig": "orchard:FIG"})
    with pytest.raises(PluginUnusable, match=r"orchard-b 1\.2.*taken by.*orchard-a 1\.2.*uninstall orchard-b"):
        list(_registry())


def test_a_name_that_nothing_registers_is_told_with_what_there_is() -> None:
    """A file may name a plug-in that is not installed here."""
    with pytest.raises(PluginUnusable) as caught:
        _registry().get("fig")
    assert str(caught.value) == (
        "parity.fruit: nothing named 'fig' is installed, only pear; "
        "install the distribution that provides it (`parity plugin list` shows what is there)"
    )


def test_a_plug_in_that_ends_the_program_while_it_is_imported_is_an_error_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exit code of a plug-in is no verdict."""
    points = {"parity.fruit": {"fig": "leaving:FIG"}}
    monkeypatch.syspath_prepend(str(distribution(tmp_path, "leaving", points, {"leaving.py": "raise SystemExit(0)\n"})))
    with pytest.raises(PluginUnusable, match="SystemExit: 0"):
        _registry().get("fig")


def test_the_command_line_ends_with_2_and_the_plug_ins_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault of the installation, like one of the configuration."""

    def refuse(_: object) -> int:
        message = "plug-in 'fig' can't be loaded"
        raise PluginUnusable(message)

    monkeypatch.setattr("harness.cli.configs.schema", refuse)
    result = CliRunner().invoke(parity, ["schema"])
    assert (result.exit_code, result.stderr) == (2, "plug-in 'fig' can't be loaded\n")
