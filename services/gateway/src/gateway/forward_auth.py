"""The front for Traefik: it asks `/auth` before each request, and `/errors/…` for the body of its own errors."""

from urllib.parse import unquote

import structlog
from fastapi import APIRouter, Request, Response

from common.errors import AppError, BadRequest, NotAllowed, NotFound, TooLarge, Unavailable
from common.http.errors import MethodNotAllowed, answer
from gateway.bodies import drain
from gateway.clients import TrustedProxies
from gateway.headers import CLIENT_ADDRESS
from gateway.policy import Policy, Refused

log = structlog.get_logger()

EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def routes(policy: Policy, proxies: TrustedProxies) -> APIRouter:
    """The endpoints of the ForwardAuth front; none of them is reachable through the edge itself."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/auth", methods=EVERY_METHOD)
    async def auth(request: Request) -> Response:
        peer = request.client.host if request.client else None
        if not proxies.cover(peer):
            log.warning("not_a_trusted_proxy", peer=peer)
            raise NotAllowed
        said = request.headers
        address = proxies.client(peer, ",".join(said.getlist("X-Forwarded-For")))
        decision = await policy.decide(
            said.get("X-Forwarded-Method", ""),
            unquote(said.get("X-Forwarded-Uri", "").partition("?")[0]),
            said.get("Authorization", ""),
            address,
        )
        if isinstance(decision, Refused):
            return answer(decision.error)
        return Response(headers={**decision.headers, CLIENT_ADDRESS: address})

    @router.api_route("/errors/{status}", methods=EVERY_METHOD)
    async def error_page(status: int, request: Request) -> Response:
        await drain(request.receive)
        return answer(error_for(status))

    return router


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
