"""SageMaker's operations on training, processing and transform jobs, and on models."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

from harness.sandbox.aws import listing, models, rules, states
from harness.sandbox.aws.describe import described, response_shape, summary
from harness.sandbox.aws.jobs import Job, JobStore
from harness.sandbox.aws.limits import Limits
from harness.sandbox.aws.pools import WarmPools
from harness.sandbox.aws.states import Kind, State
from harness.sandbox.aws.transform_rules import check_transform
from harness.sandbox.aws.wire import Call, Home, ServiceError, invalid, unsupported
from harness.sandbox.block.outlet import ONLY_BELOW

_JOB_OPERATION = re.compile(r"^(Create|Describe|Stop|Delete|List)(Training|Processing|Transform)Jobs?$")
_CHECKS = {
    Kind.TRAINING: rules.check_training,
    Kind.PROCESSING: rules.check_processing,
    Kind.TRANSFORM: check_transform,
}
TAGS_MAX = 50

Reply = dict[str, object]


class SageMaker:
    """Answers calls; jobs run elsewhere."""

    def __init__(
        self,
        jobs: JobStore,
        limits: Limits,
        pools: WarmPools,
        launch: Callable[[Job], None],
        *,
        cannot_block: str = "",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Remember the store; `launch` starts an accepted job and returns at once.

        `cannot_block`: why no job can be kept from doing something outside; empty: it can.
        """
        self._cannot_block = cannot_block
        self._jobs, self._limits, self._pools, self._launch, self._clock = jobs, limits, pools, launch, clock
        self._models = models.Models(clock)
        self._tagging = {"AddTags": self._add_tags, "ListTags": self._list_tags, "DeleteTags": self._delete_tags}
        self._members = {kind: limits.members(response_shape(kind)) for kind in Kind}

    def answer(self, call: Call) -> Reply:
        """Do what a call asks.

        Raises:
            ServiceError: the service's own refusal, or an operation that it or the sandbox doesn't have.
        """
        if not self._limits.knows(call.operation):
            message = f"The operation {call.operation} is not known to the service"
            raise ServiceError("UnknownOperationException", message)
        tagging = self._tagging.get(call.operation)
        if tagging:
            self._limits.check(call.operation, call.body)
            return tagging(self._jobs.find_arn(call.home, str(call.body["ResourceArn"])), call.body)
        if call.operation == "UpdateTrainingJob":
            self._limits.check(call.operation, call.body)
            return self._update(self._jobs.find(Kind.TRAINING, call.home, str(call.body["TrainingJobName"])), call.body)
        if call.operation in models.OPERATIONS:
            self._limits.check(call.operation, call.body)
            return self._models.answer(call)
        found = _JOB_OPERATION.match(call.operation)
        if not found:
            message = f"{call.operation} is not supported by this sandbox"
            raise ServiceError("UnsupportedOperation", message)
        self._limits.check(call.operation, call.body)
        return self._on_jobs(found[1], Kind(f"{found[2].lower()}-job"), call)

    def _on_jobs(self, verb: str, kind: Kind, call: Call) -> Reply:
        if verb == "Create":
            return self._create(kind, call.home, call.body)
        if verb == "List":
            return self._list(kind, call.home, call.body)
        name = str(call.body[f"{kind.word}JobName"])
        if verb == "Stop" and kind is Kind.TRANSFORM and name not in self._jobs.names(kind, call.home):
            message = f"Could not find job to update with name {name}."
            raise invalid(message)
        job = self._jobs.find(kind, call.home, name)
        return {"Describe": self._describe, "Stop": self._stop, "Delete": self._delete}[verb](job)

    def _describe(self, job: Job) -> Reply:
        pool = self._pools.status(job)
        return described(job, self._members[job.kind]) | ({"WarmPoolStatus": pool} if pool else {})

    def _create(self, kind: Kind, home: Home, body: Mapping[str, object]) -> Reply:
        _CHECKS[kind](body)
        if self._cannot_block and any(tag.get("Key") == ONLY_BELOW for tag in rules.parts(body, "Tags")):
            what = f"effects: block here: {self._cannot_block}"
            raise unsupported(what)
        model = self._models.find(home, str(body["ModelName"])) if kind is Kind.TRANSFORM else None
        job = self._jobs.add(kind, home, str(body[f"{kind.word}JobName"]), body, now=self._clock(), model=model)
        self._launch(job)
        return {f"{kind.word}JobArn": job.arn}

    def _list(self, kind: Kind, home: Home, body: Mapping[str, object]) -> Reply:
        jobs, token = listing.page(self._jobs.all(kind, home), body)
        reply: Reply = {f"{kind.word}JobSummaries": [summary(job) for job in jobs]}
        return reply | ({"NextToken": token} if token else {})

    def _stop(self, job: Job) -> Reply:
        def step(state: State) -> State:
            if state.status == "Stopping":
                return state
            job.stop.set()
            return states.stopping(state, self._clock())

        self._refuse_if(job, lambda state: state.terminal)
        job.move(step)
        return {}

    def _update(self, job: Job, body: Mapping[str, object]) -> Reply:
        """End the job's warm pool: the only update that the sandbox knows.

        Raises:
            ServiceError: another update, or a pool that is not there.
        """
        given = rules.part(body, "ResourceConfig").get("KeepAlivePeriodInSeconds")
        if set(body) != {"TrainingJobName", "ResourceConfig"} or given != 0:
            raise unsupported("UpdateTrainingJob with anything but KeepAlivePeriodInSeconds: 0")
        if not self._pools.release(job):
            raise invalid("The request was rejected because the training job's warm pool is not Available.")
        return {"TrainingJobArn": job.arn}

    def _delete(self, job: Job) -> Reply:
        self._refuse_if(job, lambda state: not state.terminal)
        if self._pools.status(job) == {"Status": "Available"}:
            raise invalid("The request was rejected because the training job's warm pool is Available.")
        self._jobs.remove(job)
        return {}

    @staticmethod
    def _refuse_if(job: Job, bad: Callable[[State], bool]) -> None:
        state = job.state
        if bad(state):
            noun = f"{job.kind.word.lower()} job"
            message = f"The request was rejected because the {noun} is in status {state.status}."
            raise invalid(message)

    # -- tags ---------------------------------------------------------------------------------------------------------

    @staticmethod
    def _list_tags(job: Job, _: Mapping[str, object]) -> Reply:
        return {"Tags": _pairs(job.tags)}

    @staticmethod
    def _add_tags(job: Job, body: Mapping[str, object]) -> Reply:
        added = {str(tag["Key"]): str(tag["Value"]) for tag in rules.parts(body, "Tags")}
        with job.lock:
            tags = {**job.tags, **added}
            if len(tags) > TAGS_MAX:
                message = f"A resource can have at most {TAGS_MAX} tags."
                raise invalid(message)
            job.tags = tags
        return {"Tags": _pairs(tags)}

    @staticmethod
    def _delete_tags(job: Job, body: Mapping[str, object]) -> Reply:
        keys = body["TagKeys"]
        gone = set(keys) if isinstance(keys, list) else set()
        with job.lock:
            job.tags = {name: value for name, value in job.tags.items() if name not in gone}
        return {}


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in tags.items()]
