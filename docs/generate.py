"""Write the pages that are tables of the code: `nox -s docs`. A test compares each page with what this would write."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.config.schema import forms, meanings
from harness.fields.job import Written
from harness.model.event import Kind
from harness.model.lifecycle import MOVING, NEXT, TERMINAL, State
from harness.platforms.kubernetes.rules_agreement import AGREEMENT
from harness.platforms.kubernetes.rules_evidence import NOTES, UNKNOWN
from harness.platforms.kubernetes.rules_false_failure import FALSE_FAILURE
from harness.platforms.kubernetes.rules_false_success import FALSE_SUCCESS
from harness.platforms.kubernetes.rules_no_verdict import NO_VERDICT
from harness.platforms.kubernetes.rules_parents import PARENTS
from harness.platforms.rule import Rule
from harness.platforms.sagemaker import rules as rules_sagemaker

FOLDER = Path(__file__).parent
sys.path += [str(FOLDER), str(FOLDER.parent / "tests")]
import type_index  # noqa: E402 - beside this script
from cluster import classes  # noqa: E402 - the records' table is the tests' own

GENERATED = "<!-- Generated from {source} by `nox -s docs`; a test compares. -->\n"
TRUTH = """# Truth: the classes

{generated}
A job has two ends: what its program did (the **work**: ok, failed or unknown) and what the cluster or the service
marked it as (the **platform**: ok, failed or none). They can disagree: a job that did all its work is marked Failed, or
one that was cut short is marked Complete. Each known way in which that comes about is a class with an id: K… on
Kubernetes, S… on SageMaker. A job's records are enough to find it:

```
kubectl get job,pods,events -n ml -o json | parity explain -      # which class, and the sentence that says why
parity explain K08                                                # one class: how it comes about, and what to do
```

[What really happened to my job?](explain.md) tells what else can be read. In a row, *mechanism* is how it comes about,
*rule* what the records must show, and *blames* whose doing it is: the platform's, the job's or nobody's. What follows
from a class in a comparison of two platforms is told in [Method](method.md#truth).

Every rule reads records only, and each has a case where it must be named and a nearest record where it must not:
`nox -s tests -- tests/compare -k K08` runs those of one class. "The records end" is when they were taken: for a file
its own time, or the newest time it speaks of where that is later; for a recorded watch no line came earlier than the
newest time that it or a line before it speaks of.

Sources are threads and pages (owner/repository#number); "measured" means seen on a real control plane of 1.34.
"""
SECTIONS: tuple[tuple[str, str, Sequence[Rule[Any]], str], ...] = (
    (
        "Work done, Job marked failed",
        (
            "A false failure: the work need not run again. In a comparison, one of legacy is EXPLAINED where its "
            "outputs are complete."
        ),
        FALSE_FAILURE,
        "kubernetes",
    ),
    (
        "Work failed or cut, Job marked complete",
        (
            "A false success: look at the outputs before anything uses them. In a comparison it is a MISMATCH, always: "
            "no rule, waiver or ruling covers it. Work that ended with 0 after a stop signal is unknown (done or cut) "
            "until an output decides, whatever the Job's verdict ([ADR 0120](adr/0120-done-or-cut.md))."
        ),
        FALSE_SUCCESS,
        "kubernetes",
    ),
    (
        "What happened is not known",
        "They name the class where the work is unknown; nothing is guessed from 137 or 143.",
        UNKNOWN,
        "kubernetes",
    ),
    (
        "No verdict",
        "The Job has neither Complete nor Failed.",
        NO_VERDICT,
        "kubernetes",
    ),
    (
        "A parent or an orchestrator says something else",
        (
            "They need a document besides the Job's own, such as a RayJob or a task of Airflow ([explain.md]"
            "(explain.md#parents-and-neighbours)). Of a submitter they go before the Job's own class, else they name "
            "one only where the Job's records name none. No word of a parent makes a false success."
        ),
        PARENTS,
        "parents",
    ),
    (
        "Said beside agreement",
        "Work and verdict agree; the reader should know this all the same.",
        AGREEMENT,
        "kubernetes",
    ),
    (
        "Said of the records",
        "They never name the class, and stand beside it: about watches, events, clocks and versions.",
        NOTES,
        "kubernetes",
    ),
    (
        "SageMaker, work and status disagree",
        "The control plane shows no exit code of a job that completed: the shim, the phases and the artifacts testify.",
        rules_sagemaker.NAMING,
        "sagemaker",
    ),
    (
        "SageMaker, said beside",
        "They never name the class, and stand beside it.",
        rules_sagemaker.NOTES,
        "sagemaker",
    ),
)
RECORDS = """Each class that a Job's own records decide has a committed record of a real Kubernetes 1.34.4 in
`tests/recorded/cluster` that shows it, and a nearest one that must not (its control). "Provoked" is a real kubelet
with a real container; a scripted kubelet writes `pods/status` to a real API server with a real Job controller. A part
of a record, or a change to it, is named. "Decided as" is work, platform and class, and what stands beside. `nox -s
cluster` prints this table, provokes all of it anew, and holds it against the same words. Records whose name ends in
-unwatched lie in `forgotten.json` and `.jsonl`, `goes-on-unheard` in `half-open`. Classes that need a parent's
document have their cases and controls in `tests/parent_cases.py`, built from the threads that the table above cites."""
LIFECYCLE = """# Lifecycle

{generated}
Both platforms are translated to these states. The table says which kind of event moves which state where; kinds that
are not in it only testify. An empty cell is an illegal move: the event is kept, the state stays, and the replay makes
it a finding. A move back that lies within the error bars of the two clocks is unordered, not illegal. States may be
skipped forward, for a short pod is never seen running; back leads only `restarted`. Nothing leaves an ending.

"""


def cell(text: str) -> str:
    """Make a text safe inside a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table."""
    names = list(head)
    lines = [names, ["---"] * len(names), *[[cell(each) for each in row] for row in rows]]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def truth() -> str:
    """Write the table of every class."""
    parts = [TRUTH.format(generated=GENERATED.format(source="harness/platforms/kubernetes/rules_*.py"))]
    for title, text, rules, platform in SECTIONS:
        head = ("class", "mechanism", "rule", "blames", "advice", "sources", "test")
        rows = [
            (
                f"**{rule.id}** {rule.title}", rule.mechanism, rule.when, rule.blames.value, rule.advice, rule.sources,
                f"`test_truth_{platform}.py -k {rule.id}`",
            )
            for rule in sorted(rules, key=lambda each: each.id)
        ]  # fmt: skip
        order = ", ".join(rule.id for rule in rules)
        parts.append(f"\n## {title}\n\n{text} Looked for in this order: {order}.\n\n{table(head, rows)}")
    parts.append(f"\n## Records\n\n{RECORDS}\n\n{recorded()}")
    return "".join(parts)


def recorded() -> str:
    """Write the table of committed records: for each class the one that shows it, and the nearest that must not."""
    head = ("class", "record", "how it was had", "decided as", "control", "decided as")
    return table(head, classes.rows())


def lifecycle() -> str:
    """Write the table of every move, and its diagram."""
    kinds = [kind for kind in Kind if kind in MOVING]
    rows = [(f"**{state}**", *(_target(moves, kind) for kind in kinds)) for state, moves in NEXT.items()]
    generated = GENERATED.format(source="harness/model/lifecycle.py")
    page = LIFECYCLE.format(generated=generated) + table(("state", *(f"`{kind}`" for kind in kinds)), rows)
    return f"{page}\n## Diagram\n\n{DIAGRAM_TEXT}\n\n{diagram()}"


DIAGRAM_TEXT = (
    "Moves that skip states forward are left out; every state in the box but NEW has the moves that leave the box."
)


def _target(moves: Mapping[Kind, State], kind: Kind) -> str:
    return str(moves.get(kind, ""))


def diagram() -> str:
    """Draw the steps forward and back one by one, and the endings, which every state on the way has, once."""
    way = [state for state in NEXT if state not in TERMINAL]
    inner = [(one, other, kind) for one, other in pairwise(way) for kind, to in NEXT[one].items() if to is other]
    inner += [(state, to, kind) for state in way for kind, to in NEXT[state].items() if way.index(state) > _rank(to)]
    common = set.intersection(*(set(NEXT[state].items()) for state in way[1:]))
    ends = [f"    underway --> {to}: {kind}" for kind, to in sorted(common) if to in TERMINAL]
    steps = [f"        {one} --> {other}: {kind}" for one, other, kind in inner]
    return "\n".join(["```mermaid", "stateDiagram-v2", "    state underway {", *steps, "    }", *ends, "```", ""])


def _rank(state: State) -> int:
    return list(NEXT).index(state)


KEYS = """# Every key of `repos.yaml`

{generated}
Each form with its keys, from the whole file inwards. What they are for, with examples, is in
[configuration](configuration.md); editors show the same texts by `parity schema`. A key that isn't written has no
value, unless its line says otherwise or a preset gives one.
"""


def keys() -> str:
    """Write what is declared of each key, one table a form."""
    head = KEYS.format(generated=GENERATED.format(source="harness/config/written.py and what it names"))
    return "\n".join([head, *(_form(form) for form in forms())])


def _form(form: type[Written]) -> str:
    rows = [f"| `{key}` | {cell(meaning)} |" for key, meaning in meanings(form).items()]
    said = " ".join((form.__doc__ or "").split())
    return "\n".join([f"## {form.__name__}", "", said, "", "| key | meaning |", "| --- | --- |", *rows, ""])


def types() -> str:
    """Write the index of all public types."""
    return type_index.page(GENERATED.format(source="the docstrings of harness/"))


PAGES: dict[str, Callable[[], str]] = {
    "truth.md": truth,
    "lifecycle.md": lifecycle,
    "configuration-keys.md": keys,
    "types.md": types,
}


if __name__ == "__main__":
    for name, write in PAGES.items():
        (FOLDER / name).write_text(write(), encoding="utf-8")
