"""The bus on RabbitMQ: a topic exchange, one durable quorum queue a consumer, publisher confirms."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

import aio_pika
import structlog
from aio_pika.abc import (
    AbstractIncomingMessage,
    AbstractRobustChannel,
    AbstractRobustConnection,
    AbstractRobustExchange,
    AbstractRobustQueue,
)
from aio_pika.exceptions import AMQPError
from aiormq.exceptions import DeliveryError, PublishError
from pydantic import ValidationError

from common.bus import Handler
from common.errors import Unavailable
from common.messages import Envelope

log = structlog.get_logger()

EXCHANGE = "events"
PREFETCH = 200
DELIVERY_LIMIT = 100
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
        self._readers: dict[str, asyncio.Task[None]] = {}

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.publish`. All are in flight at once on one channel, which keeps their order."""
        await self._send([(EXCHANGE, envelope.key, envelope) for envelope in envelopes])

    async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.send`: by the default exchange, straight to the queue."""
        await self._send([("", queue, envelope) for envelope in envelopes])

    async def declare(self, queue: str, keys: Sequence[str]) -> None:
        """See `Bus.declare`."""
        try:
            channel = await self._open()
            declared = await self._declare(channel, queue)
            for key in keys:
                await declared.bind(EXCHANGE, key)
        except BROKER_IS_DOWN as error:
            raise Unavailable from error

    async def subscribe(self, queue: str, handler: Handler) -> None:
        """See `Bus.subscribe`."""
        if queue in self._readers:
            return
        await self._open()
        assert self._connection is not None  # noqa: S101  (just opened)
        channel = await self._connection.channel()
        await channel.set_qos(prefetch_count=PREFETCH)
        inbox: asyncio.Queue[AbstractIncomingMessage] = asyncio.Queue()
        declared = await self._declare(channel, queue)
        await declared.consume(inbox.put)
        self._readers[queue] = asyncio.create_task(_read(inbox, handler), name=f"reader {queue}")

    async def ping(self) -> None:
        """See `Bus.ping`."""
        connection = self._connection
        if connection is None or not connection.connected.is_set():
            raise Unavailable("RabbitMQ is not connected")

    async def close(self) -> None:
        """See `Bus.close`."""
        for reader in self._readers.values():
            reader.cancel()
        await asyncio.gather(*self._readers.values(), return_exceptions=True)
        if self._connection is not None:
            with suppress(*BROKER_IS_DOWN):
                await self._connection.close()

    async def _open(self) -> AbstractRobustChannel:
        async with self._opening:
            if self._connection is None:
                self._connection = await aio_pika.connect_robust(self._url, timeout=10, heartbeat=10)
            if self._publishing is None:
                self._publishing = await self._connection.channel(publisher_confirms=True)
                self._exchange = await self._publishing.declare_exchange(
                    EXCHANGE, aio_pika.ExchangeType.TOPIC, durable=True
                )
            return self._publishing

    async def _declare(self, channel: AbstractRobustChannel, queue: str) -> AbstractRobustQueue:
        dead = f"{queue}.dead"
        await channel.declare_queue(dead, durable=True, arguments={"x-queue-type": "quorum"})
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
                await asyncio.gather(*(self._post(channel, *post) for post in posts))
        except BROKER_IS_DOWN as error:
            raise Unavailable("RabbitMQ did not confirm") from error

    async def _post(self, channel: AbstractRobustChannel, exchange: str, key: str, envelope: Envelope) -> None:
        message = aio_pika.Message(
            envelope.model_dump_json().encode(),
            content_type="application/json",
            message_id=envelope.id,
            correlation_id=envelope.correlation_id,
            type=envelope.key,
            timestamp=envelope.at,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )
        target = self._exchange if exchange else channel.default_exchange
        assert target is not None  # noqa: S101  (set when the channel was opened)
        await target.publish(message, routing_key=key, mandatory=not exchange)


async def _read(inbox: asyncio.Queue[AbstractIncomingMessage], handler: Handler) -> None:
    """Take what has arrived as one batch, handle it, acknowledge it; for ever."""
    while True:
        batch = [await inbox.get()]
        while not inbox.empty() and len(batch) < PREFETCH:
            batch.append(inbox.get_nowait())
        if envelopes := await _readable(batch):
            await _handle(envelopes, handler)
        with suppress(*BROKER_IS_DOWN):  # a connection lost meanwhile: the broker delivers again, the inbox drops it
            await batch[-1].ack(multiple=True)


async def _readable(batch: Sequence[AbstractIncomingMessage]) -> list[Envelope]:
    """The envelopes of a batch; what is none goes to the dead-letter queue at once."""
    envelopes = []
    for message in batch:
        try:
            envelopes.append(Envelope.model_validate_json(message.body))
        except ValidationError as error:
            log.error("not_an_envelope", message_id=message.message_id, error=str(error))
            with suppress(*BROKER_IS_DOWN):
                await message.reject(requeue=False)
    return envelopes


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
