"""The board as a server: read-only pages, rows that refresh themselves, metrics. It alone uses Starlette and uvicorn.

Nothing is written on request but the index's note that evidence was verified. Every answer has a content policy; names
of hosts are checked, so that no other site can point its name here.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib import resources

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harness.board import pages, queries
from harness.board.causes import causes_view
from harness.board.fleet import Filter, now_view
from harness.board.history import history_view
from harness.board.links import ServedLinks, address, report_address
from harness.board.live import LiveLine, live_view
from harness.board.live_reading import beats
from harness.board.metrics import CONTENT_TYPE, metrics
from harness.board.pages import Frame
from harness.board.progress import progress_view
from harness.board.recent import RECENT_SECONDS, recent_view
from harness.board.serving import Board
from harness.board.values import CampaignRow
from harness.campaign.pages import views_of
from harness.report.render import page as report_page
from harness.report.wording import shown

HTMX = "htmx-2.0.11.min.js"
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
"""Of the file in `vendor`, as the npm registry has it; a test compares."""
SCRIPT = f"/static/{HTMX}"
LIVE_SECONDS = 3.0
POLICY = "connect-src 'self'; form-action 'self'"
HEADERS = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_ALONE = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no page of their own."""
_PAGE = "frame-ancestors 'none'"
"""A page carries its own policy, with hashes; this part of it works as a header only."""
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class AccessRules:
    """Who is let in."""

    hosts: tuple[str, ...]
    """Names under which the board may be asked for."""
    header: str = ""
    """Header in which a proxy names the reader; without it a request is refused. Empty: no proxy."""


class _Guard:
    """Adds the headers that every answer has, and asks for the one that a proxy sets."""

    def __init__(self, app: ASGIApp, header: str) -> None:
        self._app, self._header = app, header

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse a request that came past the proxy."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", _ALONE)
            await send(message)

        if self._header and not Headers(scope=scope).get(self._header, "").strip():
            refusal = PlainTextResponse(f"refused: no {self._header}; the board is behind a proxy", 403)
            await refusal(scope, receive, guarded)
        else:
            await self._app(scope, receive, guarded)


def application(board: Board, door: AccessRules) -> Starlette:
    """Make the application."""
    routes: Sequence[tuple[str, Callable[[Board, Request], Response]]] = (
        ("/", _now),
        ("/rows", _rows),
        ("/causes", _causes),
        ("/progress", _progress),
        ("/live", _live),
        ("/live/rows", _live_rows),
        ("/repository", _repository),
        ("/report", _report),
        ("/metrics", _metrics),
        ("/grafana.json", _grafana),
        (SCRIPT, _script),
    )
    return Starlette(
        routes=[Route(path, _bound(board, answer), methods=["GET"]) for path, answer in routes],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(door.hosts), www_redirect=False),
            Middleware(_Guard, header=door.header),
        ],
    )


def _bound(board: Board, answer: Callable[[Board, Request], Response]) -> Callable[[Request], Response]:
    """Give the endpoint: a function that is no coroutine runs in a thread, where it may wait for the index."""

    def endpoint(request: Request) -> Response:
        return answer(board, request)

    return endpoint


# -- pages ------------------------------------------------------------------------------------------------------------


def _frame(board: Board, refresh: str = "") -> Frame:
    with board.index.reading() as connection:
        places = queries.places(connection)
    links = ServedLinks(SCRIPT, refresh)
    return Frame(links, board.clock.now(), places, board.tool, "New verdicts appear by themselves.", POLICY, "'self'")


def _page(body: bytes) -> Response:
    return Response(body, media_type=HTML, headers={"Content-Security-Policy": _PAGE})


def _now(board: Board, request: Request) -> Response:
    wanted = Filter.of(request.query_params)

    def draw() -> bytes:
        with board.index.reading() as connection:
            view = now_view(queries.fleet(connection), wanted, board.clock.now())
        frame = _frame(board)
        rows = pages.now_rows(view, frame)
        return pages.now_page(view, _refreshing(frame, address(wanted, "/rows"), rows))

    return _page(board.drawn(address(wanted), draw))


def _rows(board: Board, request: Request) -> Response:
    wanted = Filter.of(request.query_params)

    def draw() -> bytes:
        with board.index.reading() as connection:
            view = now_view(queries.fleet(connection), wanted, board.clock.now())
        return pages.now_rows(view, _frame(board))

    path = address(wanted, "/rows")
    return _part(request, board.drawn(path, draw), path, b'<tbody id="rows"')


def _part(request: Request, rows: bytes, path: str, begins: bytes) -> Response:
    """Answer with rows that ask for the next ones; where the reader has these already, with nothing."""
    seen = _digest(rows)
    if request.query_params.get("seen") == seen:
        return Response(status_code=204)
    asks = f' hx-get="{_seen(path, seen)}" hx-trigger="every 3s" hx-swap="outerHTML"'.replace("&", "&amp;")
    return Response(rows.replace(begins, begins + asks.encode(), 1), media_type=HTML)


def _refreshing(frame: Frame, path: str, rows: bytes) -> Frame:
    return replace(frame, links=ServedLinks(SCRIPT, _seen(path, _digest(rows))))


def _seen(path: str, digest: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}seen={digest}"


def _digest(rows: bytes) -> str:
    return sha256(rows).hexdigest()[:16]


def _causes(board: Board, request: Request) -> Response:
    del request

    def draw() -> bytes:
        with board.index.reading() as connection:
            causes = causes_view(queries.shared(connection))
        return pages.causes_page(causes, _frame(board))

    return _page(board.drawn("/causes", draw))


def _progress(board: Board, request: Request) -> Response:
    del request

    def draw() -> bytes:
        with board.index.reading() as connection:
            known, counts = queries.fleet(connection), queries.counts(connection)
        return pages.progress_page(progress_view(known, counts, board.clock.now(), board.target), _frame(board))

    return _page(board.drawn("/progress", draw))


def _running(board: Board, draw: Callable[[Sequence[LiveLine], Frame], bytes]) -> bytes:
    with board.index.reading() as connection:
        known = queries.fleet(connection)
    found = beats(board.stores, [repository.running for repository in known if repository.running])
    return draw(live_view(known, found, board.clock.now()), _frame(board))


def _live(board: Board, request: Request) -> Response:
    del request

    def draw() -> bytes:
        now = board.clock.now()
        with board.index.reading() as connection:
            judged = recent_view(queries.judged_since(connection, now - RECENT_SECONDS), now)
        return _running(
            board, lambda lines, frame: pages.live_page(lines, _refreshing(frame, "/live/rows", b""), judged)
        )

    return _page(board.drawn("/live", draw, LIVE_SECONDS))


def _live_rows(board: Board, request: Request) -> Response:
    rows = board.drawn("/live/rows", lambda: _running(board, pages.live_rows), LIVE_SECONDS)
    return _part(request, rows, "/live/rows", b'<tbody id="running"')


def _repository(board: Board, request: Request) -> Response:
    store, name = request.query_params.get("store", ""), request.query_params.get("name", "")
    with board.index.reading() as connection:
        told = queries.told(connection, store, name)
        if told is None:
            return PlainTextResponse(f"no repository {shown(name, 80)} in {shown(store, 200)}", 404)
        causes = causes_view(queries.shared_of(connection, told.known.causes))
    link = _report_link if board.verify else _no_link
    view = history_view(replace(told, causes=causes), board.clock.now(), link)
    return _page(pages.repository_page(view, _frame(board)))


def _report_link(row: CampaignRow) -> str:
    return report_address(row.key)


def _no_link(row: CampaignRow) -> str:
    del row
    return ""


def _report(board: Board, request: Request) -> Response:
    """Open a report: all of its evidence is verified on the way."""
    asked = request.query_params
    reports, name = board.stores.get(asked.get("store", "")), asked.get("name", "")
    with board.index.reading() as connection:
        known = queries.has(connection, asked.get("store", ""), asked.get("campaign", ""), name)
    if not board.verify or reports is None or not known:
        return PlainTextResponse("no such report; --verify lets the board read evidence", 404)
    campaign = asked["campaign"]
    board.verified(str(reports), campaign)
    view = next((view for view in views_of(reports.archive(campaign)) if view.repository == name), None)
    return PlainTextResponse("no such report", 404) if view is None else _page(report_page(view))


# -- what is no page --------------------------------------------------------------------------------------------------


def _metrics(board: Board, request: Request) -> Response:
    del request

    def draw() -> bytes:
        with board.index.reading() as connection:
            known, counts, places = queries.fleet(connection), queries.counts(connection), queries.places(connection)
        return metrics(known, counts, places, board.clock.now())

    return Response(board.drawn("/metrics", draw, LIVE_SECONDS), headers={"Content-Type": CONTENT_TYPE})


def _grafana(board: Board, request: Request) -> Response:
    del board, request
    return Response(file("grafana.json"), media_type="application/json")


def _script(board: Board, request: Request) -> Response:
    del board, request
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(file(HTMX), media_type="text/javascript", headers=headers)


@cache
def file(name: str) -> bytes:
    """Read a file that comes with the board."""
    return resources.files("harness.board").joinpath("vendor", name).read_bytes()


# -- serving ----------------------------------------------------------------------------------------------------------


def serve(board: Board, door: AccessRules, where: tuple[str, int], tell: Callable[[str], None]) -> None:
    """Serve until interrupted; `tell` is given the address."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    host, port = where
    config = uvicorn.Config(
        application(board, door),
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=5,
    )
    with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listening:
        tell(f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}/")
        watching = threading.Thread(target=board.watch, name="board", daemon=True)
        watching.start()
        try:
            uvicorn.Server(config).run(sockets=[listening])
        finally:
            board.halt.set()
            watching.join(timeout=10)
