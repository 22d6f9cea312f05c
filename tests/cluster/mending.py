"""Mends a cluster after an outage, proves by one Job that it works, and gives another where that fails."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from cluster import own, recording
from cluster.outages import Outage
from cluster.scenarios import Object, Scenario, main, manifest
from cluster.settings import NODE, commands
from cluster.words import lost

MEND_SECONDS = 120.0
TRIES = 2
PROOF = Scenario("mended", "ok ok -", "ok ok -", (main("true"),))

Recordings = Mapping[str, recording.Recording]
Provoke = Callable[[own.Running, Outage, str, str], Recordings]
"""Makes an outage happen to its Jobs in a namespace."""
Mend = Callable[[own.Running, str, str], None]


def mend(running: own.Running, namespace: str, image: str) -> None:
    """Start what is stopped, untaint the node, remove the outage's namespace, and wait until a Job completes.

    Raises:
        RuntimeError: the API server does not come up.
        TimeoutError: no Job completes, or the node keeps a taint.
    """
    for name in stopped(running):
        running.start_api_server() if name == "kube-apiserver" else running.start(name)
    running.kubectl("patch", "node", NODE, "--type=merge", f"--patch={json.dumps({'spec': {'taints': None}})}")
    running.kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")
    _prove(running, image)


def stopped(running: own.Running) -> list[str]:
    """Name the programs that do not run, in the order in which they start."""
    alive = {name for name, program in running.started.items() if program.poll() is None}
    return [name for name in commands(running.at) if name not in alive]


def _prove(running: own.Running, image: str) -> None:
    """Let one Job complete on a node without taints: scheduler, controllers and kubelet all have to work for that."""
    job = {**manifest(PROOF, image), "metadata": {"generateName": "mended-"}}
    command = ["kubectl", f"--kubeconfig={running.kubeconfig}", "create", "-f", "-", "-o", "name"]
    made = subprocess.run(command, input=json.dumps(job), check=True, capture_output=True, text=True).stdout.strip()
    ends = time.monotonic() + MEND_SECONDS
    while why := _unfit(_read(running, made), _read(running, f"node/{NODE}")):
        if time.monotonic() > ends:
            message = f"not mended within {MEND_SECONDS} s: {why}"
            raise TimeoutError(message)
        time.sleep(0.5)
    running.kubectl("delete", made, "--wait=false")


def _read(running: own.Running, name: str) -> Object:
    found: Object = json.loads(running.kubectl("get", name, "-o", "json"))
    return found


def _unfit(job: Object, node: Object) -> str:
    """Say what still lacks; empty: nothing."""
    if taints := node["spec"].get("taints"):
        return f"the node has the taints {', '.join(taint['key'] for taint in taints)}"
    return "" if recording.judged([{"object": job}]) else "no Job completes"


@dataclass
class Stand:
    """A cluster on which outages are made one after the other, and how to have another where one stays broken."""

    make: Callable[[], AbstractContextManager[own.Running]]
    provoke: Provoke
    mend: Mend
    ends: ExitStack
    running: own.Running | None = None

    def through(self, outage: Outage, image: str) -> Recordings:
        """Make an outage happen, once more where it failed or a busy kubelet lost an exit code; mend after each try."""
        error: Exception | None = None
        for number in range(1, TRIES + 1):
            error, found = self._once(outage, image, number)
            if error is None and not (again := _lost(outage.scenarios, found)):
                return found
            why = f"{error!r}" if error else f"exit code lost: {', '.join(again)}"
            sys.stdout.write(f"\n{outage.name}, try {number} of {TRIES}: {why}\n")
        if error is not None:
            raise error
        return found

    def _once(self, outage: Outage, image: str, number: int) -> tuple[Exception | None, Recordings]:
        namespace = f"parity-{outage.name}-{number}"
        running = self.running or self.replace()
        try:
            return None, self.provoke(running, outage, image, namespace)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, the outages after it need a cluster that works
            return error, {}
        finally:
            self._mend(running, namespace, image)

    def _mend(self, running: own.Running, namespace: str, image: str) -> None:
        try:
            self.mend(running, namespace, image)
        except Exception as error:  # noqa: BLE001 - as above: the next outage gets another cluster
            sys.stdout.write(f"\nthe cluster is replaced after {namespace}: {error!r}\n")
            self.close()

    def replace(self) -> own.Running:
        """Start another cluster in place of this one."""
        self.close()
        self.running = self.ends.enter_context(self.make())
        return self.running

    def close(self) -> None:
        """End the cluster, if there is one."""
        self.running = None
        self.ends.close()


def _lost(scenarios: Sequence[Scenario], found: Recordings) -> list[str]:
    return [scenario.name for scenario in scenarios if lost(scenario, found[scenario.name])]


@contextmanager
def standing(provoke: Provoke, make: Callable[[], Any] = own.running, mender: Mend = mend) -> Iterator[Stand]:
    """Give clusters for outages, and end the last of them."""
    stand = Stand(make, provoke, mender, ExitStack())
    try:
        yield stand
    finally:
        stand.close()
