"""The front for Traefik: it asks `/auth` before each request."""

from urllib.parse import unquote

import structlog
from fastapi import APIRouter, Request, Response

from common import telemetry
from common.clients import TrustedProxies
from common.errors import NotAllowed
from common.http.errors import answer
from gateway.policy import Policy, Refused

log = structlog.get_logger()

PATH = "/auth"  # has a span of its own: that of the request asked about


def routes(policy: Policy, proxies: TrustedProxies) -> APIRouter:
    """The endpoint of the ForwardAuth front; it is not reachable through the edge itself."""
    router = APIRouter(include_in_schema=False)

    @router.get(PATH)
    async def auth(request: Request) -> Response:
        peer = request.client.host if request.client else None
        if not proxies.cover(peer):
            log.warning("not_a_trusted_proxy", peer=peer)
            raise NotAllowed
        said = request.headers
        with telemetry.at_the_edge(said.get(telemetry.HEADER, "")) as trace:
            decision = await policy.decide(
                said.get("X-Forwarded-Method", ""),
                unquote(said.get("X-Forwarded-Uri", "").partition("?")[0]),
                ", ".join(said.getlist("Authorization")),
                proxies.client(peer, ",".join(said.getlist("X-Forwarded-For"))),
            )
        if isinstance(decision, Refused):
            return answer(decision.error)
        return Response(headers={**decision.headers, **trace})

    return router
