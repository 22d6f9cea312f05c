"""Jobs whose endings need a part of the cluster to be away or a watcher to be blind, in groups of one outage. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cluster.scenarios import TRAPPED, Scenario, main

UNREACHABLE = "node.kubernetes.io/unreachable"
_SOON = {"tolerations": [{"key": UNREACHABLE, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 2}]}
"""Two seconds on a node that is not heard of, instead of five minutes."""
_WHATEVER = {"tolerations": [{"operator": "Exists"}]}


@dataclass(frozen=True, slots=True)
class Outage:
    """One thing that goes wrong, and the Jobs that live through it."""

    name: str
    what: str
    scenarios: tuple[Scenario, ...]
    node: bool = False
    """What is said of the node belongs to the records."""


def _one_watch(name: str, *scenarios: Scenario) -> tuple[Scenario, ...]:
    """Tell all by one watch: what a later list lacks is known only beside what it holds."""
    return tuple(replace(scenario, told_with=name) for scenario in scenarios)


OUTAGES = (
    Outage(
        "controller-away",
        "the controller manager is stopped while pods end, and started again",
        (
            Scenario(
                "deadline-in-time", "ok failed K02", "ok failed K02", (main("sleep 20"),),
                spec={"activeDeadlineSeconds": 50},
            ),
            Scenario("counted-late", "ok ok -", "ok ok -", (main("sleep 20"),)),
            Scenario("duplicate", "ok ok -", "ok ok -", (main("sleep 20"),), beside="K47"),
        ),
    ),
    Outage(
        "node-away",
        "the kubelet is stopped until its node is given up, and started again",
        (
            Scenario("node-lost", "unknown failed K19", "unknown failed -", (main("sleep 600"),), pod=_SOON),
            Scenario("node-came-back", "unknown ok K23", "unknown ok K23", (main("sleep 20"),), pod=_WHATEVER),
        ),
        node=True,
    ),
    Outage(
        "node-rebooted",
        "the kubelet is stopped for a moment, and finds another boot id when it is started again",
        (Scenario("cut-by-reboot", "unknown ok K23", "unknown ok K23", (main("sleep 20"),)),),
        node=True,
    ),
    Outage(
        "kubelet-restarted",
        "the kubelet is stopped for a moment, and started again",
        (Scenario("left-alone", "ok ok -", "ok ok -", (main("sleep 20"),)),),
        node=True,
    ),
    Outage(
        "node-tainted",
        "the node is given a taint that nobody tolerates",
        (Scenario("evicted-by-taint", "failed failed -", "unknown failed -",
                  (main(TRAPPED.replace("exit 0", "exit 143")),)),),
    ),
    Outage(
        "forgotten",
        "the watch is lost, and the API server is restarted and has forgotten its place (410)",
        _one_watch(
            "forgotten",
            Scenario("ended-unwatched", "ok ok -", "ok ok -", (main("sleep 20"),), beside="K44"),
            Scenario("pod-removed-unwatched", "unknown failed K45", "unknown failed -", (main("sleep 600"),)),
            Scenario(
                "removed-unwatched", "unknown none K50", "", (main("sleep 20"),), spec={"ttlSecondsAfterFinished": 0}
            ),
            Scenario("goes-on-unwatched", "unknown none K42", "unknown none -", (main("sleep 600"),)),
        ),
    ),
    Outage(
        "half-open",
        "the API server is frozen, and its streams stay open and silent",
        _one_watch("half-open", Scenario("goes-on-unheard", "unknown none K43", "unknown none -",
                                         (main("sleep 600"),))),
    ),
)  # fmt: skip
