"""The admin port: health, metrics, Limen's own questions, and AWS APIs for everything else."""

import asyncio
import hmac
import ipaddress
import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from limen.control import overview
from limen.control.access.questions import Questions
from limen.control.away import describe_absence, describe_lost_state
from limen.control.certificates.expiry import expiry_metrics
from limen.control.cluster.one_node import OneNode
from limen.control.functions.code_store import LINK_PATH, CodeStore
from limen.control.publisher import Publisher
from limen.features.explain.watch import MOST_REQUESTS
from limen.features.metrics.totals import MetricsTotals
from limen.store.errors import StoreAwayError
from limen.store.store import Store

LOOK_REQUESTS = 100
"""How many requests of a stage are kept where nobody says how many."""


class Admin:
    """What the admin port answers itself."""

    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        cluster: OneNode,
        questions: Questions,
        endpoints: overview.Endpoints,
        *,
        metrics_token: str,
        workers: int,
        codes: CodeStore,
        routes: Sequence[Route] = (),
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._cluster = cluster
        self._questions = questions
        self._endpoints = endpoints
        self._metrics_token = metrics_token
        self._workers = workers
        self._codes = codes
        self._more_routes = routes
        self._totals = MetricsTotals()
        self._rendering = asyncio.Lock()
        """Totals are changed by one thread at a time."""

    def app(self, aws: ASGIApp) -> Starlette:
        ask = self._questions.route
        app = Starlette(
            routes=[
                Route("/healthz", self._healthz),
                Route("/readyz", self._readyz),
                Route("/metrics", self._metrics),
                ask("/_limen/routes", "ListRoutes", self._routes),
                Route(LINK_PATH + "/{digest}.zip", self._code),
                ask("/_limen/status", "GetStatus", self._status),
                ask("/_limen/explain", "ListRequests", self._explained),
                ask("/_limen/explain/stages/{api_id}/{stage_name}", "KeepRequests", self._look, methods=("POST",)),
                ask("/_limen/explain/{request_id:path}", "ExplainRequest", self._explain),
                *self._more_routes,
            ]
        )
        app.router.default = aws
        return app

    async def _healthz(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def _readyz(self, _: Request) -> Response:
        """Ready when each worker serves; a node without workers, while it has the database."""
        serving = [follower for follower in self._publisher.followers if follower.is_serving]
        away = describe_absence(self._store, self._publisher)
        ready = len(serving) >= self._workers and (self._workers > 0 or away is None)
        body: dict[str, Any] = {"ready": ready, "workers": len(serving), "expected": self._workers}
        if away is not None:
            body["store"] = away
        lost = describe_lost_state(self._publisher)
        if lost is not None:
            body["state"] = lost
        return JSONResponse(body, 200 if ready else 503)

    async def _metrics(self, request: Request) -> Response:
        if not _is_loopback(request) and not self._has_token(request):
            return PlainTextResponse("a bearer token is needed: see metrics-token in the data directory\n", 401)
        figures = await self._publisher.collect()
        snapshots = [each.metrics for each in figures]
        async with self._rendering:
            text = await asyncio.to_thread(self._totals.render, snapshots)
        text += await asyncio.to_thread(expiry_metrics, self._store)
        return Response(text, media_type="text/plain; version=0.0.4")

    async def _routes(self, request: Request, _: bytes) -> Response:
        return JSONResponse(await asyncio.to_thread(overview.served_routes, self._store, self._endpoints))

    async def _code(self, request: Request) -> Response:
        """A zip file, to whoever has the link to it."""
        query = request.query_params
        found = await asyncio.to_thread(
            self._codes.find_linked,
            request.path_params["digest"],
            query.get("Expires", ""),
            query.get("Signature", ""),
        )
        if found is None:
            return JSONResponse({"message": "This link has expired, or is not one of ours"}, 403)
        return FileResponse(found, media_type="application/zip")

    async def _status(self, request: Request, _: bytes) -> Response:
        await self._publisher.collect()
        workers = [
            {"pid": follower.pid, "revision": follower.applied, "connections": follower.connections}
            for follower in sorted(self._publisher.followers, key=lambda follower: follower.index)
        ]
        answer: dict[str, Any] = {"revision": self._publisher.revision, "workers": workers, "apis": []}
        try:
            answer["apis"] = await asyncio.to_thread(overview.apis, self._store, self._endpoints)
        except StoreAwayError:
            answer["store"] = describe_absence(self._store, self._publisher)
        nodes = await self._cluster.describe()
        if nodes is not None:
            answer["nodes"] = nodes
        return JSONResponse(answer)

    async def _explained(self, request: Request, _: bytes) -> Response:
        """The requests that workers kept, newest first."""
        summaries = [orjson.loads(summary) for summary in await self._cluster.explain()]
        return JSONResponse(sorted(summaries, key=lambda summary: str(summary["time"]), reverse=True))

    async def _explain(self, request: Request, _: bytes) -> Response:
        """One of them, by either of its ids."""
        found = await self._cluster.explain(request.path_params["request_id"])
        if not found:
            return JSONResponse({"message": "No such request is kept; see limen serve --explain"}, 404)
        return Response(found[0], media_type="application/json")

    async def _look(self, request: Request, _: bytes) -> Response:
        """Begins or, with `requests=0`, ends to keep the requests of a stage."""
        api_id, stage_name = request.path_params["api_id"], request.path_params["stage_name"]
        requests = request.query_params.get("requests", str(LOOK_REQUESTS))
        if not re.fullmatch(r"[0-9]{1,9}", requests) or int(requests) > MOST_REQUESTS:
            return JSONResponse({"message": f"requests must be a whole number from 0 to {MOST_REQUESTS}"}, 400)
        if not await asyncio.to_thread(overview.has_stage, self._store, api_id, stage_name):
            return JSONResponse({"message": f"There is no stage {stage_name} of an API {api_id}"}, 404)
        await self._cluster.look(api_id, stage_name, int(requests))
        return JSONResponse({"apiId": api_id, "stage": stage_name, "requests": int(requests)})

    def _has_token(self, request: Request) -> bool:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {self._metrics_token}".encode())


class RebindingGuard:
    """Refuses what a web page could send here by pointing a name of its own at this address (DNS rebinding)."""

    def __init__(self, app: ASGIApp, names: Iterable[str]) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers: dict[bytes, bytes] = dict(scope["headers"])
            refused = self._find_refusal(headers.get(b"host", b"").decode("latin-1"), headers.get(b"origin"))
            if refused:
                await JSONResponse({"message": refused}, 403)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _find_refusal(self, host: str, origin: bytes | None) -> str | None:
        if not self._is_ours(urlsplit(f"//{host}").hostname or ""):
            return f"The host {host[:100]!r} is not a name of this server; see --public-url"
        if origin is not None and not self._is_ours(urlsplit(origin.decode("latin-1")).hostname or ""):
            return "Requests from web pages of other origins are refused"
        return None

    def _is_ours(self, name: str) -> bool:
        if name in self._names or any(name.endswith("." + ours) for ours in self._names):
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _is_loopback(request: Request) -> bool:
    return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
