"""The one decision of the edge: (method, path, token, address) -> allowed or refused. Both fronts ask here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from prometheus_client import Counter

from common import telemetry
from common.clients import bucket
from common.errors import AppError, NotAllowed, NotFound, Unauthorized
from common.http.errors import MethodNotAllowed
from common.security import Identity
from gateway.headers import CORS_METHODS
from gateway.limiting import Limiter
from gateway.maintenance import Switch
from gateway.revocations import Revocations
from gateway.routes import Access, Limit, Route, find, service_for
from gateway.tokens import RememberedTokens

LONGEST_PATH = 2_048  # characters

DECISIONS = Counter("edge_decisions_total", "Requests decided on, by service and outcome", ["service", "outcome"])


@dataclass(frozen=True)
class Allowed:
    """Pass it on. `headers` go on the answer."""

    route: Route
    identity: Identity | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """Answer `error`, with its headers, and pass nothing on."""

    error: AppError


class UriTooLong(AppError):
    """No address of the API is that long."""

    status = 414
    code = "URI_TOO_LONG"
    message = "请求地址过长"


class Policy:
    """Routes, tokens, revocations, roles, maintenance, limits, in that order. Without a `limiter` nothing is counted.

    A request is counted for its user; without a token that holds (none, a false one) for its address. In maintenance
    whoever is no administrator is told so and nothing else: a client must not log its user out for an old token.
    """

    def __init__(
        self, tokens: RememberedTokens, revocations: Revocations, limiter: Limiter | None, maintenance: Switch
    ) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._limiter = limiter
        self._maintenance = maintenance

    async def decide(self, method: str, path: str, authorization: str, address: str) -> Allowed | Refused:
        """Decide on one request.

        `path` is percent-decoded and without query, `authorization` the header's value or empty,
        `address` the client's, already cleared of what a client may claim about itself.
        """
        route = find(method, path) if len(path) <= LONGEST_PATH else None
        if len(path) > LONGEST_PATH:
            decision: Allowed | Refused = Refused(UriTooLong())
        elif route is None:
            decision = Refused(MethodNotAllowed() if service_for(path) else NotFound())
        else:
            decision = await self._decide(route, authorization, address)
        outcome = decision.error.code if isinstance(decision, Refused) else "ALLOWED"
        DECISIONS.labels(route.service if route else "none", outcome).inc()
        _tell_the_trace(method, path, route, decision)
        return decision

    async def _decide(self, route: Route, authorization: str, address: str) -> Allowed | Refused:
        identity, refusal = await self._identify(route, authorization)
        closed = self._maintenance.refusal()
        if closed is not None and not route.in_maintenance and not (identity is not None and identity.is_admin):
            return Refused(closed)
        headers: Mapping[str, str] = {}
        if self._limiter is not None and (limit := _limit(route, identity)) is not Limit.NONE:
            standing = await self._limiter.hit(limit, _caller(limit, identity, address))
            if not standing.allowed:
                return Refused(standing.refusal())
            headers = standing.headers
        if refusal is not None:
            refusal.headers = {**headers, **refusal.headers}
            return Refused(refusal)
        return Allowed(route, identity, headers)

    async def _identify(self, route: Route, authorization: str) -> tuple[Identity | None, AppError | None]:
        """Who asks, and why that may not be; both where a known user asks for what is not theirs."""
        token = _bearer(authorization)
        if route.access is Access.ANONYMOUS:
            return None, None
        if not token:
            return None, None if route.access is Access.PUBLIC else Unauthorized()
        try:
            identity = await self._tokens.verify(token)
        except AppError as error:
            return None, error
        if self._revocations.cover(identity):
            return None, Unauthorized("登录已失效，请重新登录")
        if route.access is Access.ADMIN and not identity.is_admin:
            return identity, NotAllowed()
        return identity, None


def _tell_the_trace(method: str, path: str, route: Route | None, decision: Allowed | Refused) -> None:
    known = method in CORS_METHODS  # a client may send any word
    about: dict[str, str | int] = {"http.request.method": method if known else "_OTHER", "url.path": path}
    if route is not None:
        about["http.route"] = route.pattern
    if isinstance(decision, Refused):
        about |= {"http.response.status_code": decision.error.status, "error.type": decision.error.code}
    telemetry.note(about, name=f"{method if known else 'HTTP'} {route.pattern if route else ''}".rstrip())


def _bearer(authorization: str) -> str:
    """The token of a Bearer header; empty for any other scheme, which the services ignore as well."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _limit(route: Route, identity: Identity | None) -> Limit:
    """Generating is limited for ordinary users, free for admins, and counted as any other request for strangers."""
    if route.limit is not Limit.GENERATE:
        return route.limit
    if identity is None:
        return Limit.GENERAL
    return Limit.NONE if identity.is_admin else Limit.GENERATE


def _caller(limit: Limit, identity: Identity | None, address: str) -> str:
    if identity is None or limit in (Limit.LOGIN, Limit.REGISTER):
        return f"address:{bucket(address)}"
    return f"user:{identity.user_id}"
