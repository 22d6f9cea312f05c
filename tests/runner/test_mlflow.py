"""A metric of a run in an MLflow tracking server: found by tag, read whole or not at all.

The answers are those that MLflow 3.17 gave (`mlflow server` on SQLite) to the same calls, cut to what is read.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from judge.cases import JOB

from harness.backends import mlflow
from harness.compare.environment import ProcessEnvironments, accounted, undeclared
from harness.errors import BackendError
from harness.model.job import Side
from harness.model.metric import Better, Metric, MlflowPlace, Take
from harness.model.order import MLFLOW_CONTEXT, tagged
from harness.model.plan import Run
from harness.runner.metric_reading import MetricsRead, answers_of, read_metrics
from harness.runner.metric_source import MetricEvidence

RUN = Run("wine-train-01-legacy-1", "p12-wine-train-01-legacy-1", "wine", "train", Side.LEGACY, 1)
ID = "961f7d669edd4c3b964b64fe5cfb9be9"
END = 1796135765960
AUC = [(0, 1796135765164, 0.5), (1, 1796135765360, 0.75), (2, 1796135765552, 0.89)]


SECRET = {"params": [{"key": "db", "value": "hunter2"}], "tags": [{"key": "token", "value": "hunter2"}]}


def point(key: str, step: Any, at: Any, value: Any) -> dict[str, Any]:
    """Write one value as the server does."""
    return {"key": key, "value": value, "timestamp": at, "step": step}


@dataclass
class Server:
    """What a tracking server holds, and what it was asked."""

    runs: int = 1
    status: str = "FINISHED"
    history: list[tuple[Any, Any, Any]] = field(default_factory=lambda: list(AUC))
    newest: tuple[Any, Any, Any] | None = None
    """None: the last of the history."""
    page: int = 10_000
    refusals: list[int] = field(default_factory=list)
    """HTTP codes that are answered first."""
    raw: bytes | None = None
    asked: list[tuple[str, dict[str, Any], str]] = field(default_factory=list)
    """Call, arguments and Authorization."""

    def answer(self, call: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        if call.endswith("experiments/get-by-name"):
            return {"experiment": {"experiment_id": "1", "name": asked["experiment_name"]}}
        if call.endswith("runs/search"):
            newest = self.newest or (self.history[-1] if self.history else None)
            metrics = [point("auc", *newest)] if newest else []
            info = {"run_id": ID, "status": self.status, "end_time": END, "lifecycle_stage": "active"}
            runs = [{"info": {**info, "run_id": f"{ID[:-1]}{n}" if n else ID}, "data": {**SECRET, "metrics": metrics}}
                    for n in range(self.runs)]  # fmt: skip
            return {"runs": runs} if runs else {}
        first = int(asked.get("page_token", 0))
        rows = [point("auc", *row) for row in self.history[first : first + self.page]]
        more = {"next_page_token": str(first + self.page)} if first + self.page < len(self.history) else {}
        return {"metrics": rows, **more} if rows else {}


@contextmanager
def serving(server: Server) -> Iterator[str]:
    """Serve on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, asked: dict[str, Any]) -> None:
            server.asked.append((self.path.partition("?")[0], asked, self.headers.get("Authorization", "")))
            code = server.refusals.pop(0) if server.refusals else 200
            body = (
                server.raw if server.raw is not None else json.dumps(server.answer(server.asked[-1][0], asked)).encode()
            )
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._answer({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name
            del format, args

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def asked(uri: str, **more: Any) -> MetricsRead:
    """Ask for the metric of a run, and read it from what was answered."""
    metric = Metric("auc", "", Better.HIGHER, 0.01, None, mlflow=MlflowPlace(uri, "churn"), **more)
    job = replace(JOB, metrics=(metric,))
    answers = {answer.source: answer for answer in answers_of(job, RUN)}
    return read_metrics(job, MetricEvidence(Side.LEGACY, {}, Path()), answers)


def told(found: MetricsRead) -> tuple[list[float | None], str]:
    """Give the values, or why there are none."""
    return [point.value for point in found.curves.get("auc", ())], found.unread.get("auc", "")


def test_the_history_of_the_run_with_our_tag_is_read() -> None:
    """With its steps, of the run that has the run's name on its platform, deleted runs looked at as well."""
    server = Server()
    with serving(server) as uri:
        found = asked(uri)
    assert [(point.at, point.value) for point in found.curves["auc"]] == [(0, 0.5), (1, 0.75), (2, 0.89)]
    search = next(arguments for call, arguments, _ in server.asked if call.endswith("runs/search"))
    assert search["filter"] == f"tags.`parity.run` = '{RUN.name}'"
    assert (search["run_view_type"], search["experiment_ids"]) == ("ALL", ["1"])


def test_parameters_and_tags_of_a_run_are_not_kept() -> None:
    """They may hold secrets that no name gives away, and say nothing of a metric."""
    metric = Metric("auc", "", Better.HIGHER, 0.01, None)
    with serving(Server()) as uri:
        kept = mlflow.histories({"auc": replace(metric, mlflow=MlflowPlace(uri, "churn"))}, ("parity.run", "r"), {})
    assert ID.encode() in kept
    assert b"hunter2" not in kept


def test_a_job_tags_its_runs_by_mlflows_own_variable() -> None:
    """Nothing of its program is changed; tags of its own stay, and a side that does not read MLflow gets none."""
    metric = Metric("auc", "", Better.HIGHER, 0.01, None, mlflow=MlflowPlace("http://m", "churn"))
    own = replace(JOB.sides[Side.LEGACY], environment={MLFLOW_CONTEXT: '{"team": "blue"}'})
    job = replace(JOB, metrics=(metric,), sides={**JOB.sides, Side.LEGACY: own})
    given = tagged(job, RUN).sides[Side.LEGACY].environment
    assert json.loads(given[MLFLOW_CONTEXT]) == {"team": "blue", "parity.run": RUN.name}
    logged = replace(job, metrics=(replace(metric, sources={"legacy": "log"}),))
    assert tagged(logged, RUN) == logged


def test_the_tag_is_no_difference_between_the_sides() -> None:
    """It differs by our doing; where no metric asks for it, it is nobody's."""
    metric = Metric("auc", "", Better.HIGHER, 0.01, None, mlflow=MlflowPlace("http://m", "churn"))
    environments = {side: {MLFLOW_CONTEXT: f'{{"parity.run": "{side}"}}'} for side in Side}
    on = {Side.LEGACY: "kubernetes", Side.CANDIDATE: "sagemaker"}
    asked_for = ProcessEnvironments(replace(JOB, metrics=(metric,)), environments, on)
    assert (list(undeclared(asked_for)), [shown.where for shown in accounted(asked_for)]) == ([], [MLFLOW_CONTEXT])
    assert [found.where for found in undeclared(replace(asked_for, job=JOB))] == [MLFLOW_CONTEXT]


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (Server(runs=0), "no MLflow run has the tag of this run"),
        (Server(runs=2), f"2 MLflow runs ({ID}, {ID[:-1]}1) have the tag of this run, where one is expected"),
        (Server(status="RUNNING"), "its MLflow run is RUNNING"),
        (Server(history=[*AUC, (7, END + 50, 0.99)]), "1 value of it were logged after its MLflow run had ended"),
        (Server(history=[*AUC, (2, AUC[-1][1] + 1, 0.91)]), "2 different values at step 2"),
        (Server(newest=(3, END, 0.9)), "lacks the newest value that its run names"),
        (Server(newest=AUC[1]), "goes on after the newest value that its run names"),
        (Server(history=[], newest=AUC[2]), "lacks the newest value"),
        (Server(history=[("x", 1, 0.5)]), "an entry without value, step or time"),
    ],
    ids=["no run", "two runs", "not ended", "after its end", "doubled", "cut", "grew", "missing", "spoiled"],
)  # fmt: skip
def test_a_value_that_is_missing_doubled_or_cut_is_named(server: Server, why: str) -> None:
    """And no number is made of it."""
    with serving(server) as uri:
        values, said = told(asked(uri))
    assert (values, why in said) == ([], True), said


@pytest.mark.parametrize("value", ["NaN", "Infinity", "0.89", None, True, 1.7976931348623157e308, [1]])
def test_what_is_no_finite_number_is_none(value: Any) -> None:
    """NaN comes as text, and an infinity as the largest double, as the database stores it."""
    with serving(Server(history=[*AUC, (3, END, value)])) as uri:
        assert told(asked(uri)) == ([0.5, 0.75, 0.89, None], "")


def test_numbers_of_64_bits_may_come_as_text_and_steps_in_any_order() -> None:
    """As Protocol Buffers write them in JSON; the last step is the last value."""
    rows = [("2", str(AUC[2][1]), 0.89), ("0", str(AUC[0][1]), 0.5)]
    with serving(Server(history=rows, newest=rows[0])) as uri:
        assert told(asked(uri)) == ([0.5, 0.89], "")


def test_a_long_history_comes_in_pages() -> None:
    """All of them, in the order of steps."""
    rows = [(step, AUC[0][1], step / 10_000) for step in range(2_500)]
    server = Server(history=rows, page=1_000)
    with serving(server) as uri:
        found = asked(uri, take=Take.MIN)
    assert (len(found.curves["auc"]), found.curves["auc"][-1].value) == (2_501, 0.0)
    assert sum(call.endswith("get-history") for call, _, _ in server.asked) == 3


def test_a_history_beyond_the_bound_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last token is kept, and says so."""
    monkeypatch.setattr(mlflow, "PAGES_MAX", 2)
    with serving(Server(page=1)) as uri:
        assert told(asked(uri)) == ([], "its history in MLflow goes on after 2 pages")


def test_a_throttled_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """429 and 5xx are no answers; one that goes on refusing has its code in the reason."""
    monkeypatch.setattr(mlflow, "ATTEMPTS", mlflow.ATTEMPTS.new(total=2, backoff_factor=0))
    with serving(Server(refusals=[429, 503])) as uri:
        assert told(asked(uri)) == ([0.5, 0.75, 0.89], "")
    with serving(Server(refusals=[429] * 9, raw=b"slow down")) as uri:
        values, said = told(asked(uri))
    assert (values, said) == ([], f"mlflow: MLflow experiments/get-by-name at {uri}: HTTP 429: slow down")


@pytest.mark.parametrize("raw", [b"<html>", b"[]", b'{"experiment": {}}', b'{"experiment": {"experiment_id": 1e400}}'])
def test_a_server_that_is_none_of_mlflow_gives_no_value(raw: bytes) -> None:
    """Told with its address."""
    with serving(Server(raw=raw)) as uri:
        values, said = told(asked(uri))
    assert (values, said.startswith("mlflow: ")) == ([], True)
    assert uri in said


def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials go nowhere else."""
    monkeypatch.setattr(mlflow, "ATTEMPTS", mlflow.ATTEMPTS.new(backoff_factor=0))
    with serving(Server(refusals=[302], raw=b"")) as uri:
        assert "HTTP 302" in told(asked(uri))[1]


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({}, ""),
        ({"MLFLOW_TRACKING_TOKEN": "t"}, "Bearer t"),
        (
            {"MLFLOW_TRACKING_USERNAME": "u", "MLFLOW_TRACKING_PASSWORD": "p"},
            "Basic dTpw",
        ),
    ],
)
def test_credentials_are_those_of_mlflows_own_variables(environment: dict[str, str], header: str) -> None:
    """They travel in a header, and stand in no answer."""
    server = Server()
    metric = {"auc": Metric("auc", "", Better.HIGHER, 0.01, None, mlflow=MlflowPlace("", "churn"))}
    with serving(server) as uri:
        place = {name: replace(one, mlflow=MlflowPlace(uri, "churn")) for name, one in metric.items()}
        kept = mlflow.histories(place, ("parity.run", "r"), environment)
    assert {sent for _, _, sent in server.asked} == {header}
    assert header.encode() not in kept or not header


def test_a_server_that_is_not_there_is_a_trouble_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest of the run is fetched all the same."""
    monkeypatch.setattr(mlflow, "ATTEMPTS", urllib3.Retry(total=0))
    metric = {"auc": Metric("auc", "", Better.HIGHER, 0.01, None, mlflow=MlflowPlace("http://127.0.0.1:9", "churn"))}
    with pytest.raises(BackendError, match="MLflow experiments/get-by-name at http://127"):
        mlflow.histories(metric, ("parity.run", "r"), {})
