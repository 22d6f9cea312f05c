"""Rules over resolved repositories: what a side's platform would refuse, and what could not be judged.

Pure, but for the bundle of certificates that a policy names, which is looked at (`authorities`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from harness.config import authorities, compare_rules, judged, metric_rules, price, references
from harness.config.places import nested, places_of
from harness.config.written_policy import Policy as WrittenPolicy
from harness.fields.paths import Path
from harness.model.job import Delivery, EffectPolicy, Job, Side
from harness.model.policy import PRESETS, Policy, wider_than_preset
from harness.model.repository import Repository
from harness.platforms import platform_of, training_layout
from harness.platforms.fault import Fault

RUN_NAME_MAX = 45
"""Of a repository's and a job's names together: a run's id, of both with number, side and attempt, is a label of 63."""


def of_repository(repository: Repository) -> Iterator[Fault]:
    """Check one repository by itself."""
    yield from _sides(repository)
    yield from _policy(repository.policy)
    yield from _waivers(repository)
    yield from price.faults(repository)
    yield from authorities.faults(repository)
    for job in repository.jobs:
        length = len(repository.name) + len(job.name)
        if length > RUN_NAME_MAX:
            expected = f"at most {RUN_NAME_MAX}: both stand in one label"
            yield Fault(("jobs", job.name), f"{length} characters in the repository's and the job's name", expected)
        for fault in dict.fromkeys(_job(repository, job)):
            yield Fault(("jobs", job.name, *fault.path), fault.found, fault.expected, fault.hint)
        if repository.policy.shim_off_pairs and not any(can_run_without_shim(repository, job, side) for side in Side):
            found = f"{repository.policy.shim_off_pairs}, but {job.name} can run without the shim on no side"
            hint = "it reads a file that only the shim writes, has legacy inputs, breaks a cap, or has shim: off"
            yield Fault(("policy", "shim_off_pairs"), found, "0, or jobs that need no shim", hint)


def between(repositories: Sequence[Repository]) -> Iterator[tuple[str, Fault]]:
    """Check that nobody writes or is called what somebody else is; names the repository to mend."""
    for inner, outer in nested([place for repository in repositories for place in places_of(repository)]):
        found = f"{inner.uri}, {'the same place as' if inner.same(outer) else 'inside'} {outer.name}"
        yield inner.repository, Fault(inner.path, found, "a place that nobody else writes to", f"there: {outer.uri}")
    named: dict[str, str] = {}
    for repository in repositories:
        for job in repository.jobs:
            run, mine = f"{repository.name}-{job.name}", f"{repository.name}.jobs.{job.name}"
            if (other := named.setdefault(run, mine)) != mine:
                expected = "another name: their runs would have the same ones"
                yield repository.name, Fault(("jobs", job.name), f"{run}, as {other} makes", expected)


def _sides(repository: Repository) -> Iterator[Fault]:
    for side in Side:
        yield from platform_of(repository.home(side).platform).home_faults(repository, side)


def _policy(policy: Policy) -> Iterator[Fault]:
    if not policy.evidence_seconds_max:
        yield Fault(("policy", "evidence_age_max"), "0s", "more than nothing", "all evidence would have expired")
    if not policy.margin_reason:
        for key in wider_than_preset(policy):
            written = {model: name for name, model in WrittenPolicy.in_model.items()}.get(key, key)
            found, expected = f"{getattr(policy, key):g}", f"at most that of the preset {policy.preset}"
            yield Fault(("policy", written), found, expected, "or margin_reason: why, in the policy")
    yield from _approvers(policy)


def _approvers(policy: Policy) -> Iterator[Fault]:
    for what in ("name", "key"):
        said = [getattr(approver, what).split()[:2] for approver in policy.approvers]
        for number, word in enumerate(said):
            if word in said[:number]:
                found, expected = f"the {what} of another approver", f"a {what} of their own"
                yield Fault(("policy", "approvers", number, what), found, expected, "nobody signs twice")
    if policy.approvers and policy.approvals > len(policy.approvers):
        found = f"{policy.approvals}, and {len(policy.approvers)} approvers"
        yield Fault(("policy", "approvals"), found, "as many approvers as must sign")
    preset = PRESETS.get(policy.preset)
    if not policy.approvers and preset and policy.approvals != preset.approvals:
        found, hint = f"{policy.approvals}, and no approvers", "list them under approvers:, with their keys"
        yield Fault(
            ("policy", "approvals"),
            found,
            "the approvers who sign: without them no accepted difference is in force",
            hint,
        )


def _waivers(repository: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, waiver in enumerate(repository.waivers):
        if waiver.id in seen:
            yield Fault(("waivers", number, "id"), waiver.id, "an id that no other waiver has")
        seen.add(waiver.id)
        yield from _scope(repository, waiver.scope, ("waivers", number, "scope"))


_MEASURED = {"outputs": "an output", "expectations": "an output", "predictions": "an output", "metrics": "a metric"}
"""Checks whose subject is a part of a job."""


def _scope(repository: Repository, scope: str, path: Path) -> Iterator[Fault]:
    """A waiver names a check and what it is about; only the pair, which comes last, may be a pattern."""
    check, *subject = scope.split("/")
    expected = "CHECK/JOB/… with check and subject by name, such as outputs.table/train/predictions/*"
    part = _MEASURED.get(check.partition(".")[0])
    named = [check, *subject[: 2 if part else 1]]
    if len(named) < (3 if part else 2) or any(set(word) & set("*?[") or not word for word in named):
        hint = "a pattern there would accept differences that nobody has seen yet"
        yield Fault(path, scope, f"{expected}; this check is about {part} of a job" if part else expected, hint)
    elif subject[0] not in (jobs := [job.name for job in repository.jobs]):
        yield Fault(path, scope, f"{expected}, with one of these jobs: {', '.join(sorted(jobs))}")


def waivers_too_far(repository: Repository, today: date) -> Iterator[Fault]:
    """Find waivers whose last day lies further ahead than the policy lets it; `today` decides, so a plan asks it."""
    most = repository.policy.waiver_days_max
    for number, waiver in enumerate(repository.waivers):
        if (waiver.last_day - today).days > most:
            latest = (today + timedelta(days=most)).isoformat()
            expected = f"{latest} or earlier: policy.waiver_days_max is {most}"
            yield Fault(("waivers", number, "last_day"), waiver.last_day.isoformat(), expected, "look again by then")


def never_launched(repository: Repository) -> Iterator[Fault]:
    """Find jobs that must not run a second time: no campaign may start one."""
    for job in repository.jobs:
        for number, effect in enumerate(job.effects):
            if effect.policy is EffectPolicy.ONCE:
                expected = "a job that may run twice"
                hint = "give parity pair the records of two runs that others started, or leave the job out"
                found = f"policy: once for {effect.kind.value} {effect.target}"
                yield Fault(("jobs", job.name, "effects", number, "policy"), found, expected, hint)


def _job(repository: Repository, job: Job) -> Iterator[Fault]:
    yield from references.faults(job)
    yield from _resources(job)
    for side in Side:
        yield from platform_of(repository.home(side).platform).job_faults(job, side)
    yield from _effects(job)
    yield from _expected(job)
    yield from _output_paths(job)
    yield from compare_rules.faults(job)
    yield from judged.faults(job)
    yield from training_layout.job_faults(job)
    yield from metric_rules.faults(repository, job)
    for side, mine in job.sides.items():
        for name in sorted(set(mine.secrets) & set(mine.environment)):
            expected = "a name that secrets: does not list"
            yield Fault((side, "environment", name), "a value", expected, "its value never stands in this file")
        if mine.reading.delivery is Delivery.ENV:
            for name in sorted(mine.parameters):
                if name.upper() in mine.environment:
                    expected = "a name that no parameter has: parameters are read from the environment"
                    yield Fault((side, "environment", name.upper()), "a value", expected)


def _resources(job: Job) -> Iterator[Fault]:
    if job.resources.memory_bytes < 1:
        yield Fault(("resources", "memory"), "no memory", "more than none")
    if job.cadence_seconds == 0:
        yield Fault(("cadence",), "0 s", "how often the job runs, such as 1d")


def can_run_without_shim(repository: Repository, job: Job, side: Side) -> bool:
    """Tell whether a side can run a job without its shim."""
    return platform_of(repository.home(side).platform).can_run_without_shim(job, side)


def _effects(job: Job) -> Iterator[Fault]:
    for number, effect in enumerate(job.effects):
        path = ("effects", number, "redirect_environment")
        if effect.policy is EffectPolicy.REDIRECT and not effect.redirect_environment:
            yield Fault(
                path, "nothing", "the variables that send the effect elsewhere", "such as {TABLE: shadow_scores}"
            )
        if effect.policy is not EffectPolicy.REDIRECT and effect.redirect_environment:
            yield Fault(path, "variables", f"none: the policy is {effect.policy.value}")
        policy = ("effects", number, "policy")
        if job.is_blocked and effect.policy not in {EffectPolicy.BLOCK, EffectPolicy.ONCE}:
            expected = "block: another effect of the job is blocked, which closes its network for this one too"
            yield Fault(
                policy, effect.policy.value, expected, "block all of its effects, or send all of them elsewhere"
            )
        if effect.policy is EffectPolicy.BLOCK:
            for found in _reaches_out(job):
                yield Fault(policy, f"block, with {found}", "a job that needs nothing of a network that is closed")


def _reaches_out(job: Job) -> Iterator[str]:
    """Name what of a job needs the network besides its effects."""
    for output in job.outputs:
        if output.uri:
            places = ", ".join(sorted(set(output.uri.values())))
            yield f"output {output.name}, which the job writes to {places} by itself"
    for side, mine in job.sides.items():
        for name, source in sorted(mine.secret_sources.items()):
            if source.is_fetched:
                yield f"secret {name}, which {side.value} is to fetch from {source.store.value}"


def _expected(job: Job) -> Iterator[Fault]:
    code, cause = job.expected.exit_code, job.expected.cause
    if code is not None and (cause == "success") != (code == 0):
        yield Fault(("expected",), f"{cause} with exit code {code}", "exit code 0 with success and only with it")


def _output_paths(job: Job) -> Iterator[Fault]:
    """Within one container no output may be or contain another, nor an input or a scratch volume."""
    for side in Side:
        outputs = [
            (("outputs", output.name, "path"), output.path[side]) for output in job.outputs if output.path.get(side)
        ]
        others = [(("inputs", given.name, "path"), given.path[side]) for given in job.inputs if given.path.get(side)]
        scratch = job.sides[side].scratch
        others += [((side.value, "scratch", name), path) for name, path in scratch.items()]
        for number, (path, place) in enumerate(outputs):
            for other_path, other in [*outputs[:number], *others]:
                if _overlap(place, other):
                    found = f"{place} on the {side.value} side, which overlaps {'.'.join(other_path)} ({other})"
                    yield Fault(path, found, "a folder of its own")


def _overlap(first: str, second: str) -> bool:
    return f"{first}/".startswith(f"{second}/") or f"{second}/".startswith(f"{first}/")
