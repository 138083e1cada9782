"""What the metrics say is what happened: once, and the same by every replica."""

import asyncio
import math
from collections.abc import AsyncIterator

import httpx
import pytest
from prometheus_client import REGISTRY

from common.bus import InProcessBus
from common.context import new_id
from common.errors import Conflict
from common.event_store import EventStore, Streams
from common.events import Codec
from common.http import create_app
from common.messaging import Messaging
from common.mongo import Session, connect
from common.relay import Relay
from common.service import Service
from common.testing.pile import TELLS, Added, Pile


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_what_waits_for_the_relay_is_told_by_any_replica(store: EventStore, piles: Streams[Pile]) -> None:
    service = store.db.name
    idle, publishing = Relay(store, InProcessBus(), TELLS), Relay(store, InProcessBus(), TELLS)
    await piles.update(1, lambda _: [Added(amount=1), Added(amount=2)])
    await idle.measure()
    assert value("relay_waiting_events", service=service) == 2
    assert 0 < value("relay_lag_seconds", service=service) < 10
    await publishing.publish_batch()
    await idle.measure()
    assert value("relay_waiting_events", service=service) == value("relay_lag_seconds", service=service) == 0


async def test_an_event_is_counted_once_however_often_its_transaction_ran(
    store: EventStore, piles: Streams[Pile]
) -> None:
    service, runs = store.db.name, 0

    async def twice(session: Session) -> None:
        nonlocal runs
        runs += 1
        await piles.load(1, session=session)
        if runs == 1:  # somebody else comes first
            await piles.update(1, lambda _: [Added(amount=5)])
        await piles.update(1, lambda _: [Added(amount=1)], session=session)

    await store.transact(twice)
    await Relay(store, InProcessBus(), TELLS).publish_batch()
    assert runs == 2
    assert value("events_appended_total", service=service, event="Added") == 2
    assert value("transactions_repeated_total", service=service) == 1
    assert value("transaction_seconds_count", service=service) == 2


async def test_a_transaction_that_is_given_up_is_counted_by_its_error(store: EventStore) -> None:
    async def refuse(_session: Session) -> None:
        raise Conflict

    with pytest.raises(Conflict):
        await store.transact(refuse)
    assert value("transaction_failures_total", service=store.db.name, error="Conflict") == 1


@pytest.fixture
async def without_database() -> AsyncIterator[Service]:
    """A service whose database never answers."""
    store = EventStore(connect("mongodb://127.0.0.1:1", f"gone_{new_id()[:8]}"), Codec(Added))
    messaging = Messaging("gone", store, InProcessBus(), [], TELLS)
    service = Service("gone", create_app("gone", "gone", [], {}), close=[store.db.client.close], messaging=messaging)
    await service.start()
    yield service
    await service.stop()


async def test_metrics_are_answered_while_the_database_is_away(without_database: Service) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(without_database.app), base_url="http://gone") as client:
        async with asyncio.timeout(10):
            answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert 'http_requests_in_flight{service="gone"} 1.0' in answer.text
    gone = [line for line in answer.text.splitlines() if line.startswith('relay_lag_seconds{service="gone_')]
    assert [math.isnan(float(line.split()[-1])) for line in gone] == [True]
