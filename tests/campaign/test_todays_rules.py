"""`gate` judges by the plan's rules and by today's: what either has against the evidence counts, and all is told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from campaign.finished import LATER, Draft, Finished, finish, repository

from harness.campaign import story, today
from harness.campaign.today import Today
from harness.errors import Refused
from harness.judge.expiry import Current
from harness.model.finding import Waiver
from harness.model.job import CompareRule, ExpectedEnding
from harness.model.policy import DAY, PRESETS, Approver, Policy
from harness.model.repository import Repository
from harness.model.verdict import Verdict

Change = Callable[[Repository], Repository]


def policy(**changes: object) -> Change:
    """Change the policy."""
    return lambda of: replace(of, policy=replace(of.policy, **changes))  # type: ignore[arg-type]


def preset(name: str) -> Change:
    """Ask for another preset."""
    return lambda of: replace(of, policy=PRESETS[name])


def metric(**changes: object) -> Change:
    """Change the one metric."""
    return lambda of: replace(of, jobs=tuple(replace(job, metrics=(_one(job.metrics[0], changes),)) for job in of.jobs))


def _one(value: object, changes: dict[str, object]) -> object:
    return replace(value, **changes)  # type: ignore[type-var]


def output_rules(*rules: CompareRule) -> Change:
    """Change how the one output is compared."""
    return lambda of: replace(
        of, jobs=tuple(replace(job, outputs=(replace(job.outputs[0], rules=rules),)) for job in of.jobs)
    )


def expected(cause: str) -> Change:
    """Change how the job is meant to end."""
    return lambda of: replace(of, jobs=tuple(replace(job, expected=ExpectedEnding(cause, 1)) for job in of.jobs))


def waived(of: Repository) -> Repository:
    """Add a waiver for the metric."""
    waiver = Waiver("W-1", "owner", "known", "metrics.equivalence/train/rmse", date(2026, 12, 31))
    return replace(of, waivers=(waiver,))


def looked(of: Finished, change: Change, at: str = LATER) -> Verdict:
    """Look at the campaign with changed rules."""
    now = change(of.plan.repositories[0])
    current = {f"wine/{job.name}": Current(job) for job in now.jobs}
    (verdict,) = today.look(of.archive, Today(at, of.archive.ledger.entries(), current, {"wine": now}))
    return verdict


STRICTER: dict[str, tuple[Change, str]] = {
    "critical": (preset("critical"), "policy asks for fewer than 5%"),
    "fewer wrong endings": (policy(bad_runs_max=0.55), "3 runs ended as they should, so up to 64.2% of runs may"),
    "evidence of an hour": (policy(evidence_seconds_max=3600), "after 0.0 days it expires"),
    "soak": (policy(soak_seconds=7 * DAY), "the policy asks for 7 days of soak"),
    "more repeats": (policy(repeats=6), "policy.repeats is 6; the campaign was planned with 3."),
    "runs without the shim": (policy(shim_off_pairs=1), "policy.shim_off_pairs is 1; the campaign was planned with 0."),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Make a campaign that is GO: three clean pairs, bit-identical."""
    made, (verdict,) = finish(tmp_path_factory.mktemp("go"), candidate=Draft(10.0))
    assert verdict.decision.value == "GO"
    return made


@pytest.mark.parametrize("what", STRICTER)
def test_a_stricter_rule_of_today_that_the_evidence_does_not_meet_closes_the_gate(
    finished: Finished, what: str
) -> None:
    """Said as what today's rules have against it."""
    change, said = STRICTER[what]
    verdict = looked(finished, change)
    told = [reason.sentence for reason in verdict.reasons]
    assert verdict.decision.value == "INCONCLUSIVE", told
    assert any(sentence.startswith("By today's rules: ") and said in sentence for sentence in told), told


MET: dict[str, Change] = {
    "nothing": lambda of: of,
    "a tighter margin over bit-identical runs": metric(margin_absolute=0.001),
    "more wrong endings": policy(bad_runs_max=0.97),
    "another approver": policy(approvers=(Approver("ada", "ssh-ed25519 AAAA"),)),
    "columns compared by key": output_rules(CompareRule("*.json", "json", ignore=("nothing",))),
}


@pytest.mark.parametrize("what", MET)
def test_a_rule_of_today_that_the_evidence_meets_leaves_the_gate_open(finished: Finished, what: str) -> None:
    """The control: a difference alone closes nothing."""
    verdict = looked(finished, MET[what])
    assert verdict.decision.value == "GO", verdict.reasons


def test_a_margin_that_was_tightened_below_the_difference_closes_the_gate(tmp_path: Path) -> None:
    """Findings are made anew from stored facts: 4 lies within 5, and not within 1."""
    wide = metric(margin_absolute=5.0)
    planned, (verdict,) = finish(tmp_path / "planned", candidate=Draft(14.0), repositories=(wide(repository()),))
    assert (verdict.decision.value, looked(planned, lambda of: of).decision.value) == ("GO", "GO")
    tight = looked(planned, metric(margin_absolute=1.0))
    assert tight.decision.value == "NO-GO"
    assert any(reason.sentence.startswith("By today's rules: rmse rose by 4") for reason in tight.reasons)
    other, _ = finish(tmp_path / "other", candidate=Draft(14.0))
    assert looked(other, wide).decision.value == "NO-GO", "the plan's margin still counts"


def test_a_waiver_of_today_opens_nothing_and_one_that_is_gone_closes(tmp_path: Path) -> None:
    """The plan was made without it: evidence is never judged by a weaker rule than the plan's."""
    bare, _ = finish(tmp_path / "bare", candidate=Draft(14.0))
    assert looked(bare, waived).decision.value == "NO-GO"
    covered, (verdict,) = finish(tmp_path / "covered", candidate=Draft(14.0), repositories=(waived(repository()),))
    assert (verdict.decision.value, dict(verdict.waivers)) == ("GO", {"W-1": 1})
    assert looked(covered, lambda of: of).decision.value == "GO"
    gone = looked(covered, lambda of: replace(of, waivers=()))
    assert gone.decision.value == "NO-GO"
    assert gone.reasons[0].sentence.startswith("By today's rules: rmse rose by 4")


def test_another_expected_ending_is_another_job(finished: Finished) -> None:
    """The evidence shows a success, and today a failure is meant."""
    verdict = looked(finished, expected("code error"))
    assert verdict.decision.value != "GO"


def test_a_plan_of_the_future_and_an_entry_of_the_future_are_told_by_name(finished: Finished) -> None:
    """A clock that is an hour behind the campaign's decides nothing."""
    verdict = looked(finished, lambda of: of, at="2026-11-25T09:00:00Z")
    codes = {reason.code for reason in verdict.reasons}
    assert verdict.decision.value == "INCONCLUSIVE"
    assert {"inconclusive:future", "inconclusive:ledger-time"} <= codes
    assert any("The plan is dated 2026-11-25T10:00:00Z" in reason.sentence for reason in verdict.reasons)


def test_without_todays_rules_the_rest_is_told_and_stays_open(finished: Finished, tmp_path: Path) -> None:
    """No repos.yaml is 2, `--as-planned` is 3."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        none = finished.parity("gate", "c1")
        planned = finished.parity("gate", "c1", "--as-planned")
    assert (none.exit_code, "repos.yaml: the file: expected the rules of today" in none.stderr) == (2, True)
    assert (planned.exit_code, "Today's rules are unknown" in planned.stdout) == (3, True)


def test_every_rule_that_differs_is_listed(finished: Finished) -> None:
    """Weaker ones too, each with the value of the plan."""
    now = policy(bad_runs_max=0.97, waivers_max=9)(metric(margin_absolute=2.0)(finished.plan.repositories[0]))
    told = today.rule_differences(finished.plan.repositories[0], Today(LATER, (), {}, {"wine": now}))
    assert [(rule.key, rule.old, rule.new) for rule in told] == [
        ("jobs.train.metrics.rmse.margin", '{"absolute":1.0}', '{"absolute":2.0}'),
        ("policy.bad_runs_max", "0.65", "0.97"),
        ("policy.waivers_max", "5", "9"),
    ]


def test_a_key_of_the_policy_is_looked_up_by_the_gate_or_read_by_checks() -> None:
    """A new key makes findings anew until somebody says that no check reads it."""
    keys = {f"policy.{name}" for name in Policy.__dataclass_fields__}
    assert keys >= today.DECIDED
    assert keys - today.DECIDED == {
        f"policy.{name}"
        for name in (
            "alpha",
            "carry",
            "bad_runs_max",
            "days",
            "state_pairs",
            "startup_floor_seconds",
            "startup_ratio_max",
            "startup_required",
        )
    }


def test_a_plan_with_a_waiver_that_ends_too_far_ahead_is_refused(tmp_path: Path) -> None:
    """At most 180 days from the day of the plan; the policy may say fewer."""
    plan = finish(tmp_path)[0].plan
    for last_day, days, refused in (
        (date(2027, 5, 24), 180, False),
        (date(2027, 5, 25), 180, True),
        (date(2026, 12, 31), 30, True),
    ):
        of = replace(waived(repository()), waivers=(Waiver("W-1", "o", "r", "truth.ending/train", last_day),))
        of = policy(waiver_days_max=days)(of)
        with pytest.raises(Refused, match=f"policy.waiver_days_max is {days}") if refused else nullcontext():
            story.check_waivers(replace(plan, repositories=(of,)))
