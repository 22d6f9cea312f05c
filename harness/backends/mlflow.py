"""A run of ours in an MLflow tracking server: found by its tag, and the histories of its metrics, kept as they came.

The only file that speaks MLflow's REST API (docs: mlflow.org, "REST API", version 2.0), which is three read-only calls.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import urllib3

from harness.errors import BackendError
from harness.model import strict_json
from harness.model.job import Json
from harness.model.metric import Metric, MlflowPlace

SECONDS = 30.0
"""Of one answer."""
ATTEMPTS = urllib3.Retry(
    total=5,
    backoff_factor=0.5,
    backoff_max=10,
    status_forcelist=(429, 500, 502, 503, 504),
    allowed_methods=None,
    redirect=0,
    raise_on_status=False,
    respect_retry_after_header=False,
)
"""Every call only reads, so each may be made again; how long a server wants us to wait is not asked: 15 s in all."""
PAGE = 10_000
"""Values in one page of a history; a server may give fewer."""
PAGES_MAX = 100
BYTES_MAX = 64 * 1024 * 1024
"""Of one answer."""
RUNS_MAX = 10
"""More runs of one tag than that are not listed: two are too many."""
_SHOWN = 200


def histories(metrics: Mapping[str, Metric], tag: tuple[str, str], environment: Mapping[str, str]) -> bytes:
    """Ask for the histories of metrics of the run that has a tag; give all answers as JSON.

    `environment`: credentials by MLflow's own names (MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD).

    Raises:
        BackendError: a server did not answer, refused, or said something else.
    """
    headers = _credentials(environment)
    found: dict[str, Json] = {}
    with urllib3.PoolManager(retries=ATTEMPTS, timeout=SECONDS, headers=headers) as pool:
        searched: dict[tuple[str, str], list[Json]] = {}
        for name, metric in metrics.items():
            place = metric.mlflow or MlflowPlace("", "", "")
            server = _Server(pool, place.uri.rstrip("/"))
            where = place.uri, place.experiment
            if where not in searched:
                searched[where] = list(server.runs(place.experiment, tag))
            runs = [run for page in searched[where] for run in _runs(page)]
            pages = list(server.history(_id(runs[0]), place.key or name)) if len(runs) == 1 else []
            found[name] = {"search": searched[where], "history": pages}
    return json.dumps({"tag": list(tag), "metrics": found}, sort_keys=True).encode()


class _Server:
    """One tracking server."""

    def __init__(self, pool: urllib3.PoolManager, uri: str) -> None:
        self._pool, self._uri = pool, uri

    def runs(self, experiment: str, tag: tuple[str, str]) -> Iterator[Json]:
        """Search the runs of an experiment that have a tag, deleted ones as well; the first page tells one from two."""
        named = self._ask("GET", "experiments/get-by-name", {"experiment_name": experiment})
        of = named.get("experiment")
        if not isinstance(of, Mapping) or not isinstance(of.get("experiment_id"), str):
            message = f"{self._uri}: the answer names no experiment_id of {experiment!r}"
            raise BackendError(message)
        body: dict[str, Json] = {
            "experiment_ids": [of["experiment_id"]],
            "filter": f"tags.`{tag[0]}` = '{tag[1]}'",
            "run_view_type": "ALL",
            "max_results": RUNS_MAX,
        }
        found = self._ask("POST", "runs/search", body)
        yield {"runs": [_kept(run, tag[0]) for run in _runs(dict(found))]}

    def history(self, run: str, key: str) -> Iterator[Json]:
        """Read all pages of a history; one that goes on beyond the bound keeps its token, which says so."""
        token = ""  # nosec B105 # where a page of results ends, no secret
        for _ in range(PAGES_MAX):
            asked = {"run_id": run, "metric_key": key, "max_results": str(PAGE)}
            page = self._ask("GET", "metrics/get-history", {**asked, **({"page_token": token} if token else {})})
            yield dict(page)
            following = page.get("next_page_token")
            if not isinstance(following, str) or not following:
                return
            token = following

    def _ask(self, method: str, call: str, asked: Mapping[str, Json]) -> Mapping[str, Json]:
        url = f"{self._uri}/api/2.0/mlflow/{call}"
        what = f"MLflow {call} at {self._uri}"
        try:
            if method == "GET":
                reply = self._pool.request("GET", f"{url}?{urlencode(asked)}", preload_content=False)
            else:
                reply = self._pool.request("POST", url, json=dict(asked), preload_content=False)
            with reply:
                data = reply.read(BYTES_MAX + 1)
        except urllib3.exceptions.HTTPError as error:
            message = f"{what}: {error}"
            raise BackendError(message) from error
        if reply.status != HTTPStatus.OK:
            message = f"{what}: HTTP {reply.status}: {data[:_SHOWN].decode('utf-8', 'replace')}"
            raise BackendError(message)
        try:
            document = strict_json.read(data, bytes_max=BYTES_MAX, constants=True)
        except strict_json.StrictError as error:
            message = f"{what}: the answer is none of MLflow: {error}"
            raise BackendError(message) from error
        if not isinstance(document, Mapping):
            message = f"{what}: the answer is none of MLflow: no object"
            raise BackendError(message)
        return document


_INFO = ("run_id", "experiment_id", "status", "start_time", "end_time", "lifecycle_stage")


def _kept(run: Json, tag: str) -> Json:
    """Leave out what is not asked for: parameters, inputs and other tags of a run may hold secrets."""
    info, data = ((run.get(key) if isinstance(run, Mapping) else None) for key in ("info", "data"))
    info, data = (part if isinstance(part, Mapping) else {} for part in (info, data))
    tags = data.get("tags", [])
    own = [item for item in (tags if isinstance(tags, list) else []) if isinstance(item, Mapping)]
    return {
        "info": {name: info[name] for name in _INFO if name in info},
        "data": {"metrics": data.get("metrics", []), "tags": [item for item in own if item.get("key") == tag]},
    }


def _runs(page: Json) -> list[Json]:
    runs = page.get("runs", []) if isinstance(page, Mapping) else []
    return runs if isinstance(runs, list) else []


def _id(run: Json) -> str:
    info = run.get("info") if isinstance(run, Mapping) else None
    found = info.get("run_id") if isinstance(info, Mapping) else None
    if not isinstance(found, str):
        message = "MLflow runs/search: a run without run_id"
        raise BackendError(message)
    return found


def _credentials(environment: Mapping[str, str]) -> dict[str, str]:
    if token := environment.get("MLFLOW_TRACKING_TOKEN"):
        return {"Authorization": f"Bearer {token}"}
    if user := environment.get("MLFLOW_TRACKING_USERNAME"):
        return dict(urllib3.make_headers(basic_auth=f"{user}:{environment.get('MLFLOW_TRACKING_PASSWORD', '')}"))
    return {}
