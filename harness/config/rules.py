"""Rules over resolved repositories: what either platform would refuse, and what could not be judged. Pure.

Sources: sagemaker.md section 1 (limits of the service's API), Kubernetes API validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from harness.config import platforms, price, references
from harness.config.fault import Fault
from harness.config.places import nested, places_of
from harness.model.job import Delivery, EffectPolicy, Job, Side
from harness.model.policy import PRESETS, Policy
from harness.model.repository import Repository


def of_repository(repository: Repository) -> Iterator[Fault]:
    """Check one repository by itself."""
    yield from _sides(repository)
    yield from _policy(repository.policy)
    yield from _waivers(repository)
    yield from price.faults(repository)
    for job in repository.jobs:
        length = len(repository.name) + len(job.name)
        if length > platforms.RUN_NAME_MAX:
            expected = f"at most {platforms.RUN_NAME_MAX}: both stand in one label of Kubernetes"
            yield Fault(("jobs", job.name), f"{length} characters in the repository's and the job's name", expected)
        for fault in _job(job):
            yield Fault(("jobs", job.name, *fault.path), fault.found, fault.expected, fault.hint)
        if repository.policy.shim_off_pairs and not any(platforms.can_run_bare(job, side) for side in Side):
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
    candidate = repository.candidate
    account = candidate.role.split(":")[4] if candidate.role else ""
    if account and candidate.account and account != candidate.account:
        yield Fault(("candidate", "role"), f"a role of account {account}", f"a role of account {candidate.account}")
    if bool(candidate.subnets) != bool(candidate.security_groups):
        key = "security_groups" if candidate.subnets else "subnets"
        yield Fault(("candidate", key), "none", "subnets and security groups together, or neither")


def _policy(policy: Policy) -> Iterator[Fault]:
    if list(policy.looks) != sorted(set(policy.looks)):
        yield Fault(("policy", "looks"), str(list(policy.looks)), "ascending numbers of pairs")
    if policy.pairs_identical > policy.pairs:
        found = str(policy.pairs_identical)
        yield Fault(("policy", "pairs_identical"), found, f"at most pairs, {policy.pairs}")
    if not policy.evidence_seconds_max:
        yield Fault(("policy", "evidence_age_max"), "0s", "more than nothing", "all evidence would have expired")
    yield from _approvers(policy)


def _approvers(policy: Policy) -> Iterator[Fault]:
    for what in ("name", "key"):
        said = [getattr(each, what).split()[:2] for each in policy.approvers]
        for number, each in enumerate(said):
            if each in said[:number]:
                found, expected = f"the {what} of another approver", f"a {what} of their own"
                yield Fault(("policy", "approvers", number, what), found, expected, "nobody signs twice")
    if policy.approvers and policy.approvals > len(policy.approvers):
        found = f"{policy.approvals}, and {len(policy.approvers)} approvers"
        yield Fault(("policy", "approvals"), found, "as many approvers as must sign")
    preset = PRESETS.get(policy.preset)
    if not policy.approvers and preset and policy.approvals != preset.approvals:
        found, hint = f"{policy.approvals}, and no approvers", "list them under approvers:, with their keys"
        yield Fault(("policy", "approvals"), found, "the approvers who sign: without them no ruling is in force", hint)


def _waivers(repository: Repository) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, waiver in enumerate(repository.waivers):
        if waiver.id in seen:
            yield Fault(("waivers", number, "id"), waiver.id, "an id that no other waiver has")
        seen.add(waiver.id)


def _job(job: Job) -> Iterator[Fault]:
    yield from references.faults(job)
    yield from platforms.of_job(job)
    yield from _effects(job)
    yield from _expected(job)
    yield from _output_paths(job)
    yield from _examples(job)
    for side, mine in job.sides.items():
        for name in sorted(set(mine.secrets) & set(mine.environment)):
            expected = "a name that secrets: does not list"
            yield Fault((side, "environment", name), "a value", expected, "its value never stands in this file")
        if mine.reading.delivery is Delivery.ENV:
            for name in sorted(mine.parameters):
                if name.upper() in mine.environment:
                    expected = "a name that no parameter has: parameters are read from the environment"
                    yield Fault((side, "environment", name.upper()), "a value", expected)


def _effects(job: Job) -> Iterator[Fault]:
    for number, effect in enumerate(job.effects):
        path = ("effects", number, "redirect_environment")
        if effect.policy is EffectPolicy.REDIRECT and not effect.redirect_environment:
            yield Fault(
                path, "nothing", "the variables that send the effect elsewhere", "such as {TABLE: shadow_scores}"
            )
        if effect.policy is not EffectPolicy.REDIRECT and effect.redirect_environment:
            yield Fault(path, "variables", f"none: the policy is {effect.policy.value}")


def _expected(job: Job) -> Iterator[Fault]:
    code, cause = job.expected.exit_code, job.expected.cause
    if code is not None and (cause == "success") != (code == 0):
        yield Fault(("expected",), f"{cause} with exit code {code}", "exit code 0 with success and only with it")


def _examples(job: Job) -> Iterator[Fault]:
    """A metric from examples needs a declared output, and in its rules the key by which examples are paired."""
    known = {each.name: each for each in job.outputs}
    for metric in job.metrics:
        of = metric.examples
        if of is None:
            continue
        path = ("metrics", metric.name, "examples")
        if of.output not in known:
            yield Fault((*path, "output"), of.output, f"one of: {', '.join(sorted(known))}", "a declared output")
        elif not any(fnmatchcase(of.file, each.files) and each.key for each in known[of.output].rules):
            found, expected = f"{of.file} without a key", f"a rule of the output {of.output} with the key of an example"
            yield Fault((*path, "file"), found, expected, "such as {files: predictions.csv, key: [id]}")


def _output_paths(job: Job) -> Iterator[Fault]:
    """Within one container no output may be or contain another, nor an input or a scratch volume."""
    for side in Side:
        outputs = [(("outputs", each.name, "path"), each.path[side]) for each in job.outputs if each.path.get(side)]
        others = [(("inputs", each.name, "path"), each.path[side]) for each in job.inputs if each.path.get(side)]
        scratch = job.sides[side].scratch
        others += [((side.value, "scratch", name), path) for name, path in scratch.items()]
        for number, (path, place) in enumerate(outputs):
            for other_path, other in [*outputs[:number], *others]:
                if _overlap(place, other):
                    found = f"{place} on the {side.value} side, which overlaps {'.'.join(other_path)} ({other})"
                    yield Fault(path, found, "a folder of its own")


def _overlap(first: str, second: str) -> bool:
    return f"{first}/".startswith(f"{second}/") or f"{second}/".startswith(f"{first}/")
