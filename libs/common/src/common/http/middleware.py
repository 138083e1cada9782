"""Around every request: its correlation id, its log line, its metric, and an envelope even for a crash."""

import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import metrics, telemetry
from common.context import Context, bound, new_id
from common.errors import AppError
from common.http.errors import answer
from common.http.health import OPERATORS

log = structlog.get_logger()

CORRELATION_HEADER = "X-Correlation-ID"
SAID_BY_THE_EDGE = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_FIT = re.compile(r"[A-Za-z0-9_.-]{8,64}")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


class RequestContext:
    """Takes the caller's `X-Correlation-ID` where it is fit, else makes one, and says it in the answer.

    Where the caller stands with its limits is known at the edge, which can add it to the request only: it is
    copied onto the answer. The edge drops what a client sends under these names.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(CORRELATION_HEADER, "")
        with bound(Context(given if _FIT.fullmatch(given) else new_id())) as context:
            telemetry.note({"correlation_id": context.correlation_id})
            with metrics.IN_FLIGHT.labels(self._service).track_inprogress():
                await self._observed(scope, receive, send, context.correlation_id)

    async def _observed(self, scope: Scope, receive: Receive, send: Send, correlation_id: str) -> None:
        started, status = time.perf_counter(), 0
        said = Headers(scope=scope)
        copied = {name: said[name] for name in SAID_BY_THE_EDGE if name in said}

        async def answering(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.update({**copied, CORRELATION_HEADER: correlation_id})
                headers.setdefault("Cache-Control", "no-store")  # an answer is its caller's, unless it says otherwise
            await send(message)

        try:
            await self._app(scope, receive, answering)
        except Exception as error:
            log.exception("unhandled", method=scope["method"], path=scope["path"], error=repr(error))
            if not status:
                await answer(AppError())(scope, receive, answering)
        finally:
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"  # a client may send any word
        metrics.REQUESTS.labels(self._service, method, route, str(status)).observe(seconds)
        if scope["path"] not in OPERATORS:
            ms = round(seconds * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms)
