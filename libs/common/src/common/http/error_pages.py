"""`/errors/{status}`: what the edge shows where no service has answered. Any service that lives can be asked for it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from common.errors import AppError, BadRequest, NotAllowed, NotFound, TooLarge, Unavailable
from common.http.errors import MethodNotAllowed, answer

DRAINED = 64 * 1024 * 1024  # bytes


def error_pages() -> Route:
    """The route, for any method: the edge asks with the method of the request that failed."""
    return Route("/errors/{status:int}", _Page(), include_in_schema=False)


class _Page:
    """A class and not a function, since only for those Starlette takes every method."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await drain(receive)
        response: Response = answer(error_for(request.path_params["status"]))
        await response(scope, receive, send)


def error_for(status: int) -> AppError:
    """What to say for an HTTP error that no service of ours has answered."""
    match status:
        case 403:
            return NotAllowed("链接无效或已过期")  # only the object store's 403 comes here
        case 404:
            return NotFound()
        case 405:
            return MethodNotAllowed()
        case 413:
            return TooLarge()
        case _ if status < 500:
            return BadRequest()
        case _:
            return Unavailable()


async def drain(receive: Receive) -> None:
    """Read what is left of a body, up to `DRAINED` bytes.

    A server that answers and closes while the client still sends resets the connection, and the answer is lost.
    """
    size, more = 0, True
    while more and size <= DRAINED:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
