"""Jobs by account and region: what was asked for, and the state they are in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.sandbox.aws.states import Kind, State, changed, created
from harness.sandbox.aws.wire import Home, ServiceError, invalid
from harness.sandbox.block.outlet import ONLY_BELOW

Announce = Callable[["Job", State], None]
NOT_FOUND = "Requested resource not found."


@dataclass
class Job:
    """One job. The state is replaced as a whole, so that readers need no lock."""

    kind: Kind
    home: Home
    name: str
    request: Mapping[str, object]
    created: float
    tags: dict[str, str]
    state: State
    announce: Announce = field(repr=False)
    """Told each change of state, in order."""
    model: Mapping[str, object] = field(default_factory=dict)
    """A transform job's model, as it was when the job was created."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set by a Stop call, or when the sandbox goes down."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def arn(self) -> str:
        """Name it."""
        return self.home.arn(self.kind.value, self.name)

    @property
    def spot(self) -> bool:
        """Tell whether its instances may be taken away."""
        return bool(self.request.get("EnableManagedSpotTraining"))

    @property
    def role(self) -> str | None:
        """Name the role that its program has; a job under network isolation can't reach one."""
        facts = self.model or self.request
        network = facts.get("NetworkConfig")
        isolated = isinstance(network, Mapping) and network.get("EnableNetworkIsolation")
        role = facts.get("ExecutionRoleArn" if self.model else "RoleArn")
        return str(role) if role and not (isolated or facts.get("EnableNetworkIsolation")) else None

    @property
    def only_below(self) -> str | None:
        """Give the s3:// place below which alone the program may write; None: it is not blocked."""
        return self.tags.get(ONLY_BELOW) if self.kind is not Kind.TRANSFORM else None

    def move(self, step: Callable[[State], State]) -> State:
        """Apply one step to the state and announce a change; a job that has ended stays as it is."""
        with self.lock:
            before = self.state
            if not before.terminal:
                self.state = step(before)
                if changed(self.kind, before, self.state):
                    self.announce(self, self.state)
            return self.state


class JobStore:
    """All jobs of all accounts and regions, separate from each other."""

    def __init__(self, announce: Announce) -> None:
        """Start with none; every change of state is announced."""
        self._announce = announce
        self._jobs: dict[tuple[Home, Kind], dict[str, Job]] = {}
        self._lock = threading.Lock()

    def add(
        self,
        kind: Kind,
        home: Home,
        name: str,
        request: Mapping[str, object],
        *,
        now: float,
        model: Mapping[str, object] | None = None,
    ) -> Job:
        """Accept a new job; a transform job with its model.

        Raises:
            ServiceError: ResourceInUse: the account has one of that name in this region.
        """
        tags = request.get("Tags")
        pairs = {str(tag["Key"]): str(tag["Value"]) for tag in tags} if isinstance(tags, list) else {}
        job = Job(kind, home, name, request, now, pairs, created(now), self._announce, model or {})
        with self._lock:
            held = self._jobs.setdefault((home, kind), {})
            if name in held:
                noun = f"{kind.word} job"
                text = (
                    f"{noun} names must be unique within an AWS account and region, but a {noun.lower()} with this name"
                )
                raise ServiceError("ResourceInUse", f"{text} already exists ({job.arn})")
            held[name] = job
        with job.lock:
            self._announce(job, job.state)
        return job

    def find(self, kind: Kind, home: Home, name: str) -> Job:
        """Give a job by name.

        Raises:
            ServiceError: there is none; the service words it as a ValidationException.
        """
        with self._lock:
            job = self._jobs.get((home, kind), {}).get(name)
        if job is None:
            raise invalid(NOT_FOUND)
        return job

    def find_arn(self, home: Home, arn: str) -> Job:
        """Give a job by ARN.

        Raises:
            ServiceError: there is none.
        """
        for kind in Kind:
            prefix = home.arn(kind.value, "")
            if arn.startswith(prefix):
                return self.find(kind, home, arn.removeprefix(prefix))
        raise invalid(NOT_FOUND)

    def all(self, kind: Kind, home: Home) -> tuple[Job, ...]:
        """List the jobs of one kind."""
        with self._lock:
            return tuple(self._jobs.get((home, kind), {}).values())

    def names(self, kind: Kind, home: Home) -> frozenset[str]:
        """Name the jobs of one kind."""
        return frozenset(job.name for job in self.all(kind, home))

    def remove(self, job: Job) -> None:
        """Forget a job: its name is free again."""
        with self._lock:
            self._jobs[job.home, job.kind].pop(job.name, None)

    def every(self) -> tuple[Job, ...]:
        """List the jobs of all accounts, regions and kinds."""
        with self._lock:
            return tuple(job for held in self._jobs.values() for job in held.values())
