"""Duplicated and reordered deliveries: what passed the exchange of late goes to every queue again, shuffled."""

import asyncio
import random
from collections import deque
from collections.abc import Mapping, Set
from contextlib import suppress

import aio_pika
from aio_pika.exceptions import AMQPError

KEPT = 300  # messages
QUEUE = "faults.tap"


class Tap:
    """Listens to everything on the exchange, with a queue of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._heard: deque[tuple[bytes, str | None]] = deque(maxlen=KEPT)

    async def collect(self) -> int:
        """Take what has come since; returns how many messages are at hand."""
        connection = await aio_pika.connect(self._url, timeout=20)
        async with connection:
            channel = await connection.channel()
            queue = await channel.declare_queue(
                QUEUE, durable=True, arguments={"x-queue-type": "quorum", "x-max-length": KEPT}
            )
            await queue.bind("events", "#")
            while (message := await queue.get(fail=False, no_ack=True)) is not None:
                self._heard.append((message.body, message.routing_key))
        return len(self._heard)

    async def repeat(self, dice: random.Random, hears: Mapping[str, Set[str]]) -> int:
        """Send it all to every queue that hears it again, out of order, some of it twice; returns how many."""
        with suppress(AMQPError, OSError):
            await self.collect()
        connection = await aio_pika.connect(self._url, timeout=20)
        async with connection:
            channel = await connection.channel(publisher_confirms=True)
            bodies = [*self._heard, *dice.sample(list(self._heard), len(self._heard) // 3)]
            dice.shuffle(bodies)
            posts = [
                channel.default_exchange.publish(_message(body), queue)
                for body, key in bodies
                for queue, keys in hears.items()
                if key in keys
            ]
            await asyncio.gather(*posts)
        return len(posts)


def _message(body: bytes) -> aio_pika.Message:
    return aio_pika.Message(body, content_type="application/json", delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
