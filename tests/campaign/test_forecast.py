"""How long GO takes, and what runs prove: simulated by the judge's own rule, held against the judge of campaigns."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.campaign import forecast, prospects
from harness.campaign.forecast import CADENCES, FROZEN, SHARE, Cadence, Work
from harness.judge import bad_runs, metric
from harness.judge.margin import Margin
from harness.judge.metric import decide_metric
from harness.model.carry import Runs
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.policy import CARRY, PRESETS, Change, Policy, Survival
from harness.model.sample import Earlier, PairedSample, PairValue, Repeat, Series, Stratum
from harness.statistics.results import Equivalence

DAY = 86_400.0
TRIAL, STANDARD, CRITICAL = (PRESETS[name] for name in ("trial", "standard", "critical"))
DAILY = Work(startup=True, campaigns_a_week=4)


def weeks(policy: Policy, work: Work) -> dict[str, int | None]:
    """Give the weeks to GO by cadence."""
    return {cadence.title: forecast.forecast(policy, work, cadence).weeks for cadence in CADENCES}


# -- the judge of the campaigns ---------------------------------------------------------------------------------------


def _first_go(policy: Policy, noise: float, images: int, random: np.random.Generator) -> int:
    """Give the campaigns of one repository until the judge of campaigns is content; each image lives so many."""
    shape = (2, policy.pairs + policy.first_repeats)
    past: list[tuple[int, Series]] = []
    values: dict[Side, list[Repeat]] = {side: [] for side in Side}
    for number in range(24):
        sides = random.normal(0.0, noise / math.sqrt(2), shape)
        rows = [tuple(map(float, side)) for side in sides]
        one, other = (row[: policy.pairs] for row in rows)
        moments = tuple(number * DAY + pair for pair in range(policy.pairs))
        names = tuple(f"p{pair}" for pair in range(policy.pairs))
        sample = PairedSample("m", "", one, other, names, *rows, None, (), "", (), moments)
        earlier = tuple(Earlier(series, same=image == number // images) for image, series in past)
        decided = decide_metric(sample, Margin(absolute=1.0), policy, earlier=earlier)
        past.append((number // images, Series("", 1.0, tuple(map(PairValue, one, other, moments)))))
        for side, row in zip(Side, rows, strict=True):
            values[side] += [Repeat(value, {Stratum.DAY: str(number)}) for value in row]
        runs = Runs({side: {"m": tuple(values[side])} for side in Side})
        counted = bad_runs.count((runs,), {"m": bad_runs.AllowedRange(1.0)})
        few = bad_runs.finding("j", counted, policy).outcome is Outcome.MATCH
        if decided.outcome is Equivalence.EQUIVALENT and few:
            return number + 1
    return 24


@pytest.mark.parametrize(
    ("policy", "noise", "images"),
    [(TRIAL, 0.7, 24), (TRIAL, 1.0, 1), (STANDARD, 0.8, 4), (STANDARD, 1.0, 1)],
    ids=["trial, one image", "trial, image a campaign", "standard, image a week", "standard, image a campaign"],
)
def test_the_forecast_is_what_the_judge_of_campaigns_comes_to(
    policy: Policy, noise: float, images: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sixty repositories, each campaign judged by itself: the same number of campaigns, give or take chance."""
    monkeypatch.setattr(metric, "further_units", lambda *_: 1)  # advice is not looked at here
    random = np.random.default_rng(11)
    judged = [_first_go(policy, noise, images, random) for _ in range(60)]
    work = Work(noise, campaigns_a_week=max(1, policy.days))
    told = forecast.forecast(policy, work, Cadence("", images / work.campaigns_a_week)).campaigns
    assert told is not None
    assert np.quantile(judged, SHARE - 0.15) <= told <= np.quantile(judged, SHARE + 0.15)


# -- cadences of images -----------------------------------------------------------------------------------------------


def test_standard_is_go_in_two_weeks_however_often_images_change_as_long_as_the_base_stays() -> None:
    """And never where a week's days are all that a base has: four units prove nothing."""
    assert weeks(STANDARD, DAILY) == {
        "the same image all the time": 2,
        "an image a week": 2,
        "an image a day": 2,
        "an image a commit": 2,
        "a base rebuilt every month": 2,
        "a base rebuilt every week": None,
        "no declared base, an image a week": None,
        "no declared base, an image a commit": None,
    }


def test_an_image_a_day_takes_longer_than_one_that_stays_the_more_runs_differ() -> None:
    """Each image must show some of it by itself."""
    loud = weeks(STANDARD, replace(DAILY, noise=1.5))
    frozen, weekly, daily = (loud[name] for name in list(loud)[:3])
    assert frozen is not None
    assert weekly is not None
    assert daily is not None
    assert frozen <= weekly < daily


def test_where_it_is_never_the_cure_was_simulated_too() -> None:
    """The mildest one that leads to GO, with its weeks."""
    told = dict(prospects.by_cadence(STANDARD, DAILY))
    assert told["a base rebuilt every week"] == "never within 16 weeks: keep one base until GO, then 2 weeks"
    cure = "declare the base that the images share (key base), then 2 weeks"
    assert told["no declared base, an image a week"] == f"never within 16 weeks: {cure}"
    loud = dict(prospects.by_cadence(TRIAL, Work(1.5)))
    assert loud["an image a commit"] == "never within 16 weeks: keep one image until GO, then 6 weeks"
    hopeless = dict(prospects.by_cadence(TRIAL, Work(9.0)))
    assert set(hopeless.values()) == {
        "never within 16 weeks: find what makes runs of one side differ so much",
    }


def test_a_policy_under_which_nothing_survives_new_code_makes_every_image_a_new_base() -> None:
    """`carry` is the owner's."""
    strict = replace(STANDARD, carry={**CARRY, Change.CODE: Survival.NOTHING})
    assert weeks(strict, DAILY)["an image a week"] is None
    assert weeks(strict, DAILY)["the same image all the time"] == 2


@pytest.mark.parametrize(("policy", "campaigns"), [(TRIAL, 1), (STANDARD, 6), (CRITICAL, 9)])
def test_a_job_whose_runs_are_all_the_same_needs_its_runs_and_days(policy: Policy, campaigns: int) -> None:
    """`trial` in its first campaign; the others as many days as startup's own bets need."""
    work = Work(0.0, startup=policy.startup_required, campaigns_a_week=max(1, policy.days))
    assert forecast.forecast(policy, work, FROZEN).campaigns == campaigns


# -- what a budget proves ---------------------------------------------------------------------------------------------


def test_ten_clean_runs_prove_fewer_than_27_percent() -> None:
    """The number of the rule, for every preset at once."""
    assert prospects.proven(10, STANDARD) == (
        "10 clean candidate runs would prove that fewer than 27 % of runs are bad; "
        "standard asks for 10 %, that is 30 runs; enough for trial"
    )
    assert prospects.proven(61, TRIAL).endswith("enough for trial, standard, critical")
    assert prospects.proven(0, TRIAL) == "buys no candidate run, so it proves nothing"


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_a_job_that_repeats_itself_still_needs_its_runs_and_days(name: str) -> None:
    """Nothing is left to bet on, and how rarely runs end wrongly has still to be shown."""
    policy = PRESETS[name]
    work = Work(noise=0.0, campaigns_a_week=max(1, policy.days))
    runs = forecast.candidate_runs(policy, work)

    found = forecast.forecast(policy, work).campaigns

    assert found == max(math.ceil(policy.runs_needed / runs), policy.days)
