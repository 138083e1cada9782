"""The bus between services: one interface; here the one for a single process, in `common.rabbit` the broker's."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Protocol

from common.errors import Unavailable
from common.messages import Envelope

Keep = Callable[[bytes, str], Awaitable[None]]
"""Stores a message's body, and why the broker gave it up."""

Handler = Callable[[Sequence[Envelope]], Awaitable[None]]


class NoSuchQueue(Unavailable):
    """A message was sent to a queue that nobody has declared."""


class Bus(Protocol):
    """Messages by topic to every queue that asked for them; both implementations pass `common.testing.bus_suite`.

    A handler gets batches in order. When it returns they are done with; when it raises, they come again.
    """

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Returns once every subscribed queue has them all, in order; raises `Unavailable` when that is not sure."""

    async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:
        """The same to one queue alone, whatever it listens to; raises `NoSuchQueue` when nobody declared it."""

    async def declare(self, queue: str, keys: Sequence[str]) -> None:
        """Make the queue hold what is published under `keys` from now on, listener or not. Safe to repeat."""

    async def subscribe(self, queue: str, handler: Handler) -> None:
        """Hand the queue's messages to `handler`, one batch at a time over all its subscribers. Safe to repeat."""

    async def take_dead(self, queue: str, keep: Keep) -> int:
        """Hand each message that the broker gave up on to `keep`, and forget it when that returns; says how many.

        Those are messages that killed their consumer again and again, or held no envelope.
        """

    async def has_lost(self, queue: str) -> bool:
        """Whether what the queue held is gone with it (a broker lost its disk). True before the first `declare`."""

    async def reconnected(self) -> None:
        """Returns after the next time that the connection was lost and made again."""

    async def ping(self) -> None:
        """Raises `Unavailable` unless the bus takes messages."""

    async def close(self) -> None:
        """Stop delivering; batches being handled finish first."""


@dataclass
class _Queue:
    keys: frozenset[str]
    lock: asyncio.Lock
    handler: Handler | None = None

    def hears(self, key: str) -> bool:
        return any(fnmatchcase(key, pattern) for pattern in self.keys)


class InProcessBus:
    """The bus of the embedded mode: publishing is done when every subscriber has handled the messages.

    Nothing is stored here. A publisher that is cut off in between publishes again from its log, and the
    subscribers' inboxes drop what they had.
    """

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}
        self._closed = False

    async def declare(self, queue: str, keys: Sequence[str]) -> None:
        """See `Bus.declare`."""
        known = self._queues.setdefault(queue, _Queue(frozenset(), asyncio.Lock()))
        known.keys |= frozenset(keys)

    async def subscribe(self, queue: str, handler: Handler) -> None:
        """See `Bus.subscribe`."""
        await self.declare(queue, ())
        self._queues[queue].handler = handler

    async def publish(self, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.publish`; a queue without a listener yet makes it `Unavailable`, so nothing is lost on start-up."""
        wanted = {name: [e for e in envelopes if queue.hears(e.key)] for name, queue in self._queues.items()}
        results = await asyncio.gather(
            *(self.send(name, some) for name, some in wanted.items() if some), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def send(self, queue: str, envelopes: Sequence[Envelope]) -> None:
        """See `Bus.send`."""
        target = self._queues.get(queue)
        if self._closed or target is None or target.handler is None:
            raise Unavailable(f"nobody listens to {queue} yet")
        async with target.lock:
            await target.handler(envelopes)

    async def take_dead(self, queue: str, keep: Keep) -> int:  # noqa: ARG002
        """See `Bus.take_dead`: this bus gives up on nothing."""
        return 0

    async def has_lost(self, queue: str) -> bool:  # noqa: ARG002
        """See `Bus.has_lost`: this bus holds nothing that it could lose."""
        return False

    async def reconnected(self) -> None:
        """See `Bus.reconnected`: here there is no connection to lose."""
        await asyncio.Event().wait()

    async def ping(self) -> None:
        """See `Bus.ping`."""
        if self._closed:
            raise Unavailable("the bus is closed")

    async def close(self) -> None:
        """See `Bus.close`."""
        self._closed = True
        for queue in self._queues.values():
            async with queue.lock:
                queue.handler = None
