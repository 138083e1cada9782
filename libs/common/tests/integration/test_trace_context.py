"""A trace's place travels with the event: log, relay, envelope, AMQP; events of before tracing load as ever."""

import asyncio
from collections.abc import Sequence

import aio_pika

from common.bus import InProcessBus
from common.context import new_id
from common.event_store import EventStore, Streams
from common.messages import Envelope
from common.messaging import Messaging
from common.rabbit import RabbitBus
from common.relay import Relay
from common.replay import ReplayRequest, requests_queue
from common.testing.bus_suite import envelope
from common.testing.pile import TELLS, Added, Pile, PileGrew

PLACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def heard_by(bus: InProcessBus, queue: str) -> list[Envelope]:
    heard: list[Envelope] = []

    async def hear(envelopes: Sequence[Envelope]) -> None:
        heard.extend(envelopes)

    await bus.declare(queue, [PileGrew.routing_key()])
    await bus.subscribe(queue, hear)
    return heard


async def traced(store: EventStore, piles: Streams[Pile]) -> None:
    """An event as a traced process stores it."""
    await piles.update(1, lambda _: [Added(amount=2)])
    await store.db.events.update_one({"stream": "pile-1"}, {"$set": {"traceparent": PLACE}})


async def test_off_no_event_bears_a_place_and_one_that_bears_none_loads(
    store: EventStore, piles: Streams[Pile]
) -> None:
    await piles.update(1, lambda _: [Added(amount=2)])
    stored = await store.db.events.find_one({"stream": "pile-1"})
    assert stored is not None
    assert "traceparent" not in stored
    assert (await store.read("pile-1"))[0].traceparent is None


async def test_the_relay_sends_the_place_on_even_where_it_does_not_trace_itself(
    store: EventStore, piles: Streams[Pile]
) -> None:
    bus = InProcessBus()
    heard = await heard_by(bus, "listener")
    await traced(store, piles)
    await Relay(store, bus, TELLS).publish_batch()
    assert [message.traceparent for message in heard] == [PLACE]


async def test_history_told_again_is_no_part_of_the_trace_that_made_it(store: EventStore, piles: Streams[Pile]) -> None:
    bus = InProcessBus()
    heard = await heard_by(bus, "newcomer")
    await traced(store, piles)
    await Messaging("piles", store, bus, [], TELLS).listen()
    asked = ReplayRequest(queue="newcomer", keys=[PileGrew.routing_key()])
    request = envelope(ReplayRequest.routing_key()).model_copy(update={"data": asked.model_dump(mode="json")})
    await bus.send(requests_queue("piles"), [request])
    assert [(message.data["amount"], message.traceparent) for message in heard] == [(2, None)]


async def test_amqp_says_the_place_in_a_header_for_other_tools(rabbitmq_url: str) -> None:
    name = f"traced_{new_id()[:8]}"
    bus = RabbitBus(rabbitmq_url)
    await bus.declare(name, [f"{name}.Happened.v1"])
    plain, placed = envelope(f"{name}.Happened.v1"), envelope(f"{name}.Happened.v1")
    await bus.publish([plain, placed.model_copy(update={"traceparent": PLACE})])
    connection = await aio_pika.connect(rabbitmq_url)
    async with connection, asyncio.timeout(20):
        queue = await (await connection.channel()).get_queue(name)
        got: dict[str | None, object] = {}
        async with queue.iterator() as messages:
            async for message in messages:
                got[message.message_id] = message.headers.get("traceparent")
                await message.ack()
                if len(got) == 2:
                    break
    await bus.close()
    assert got == {plain.id: None, placed.id: PLACE}
