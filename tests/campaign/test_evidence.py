"""From observations to findings: every check over every pair, and what a crash, a void pair or noise changes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import observed
import pytest
from report.campaign_sample import job, observation, repository

from harness.campaign import evidence
from harness.campaign.check import RunCheck, RunEvidence
from harness.campaign.checks import requirements_of
from harness.campaign.selfcheck.world import endpoints_of
from harness.campaign.waves import identical_repeats, noise_wave, void_replacements
from harness.compare import field_noise, outputs, pairs
from harness.errors import PluginUnusable
from harness.judge import coverage
from harness.model.clock import ClockName, Time
from harness.model.event import WARM_START, Event, Kind, Witness
from harness.model.finding import LAZY_IMAGE, Dimension, Finding, Measure, Outcome
from harness.model.job import Delivery, ParameterReading, Side
from harness.model.observation import MetricPoint, Observation, OutputFile, OutputSeen
from harness.model.plan import Grade, ImageIdentity, LazyImage, Pair, Plan
from harness.model.repository import Repository
from harness.model.schedule import Cause, Replacement, Schedule, Wave
from harness.runner.plan import Header, make_plan

_WINE = repository("wine", "owner", "demo", (job("train", "rmse", 0.1, outputs=("model",)),))
WINE = replace(_WINE, policy=replace(_WINE.policy, pairs=4, repeats=4, bad_runs_max=0.54))
IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
PLAN = make_plan(
    Header("c1", "2026-11-24T10:58:00Z", "tool", 7, "sha256:0"),
    (WINE,),
    resolve=lambda *_: IMAGE,
    endpoints=endpoints_of("wine"),
    price=None,
)
LAUNCHED = tuple(pair for pair in PLAN.pairs if pair.grade is Grade.LAUNCHED and pair.wave == 1)
"""Three of four launched pairs belong to the first wave; one more run a side is for A/A."""


def seen(the_plan: Plan = PLAN) -> dict[str, Observation]:
    """All runs of the plan, each with one and the same metric."""
    curve = (MetricPoint(0.5, 0),)
    ran = {run for pair in the_plan.pairs if pair.wave == 1 for run in pair.runs}
    return {run.id: replace(observation(run, {}), metrics={"rmse": curve}) for run in the_plan.runs if run.id in ran}


def findings(observations: dict[str, Observation], schedule: Schedule = Schedule(PLAN)) -> tuple[Finding, ...]:  # noqa: B008 - a frozen value
    """Run every check."""
    return evidence.findings_of(schedule, WINE, observations, lambda name: None)  # noqa: ARG005 - no payload is kept


def test_a_plug_in_that_is_missing_is_no_crash_of_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told as what it is, before anything is judged; the evidence waits until it is there."""

    def missing(of: RunEvidence) -> tuple[Finding, ...]:
        message = f"nothing named {of.job.name} is installed"
        raise PluginUnusable(message)

    monkeypatch.setattr(evidence, "checks", lambda: (RunCheck("owners", Dimension.EVIDENCE, lambda _: (), missing),))
    with pytest.raises(PluginUnusable, match="nothing named train is installed"):
        findings(seen())


def _stranger(name: str) -> RunCheck:
    """Make a check over runs that calls its findings `name`."""

    def run(of: RunEvidence) -> Iterator[Finding]:
        subject = f"{of.job.name}/{of.run.run.side.value}"
        yield Finding(name, Dimension.EVIDENCE, subject, of.pair, Outcome.MATCH, f"{of.run.run.id} was looked at.")

    return RunCheck("owners", Dimension.EVIDENCE, lambda job: (job.name,), run)


def test_a_check_of_runs_is_run_over_both_runs_of_every_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each finding rests on the evidence of its pair."""
    monkeypatch.setattr(evidence, "checks", lambda: (_stranger("owners.seen"),))
    told = [
        (finding.check, finding.subject, finding.pair)
        for finding in findings(seen())
        if finding.dimension is Dimension.EVIDENCE
    ]
    assert told == [
        ("owners.seen", f"train/{side.value}", pair.id) for pair in LAUNCHED for side in (Side.LEGACY, Side.CANDIDATE)
    ]


def test_a_check_that_speaks_under_another_checks_name_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its findings would stand for what the other check requires."""
    monkeypatch.setattr(evidence, "checks", lambda: (_stranger("truth.expected"),))
    told = {
        (finding.check, finding.outcome, finding.summary)
        for finding in findings(seen())
        if finding.dimension is Dimension.EVIDENCE
    }
    text = "its finding is called truth.expected, and must be owners or begin with owners."
    assert told == {("owners.crashed", Outcome.INCONCLUSIVE, f"the check owners crashed: ValueError: {text}")}


def test_every_check_speaks_of_every_pair_that_has_both_runs() -> None:
    """A pair whose partner is missing is not compared, and nothing is made up for it."""
    observations = seen()
    first, second, third = LAUNCHED
    del observations[second.runs[1]], observations[third.runs[1]]
    told = {(finding.check.partition(".")[0], finding.pair) for finding in findings(observations) if finding.pair}
    assert {pair for _, pair in told} == {first.id}
    assert {check for check, _ in told} >= {"identity", "truth", "transitions", "configuration", "outputs", "metrics"}


def test_a_crashed_check_costs_one_inconclusive_and_no_other_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding names the check and the error; all the others say what they said."""
    before = {finding.id for finding in findings(seen()) if not finding.check.startswith("outputs")}

    def crashes(*_: object, **__: object) -> tuple[Finding, ...]:
        message = "boom"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(outputs, "check_outputs", crashes)
    after = findings(seen())
    crashed = [finding for finding in after if finding.check == "outputs.crashed"]
    assert [(finding.outcome, finding.summary) for finding in crashed] == [
        (Outcome.INCONCLUSIVE, "the check outputs crashed: ZeroDivisionError: boom")
    ] * 3
    assert {finding.id for finding in after if finding not in crashed} == before | {"outputs.noise/train/model"}


def test_a_finding_that_cannot_be_kept_costs_one_inconclusive(monkeypatch: pytest.MonkeyPatch) -> None:
    """An infinite number has no place in evidence, and takes no verdict with it."""
    endless = Finding("outputs.x", Dimension.OUTPUTS, "train", None, Outcome.MATCH, "x", measure=Measure("", math.inf))
    monkeypatch.setattr(outputs, "check_outputs", lambda *_, **__: (endless,))
    told = [finding for finding in findings(seen()) if finding.check.startswith("outputs") and finding.pair]
    assert {(finding.check, finding.outcome) for finding in told} == {("outputs.crashed", Outcome.INCONCLUSIVE)}


def voided_pair(monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Void the first launched pair, and no other."""
    void = LAUNCHED[0]

    def voided(job_: object, identity: object, legacy: Observation, candidate: Observation) -> tuple[Side, str] | None:
        del job_, identity, candidate
        return (Side.LEGACY, "the platform cut it") if legacy.run.id in void.runs else None

    monkeypatch.setattr(pairs, "void_reason", voided)
    return void


def test_a_void_pair_is_counted_never_compared_and_replaced_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its replacement has the same order, the next attempt, and a name that follows from the void one."""
    void = voided_pair(monkeypatch)
    about = [(finding.check, finding.summary) for finding in findings(seen()) if finding.pair == void.id]
    assert about == [("identity.void", "void: the platform cut it")]
    (replacing,) = void_replacements(Schedule(PLAN), seen())
    assert isinstance(replacing, Replacement)
    assert (replacing.pair.id, replacing.pair.replaces) == (f"{void.id}-r", void.id)
    assert (replacing.cause, replacing.reason) == (Cause.VOID, "legacy: the platform cut it")
    known = {run.id: run for run in PLAN.runs}
    assert [run.side for run in replacing.runs] == [known[run].side for run in void.runs]
    assert not {run.id for run in replacing.runs} & set(known)
    assert {run.attempt for run in replacing.runs} == {2}
    schedule = Schedule(PLAN, (replacing,))
    observed = {**seen(), **{run.id: replace(observation(run, {}), metrics={}) for run in replacing.runs}}
    assert schedule.amended(void_replacements(schedule, observed)) == schedule


def test_a_replaced_pair_is_judged_like_any_and_counts_in_the_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its candidate is far off; every run of the plan gave one value."""
    voided_pair(monkeypatch)
    schedule = Schedule(PLAN, void_replacements(Schedule(PLAN), seen()))
    more = {
        run.id: replace(
            observation(run, {}), metrics={"rmse": (MetricPoint(9.9 if run.side is Side.CANDIDATE else 0.5, 0),)}
        )
        for run in schedule.runs
        if run.attempt > 1
    }
    (told,) = (finding for finding in findings({**seen(), **more}, schedule) if finding.check == "metrics.equivalence")
    assert (told.rule, told.outcome) != ("exact", Outcome.MATCH)
    assert told.outcome is not Outcome.MATCH
    quiet = {name: replace(each, metrics={"rmse": (MetricPoint(0.5, 0),)}) for name, each in more.items()}
    (told,) = (finding for finding in findings({**seen(), **quiet}, schedule) if finding.check == "metrics.equivalence")
    assert (told.rule, told.outcome) == ("exact", Outcome.MATCH)


def test_repeats_are_judged_once_a_side() -> None:
    """One more run a side is planned; coverage asks for a word on it."""
    told = [finding.subject for finding in findings(seen()) if "repeats on" in finding.subject]
    assert told == ["train/repeats on legacy", "train/repeats on candidate"]
    missing = {finding.subject for finding in coverage.missing(Schedule.whole(PLAN), WINE, (), requirements_of(WINE))}
    assert {"train/repeats on legacy", "train/repeats on candidate"} <= missing


@pytest.mark.parametrize("noisy", [False, True], ids=["bit-identical", "noisy"])
def test_the_second_wave_runs_only_where_one_side_differs_from_itself(*, noisy: bool) -> None:
    """The rule looks at A/A alone, never at the difference between the sides."""
    later = tuple(pair.id for pair in PLAN.pairs if pair.wave == 2)
    observations = {}
    for number, each in enumerate(seen().values()):
        value = 0.5 + (number if noisy and each.run.side is Side.LEGACY else 0) + (each.run.side is Side.CANDIDATE)
        observations[each.run.id] = replace(each, metrics={"rmse": (MetricPoint(value, 0),)})
    wave = Wave(2, later, "runs of one side of wine/train differ from each other")
    assert noise_wave(Schedule(PLAN), observations) == ((wave,) if noisy else ())
    assert len(later) == 1


@pytest.mark.parametrize(
    ("noisy", "outcome"), [(False, Outcome.MISMATCH), (True, Outcome.INCONCLUSIVE)], ids=["seeded", "unseeded"]
)
def test_a_curve_that_one_side_does_not_repeat_is_noise_and_only_informs(*, noisy: bool, outcome: Outcome) -> None:
    """Where each side repeats itself, the same difference between the sides is one."""
    observations = seen()
    for number, (name, each) in enumerate(observations.items()):
        value = 0.5 + (2 * number if noisy else 0) + (each.run.side is Side.CANDIDATE)
        observations[name] = replace(each, metrics={"rmse": (MetricPoint(value, 0), MetricPoint(0.1, 1))})
    curves = [finding for finding in findings(observations) if finding.check == "metrics.curve"]
    assert [(curve.outcome, curve.required) for curve in curves] == [(outcome, False)] * len(LAUNCHED)


def test_a_declared_cadence_is_judged_over_all_pairs_of_its_job() -> None:
    """One finding a job that has one; these runs have no history, so their slot is open. Without a cadence: none."""
    every_quarter = replace(WINE, jobs=(replace(WINE.jobs[0], cadence_seconds=900),))
    told = evidence.findings_of(Schedule.whole(PLAN), every_quarter, seen(), lambda name: None)  # noqa: ARG005 - no payload is kept
    slots = [
        (finding.check, finding.subject, finding.outcome) for finding in told if finding.check.startswith("cadence")
    ]
    assert slots == [("cadence.slot", "train/cadence", Outcome.INCONCLUSIVE)]
    assert [finding for finding in findings(seen()) if finding.check.startswith("cadence")] == []


def test_notebook_images_are_told_as_the_plan_has_them() -> None:
    """Looked up once, at plan; judging again asks no registry. A repository that names none has no finding."""
    image = LazyImage("nb:1", found=False, said="no SOCI index lies beside it")
    looked_up = replace(PLAN, lazy_images={"wine": (image,)})
    told = evidence.findings_of(Schedule.whole(looked_up), WINE, seen(), lambda name: None)  # noqa: ARG005 - no payload is kept
    assert [finding.summary for finding in told if finding.check == LAZY_IMAGE] == [
        "notebook image nb:1: no SOCI index lies beside it"
    ]
    assert [finding for finding in findings(seen()) if finding.check == LAZY_IMAGE] == []


def test_a_job_that_claims_a_lazy_image_is_flagged_by_the_campaign() -> None:
    """Beside its startup; it changes no other finding."""
    claims = replace(WINE, jobs=(replace(WINE.jobs[0], claims_lazy_image=True),))
    told = evidence.findings_of(Schedule.whole(PLAN), claims, seen(), lambda name: None)  # noqa: ARG005 - no payload is kept
    assert [finding.subject for finding in told if finding.check == LAZY_IMAGE] == ["train/lazy image"]
    assert [finding.id for finding in told if finding.check != LAZY_IMAGE] == [
        finding.id for finding in findings(seen())
    ]


def test_a_proven_warm_start_is_told_by_the_campaign() -> None:
    """The proof in a candidate run's history makes a finding of its own; without it there is none."""
    observations = seen()
    run = LAUNCHED[0].runs[1] if observations[LAUNCHED[0].runs[1]].run.side is Side.CANDIDATE else LAUNCHED[0].runs[0]
    at = Time(0.0, ClockName.SERVICE)
    proof = Event("warm", Kind.NOTICED, Witness.CONTROL_PLANE, at, 0.0, label=WARM_START)
    assert [finding.check for finding in findings(observations) if finding.check == "startup.warm"] == []
    observations[run] = replace(observations[run], events=(proof,))
    assert [finding.check for finding in findings(observations) if finding.check == "startup.warm"] == ["startup.warm"]


_BY_VARIABLE = {
    side: replace(each, reading=ParameterReading(Delivery.ENV)) for side, each in WINE.jobs[0].sides.items()
}
PLAIN = replace(WINE, jobs=(replace(WINE.jobs[0], sides=_BY_VARIABLE),))
BARE = replace(PLAIN, policy=replace(PLAIN.policy, shim_off_pairs=1))


def planned(of: Repository) -> Plan:
    """Plan one repository."""
    return make_plan(
        Header("c1", "2026-11-24T10:58:00Z", "tool", 7, "sha256:0"),
        (of,),
        resolve=lambda *_: IMAGE,
        endpoints=endpoints_of("wine"),
        price=None,
    )


def ended(of: Repository) -> dict[str, Observation]:
    """All runs of the plan, each with an end that its platform told."""
    return {
        name: replace(each, events=observed.observed(each.run.side).events, log=observed.log())
        for name, each in seen(planned(of)).items()
    }


def judged(of: Repository, runs: dict[str, Observation]) -> list[Finding]:
    """Run every check."""
    return list(evidence.findings_of(Schedule.whole(planned(of)), of, runs, lambda _: None))


def test_runs_without_the_shim_are_judged_by_themselves_and_are_in_no_sample() -> None:
    """Another value there turns one finding red on its side, and moves no metric and no noise."""
    runs = ended(BARE)
    bare = {run.side: run.id for run in planned(BARE).runs if not run.shim}
    runs[bare[Side.LEGACY]] = replace(runs[bare[Side.LEGACY]], metrics={"rmse": (MetricPoint(9.0, 0),)})
    told = judged(BARE, runs)
    assert {finding.subject: finding.outcome for finding in told if finding.check == "shim.effect"} == {
        "train/without the shim on legacy": Outcome.MISMATCH,
        "train/without the shim on candidate": Outcome.MATCH,
    }
    assert identical_repeats(Schedule.whole(planned(BARE)), BARE.name, "train", runs)
    assert [finding for finding in told if finding.check != "shim.effect"] == judged(PLAIN, ended(PLAIN))


def test_a_word_on_the_shim_that_is_lost_is_missed() -> None:
    """Where runs without it were planned; control: where none were."""
    lost = judged(PLAIN, ended(PLAIN))
    asked = [
        finding.id
        for finding in coverage.missing(Schedule.whole(planned(BARE)), BARE, lost, requirements_of(BARE))
        if finding.dimension is Dimension.EVIDENCE
    ]
    assert asked == [f"evidence.required/train/without the shim on {side.value}" for side in Side]
    assert not [
        finding
        for finding in coverage.missing(Schedule.whole(planned(PLAIN)), PLAIN, lost, requirements_of(PLAIN))
        if finding.dimension is Dimension.EVIDENCE
    ]


def left(run: Observation, digest: str) -> Observation:
    """Make a run of the same name that did its work and left these bytes, of a form that is never opened."""
    seen_ = OutputSeen("model", declared=True, files=(OutputFile("weights.bin", 1, digest * 64, stored=digest),))
    return replace(observed.observed(run.run.side), run=run.run, record=None, outputs=(seen_,))


@pytest.mark.parametrize(
    ("noisy", "outcome"),
    [(Side.LEGACY, Outcome.INCONCLUSIVE), (Side.CANDIDATE, Outcome.MISMATCH)],
    ids=["legacy", "candidate"],
)
def test_what_one_side_does_to_itself_is_learned_before_pairs_are_compared(noisy: Side, outcome: Outcome) -> None:
    """Outputs that legacy does not repeat show no difference; those that only the candidate does not repeat do."""
    told = findings(
        {name: left(each, str(n) if each.run.side is noisy else "f") for n, (name, each) in enumerate(seen().items())}
    )
    assert {finding.outcome for finding in told if finding.check == "outputs.bytes"} == {outcome}
    assert [(finding.outcome, finding.required) for finding in told if finding.check == "outputs.noise"] == [
        (Outcome.INCONCLUSIVE, False)
    ]


def test_noise_that_can_t_be_learned_excuses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """One INCONCLUSIVE of its own; the pairs are judged as if legacy repeated itself."""

    def crashes(*_: object, **__: object) -> object:
        message = "boom"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(field_noise, "learn", crashes)
    told = findings({name: left(each, str(n)) for n, (name, each) in enumerate(seen().items())})
    assert {finding.outcome for finding in told if finding.check == "outputs.bytes"} == {Outcome.MISMATCH}
    assert [(finding.check, finding.required) for finding in told if finding.check.startswith("outputs.noise")] == [
        ("outputs.noise.crashed", True)
    ]
