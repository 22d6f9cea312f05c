"""From verdict to evidence, line by line."""

from __future__ import annotations

from dataclasses import replace

from judge.cases import case, clean, other

from harness.campaign.chain import chain
from harness.judge.gate import decide, effective_findings
from harness.model.finding import Dimension, Finding, Measure, Outcome, Sample


def test_a_no_go_is_told_down_to_the_files_it_rests_on() -> None:
    """Sentence, finding, numbers, files with their digests, what would change it, and damage."""
    measure = Measure("", 100.0, 101.9, 1.9, 1.0, "1 %", (1.2, 2.6), 0.9667, 3)
    found = other(
        clean(),
        "metrics.equivalence",
        outcome=Outcome.MISMATCH,
        summary="rmse rose by 1.9 %.",
        measure=measure,
        rule="paired",
        remedy="find what moves it",
        evidence=tuple(f"runs/r{n}/observation.json" for n in range(6)),
    )
    judged = case(found)
    evidence = {"runs/r0/observation.json": "ab"}
    told = list(chain(decide(judged), effective_findings(judged)[0], evidence, ["x: changed"], notes=["made long ago"]))
    assert told == [
        "wine: NO-GO on real evidence, judged 2026-11-25T10:00:00Z",
        "1. rmse rose by 1.9 %.",
        "   finding metrics.equivalence/train/rmse: MISMATCH, rule paired",
        "      legacy 100, candidate 101.9, difference 1.9, margin 1 %, 3 pairs, 96.7% interval 1.2 to 2.6",
        "      runs/r0/observation.json: ab",
        "      runs/r1/observation.json: not in evidence",
        "      runs/r2/observation.json: not in evidence",
        "      runs/r3/observation.json: not in evidence",
        "      and 2 more files",
        "   would change it: find what moves it",
        "damaged: x: changed",
        "note: made long ago",
        "policy, plan, findings and evidence by digest:",
    ]


def test_both_variances_of_a_metric_from_examples_are_in_the_chain() -> None:
    """That of the runs and that of the examples."""
    measure = Measure("", 0.8, 0.7, -0.1, 0.05, "0.05", (-0.11, -0.09), 0.9667, 8, examples=2000)
    measure = replace(measure, examples_interval=(-0.15, -0.04))
    judged = case(other(clean(), "metrics.equivalence", outcome=Outcome.INCONCLUSIVE, measure=measure))
    told = list(chain(decide(judged), effective_findings(judged)[0], {}, [], notes=()))
    assert any(
        name.endswith("8 pairs, 96.7% interval -0.11 to -0.09, from 2,000 examples -0.15 to -0.04") for name in told
    )


def test_a_check_that_never_ran_is_in_the_chain_and_an_unknown_finding_is_said_to_be() -> None:
    """NOT RUN findings are made by the gate; what is not stored is named as such."""
    judged = case([finding for finding in clean() if finding.check != "outputs.files"])
    verdict = decide(judged)
    told = list(chain(verdict, effective_findings(judged)[0], {}, (), notes=()))
    assert "   finding outputs.required/train/model/p1: NOT RUN" in told
    assert any("not among the stored findings" in name for name in chain(verdict, (), {}, (), notes=()))


def test_the_chain_tells_what_nodes_do_whatever_was_decided() -> None:
    """Rows of the informing finding, by metric; without one there is no such part."""
    by_node = Finding(
        check="noise.strata", dimension=Dimension.METRICS, subject="train/rmse by stratum", pair=None,
        outcome=Outcome.MATCH, summary="rmse does not depend on node.", required=False,
        samples=(Sample("node", "4 runs in 2: the same bits", "not known"),),
    )  # fmt: skip
    judged = case([*clean(), by_node])
    told = list(chain(decide(judged), effective_findings(judged)[0], {}, (), notes=()))
    assert told[2:5] == [
        "runs of one side by where and when they ran (decides nothing):",
        "   train/rmse: rmse does not depend on node.",
        "      node: legacy 4 runs in 2: the same bits; candidate not known",
    ]
    bare = case(clean())
    assert not any(
        "runs of one side" in name for name in chain(decide(bare), effective_findings(bare)[0], {}, (), notes=())
    )
