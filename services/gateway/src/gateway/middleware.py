"""The front of the embedded mode: the same policy around one ASGI app, with Traefik's other duties."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from common import telemetry
from common.clients import TrustedProxies
from gateway import headers
from gateway.bodies import BodyLimit, refuse
from gateway.policy import Policy, Refused
from gateway.routes import canonical


def edge(app: ASGIApp, policy: Policy, proxies: TrustedProxies, cors_origins: Sequence[str]) -> ASGIApp:
    """`app` behind CORS, security headers, the policy and the body limit, in this order."""
    guarded = PolicyMiddleware(BodyLimit(app), policy, proxies)
    return Cors(
        SecurityHeaders(guarded),
        allow_origins=list(cors_origins),
        allow_methods=headers.CORS_METHODS,
        allow_headers=headers.CORS_REQUEST_HEADERS,
        expose_headers=headers.CORS_ANSWER_HEADERS,
        max_age=headers.CORS_MAX_AGE,
    )


class Cors(CORSMiddleware):
    """Answers a preflight from any origin alike, as Traefik does: what is not allowed is simply not said."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """See `CORSMiddleware`, which answers a foreign origin by an error in plain text."""
        said = super().preflight_response(request_headers).headers
        kept = {name: value for name, value in said.items() if name.startswith("access-control-") or name == "vary"}
        return Response(headers=kept)


class PolicyMiddleware:
    """Asks the policy before the app; the app gets the canonical path and no header that only the edge may set."""

    def __init__(self, app: ASGIApp, policy: Policy, proxies: TrustedProxies) -> None:
        self._app = app
        self._policy = policy
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point. The servers of this project speak no WebSocket."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else None
        address = self._proxies.client(peer, ",".join(said.getlist("X-Forwarded-For")))
        authorization = ", ".join(said.getlist("Authorization"))
        with telemetry.at_the_edge(said.get(telemetry.HEADER, "")) as trace:
            decision = await self._policy.decide(scope["method"], scope["path"], authorization, address)
        passed_on = _passed_on(scope, trace)
        if isinstance(decision, Refused):
            await refuse(decision.error, passed_on, receive, send)
        else:
            await self._app(passed_on, receive, _with(decision.headers, send))


class SecurityHeaders:
    """Sets `headers.SECURITY` on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        await self._app(scope, receive, _with(headers.SECURITY, send) if scope["type"] == "http" else send)


def _passed_on(scope: Scope, added: Mapping[str, str]) -> Scope:
    path = canonical(scope["path"])
    dropped = {name.lower().encode() for name in (*headers.FROM_THE_EDGE, *headers.TRACE, *headers.IDENTITY)}
    kept = [(name, value) for name, value in scope["headers"] if name not in dropped]
    ours = [(name.encode(), value.encode()) for name, value in added.items()]
    return {**scope, "headers": [*kept, *ours], "path": path, "raw_path": quote(path).encode("ascii")}


def _with(added: Mapping[str, str], send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(added)
        await send(message)

    return sending
