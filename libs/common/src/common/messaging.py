"""A service's part in the conversation between services: what it hears, what it tells, its history on request."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from pymongo.errors import ConnectionFailure

from common.bus import Bus
from common.cancelling import cancelled
from common.consumers import Consumer, Hear
from common.errors import Unavailable
from common.event_store import EventStore
from common.relay import Relay, Tells
from common.replay import Replayer, forget_history, request_history, requests_queue

TEND_SECONDS = 5.0  # between two looks at the dead letters and for forgotten history


class Messaging:
    """Consumer, relay and replayer of one service, wired to one bus. `hears` and `tells` are its two tables."""

    def __init__(self, name: str, store: EventStore, bus: Bus, hears: Sequence[Hear], tells: Tells) -> None:
        self.consumer = Consumer(name, store.db, hears)
        self.relay = Relay(store, bus, tells)
        self._replayer = Replayer(name, store, bus, tells)
        self._store = store
        self._bus = bus

    async def declare(self) -> None:
        """Make the bus hold this service's messages from now on, before it listens."""
        await self.consumer.prepare(self._bus)
        await self._replayer.declare()

    async def run(self) -> None:
        """Listen, and again whenever the broker has come back without its disk; tend the queue meanwhile."""
        listening = False
        while True:
            reconnection = asyncio.create_task(self._bus.reconnected())
            try:
                if not listening or await self._bus.has_lost(self.consumer.name):
                    await self.listen()
                listening = True
                while not reconnection.done():
                    await self._tend()
                    await asyncio.wait([reconnection], timeout=TEND_SECONDS)
                await reconnection
            finally:
                await cancelled(reconnection)

    async def _tend(self) -> None:
        """Take over what the broker gave up on, and ask for history that an operator had forgotten."""
        with suppress(Unavailable, ConnectionFailure):  # others say it; the next time will do
            for queue in (self.consumer.name, requests_queue(self.consumer.name)):
                await self._bus.take_dead(queue, self.consumer.keep_dead)
            await self.consumer.count_dead_letters()
            await request_history(self.consumer, self._store.db, self._bus)

    async def listen(self) -> None:
        """Declare, subscribe, and ask for the history of whatever was never heard before. Safe to repeat.

        Where the broker has lost the queue, with who knows what in it, everything counts as never heard.
        """
        if await self._bus.has_lost(self.consumer.name):
            await forget_history(self.consumer, self._store.db)
        await self.declare()
        await self._replayer.listen()
        await self._bus.subscribe(self.consumer.name, self.consumer.handle)
        await request_history(self.consumer, self._store.db, self._bus)
