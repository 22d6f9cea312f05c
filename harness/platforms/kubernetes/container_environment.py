"""Environment and command of a container as the kubelet would hand them over, as far as its document says. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.fields.paths import Path
from harness.model.job import Json
from harness.platforms.draft import WORD, NotCarriedError, Others, is_variable, may_be_written
from harness.platforms.fault import Fault
from harness.platforms.tracked import Tracked

_REFERENCE = re.compile(r"\$\$|\$\(([^()]*)\)")
_SERVICE = re.compile(r"[A-Z0-9_]+_(SERVICE_HOST|SERVICE_PORT\w*|PORT(_\w+)?)|KUBERNETES_\w+")
"""Variables that the kubelet makes of the services of a namespace."""
_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")


@dataclass(slots=True)
class Environment:
    """What a container's variables are."""

    values: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Variable → where each side keeps its value."""
    credentials: list[str] = field(default_factory=list)
    """Variables whose value stands in the document and looks like a credential: never written anywhere."""
    unknown: set[str] = field(default_factory=set)
    """Variables that have a value which the document does not say."""
    open_ended: bool = False
    """There may be more variables, of a ConfigMap or Secret that is not in the input."""


def read(document: Tracked, container: Path, namespace: str, others: Others) -> Environment:
    """Read `envFrom`, then `env`, which wins; the last of two with one name wins."""
    found = Environment()
    for number in range(document.count(*container, "envFrom")):
        _from(document, (*container, "envFrom", number), found, namespace, others=others)
    for number in range(document.count(*container, "env")):
        _variable(document, (*container, "env", number), found, namespace, others=others)
    return found


def _from(document: Tracked, at: Path, found: Environment, namespace: str, *, others: Others) -> None:
    name, prefix = document.look(*at, "configMapRef", "name"), document.look(*at, "prefix") or ""
    data = data_of(others, namespace, str(name)) if isinstance(name, str) else None
    if data is None:
        found.open_ended = True
        return
    document.take(*at)
    for key, value in data.items():
        if is_variable(f"{prefix}{key}"):
            _set(found, f"{prefix}{key}", value)


def _variable(document: Tracked, at: Path, found: Environment, namespace: str, *, others: Others) -> None:
    name, value = document.look(*at, "name"), document.look(*at, "value")
    if not isinstance(name, str):
        return
    source = document.look(*at, "valueFrom")
    if isinstance(source, dict) and source:
        value = _looked_up(source, namespace, others)
        if isinstance(document.look(*at, "valueFrom", "secretKeyRef"), dict) and is_variable(name):
            _forget(found, name)
            key = (*at, "valueFrom", "secretKeyRef")
            legacy = {"secret": document.text(*key, "name") or WORD, "key": document.text(*key, "key") or WORD}
            found.secrets[name] = {"legacy": legacy, "candidate": {"secrets_manager": WORD}}
            found.unknown.add(name)
            document.take(*at, "name")
            return
        if value is None:
            _forget(found, name)
            found.unknown.add(name)
            return
    given = "" if value is None else value
    if not isinstance(given, str) or not is_variable(name):
        found.unknown.add(name)
        return
    text = expanded(given, found, (*at, "value"))
    if _set(found, name, text):
        document.take(*at)


def _set(found: Environment, name: str, value: str) -> bool:
    """Keep a value; a credential is named and not kept."""
    _forget(found, name)
    if may_be_written(name, value):
        found.values[name] = value
        return True
    found.secrets[name] = {"legacy": {"secret": WORD, "key": WORD}, "candidate": {"secrets_manager": WORD}}
    found.credentials.append(name)
    found.unknown.add(name)
    return False


def _forget(found: Environment, name: str) -> None:
    found.values.pop(name, None)
    found.secrets.pop(name, None)
    found.unknown.discard(name)


def _looked_up(source: Mapping[str, Json], namespace: str, others: Others) -> str | None:
    """Read a key of a ConfigMap that is in the input."""
    reference = source.get("configMapKeyRef")
    if not isinstance(reference, dict):
        return None
    data = data_of(others, namespace, str(reference.get("name")))
    return None if data is None else data.get(str(reference.get("key")))


def data_of(others: Others, namespace: str, name: str) -> Mapping[str, str] | None:
    """Give the texts of a ConfigMap of the input; None: it is not there."""
    for item in others:
        metadata = item.get("metadata")
        if item.get("kind") == "ConfigMap" and isinstance(metadata, dict) and metadata.get("name") == name:
            data = item.get("data")
            if str(metadata.get("namespace") or namespace) == namespace or not namespace:
                return (
                    {key: value for key, value in data.items() if isinstance(value, str)}
                    if isinstance(data, dict)
                    else {}
                )
    return None


def expanded(text: str, environment: Environment, path: Path) -> str:
    """Put variables in the places of `$(NAME)`, as the kubelet does; `$$` is one `$`.

    A name that no variable has stays as it is written: `$(date)` is the shell's.

    Raises:
        NotCarriedError: a variable has a value that the document does not say, or may have one.
    """

    def put(match: re.Match[str]) -> str:
        name = match[1]
        if name is None:
            return "$"
        if name in environment.values:
            return environment.values[name]
        may_be = environment.open_ended and _NAME.fullmatch(name) and name.isupper()
        if name in environment.unknown or may_be or _SERVICE.fullmatch(name):
            expected = "a value that the document says"
            hint = "write the value, or let the program read the variable itself"
            raise NotCarriedError(Fault(path, f"$({name}), whose value only the cluster knows", expected, hint))
        return match[0]

    return _REFERENCE.sub(put, text)
