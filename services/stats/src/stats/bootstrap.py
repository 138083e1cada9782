"""Wires stats: settings, adapters, routes, messages."""

from datetime import UTC, datetime
from functools import partial

from common.bus import Bus
from common.event_store import EventStore
from common.events import Codec
from common.http import create_app
from common.messaging import Messaging
from common.mongo import connect, ping
from common.rabbit import RabbitBus
from common.security import TokenVerifier, keys_from
from common.service import Service
from common.sweeps import Sweeper, standard_sweeps
from stats import projections
from stats.api import Clock, routes
from stats.domain import Calendar
from stats.messaging import NAME, TELLS, hears
from stats.settings import Settings


def utc_now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def open_store(settings: Settings) -> EventStore:
    """Its database; stats tells nothing, so no event is ever appended there. Connects on first use."""
    return EventStore(connect(settings.mongodb_url.get_secret_value(), settings.database), Codec())


def build(
    settings: Settings, *, bus: Bus | None = None, verifier: TokenVerifier | None = None, now: Clock = utc_now
) -> Service:
    """The service; connects to nothing before it starts."""
    store = open_store(settings)
    db = store.db
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    messaging = Messaging(NAME, store, bus, hears(db), TELLS)
    sweeper = Sweeper(db, standard_sweeps(store), settings.sweep_interval)
    app = create_app(
        NAME,
        "创想引擎 · 统计",
        [routes(db, Calendar(settings.zone), now)],
        {"mongodb": partial(ping, db)},
        verifier or TokenVerifier(keys_from(settings.jwks_url)),
    )
    return Service(
        NAME,
        app,
        prepare=[partial(projections.prepare, db)],
        loops=[messaging.run, sweeper.run],
        close=[bus.close, db.client.close],
        messaging=messaging,
    )
