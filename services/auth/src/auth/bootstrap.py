"""Settings become adapters, adapters a service. Tests and the embedded mode pass in their own."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from auth import projections
from auth.adapters.avatars import Avatars
from auth.adapters.keys import SigningKeys
from auth.adapters.passwords import Passwords
from auth.adapters.sessions import SessionVerifier
from auth.api import Deps, routes
from auth.events import CODEC
from auth.handlers import Accounts
from auth.messaging import HEARS, TELLS
from auth.settings import Settings
from auth.sweeps import sweeps
from common.bus import Bus
from common.event_store import EventStore
from common.http import create_app
from common.messaging import Messaging
from common.mongo import connect, ping
from common.objects import ObjectStore
from common.rabbit import RabbitBus
from common.s3 import S3Store
from common.security import KeySet
from common.service import Service
from common.sweeps import Sweeper

REFUSAL_STEP = 0.5  # seconds: well above the slowest comparison (bcrypt of cost 12: 0.25 s)


def key_set_of(settings: Settings) -> KeySet:
    """The public keys, for verifiers in the same process."""
    return _keys(settings).key_set


def build(
    settings: Settings,
    *,
    bus: Bus | None = None,
    objects: ObjectStore | None = None,
    passwords: Passwords | None = None,
    now: Callable[[], datetime] | None = None,
    refusal_step: float = REFUSAL_STEP,
) -> Service:
    """The service; nothing is connected before it starts."""
    settings.put_rules_in_force()
    store = open_store(settings.mongodb_url.get_secret_value(), settings.database)
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    pictures = objects or S3Store.of(settings)
    keys = _keys(settings)
    deps = Deps(
        accounts=Accounts.of(store),
        passwords=passwords or Passwords(at_once=settings.hashes_at_once),
        blocklist=settings.blocklist,
        keys=keys,
        avatars=Avatars(settings.avatars_at_once),
        objects=pictures,
        now=now or utc_now,
        refusal_step=refusal_step,
    )
    messaging = Messaging("auth", store, bus, HEARS, TELLS)
    verifier = SessionVerifier(keys.published, partial(projections.require_session, store.db))
    checks = {"mongodb": partial(ping, store.db)}
    sweeper = Sweeper(store.db, sweeps(store, pictures, settings.object_grace), settings.sweep_interval)
    opening = [pictures.prepare] if isinstance(pictures, S3Store) else []
    return Service(
        "auth",
        create_app("auth", "创想引擎 · 用户", [routes(deps)], checks, verifier),
        prepare=[store.prepare],
        loops=[messaging.run, messaging.relay.run, sweeper.run, *opening],
        close=[deps.avatars.close, deps.passwords.close, bus.close, store.db.client.close],
        messaging=messaging,
    )


def open_store(url: str, database: str) -> EventStore:
    """Auth's log and read models."""
    return EventStore(connect(url, database), CODEC, projections.VIEWS)


def utc_now() -> datetime:
    """The time in whole milliseconds, as MongoDB keeps it and a token's `iat` tells it."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _keys(settings: Settings) -> SigningKeys:
    return SigningKeys(settings.signing_key, settings.retired_keys + settings.upcoming_keys)
