"""Settings -> adapters -> the service."""

from functools import partial

from common import idempotency
from common.bus import Bus
from common.event_store import EventStore
from common.http import create_app
from common.messaging import Messaging
from common.mongo import connect, ping
from common.objects import ObjectStore
from common.rabbit import RabbitBus
from common.s3 import S3Store
from common.security import TokenVerifier, keys_from
from common.service import Service, Step
from common.sweeps import Sweeper
from works.adapters.program import ProgramClassifier
from works.api import Viewers, routes
from works.events import CODEC
from works.handlers import ImageClassifier, Inspection, Journal, PublicCopies, Removals
from works.messaging import TELLS, hears
from works.projections import VIEWS
from works.settings import Settings
from works.sweeps import sweeps


def open_store(settings: Settings) -> EventStore:
    """The service's log and read models; connects on first use."""
    return EventStore(connect(settings.mongodb_url.get_secret_value(), settings.database), CODEC, VIEWS)


def build(
    settings: Settings,
    *,
    bus: Bus | None = None,
    objects: ObjectStore | None = None,
    verifier: TokenVerifier | None = None,
    classifier: ImageClassifier | None = None,
) -> Service:
    """The service over real neighbours, or over the ones given; nothing is connected before it starts."""
    settings.put_rules_in_force()
    store = open_store(settings)
    bus = bus or RabbitBus(settings.rabbitmq_url.get_secret_value())
    opening: list[Step] = []
    if objects is None:
        objects = bucket_store = S3Store.of(settings)
        opening = [bucket_store.prepare]
    journal, removals = Journal(store), Removals(store.db, objects)
    darkroom = settings.darkroom()
    copies = PublicCopies(objects, removals, darkroom)
    if classifier is None and settings.classifier_command:
        classifier = ProgramClassifier(settings.classifier_command, settings.image_classifier_seconds)
    messaging = Messaging("works", store, bus, hears(journal, removals), TELLS)
    sweeper = Sweeper(store.db, sweeps(store, objects, settings.object_grace), settings.sweep_interval)
    viewers = Viewers(settings.viewer_key, settings.proxies)
    app = create_app(
        "works",
        "创想引擎 · 作品",
        routes(journal, objects, copies, Inspection(objects, classifier), viewers=viewers, zone=settings.zone),
        {"mongodb": partial(ping, store.db)},
        verifier or TokenVerifier(keys_from(settings.jwks_url)),
    )
    return Service(
        "works",
        app,
        prepare=[store.prepare, removals.prepare, partial(idempotency.prepare, store.db)],
        loops=[*opening, messaging.run, messaging.relay.run, removals.run, sweeper.run],
        close=[darkroom.close, bus.close, store.db.client.close],
        messaging=messaging,
    )
