"""Request bodies at the edge: how large one may be, and how a refusal reaches a client that is still sending."""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common.errors import AppError, TooLarge
from common.http.error_pages import drain
from common.http.errors import answer
from common.http.middleware import RequestContext

MAX_BODY = 10 * 1024 * 1024  # bytes


class BodyLimit:
    """Refuses a request body over `limit` bytes: at once by its declared length, else when that much has come."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("Content-Length", "")
        if declared.isdecimal() and int(declared) > self._limit:
            await refuse(TooLarge(), scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        size = 0

        async def receive_some() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._limit:
                await drain(receive)
                raise HTTPException(TooLarge.status)  # the app that reads the body answers it as any error of its own
            return message

        return receive_some


async def refuse(error: AppError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer an error as a service would: in the envelope, logged, with a correlation id."""
    await drain(receive)
    await RequestContext(answer(error), "gateway")(scope, receive, send)
