"""Settings become adapters, adapters a service. Tests and the embedded mode pass in their own."""

from functools import partial

from common import idempotency
from common.bus import Bus
from common.event_store import EventStore
from common.http import create_app
from common.labelling import Darkroom
from common.messaging import Messaging
from common.mongo import connect, ping
from common.objects import ObjectStore
from common.rabbit import RabbitBus
from common.s3 import S3Store
from common.security import TokenVerifier, keys_from
from common.service import Service, Step
from common.sweeps import Sweeper
from generation.api import Deps, routes
from generation.api.streams import Streams
from generation.engines.base import Engine
from generation.engines.comfyui import ComfyEngine, Pool, workflow
from generation.engines.sketch import SketchEngine
from generation.events import CODEC
from generation.handlers import Aggregates
from generation.messaging import TELLS, hears
from generation.painting import PoolKeeper, Worker
from generation.projections import VIEWS, depth, pool, previews, progress, works
from generation.projections.watching import TaskWatch
from generation.settings import Settings
from generation.sweeps import sweeps


def build(
    settings: Settings,
    *,
    bus: Bus | None = None,
    objects: ObjectStore | None = None,
    verifier: TokenVerifier | None = None,
    engine: Engine | None = None,
    with_worker: bool = False,
) -> Service:
    """The service that answers requests; `with_worker` paints in the same process. Nothing is connected yet."""
    settings.put_rules_in_force()
    aggregates = _aggregates(settings)
    store, objects, engine = aggregates.store, objects or S3Store.of(settings), engine or _engine(settings)
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    messaging = Messaging("generation", store, bus, hears(aggregates), TELLS)
    watch, streams = TaskWatch(store.db), Streams(settings.streams_per_user, settings.streams)
    sweeper = Sweeper(store.db, sweeps(store, objects, settings.object_grace), settings.sweep_interval)
    app = create_app(
        "generation",
        "创想引擎 · 创作",
        routes(Deps(aggregates, objects, engine, settings.lanes, watch, streams)),
        {"mongodb": partial(ping, store.db)},
        verifier or TokenVerifier(keys_from(settings.jwks_url)),
    )
    darkroom = settings.darkroom()
    painting = _painting(settings, aggregates, engine, objects, darkroom) if with_worker else []
    return Service(
        "generation",
        app,
        prepare=_prepare(store),
        loops=[messaging.run, messaging.relay.run, watch.run, sweeper.run, *_buckets(objects), *painting],
        close=[engine.close, darkroom.close, bus.close, store.db.client.close],
        measures=[partial(depth.measure, store.db)],
        messaging=messaging,
    )


def build_worker(
    settings: Settings, *, bus: Bus | None = None, objects: ObjectStore | None = None, engine: Engine | None = None
) -> Service:
    """The worker as a process of its own: paints, publishes what it appends, serves its health and metrics only."""
    aggregates = _aggregates(settings)
    store, objects, engine = aggregates.store, objects or S3Store.of(settings), engine or _engine(settings)
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    messaging = Messaging("generation", store, bus, hears(aggregates), TELLS)
    darkroom = settings.darkroom()
    return Service(
        "generation-worker",
        create_app("generation-worker", "创想引擎 · 绘制", [], {"mongodb": partial(ping, store.db)}),
        prepare=_prepare(store),
        loops=[messaging.relay.run, *_buckets(objects), *_painting(settings, aggregates, engine, objects, darkroom)],
        close=[engine.close, darkroom.close, bus.close, store.db.client.close],
        messaging=messaging,
    )


def open_store(settings: Settings) -> EventStore:
    """Generation's log and read models."""
    return EventStore(connect(settings.mongodb_url.get_secret_value(), settings.database), CODEC, VIEWS)


def _aggregates(settings: Settings) -> Aggregates:
    return Aggregates.of(open_store(settings), settings.signup_credits, settings.tasks_per_user)


def _prepare(store: EventStore) -> list[Step]:
    return [
        store.prepare,
        partial(idempotency.prepare, store.db),
        partial(progress.prepare, store.db),
        partial(previews.prepare, store.db),
        partial(pool.prepare, store.db),
        partial(works.prepare, store.db),
    ]


def _painting(
    settings: Settings, aggregates: Aggregates, engine: Engine, objects: ObjectStore, darkroom: Darkroom
) -> list[Step]:
    worker = Worker(
        aggregates,
        engine,
        objects,
        darkroom,
        lanes=settings.lanes,
        abreast=settings.abreast,
        lease_seconds=settings.lease_seconds,
    )
    keeping = [PoolKeeper(aggregates.store.db, engine.pool).run] if isinstance(engine, ComfyEngine) else []
    return [*keeping, worker.run]


def _engine(settings: Settings) -> Engine:
    if settings.servers:
        servers = Pool(settings.servers, settings.draining)
        return ComfyEngine(servers, workflow.read(settings.workflow_file), settings.aigc_provider_code)
    return SketchEngine(settings.lanes)


def _buckets(objects: ObjectStore) -> list[Step]:
    """A loop that ends once the buckets exist, so that a store that comes later stops nothing."""
    return [objects.prepare] if isinstance(objects, S3Store) else []
