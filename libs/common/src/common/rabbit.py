"""The bus on RabbitMQ: a topic exchange, one durable quorum queue a consumer, publisher confirms."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractQueue,
    AbstractRobustChannel,
    AbstractRobustConnection,
    AbstractRobustExchange,
    AbstractRobustQueue,
)
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity
from aiormq.exceptions import DeliveryError, PublishError
from pydantic import ValidationError

from common import telemetry
from common.bus import Handler, Keep, NoSuchQueue
from common.cancelling import cancelled
from common.errors import Unavailable
from common.messages import Envelope

log = structlog.get_logger()

EXCHANGE = "events"
PREFETCH = 200
DELIVERY_LIMIT = 100
SAVED_AFTER = 1.0  # seconds until the broker has written a new quorum queue's name to disk
GRACE = 10.0  # seconds that a batch being handled has to finish when the bus is closed
BROKER_IS_DOWN = (AMQPError, ConnectionError, asyncio.TimeoutError, DeliveryError, PublishError, RuntimeError)


class RabbitBus:
    """See `common.bus.Bus`. Reconnects by itself; what was not confirmed is for the caller to publish again.

    Each queue has a single active consumer: several replicas may subscribe, the broker delivers to one of them in
    order and turns to another when that one is gone. `<queue>.dead` takes messages that killed their consumer
    `DELIVERY_LIMIT` times; a handler that merely raises keeps its own dead letters.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: AbstractRobustConnection | None = None
        self._publishing: AbstractRobustChannel | None = None
        self._exchange: AbstractRobustExchange | None = None
        self._opening = asyncio.Lock()
        self._readers: dict[str, _Reader] = {}
        self._reconnected = asyncio.Event()

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.publish`. Streams are in flight at once; within one, each waits for the one before it."""
        await self._send([(EXCHANGE, envelope.key, envelope) for envelope in envelopes])

    async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.send`: by the default exchange, straight to the queue."""
        await self._send([("", queue, envelope) for envelope in envelopes])

    async def declare(self, queue: str, keys: Sequence[str]) -> None:
        """See `Bus.declare`."""
        try:
            channel = await self._open()
            new = not await self._exists(queue)
            declared = await self._declare(channel, queue)
            if new:  # killed before it has saved the name, the broker would start the queue anew, and empty
                await asyncio.sleep(SAVED_AFTER)
            for key in keys:
                await declared.bind(EXCHANGE, key)
        except BROKER_IS_DOWN as error:
            raise Unavailable from error

    async def subscribe(self, queue: str, handler: Handler) -> None:
        """See `Bus.subscribe`."""
        if queue in self._readers:
            return
        reader = _Reader(handler)
        try:
            await self._open()
            assert self._connection is not None  # noqa: S101  (just opened)
            channel = await self._connection.channel()
            await channel.set_qos(prefetch_count=PREFETCH)
            declared = await self._declare(channel, queue)
            await declared.consume(reader.inbox.put)
        except BROKER_IS_DOWN as error:
            raise Unavailable from error
        reader.task = asyncio.create_task(reader.run(), name=f"reader {queue}")
        self._readers[queue] = reader

    async def take_dead(self, queue: str, keep: Keep) -> int:
        """See `Bus.take_dead`."""
        try:
            await self._open()
            assert self._connection is not None  # noqa: S101  (just opened)
            if not await self._exists(_dead(queue)):
                return 0
            channel = await self._connection.channel()
            try:
                return await _drain(await channel.get_queue(_dead(queue), ensure=False), keep)
            finally:
                await channel.close()
        except BROKER_IS_DOWN as error:
            raise Unavailable from error

    async def has_lost(self, queue: str) -> bool:
        """See `Bus.has_lost`."""
        try:
            await self._open()
            return not await self._exists(_dead(queue))
        except BROKER_IS_DOWN as error:
            raise Unavailable from error

    async def reconnected(self) -> None:
        """See `Bus.reconnected`."""
        await self._reconnected.wait()

    async def ping(self) -> None:
        """See `Bus.ping`."""
        connection = self._connection
        if connection is None or not connection.connected.is_set():
            raise Unavailable("RabbitMQ is not connected")

    async def close(self) -> None:
        """See `Bus.close`."""
        readers, self._readers = self._readers, {}
        await asyncio.gather(*(reader.stop() for reader in readers.values()))
        if self._connection is not None:
            with suppress(*BROKER_IS_DOWN):
                await self._connection.close()

    async def _open(self) -> AbstractRobustChannel:
        async with self._opening:
            if self._connection is None:
                self._connection = await aio_pika.connect_robust(self._url, timeout=10, heartbeat=10)
                self._connection.reconnect_callbacks.add(self._note_reconnection)
            if self._publishing is None:
                channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
                self._exchange = await channel.declare_exchange(EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True)
                self._publishing = channel
            return self._publishing

    def _note_reconnection(self, *_: object) -> None:
        reconnected, self._reconnected = self._reconnected, asyncio.Event()
        reconnected.set()

    async def _exists(self, queue: str) -> bool:
        assert self._connection is not None  # noqa: S101  (opened by the caller)
        probe = await self._connection.channel()
        try:
            await probe.declare_queue(queue, passive=True, robust=False)
        except ChannelNotFoundEntity:
            return False
        finally:
            await probe.close()
        return True

    async def _declare(self, channel: AbstractRobustChannel, queue: str) -> AbstractRobustQueue:
        dead = _dead(queue)
        # Not restored by a reconnection: its absence tells that the broker has forgotten both (`has_lost`).
        await channel.declare_queue(dead, durable=True, robust=False, arguments={"x-queue-type": "quorum"})
        arguments = {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead,
        }
        return await channel.declare_queue(queue, durable=True, arguments=arguments)

    async def _send(self, posts: Sequence[tuple[str, str, Envelope]]) -> None:
        try:
            async with asyncio.timeout(30):
                channel = await self._open()
                streams = defaultdict(list)
                for post in posts:
                    streams[post[2].stream].append(post)
                await asyncio.gather(*(self._post_in_order(channel, stream) for stream in streams.values()))
        except PublishError as error:
            raise NoSuchQueue("there is no such queue") from error
        except BROKER_IS_DOWN as error:
            raise Unavailable("RabbitMQ did not confirm") from error

    async def _post_in_order(self, channel: AbstractRobustChannel, posts: Sequence[tuple[str, str, Envelope]]) -> None:
        """One refused must not be overtaken by the next of its stream."""
        for post in posts:
            await self._post(channel, *post)

    async def _post(self, channel: AbstractRobustChannel, exchange: str, key: str, envelope: Envelope) -> None:
        message = aio_pika.Message(
            envelope.model_dump_json().encode(),
            content_type="application/json",
            message_id=envelope.id,
            correlation_id=envelope.correlation_id,
            headers={telemetry.HEADER: envelope.traceparent} if envelope.traceparent else {},
            type=envelope.key,
            timestamp=envelope.at,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        target = self._exchange if exchange else channel.default_exchange
        assert target is not None  # noqa: S101  (set when the channel was opened)
        await target.publish(message, routing_key=key, mandatory=not exchange)


def _dead(queue: str) -> str:
    """Where a queue's messages go that killed their consumer too often."""
    return f"{queue}.dead"


async def _drain(queue: AbstractQueue, keep: Keep) -> int:
    taken = 0
    while (message := await queue.get(fail=False)) is not None:
        await keep(message.body, str(message.headers.get("x-first-death-reason", "unknown")))
        await message.ack()
        taken += 1
    return taken


class _Reader:
    """Takes what has arrived as one batch, handles it, acknowledges it; for ever."""

    def __init__(self, handler: Handler) -> None:
        self.inbox: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        self.task: asyncio.Task[None] | None = None
        self._handler = handler
        self._busy = asyncio.Lock()

    async def run(self) -> None:
        while True:
            batch = [await self.inbox.get()]
            while not self.inbox.empty() and len(batch) < PREFETCH:
                batch.append(self.inbox.get_nowait())
            async with self._busy:
                await self._take(batch)

    async def stop(self) -> None:
        """Let the batch being handled finish, if it does so within `GRACE`; the rest stays in the broker's queue."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE):
                await self._busy.acquire()  # kept: no other batch begins
        if self.task is not None:
            await cancelled(self.task)

    async def _take(self, batch: Sequence[AbstractIncomingMessage]) -> None:
        readable = await _readable(batch)
        if readable:
            await _handle([envelope for _, envelope in readable], self._handler)
            with suppress(*BROKER_IS_DOWN):  # a connection lost meanwhile: the broker sends again, the inbox drops it
                await readable[-1][0].ack(multiple=True)


async def _readable(batch: Sequence[AbstractIncomingMessage]) -> list[tuple[AbstractIncomingMessage, Envelope]]:
    """The messages of a batch that hold an envelope; what holds none goes to the dead-letter queue at once."""
    readable = []
    for message in batch:
        try:
            readable.append((message, Envelope.model_validate_json(message.body)))
        except ValidationError as error:
            log.error("not_an_envelope", message_id=message.message_id, error=str(error))
            with suppress(*BROKER_IS_DOWN):
                await message.reject(requeue=False)
    return readable


async def _handle(envelopes: Sequence[Envelope], handler: Handler) -> None:
    """Until it is done: a handler raises only when its own database is away, and then no other message fares better."""
    pause = 0.2
    while True:
        try:
            return await handler(envelopes)
        except Exception as error:  # noqa: BLE001  (the worker loop: nothing may end it)
            log.warning("batch_waits", size=len(envelopes), error=repr(error), seconds=pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 10.0)
