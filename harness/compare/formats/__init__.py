"""The formats of output files: one file each, with one object. Others are found by entry point `parity.formats`."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath

from harness.compare.format import Format, TableLog
from harness.config.registered import AUTO, BUILT_IN_FORMATS, BYTES
from harness.errors import PluginUnusable
from harness.model.job import CompareRule
from harness.plugins import Registry

FORMATS = Registry("parity.formats", Format, BUILT_IN_FORMATS)


@cache
def by_suffix() -> dict[str, str]:
    """Give the name of the format of each suffix.

    Raises:
        PluginUnusable: a format can't be loaded, or claims a suffix that another one has.
    """
    found: dict[str, str] = {}
    for form in FORMATS:
        for suffix in form.suffixes:
            if suffix in found:
                message = f"{FORMATS.plugins[form.name]}: files that end in {suffix} are of the format {found[suffix]}"
                raise PluginUnusable(message)
            found[suffix] = form.name
    return found


@cache
def with_log() -> dict[str, TableLog]:
    """Give what belongs to a table, by the name of each format whose tables have a log.

    Raises:
        PluginUnusable: a format can't be loaded.
    """
    return {form.name: form.data_set.log for form in FORMATS if form.data_set is not None and form.data_set.log}


def format_of(name: str, rule: CompareRule) -> Format:
    """Give the format that a rule names, or the one of the file's suffix.

    Raises:
        PluginUnusable: the format that the rule names is not installed, or can't be loaded.
    """
    if rule.form != AUTO:
        return FORMATS.get(rule.form)
    endings = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    known = by_suffix()
    found = (known[ending] for ending in ("".join(endings[-2:]), "".join(endings[-1:])) if ending in known)
    return FORMATS.get(next(found, BYTES))
