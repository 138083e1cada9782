"""Wires the gateway: as a service beside Traefik, or as the edge of the embedded mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter
from starlette.types import ASGIApp

from common.bus import Bus
from common.clients import LOOPBACK, TrustedProxies
from common.event_store import EventStore
from common.http import create_app
from common.messaging import Messaging
from common.mongo import connect, ping
from common.rabbit import RabbitBus
from common.security import TokenVerifier, keys_from
from common.service import Service, Step
from common.sweeps import Sweeper
from gateway import api, documents, forward_auth, middleware
from gateway.events import CODEC
from gateway.limiting import Limiter, open_store
from gateway.maintenance import Switch, SwitchFollower
from gateway.messaging import TELLS, hears
from gateway.policy import Policy
from gateway.projections import MAINTENANCE
from gateway.revocations import Revocations, RevocationStore
from gateway.settings import Settings
from gateway.sweeps import sweeps
from gateway.tokens import RememberedTokens


@dataclass(frozen=True)
class _Edge:
    """What both ways of running share."""

    bus: Bus
    store: EventStore
    revocations: RevocationStore
    maintenance: SwitchFollower
    policy: Policy
    verifier: TokenVerifier
    sweeper: Sweeper

    def service(self, routers: Sequence[APIRouter], *, close: Sequence[Step] = ()) -> Service:
        """The service of these routes, with its loops."""
        messaging = Messaging("gateway", self.store, self.bus, hears(self.revocations), TELLS)
        routers = [*routers, api.routes(self.store, self.maintenance)]
        checks = {"mongodb": partial(ping, self.store.db)}
        app = create_app("gateway", "创想引擎 · 网关", routers, checks, self.verifier, untraced=[forward_auth.PATH])
        return Service(
            "gateway",
            app,
            prepare=[self.store.prepare, self.revocations.prepare, self.maintenance.refresh],
            loops=[
                messaging.run,
                messaging.relay.run,
                self.revocations.follow,
                self.maintenance.follow,
                self.sweeper.run,
            ],
            close=[*close, self.store.db.client.close],
            messaging=messaging,
        )


def build(settings: Settings, *, bus: Bus | None = None, verifier: TokenVerifier | None = None) -> Service:
    """The gateway as a service: what Traefik asks."""
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    edge = _wire(settings, bus, verifier or TokenVerifier(keys_from(settings.jwks_url)))
    proxies = TrustedProxies([*settings.proxies, *LOOPBACK])  # Traefik asks through an entry point of its own
    described = documents.Documents({name: documents.fetched(url) for name, url in settings.services.items()})
    routers = [forward_auth.routes(edge.policy, proxies), documents.routes(described)]
    return edge.service(routers, close=[bus.close])


def embedded(
    app: ASGIApp,
    settings: Settings,
    *,
    bus: Bus,
    verifier: TokenVerifier,
    sources: Mapping[str, documents.Source] | None = None,
) -> tuple[Service, ASGIApp]:
    """The gateway in one process with the rest: a service with its loops, and `app` behind the edge.

    `app` dispatches by `gateway.routes.service_for`; the paths of `gateway` itself are the service's app.
    `sources` are the OpenAPI documents of the other services.
    Set `trusted_proxies` to nothing where browsers connect directly. The bus stays open: it belongs to the caller.
    """
    edge = _wire(settings, bus, verifier)
    guarded = middleware.edge(app, edge.policy, TrustedProxies(settings.proxies), settings.origins)
    return edge.service([documents.routes(documents.Documents(sources or {}))]), guarded


def open_log(settings: Settings) -> EventStore:
    """The gateway's log and read model; connects on first use."""
    return EventStore(connect(settings.mongodb_url.get_secret_value(), settings.database), CODEC, [MAINTENANCE])


def _wire(settings: Settings, bus: Bus, verifier: TokenVerifier) -> _Edge:
    store = open_log(settings)
    db = store.db
    revocations, switch = Revocations(), Switch()
    limiter = Limiter(open_store(settings.limits_url)) if settings.rate_limit_enabled else None
    policy = Policy(RememberedTokens(verifier), revocations, limiter, switch)
    sweeper = Sweeper(db, sweeps(store), settings.sweep_interval)
    return _Edge(bus, store, RevocationStore(db, revocations), SwitchFollower(db, switch), policy, verifier, sweeper)
