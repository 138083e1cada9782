"""Forget everything and hear it again: `python -m stats.main rebuild`. The service may run and serve meanwhile."""

from common.bus import Bus
from common.consumers import Consumer
from common.mongo import Database, connect
from common.rabbit import RabbitBus
from common.replay import forget_history, request_history
from stats import projections
from stats.messaging import NAME, hears
from stats.settings import Settings


async def rebuild(db: Database, bus: Bus) -> None:
    """Empty the read models and ask the publishers for their whole history; figures are low until it has come.

    Raises:
        Unavailable: the request was not taken; run it again.
    """
    await projections.empty(db)
    consumer = Consumer(NAME, db, hears(db))
    await forget_history(consumer, db)
    await consumer.prepare(bus)
    await request_history(consumer, db, bus)


async def run(settings: Settings) -> str:
    """`rebuild` with the database and broker of these settings; says what was done."""
    db = connect(settings.mongodb_url.get_secret_value(), settings.database)
    bus = RabbitBus(settings.rabbitmq_url.get_secret_value())
    try:
        await rebuild(db, bus)
        return "Emptied. The publishers send their history; the service takes it in as it comes."
    finally:
        await bus.close()
        await db.client.close()
