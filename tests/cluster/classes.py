"""Every decided class of the catalogue: the committed record that shows it, and the nearest one that must not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from cluster import recorded
from cluster.scenarios import Object, Scenario
from cluster.words import one, told

from harness.model.truth import Truth
from harness.platforms.kubernetes import truth as truth_kubernetes
from harness.platforms.kubernetes.catalogue import OWN as KUBERNETES
from harness.platforms.kubernetes.rules_parents import PARENTS
from harness.platforms.kubernetes.witnesses import witnesses_of

Edit = Callable[[list[Object]], list[Object]]


@dataclass(frozen=True, slots=True)
class Source:
    """A recorded watch, or what it would have been under a circumstance that no cluster shows on demand."""

    scenario: str
    up_to: str = ""
    """The records end with the first line that has this word."""
    edit: Edit | None = None
    how: str = ""
    """The edit in words."""
    lost: tuple[str, ...] | None = None
    """Declared outputs that were left nowhere; None: nobody knows of outputs."""

    @property
    def of(self) -> Scenario:
        """Find the scenario."""
        return next(scenario for scenario in recorded.EVERY if scenario.name == self.scenario)

    @property
    def captured(self) -> str:
        """Say how it was had."""
        begun = "scripted kubelet" if self.of.script else "provoked"
        cut = f"its watch up to {self.up_to}" if self.up_to else ""
        return "; ".join(name for name in (begun, cut, self.how) if name)


def decided(source: Source) -> Truth:
    """Decide a record as `parity explain` does, with what is known of outputs."""
    lines, taken = recorded.watch(source.of), recorded.taken(source.of)
    if source.up_to:
        end = next(place for place, each in enumerate(lines) if f'"{source.up_to}"' in json.dumps(each))
        lines, taken = lines[: end + 1], 0.0
    if source.edit is not None:
        lines = source.edit(lines)
    found = one(source.scenario, b"\n".join(json.dumps(line).encode() for line in lines), taken)
    if source.lost is None:
        return found.truth
    seen = witnesses_of((step.event for step in found.steps), lost=source.lost, outputs_known=True)
    return truth_kubernetes.decide(seen, None)


def _first_pod_again(lines: list[Object]) -> list[Object]:
    return [*lines, next(line for line in lines if line["object"]["kind"] == "Pod")]


def _jobs_first(lines: list[Object]) -> list[Object]:
    return sorted(lines, key=lambda each: each["object"]["kind"] != "Job")


STALE = Source("success", edit=_first_pod_again, how="the pod's first line again at the end, as from a stale cache")
AHEAD = Source("success", edit=_jobs_first, how="the Job's stream first")
CASES: dict[str, Source] = {
    "K01": Source("pod-deleted"),
    "K02": Source("deadline-in-time"),
    "K03": Source("pod-deadline"),
    "K04": Source("evicted-after-the-work"),
    "K05": Source("node-shutdown"),
    "K06": Source("admitted-again"),
    "K07": Source("code-lost"),
    "K08": Source("sidecar-fails-after"),
    "K09": Source("policy-hits-sidecar"),
    "K10": Source("runtime-restarted"),
    "K11": Source("last-retry-killed"),
    "K12": Source("one-index-fails"),
    "K19": Source("node-lost"),
    "K20": Source("child-oom"),
    "K21": Source("evicted-done"),
    "K22": Source("deletion-waited-for"),
    "K23": Source("cut-by-reboot", how="the node's stored boot id was changed"),
    "K24": Source("both-end-at-once"),
    "K25": Source("success", lost=("model",), how="its output is said to be absent"),
    "K26": Source("native-sidecar-fails"),
    "K27": Source("retried"),
    "K28": Source("quorum"),
    "K32": Source("suspended"),
    "K33": Source("finalizer-blocked"),
    "K34": Source("finalizer-blocked"),
    "K35": Source("sidecar-never-ends"),
    "K36": Source("unschedulable"),
    "K37": Source("no-service-account"),
    "K38": Source("terminal-but-alive"),
    "K41": Source("pod-deleted", up_to="FailureTarget"),
    "K42": Source("goes-on-unwatched"),
    "K43": Source("goes-on-unheard"),
    "K44": Source("ended-unwatched"),
    "K45": Source("pod-removed-unwatched"),
    "K46": STALE,
    "K47": Source("duplicate"),
    "K48": Source("events-dropped"),
    "K49": Source("failed-then-succeeded"),
    "K50": Source("removed-unwatched"),
    "K51": AHEAD,
    "K52": Source("ends-before-it-starts"),
    "K53": Source("ran-twice"),
    "K54": Source("never-running"),
}
CONTROLS: dict[str, Source] = {
    "K01": Source("deletion-waited-for"),
    "K02": Source("counted-late"),
    "K03": Source("job-deadline"),
    "K04": Source("evicted-for-disk"),
    "K05": Source("evicted-after-the-work"),
    "K06": Source("refused-first"),
    "K07": Source("main-oom"),
    "K08": Source("native-sidecar-fails"),
    "K09": Source("policy-hits-main"),
    "K10": Source("ended-with-255"),
    "K11": Source("retried"),
    "K12": Source("both-indexes-fail"),
    "K19": Source("evicted-by-taint"),
    "K20": Source("main-oom"),
    "K21": Source("evicted-for-disk"),
    "K22": Source("pod-deleted"),
    "K23": Source("left-alone"),
    "K24": Source("both-end-unsandboxed"),
    "K25": Source("success", lost=(), how="its output is said to be there"),
    "K26": Source("sidecar-fails-after"),
    "K27": Source("success"),
    "K28": Source("one-index-fails"),
    "K32": Source("pod-deleted"),
    "K33": Source("finalizer-blocked", up_to="SuccessCriteriaMet"),
    "K34": Source("finalizer-blocked", up_to="SuccessCriteriaMet"),
    "K35": Source("sidecar-never-ends", up_to="terminated"),
    "K36": Source("unschedulable", up_to="FailedScheduling"),
    "K37": Source("no-service-account", up_to="FailedCreate"),
    "K38": Source("code-error"),
    "K41": Source("pod-deleted"),
    "K42": Source("goes-on-unheard"),
    "K43": Source("goes-on-unwatched"),
    "K44": Source("goes-on-unwatched"),
    "K45": Source("goes-on-unwatched"),
    "K46": Source("success"),
    "K47": Source("counted-late"),
    "K48": Source("success"),
    "K49": Source("code-error"),
    "K50": Source("removed-under-watch"),
    "K51": Source("success"),
    "K52": Source("success"),
    "K53": Source("killed-and-succeeded"),
    "K54": Source("success"),
}


def rows() -> list[tuple[str, str, str, str, str, str]]:
    """Give class, case, how it was had, its truth, control, its truth."""
    return [
        (klass, case.scenario, case.captured, _word(case), _name(CONTROLS[klass]), _word(CONTROLS[klass]))
        for klass, case in CASES.items()
    ]


def _word(source: Source) -> str:
    truth = decided(source)
    return " + ".join([told(truth), *truth.also])


def _name(source: Source) -> str:
    cut = f"up to {source.up_to}" if source.up_to else source.how
    return f"{source.scenario} ({cut})" if cut else source.scenario


def table() -> str:
    """Show every class of the catalogue with its case and its control, or where those are that need a parent."""
    by_id = {rule.id: rule for rule in KUBERNETES}
    told_ones = {
        klass: (
            f"{klass} {by_id[klass].title}: {by_id[klass].mechanism}\n"
            f"    blames {by_id[klass].blames}; advice: {by_id[klass].advice}\n"
            f"    case     {case}: {truth} ({captured})\n"
            f"    control  {control}: {other}"
        )
        for klass, case, captured, truth, control, other in rows()
    }
    told_ones |= {
        rule.id: f"{rule.id} {rule.title}: {rule.mechanism}\n    case and control in tests/parent_cases.py"
        for rule in PARENTS
    }
    return "\n" + "\n".join(told_ones[klass] for klass in sorted(told_ones)) + "\n"
