"""Earlier campaigns' evidence and what a job stands on now → what counts, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from harness.model.carry import Carried, EarlierEvidence, EvidenceBasis, JobSummary, Runs
from harness.model.job import Side
from harness.model.metric import Metric, Take
from harness.model.policy import Change, Policy, Survival
from harness.model.sample import Earlier, Repeat, Stratum

FIRST_INSTRUCTION = "first-instruction"
HISTORY_RUNS, HISTORY_DAYS = 100, 90
"""Of legacy's earlier runs, the newest so many of so many days before the campaign bound its range."""
NO_OUTPUTS: Mapping[str, str] = {}
_LINE = frozenset({Change.CODE, Change.INSTANCE})
"""Changes that leave runs comparable: another image of the same line, another size of the same family."""
_SAME = frozenset({Change.INSTANCE})
"""Changes that leave a metric's image what it was."""


def changes(then: EvidenceBasis, now: EvidenceBasis) -> tuple[Change, ...]:
    """List what differs between two standings of one job."""
    differs = {
        Change.CODE: (then.image, then.code) != (now.image, now.code),
        Change.PARAMETERS: then.parameters != now.parameters,
        Change.INPUTS: then.inputs != now.inputs,
        Change.INSTANCE: then.instance != now.instance,
        Change.RESOURCES: then.resources != now.resources,
        Change.FAMILY: then.cell.family != now.cell.family,
        Change.KIND: then.cell.kind != now.cell.kind,
        Change.BASE: then.cell.base != now.cell.base,
    }
    return tuple(change for change, differ in differs.items() if differ)


def survives(policy: Policy, changed: Sequence[Change]) -> bool:
    """Tell by the policy's table whether state facts outlive all of these changes."""
    return all(policy.carry.get(change, Survival.NOTHING) is Survival.STATE for change in changed)


def carried(
    policy: Policy, now: EvidenceBasis, earlier: Sequence[JobSummary], outputs: Mapping[str, str] = NO_OUTPUTS
) -> tuple[Carried, ...]:
    """Say of each earlier campaign of a job what counts.

    A false success ends what counts for: clean runs up to it are dropped, while what counts against stays.

    `outputs`: those whose differences nobody accepted, by name, with how they are compared today.
    """
    mine = [tally for tally in earlier if (tally.standing.repository, tally.standing.job) == (now.repository, now.job)]
    broken = max((n for n, tally in enumerate(mine) if _breaks(policy, tally, now)), default=-1)
    return tuple(_carried(policy, now, tally, outputs, after=n > broken) for n, tally in enumerate(mine))


def _wrong(tally: JobSummary, now: EvidenceBasis, outputs: Mapping[str, str]) -> int:
    """Count the runs that ended wrongly, and those of this very image whose output differs by the rules of today."""
    here = (tally.standing.image, tally.standing.code) == (now.image, now.code)
    same = {name for name, rules in tally.outputs.items() if here and outputs.get(name) == rules}
    return tally.unclean + sum(not same.isdisjoint(names) for names in tally.differing)


def _breaks(policy: Policy, tally: JobSummary, now: EvidenceBasis) -> bool:
    return tally.false_success > 0 and survives(policy, changes(tally.standing, now))


def _carried(
    policy: Policy, now: EvidenceBasis, tally: JobSummary, outputs: Mapping[str, str], *, after: bool
) -> Carried:
    changed = changes(tally.standing, now)
    named = ", ".join(change.value for change in changed)
    if not survives(policy, changed):
        fatal = ", ".join(change.value for change in changed if not survives(policy, (change,)))
        return Carried(tally.campaign, now.job, changed, 0, 0, f"nothing survives a change of {fatal}")
    wrong = _wrong(tally, now, outputs)
    if not after:
        why = "a false success came in this campaign or after it; only what counts against stays"
        return Carried(tally.campaign, now.job, changed, 0, wrong, why)
    why = f"state facts survive a change of {named}" if named else "the same in all that counts"
    clean = max(0, tally.clean + tally.alone + tally.unclean - wrong)
    return Carried(tally.campaign, now.job, changed, clean, wrong, why)


def same_image_false_success(now: EvidenceBasis, earlier: Sequence[JobSummary]) -> str:
    """Name the last campaign in which this very image and code gave a false success; empty: none did."""
    found = [
        tally.campaign
        for tally in earlier
        if tally.false_success and tally.standing.job == now.job and tally.standing.repository == now.repository
        if (tally.standing.image, tally.standing.code) == (now.image, now.code)
    ]
    return found[-1] if found else ""


# -- metrics ----------------------------------------------------------------------------------------------------------


def claim_of(metric: Metric) -> str:
    """Say what a proof of a metric claims: this number, equal within this margin, and no other."""
    of = metric.examples or metric.regex
    told: dict[str, object] = {"take": metric.take, "step": metric.step, "target": metric.target, "in": metric.file}
    told["of"] = metric.mlflow
    told["from"] = dict(sorted(metric.sources.items()))
    how = "".join(f", {name} {value}" for name, value in told.items() if value and value is not Take.LAST)
    return f"{metric.name} ({of}{how}) within {metric.margin_absolute!r} or {metric.margin_relative!r} of legacy"


def startup_claim(policy: Policy) -> str:
    """Say what a proof of the time to the first instruction claims."""
    return f"at most {policy.startup_ratio_max!r} times legacy or {policy.startup_floor_seconds!r} s more"


def past_of(policy: Policy, now: EvidenceBasis, earlier: Sequence[JobSummary], planned: date) -> EarlierEvidence:
    """Choose what counts with this campaign's pairs: all whose changes let anything survive.

    Legacy's history ends with the ledger before the campaign, so it is frozen before the first pair counts.
    """
    mine = [tally for tally in earlier if (tally.standing.repository, tally.standing.job) == (now.repository, now.job)]
    kept = [
        (tally, {*changes(tally.standing, now)}) for tally in mine if survives(policy, changes(tally.standing, now))
    ]
    series: dict[str, tuple[Earlier, ...]] = {}
    for tally, changed in kept:
        for name, found in tally.series.items():
            series[name] = (*series.get(name, ()), Earlier(found, same=changed <= _SAME))
    return EarlierEvidence(series, tuple(_runs(kept, (planned - timedelta(HISTORY_DAYS)).isoformat())))


def _runs(kept: Iterable[tuple[JobSummary, set[Change]]], oldest: str) -> Iterable[Runs]:
    """Put runs of one line of images together; the first entry is this campaign's line. Candidate runs all count."""
    lines: dict[tuple[str, str], list[JobSummary]] = {}
    here: list[JobSummary] = []
    for tally, changed in kept:
        if changed <= _LINE:
            here.append(tally)
        else:
            lines.setdefault((tally.standing.parameters, tally.standing.inputs), []).append(tally)
    for tallies in (here, *lines.values()):
        names = sorted({name for tally in tallies for side in Side for name in tally.repeats.get(side, {})})
        legacy, candidate = (
            {
                name: tuple(run for tally in tallies for run in tally.repeats.get(side, {}).get(name, ()))
                for name in names
            }
            for side in Side
        )
        known = {name: _history(runs, oldest) for name, runs in legacy.items()}
        yield Runs({Side.LEGACY: known, Side.CANDIDATE: candidate})


def _history(runs: Iterable[Repeat], oldest: str) -> tuple[Repeat, ...]:
    """Keep the newest runs that are not too old; one whose day is not known counts."""
    return tuple(run for run in runs if run.strata.get(Stratum.DAY, oldest) >= oldest)[-HISTORY_RUNS:]
