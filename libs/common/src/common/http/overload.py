"""Bounded work: a process that has enough to do says so at once, instead of letting everybody wait."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import metrics
from common.errors import Unavailable
from common.http.error_pages import drain
from common.http.errors import answer
from common.http.health import asked_by_operators

MOST_AT_ONCE = 500


class Overloaded(Unavailable):
    """This process answers as many requests as it may; another replica, or a later moment, will do."""

    message = "服务繁忙，请稍后再试"


class Bounded:
    """At most `app.state.most_at_once` requests until the head of their answer; whoever comes then gets a 503 at once.

    An answer that streams holds nobody up. Health, metrics and error pages are always answered.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._underway = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http" or asked_by_operators(scope["path"]):
            await self._app(scope, receive, send)
        elif self._underway >= getattr(scope["app"].state, "most_at_once", MOST_AT_ONCE):
            metrics.SHED.labels(self._service).inc()
            await drain(receive)
            await answer(Overloaded())(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._underway += 1
        counted = True

        async def answering(message: Message) -> None:
            nonlocal counted
            if counted and message["type"] == "http.response.start":
                counted = False
                self._underway -= 1
            await send(message)

        try:
            await self._app(scope, receive, answering)
        finally:
            self._underway -= counted
