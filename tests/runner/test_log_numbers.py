"""Every number of a log is read whole, or its metric is not read and says why; on both platforms' shapes alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from harness.bounded.pattern import NotSearched, PatternMatch
from harness.config.defaults import metric_regex
from harness.model.metric import Better, Metric, NumberForm, Take
from harness.runner import metrics
from harness.runner.log_lines import LogLine, LogLines, lines_of
from harness.runner.metrics import curve_of, loosened
from harness.sandbox.aws.logs import escaped


def metric(name: str, regex: str | None = None, form: NumberForm = NumberForm.POINT, **more: object) -> Metric:
    """Declare a metric; without an expression the default one is taken."""
    found = regex or metric_regex(name, form.value)
    return Metric(name, found, Better.LOWER, None, None, number=form, **more)  # type: ignore[arg-type]


def in_both_shapes(log: str) -> tuple[str, str]:
    """Give a log as Kubernetes has it and as CloudWatch does."""
    return log, "\n".join(escaped(line) for line in log.split("\n"))


def last(log: str, wanted: Metric) -> float | None:
    """Read what is judged, and see that both shapes read alike."""
    plain, cloudwatch = (curve_of(LogLines(lines_of(shape)), wanted) for shape in in_both_shapes(log))
    assert plain == cloudwatch
    return plain[-1].value if plain else None


KERAS = "\r 1/9 - loss: 0.91" + "\b" * 17 + " 9/9 - loss: 0.44 - val_loss: 0.52\n"
"""A bar that rewrites its line."""
SKLEARN = "              precision  recall\n    accuracy                      0.95       100\n"
READ = [
    ("loss", r"loss: ([0-9\.]+)", KERAS, 0.44),
    ("loss", r"loss=([0-9.]+)", "\r 0%| loss=0.9\r 50%| loss=0.7\r100%| loss=0.5\n", 0.5),
    ("loss", None, "\x1b[32mINFO\x1b[0m \x1b[1mloss\x1b[0m: \x1b[36m0.51\x1b[0m\n", 0.51),
    ("rmse", None, "[0]\ttrain-rmse:0.2\trmse:0.19\n[1]\ttrain-rmse:0.1\trmse:0.14\n", 0.14),
    ("ppl", None, "ppl=tensor(5.43, device='cuda:0')\n", 5.43),
    ("accuracy", None, SKLEARN, 0.95),
    ("test_acc", None, "┃ Test metric ┃ DataLoader 0 ┃\n│  test_acc   │  0.93  │\n", 0.93),
    ("loss", None, '{"metric": "loss", "value": 0.51}\n', 0.51),
    ("loss", None, "[1,mpirank:0,algo-1]<stdout>:loss=0.51\n[1,mpirank:1,algo-1]<stdout>:loss=0.6\n", 0.51),
    ("loss", None, "[default0]:loss=0.5\n[default0]:loss=0.4\n", 0.4),
    ("loss", None, "[1,0]<stdout>:loss=0.5\n[1,0]<stdout>:loss=0.4\n", 0.4),
    ("loss", None, "loss: 0.5 - val_loss: 0.6\n", 0.5),
    ("acc", None, "acc: 0.91 ± 0.02\n", 0.91),
    ("accuracy", r"accuracy: ([0-9\.]+)", "accuracy: 0.95.\n", 0.95),
    ("loss", r"loss: ([0-9\.]+)", "loss: 0.30 - val_loss: 0.40\nval_loss: 0.41\n", 0.3),
    ("loss", r"loss=([0-9.]+)", "step 1 loss=0.9 step 2 loss=0.8\n", 0.8),
    ("reward", r"reward: ([-+]?[0-9]*\.?[0-9]+([eE][-+]?[0-9]+)?)", "  reward: -12.5\n", -12.5),
    ("acc", None, "acc: 93.4%\n", 93.4),
    ("auc", r".*\[[0-9]+\].*#011validation-auc:(\S+)", "[0]\ttrain-auc:0.81\tvalidation-auc:0.79\n", 0.79),
    ("loss", None, "\ufeffloss=0.5\n", 0.5),
    ("loss", None, "(Trainer pid=12, ip=10.0.0.1) loss=0.5\n(Trainer pid=12, ip=10.0.0.1) loss=0.4\n", 0.4),
    ("loss", r"^\d+,([0-9.]+),", "epoch,loss,acc\n1,0.512,0.9\n", 0.512),
    ("latency", r"latency=([0-9.]+)ms", "latency=900ms\n", 900.0),
    ("seconds", None, "seconds: 3.5s\n", 3.5),
    ("loss", None, "loss: 3 of 100 batches; loss: 5 100/100\n", 5.0),
    ("code", r"(.*)", "0\n", 0.0),
    ("code", r"(?=.)(.*)", "0.5\n", 0.5),
]  # fmt: skip


@pytest.mark.parametrize(("name", "regex", "log", "value"), READ)
def test_a_number_is_read_as_the_process_wrote_it(name: str, regex: str | None, log: str, value: float) -> None:
    """Progress bars, colours, tabs, tables, ranks and tensors; the last match of the last line that has one."""
    assert last(log, metric(name, regex)) == value


REFUSED = [
    ("loss", r"'loss': ([0-9\.]+)", "{'loss': 9.53e-05}\n", "line 1: the number goes on after '9.53'"),
    ("mae", None, "mae=0,345\n", "line 1: the number goes on after '0'"),
    ("rmse", None, "rmse=1,234.5\n", "line 1: the number goes on after '1'"),
    ("loss", r"loss: ([0-9.]*?)", "loss: 0.51\n", "line 1: the number goes on after ''"),
    ("Score", r"Score: ([0-9\.]+)", "Score: 0.10\nScore: -7.5\n", "line 2: '-7.5' is reported last"),
    ("loss", r"loss: ([0-9\.]+)", "loss: 0.5\nloss: nan\n", "line 2: 'nan' is reported last"),
    ("loss", None, "loss=0.5\nloss=-\n", "line 2: '-' is reported last"),
    ("loss", None, "loss=0.5\nloss=\u22120.25\n", "line 2: '\u22120.25' is reported last"),
    ("loss", None, "loss=0.5\nloss=<0.001\n", "line 2: '<0.001' is reported last"),
    ("loss", None, "loss=0x1.8p1\n", "line 1: the number goes on after '0'"),
    ("loss", None, "loss=0.5-0.6\n", "line 1: the number goes on after '0.5'"),
    ("acc", None, "acc: 91/100\n", "line 1: the number goes on after '91'"),
    ("best", None, "best: 2026-09-14\n", "line 1: the number goes on after '2026'"),
    ("eta", None, "eta: 12:30\n", "line 1: the number goes on after '12'"),
    ("loss", None, "[default0]:loss=0.50\n[default1]:loss=0.52\n", "2 ranks report it, in no order"),
    ("loss", None, "[1,0]<stdout>:loss=0.5\n[1,1]<stdout>:loss=0.9\n", "2 ranks report it, in no order"),
    ("loss", None, "[rank0] loss=0.50\n[rank1] loss=0.52\n", "2 ranks report it, in no order"),
    ("loss", None, "loss=9.1e\n", "line 1: the number goes on after '9.1'"),
    ("loss", None, "loss=1.5D-03\n", "line 1: the number goes on after '1.5'"),
    ("loss", None, "loss=1.5x10^-3\n", "line 1: the number goes on after '1.5'"),
    ("rmse", None, "rmse=1 234.5\n", "line 1: the number goes on after '1'"),
    ("rmse", None, "rmse=1\u202f234,5\n", "line 1: the number goes on after '1'"),
    ("rmse", None, "rmse=1'234.5\n", "line 1: the number goes on after '1'"),
    ("rows", None, "rows=12k\n", "line 1: '12' is followed by 'k', a unit that may change with the size"),
    ("n", r"^\d+,(\d+),", "1,234,567\n", "line 1: the number goes on after '234'"),
    ("took", None, "took=1m30s\n", "line 1: the number goes on after '1'"),
    ("flos", None, "flos = 1234567GF\n", "line 1: '1234567' is followed by 'GF', a unit that may change"),
    ("took", None, "took: 900ms\n", "line 1: '900' is followed by 'ms', a unit that may change with the size"),
    ("size", None, "size: 1.5 GiB\n", "line 1: '1.5' is followed by 'GiB', a unit that may change with the size"),
    ("loss", None, "(Train pid=12) loss=0.5\n(Train pid=13) loss=0.6\n", "2 processes of Ray report it, in no order"),
    ("loss", None, "loss=0.51\nsummary: loss: 10 warnings\n", "line 2: '10' stands in a sentence"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "regex", "log", "why"), REFUSED)
def test_a_number_that_is_not_whole_is_not_read_and_its_line_is_shown(
    name: str, regex: str | None, log: str, why: str
) -> None:
    """An exponent, a comma, a sign that the expression does not take; a last report that is no number."""
    for shape in in_both_shapes(log):
        with pytest.raises(NotSearched, match=re.escape(why)):
            curve_of(LogLines(lines_of(shape)), metric(name, regex))


@pytest.mark.parametrize("log", ["loss=0.5\nloss=nan\n", "loss=0.5\nloss=n/a\n"])
def test_a_last_report_that_is_no_number_never_uncovers_an_older_one(log: str) -> None:
    """The default expression finds NaN; an optional group may take no part: the last point has no value."""
    wanted = metric("loss") if "nan" in log else metric("loss", r"loss=(?:n/a|([0-9.]+))")
    curve = curve_of(LogLines(lines_of(log)), wanted)
    assert [point.value for point in curve] == [0.5, None]


@pytest.mark.parametrize(
    ("form", "log", "value"),
    [
        (NumberForm.COMMA, "mae=1.234,5\n", 1234.5),
        (NumberForm.THOUSANDS, "mae=1,234.5\n", 1234.5),
        (NumberForm.PERCENT, "mae=93.4%\n", 0.934),
    ],
)
def test_a_declared_form_is_read(form: NumberForm, log: str, value: float) -> None:
    """A decimal comma, thousands apart, a percentage."""
    assert last(log, metric("mae", None, form)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("form", "log"),
    [(NumberForm.COMMA, "mae=0,345\n"), (NumberForm.THOUSANDS, "mae=1,234.5\n"), (NumberForm.PERCENT, "mae=9,3%\n")],
)
def test_an_expression_that_cuts_a_declared_form_takes_no_number(form: NumberForm, log: str) -> None:
    """It ends before the comma that the form knows: 0,345 and 0,912 would both be 0."""
    with pytest.raises(NotSearched, match="the number goes on after"):
        curve_of(LogLines(lines_of(log)), metric("mae", r"mae=([0-9.]+)", form))


@pytest.mark.parametrize(("form", "log"), [(NumberForm.COMMA, "mae=1.5\n"), (NumberForm.THOUSANDS, "mae=1,23\n")])
def test_what_is_no_number_of_the_declared_form_is_not_read(form: NumberForm, log: str) -> None:
    """Marks between thousands stand between groups of three: with a comma declared, 1.5 is not 15."""
    with pytest.raises(NotSearched, match=f"is no number in the form {form}"):
        curve_of(LogLines(lines_of(log)), metric("mae", None, form))


@pytest.mark.parametrize(("take", "value"), [(Take.LAST, 0.4), (Take.BEST, 0.2), (Take.MIN, 0.2), (Take.MAX, 0.9)])
def test_a_metric_says_which_report_counts(take: Take, value: float) -> None:
    """Best is lowest here; what counts stands last in the curve."""
    assert last("loss=0.9\nloss=0.2\nloss=0.4\n", metric("loss", take=take)) == value


def test_a_rank_can_be_asked_for() -> None:
    """Four processes report; the owner says which one counts."""
    log = "".join(f"[rank{rank}] loss=0.5{rank}\n" for rank in (0, 1, 3, 2))
    assert last(log, metric("loss", rank=3)) == 0.53


def test_lines_have_their_rank_and_no_prefix() -> None:
    """Of torchrun and of SageMaker's MPI launcher."""
    assert lines_of("[rank2]: a\n[1,mpirank:1,algo-1]<stderr>:b\nc\n") == (
        LogLine("a", 2), LogLine("b", 1, by_mpi=True), LogLine("c", None),
    )  # fmt: skip


def test_a_search_for_an_unread_report_that_runs_out_of_time_is_no_all_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows then whether an older value stands for the last one."""
    wanted, search = metric("loss", r"loss=([0-9.]+)"), metrics.last_matches

    def slow(pattern: str, lines: Sequence[str], name: str) -> list[PatternMatch | None]:
        if pattern != wanted.regex:
            raise NotSearched("its regular expression used up its 20 s of CPU time")
        return search(pattern, lines, name)

    monkeypatch.setattr(metrics, "last_matches", slow)
    with pytest.raises(NotSearched, match="used up"):
        curve_of(LogLines(lines_of("loss=0.5\nend\n")), wanted)


@pytest.mark.parametrize(
    ("regex", "loose"),
    [
        (r"loss: ([0-9\.]+)", "loss: "),
        (r"[(]x=([0-9]+)", "[(]x="),
        (r"a=(?:n/a|([0-9.]+))", None),
        (r"\((\d+)\)", r"\("),
    ],
)
def test_only_a_group_at_the_top_is_loosened(regex: str, loose: str | None) -> None:
    """What stands before it is kept; of a group in a group nothing can be told."""
    found = loosened(regex)
    assert found is None if loose is None else found is not None and found.startswith(loose + "(")
