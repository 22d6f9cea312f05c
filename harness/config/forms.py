"""Short forms and special refusals of `repos.yaml`: each takes what is written and gives the long form, or refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from harness.config.registered import format_names, metric_source_names
from harness.fields import units
from harness.fields.frameworks import FRAMEWORKS
from harness.fields.words import refuse
from harness.model.job import Layout
from harness.model.policy import PRESETS
from harness.model.target import is_target
from harness.model.truth import Cause
from harness.platforms import platforms
from harness.platforms.kinds import KINDS

CAUSES = [cause.value for cause in Cause]
LAYOUTS = [layout.value for layout in Layout]


def both_sides(value: object) -> object:
    """Take one path for both sides."""
    return {"legacy": value, "candidate": value} if isinstance(value, str) else value


def suite(value: object) -> object:
    """Take a file for a suite of expectations."""
    return {"suite": value} if isinstance(value, str) else value


def margin(value: object) -> object:
    """Take `1%` for a relative margin; a bare number does not say which margin it is."""
    if isinstance(value, str):
        found = units.share(value)
        if found is None:
            raise refuse(units.MARGIN_EXPECTED)
        return {"relative": found}
    if isinstance(value, int | float):
        raise refuse(units.MARGIN_EXPECTED, f"write {{absolute: {value}}} or {{relative: {value}}}")
    return value


def relative(value: object) -> object:
    """Take `1%` for 0.01."""
    found = units.share(value) if isinstance(value, str) else value
    if found is None:
        raise refuse("a share such as 1% or 0.01")
    return found


def target(value: object) -> object:
    """Refuse what is no bound of a curve."""
    if isinstance(value, str) and not is_target(value):
        raise refuse('">= 0.93" for what rises, "<= 0.25" for what falls')
    return value


def preset(value: object) -> object:
    """Take the name of a preset for a policy without exceptions."""
    return {"preset": value} if isinstance(value, str) else value


def preset_name(value: object) -> object:
    """Refuse an unknown preset."""
    if isinstance(value, str) and value not in PRESETS:
        raise refuse(_one_of(PRESETS))
    return value


def cause(value: object) -> object:
    """Take the name of a cause for an ending."""
    return {"cause": value} if isinstance(value, str) else value


def cause_name(value: object) -> object:
    """Refuse an unknown cause."""
    if isinstance(value, str) and value not in CAUSES:
        raise refuse(_one_of(CAUSES))
    return value


def layout_name(value: object) -> object:
    """Refuse an unknown layout."""
    if isinstance(value, str) and value not in LAYOUTS:
        raise refuse(_one_of(LAYOUTS))
    return value


def framework_name(value: object) -> object:
    """Refuse a framework whose form of metrics is not known."""
    if isinstance(value, str) and value not in FRAMEWORKS:
        raise refuse(_one_of(sorted(FRAMEWORKS)))
    return value


def format_name(value: object) -> object:
    """Refuse a format that nothing installed provides."""
    if isinstance(value, str) and value not in (known := format_names()):
        raise refuse(_one_of(known))
    return value


def metric_source(value: object) -> object:
    """Refuse a source of metrics that nothing installed provides."""
    if isinstance(value, str) and value not in (known := metric_source_names()):
        raise refuse(_one_of(known))
    return value


def tracking_uri(value: object) -> object:
    """Refuse what is no address of a tracking server, and credentials in one."""
    if isinstance(value, str):
        found = urlsplit(value)
        if found.scheme not in {"http", "https"} or not found.hostname:
            hint = "a file store is an output: file: {output: mlruns, name: '*/metrics/auc'}"
            raise refuse("an address such as https://mlflow.example.org", hint)
        if found.username is not None or found.query or found.fragment:
            hint = "MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and _PASSWORD, of whoever runs parity"
            raise refuse("an address without credentials, query or fragment", hint)
    return value


def kind_name(value: object) -> object:
    """Refuse a kind of job that nothing installed provides."""
    if isinstance(value, str) and value not in KINDS:
        raise refuse(_one_of(KINDS.plugins), _of_no_pair(value))
    return value


def _of_no_pair(kind: str) -> str:
    """Say what to write instead of a kind of job that a platform has, and that no pair can be made of."""
    return next((platform.form.no_pair[kind] for platform in platforms() if kind in platform.form.no_pair), "")


def launched(value: object) -> object:
    """Refuse observed runs by name."""
    if value == "observed":
        raise refuse("launched", "watching runs that others start is not built yet")
    return value


def one_replica(value: object) -> object:
    """Refuse more than one replica by name."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 1:
        raise refuse("1", "jobs on more than one host are not built yet")
    return value


KEPT = "where legacy and candidate keep its value"
KEPT_HINT = (
    "such as {HF_TOKEN: {legacy: {secret: hub, key: token}, candidate: {secrets_manager: prod/hub, key: token}}}"
)


def store_of(default: str) -> Callable[[object], str]:
    """Make what tells which kind of store a source of a secret names."""

    def store(value: object) -> str:
        keys = set(value) if isinstance(value, dict) else set(getattr(type(value), "model_fields", ()))
        if "secrets_manager" in keys or "parameter" in keys:
            return "cloud"
        return "cluster" if "secret" in keys else default

    return store


def secrets(value: object) -> object:
    """Refuse bare names: a secret is delivered from a store, or it is no secret of the job's."""
    if isinstance(value, list | str):
        raise refuse(f"a map of names to {KEPT}", KEPT_HINT)  # noqa: EM102 - it is shown, not raised
    return value


def is_word(value: object) -> str:
    """Tell a word from a map."""
    return "word" if isinstance(value, str) else "map"


def _one_of(words: Iterable[str]) -> str:
    return f"one of: {', '.join(words)}"
