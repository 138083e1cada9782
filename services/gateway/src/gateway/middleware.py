"""The front of the embedded mode: the same policy around one ASGI app, with Traefik's other duties."""

from collections.abc import Mapping, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import headers
from gateway.bodies import BodyLimit, refuse
from gateway.clients import TrustedProxies
from gateway.policy import Policy, Refused
from gateway.routes import canonical


def edge(app: ASGIApp, policy: Policy, proxies: TrustedProxies, cors_origins: Sequence[str]) -> ASGIApp:
    """`app` behind CORS, security headers, the policy and the body limit, in this order."""
    guarded = PolicyMiddleware(BodyLimit(app), policy, proxies)
    return CORSMiddleware(
        SecurityHeaders(guarded),
        allow_origins=list(cors_origins),
        allow_methods=headers.CORS_METHODS,
        allow_headers=headers.CORS_REQUEST_HEADERS,
        expose_headers=headers.CORS_ANSWER_HEADERS,
        max_age=headers.CORS_MAX_AGE,
    )


class PolicyMiddleware:
    """Asks the policy before the app; the app gets the canonical path and no header that only the edge may set."""

    def __init__(self, app: ASGIApp, policy: Policy, proxies: TrustedProxies) -> None:
        self._app = app
        self._policy = policy
        self._proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point. WebSockets have no route and are closed."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._http(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else None
        address = self._proxies.client(peer, ",".join(said.getlist("X-Forwarded-For")))
        decision = await self._policy.decide(scope["method"], scope["path"], said.get("Authorization", ""), address)
        passed_on = _passed_on(scope, address)
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


def _passed_on(scope: Scope, address: str) -> Scope:
    path = canonical(scope["path"])
    dropped = {name.lower().encode() for name in (*headers.FROM_THE_EDGE, *headers.IDENTITY)}
    kept = [(name, value) for name, value in scope["headers"] if name not in dropped]
    kept.append((headers.CLIENT_ADDRESS.lower().encode(), address.encode()))
    passed = {**scope, "headers": kept}
    if path != scope["path"]:
        passed |= {"path": path, "raw_path": canonical(scope["raw_path"].decode("ascii")).encode("ascii")}
    return passed


def _with(added: Mapping[str, str], send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(added)
        await send(message)

    return sending
