"""Airflow's task instances, as its REST API and `airflow tasks states-for-dag-run -o json` print them, and their logs.

A task of the KubernetesPodOperator started its pod and watches it: its state is a verdict of its own.
"""

from __future__ import annotations

import hashlib
import re

from harness.model.job import Json
from harness.model.parent import Parent, ParentState, Relation, Trouble
from harness.parents.kind import ParentKind
from harness.parents.reading import Object, line, part, said, seconds, text, trouble, word

_STATES = {
    "success": ParentState.OK,
    "failed": ParentState.FAILED,
    "up_for_retry": ParentState.FAILED,
    "running": ParentState.RUNNING,
    "restarting": ParentState.RUNNING,
    "deferred": ParentState.RUNNING,
    "queued": ParentState.WAITING,
    "scheduled": ParentState.WAITING,
    "up_for_reschedule": ParentState.WAITING,
    "": ParentState.WAITING,
}
"""TaskInstanceState; up_for_retry: this attempt failed. skipped, removed and upstream_failed started nothing."""
_LABEL_MAX = 63
_UNSAFE = re.compile(r"^[^a-z0-9A-Z]*|[^a-zA-Z0-9_\-\.]|[^a-z0-9A-Z]*$")
_MARKED = re.compile(r"(?:Marking task as |\b(?:final_|new_)?state=)['\"]?(success|failed|up_for_retry)", re.IGNORECASE)
_ERROR = re.compile(r"error|exception|denied|timeout|failed|404", re.IGNORECASE)
_NAMED = re.compile(r"\bdag_id=([\w.\-]+),? +task_id=([\w.\-]+)")
_LOG_MAX = 2_000_000
"""Characters of a log that are read, from its end."""


def safe_label(value: str) -> str:
    """Write a value as Airflow's labels have it (providers/cncf/kubernetes, make_safe_label_value)."""
    safe = _UNSAFE.sub("", value)
    if len(safe) <= _LABEL_MAX and safe == value:
        return safe
    digest = hashlib.md5(value.encode(), usedforsecurity=False).hexdigest()[:9]
    return f"{safe[: _LABEL_MAX - len(digest) - 1]}-{digest}"


def _read(item: Object) -> tuple[Parent, ...]:
    if text(item, "task_id") and text(item, "dag_id") and "state" in item:
        return (_task(item),)
    return _log(item) if "content" in item else ()


def _task(item: Object) -> Parent:
    dag, task, run = text(item, "dag_id"), text(item, "task_id"), text(item, "dag_run_id") or text(item, "run_id")
    told, note = text(item, "state"), text(item, "note")
    state = _STATES.get(told, ParentState.UNKNOWN)
    number, index = word(item.get("try_number")), word(item.get("map_index"))
    again = f"try {number}" if number else ""
    rendered = part(item, "rendered_fields")
    names = {text(rendered, name) for name in ("name", "job_name", "pod_name")} | {text(item, "hostname")}
    return Parent(
        kind="Airflow task",
        name=f"{dag}.{task}",
        namespace="",
        uid=f"airflow/{dag}/{run}/{task}/{index}/{number}",
        relation=Relation.WATCHES,
        state=state,
        says=line(f"{told or 'no state'}{again and f' ({again})'}", said("", note)),
        trouble=trouble(note) if state is ParentState.FAILED else Trouble.NONE,
        ended_seconds=seconds(item.get("end_date")),
        made=frozenset((kind, name) for kind in ("Pod", "Job") for name in names if name),
        labels=(("dag_id", safe_label(dag)), ("task_id", safe_label(task))),
        agreeing=_agreeing(run, number, index),
    )


def _agreeing(run: str, number: str, index: str) -> tuple[tuple[str, str], ...]:
    mapped = index if index not in {"", "-1"} else ""
    pairs = (("run_id", safe_label(run) if run else ""), ("try_number", number), ("map_index", mapped))
    return tuple((name, value) for name, value in pairs if value)


def _log(item: Object) -> tuple[Parent, ...]:
    """Read a task's log, as the REST API gives it: text (2.x), or one object a line (3.x)."""
    content = item.get("content")
    rows = [row for row in content if isinstance(row, dict)] if isinstance(content, list) else []
    told = "\n".join(_row(row) for row in rows) if rows else content if isinstance(content, str) else ""
    told = told[-_LOG_MAX:]
    named = next((row for row in rows if text(row, "dag_id") and text(row, "task_id")), {})
    found = _NAMED.search(told)
    dag = text(named, "dag_id") or (found[1] if found else "")
    task = text(named, "task_id") or (found[2] if found else "")
    if not dag or not task:
        return ()
    words = [word.lower() for word in _MARKED.findall(told)]
    marks = tuple(_STATES[word] for word in words)
    failed = bool(marks) and marks[-1] is ParentState.FAILED
    why = trouble(_errors(told)) if failed else Trouble.NONE
    run, number = text(named, "run_id"), word(named.get("try_number"))
    return (
        Parent(
            kind="Airflow log",
            name=f"{dag}.{task}",
            namespace="",
            uid=f"airflow-log/{dag}/{run}/{task}/{number}",
            relation=Relation.WATCHES,
            state=marks[-1] if marks else ParentState.UNKNOWN,
            says=line(f"marked {', then '.join(words[:4])}" if words else "no end is marked"),
            trouble=why,
            marks=marks,
            labels=(("dag_id", safe_label(dag)), ("task_id", safe_label(task))),
            agreeing=_agreeing(run, number, ""),
        ),
    )


def _row(row: Object) -> str:
    level = text(row, "level").upper()
    more: Json = row.get("error_detail") or row.get("exc_info") or ""
    return f"{level} {text(row, 'event')} {more if isinstance(more, str) else line(str(more)[:2000])}"


def _errors(told: str) -> str:
    """Keep the lines of a log that speak of an error, the newest first."""
    rows = [row for row in told.splitlines() if _ERROR.search(row)]
    return "\n".join(reversed(rows[-200:]))


AIRFLOW = ParentKind(
    "airflow-task",
    "",
    frozenset(),
    _read,
    "apache/airflow, REST API (TaskInstanceResponse, task logs), airflow/utils/state.py, "
    "providers/cncf/kubernetes (labels of the KubernetesPodOperator)",
    example={"dag_id": "nightly", "task_id": "train", "dag_run_id": "r1", "state": "success", "try_number": 1},
)
