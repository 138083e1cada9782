"""What every bus must do; both implementations run these same tests. Subclass `BusSuite` and provide `buses`."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from common.bus import Bus
from common.context import new_id
from common.messages import Envelope
from common.testing.eventually import eventually

MakeBus = Callable[[], Bus]


def envelope(key: str, stream: str = "thing-1", number: int = 1) -> Envelope:
    """A message to send about."""
    return Envelope(
        id=new_id(), key=key, stream=stream, number=number, at=datetime.now(UTC), correlation_id=new_id(), data={}
    )


class Recorder:
    """A handler that remembers, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.got: list[Envelope] = []
        self.failures = failures
        self.busy = 0
        self.busiest = 0

    async def __call__(self, envelopes: Sequence[Envelope]) -> None:
        """Handle one batch."""
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        await asyncio.sleep(0)
        self.busy -= 1
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not yet")
        self.got.extend(envelopes)

    async def ids(self) -> list[str]:
        """The ids handled so far, in order."""
        return [e.id for e in self.got]


class BusSuite:
    """A subclass gives the fixture `make_bus`: another connection to the same bus."""

    @pytest.fixture
    def name(self) -> str:
        """A fresh name, so that tests do not hear each other."""
        return f"t{new_id()[:8]}"

    async def test_every_queue_that_asked_for_a_topic_gets_its_messages_in_order(
        self, make_bus: MakeBus, name: str
    ) -> None:
        bus, first, second = make_bus(), Recorder(), Recorder()
        for queue, handler in ((f"{name}.a", first), (f"{name}.b", second)):
            await bus.declare(queue, [f"{name}.Happened.v1"])
            await bus.subscribe(queue, handler)
        sent = [envelope(f"{name}.Happened.v1", number=n) for n in range(1, 51)]
        await bus.publish(sent)
        for handler in (first, second):
            got = await eventually(handler.ids, lambda ids: len(ids) == len(sent))
            assert got == [e.id for e in sent]

    async def test_a_queue_hears_only_what_it_asked_for(self, make_bus: MakeBus, name: str) -> None:
        bus, handler = make_bus(), Recorder()
        await bus.declare(name, [f"{name}.Wanted.v1"])
        await bus.subscribe(name, handler)
        wanted = envelope(f"{name}.Wanted.v1")
        await bus.publish([envelope(f"{name}.Other.v1"), envelope(f"{name}.Wanted.v2"), wanted])
        assert await eventually(handler.ids) == [wanted.id]

    async def test_a_batch_whose_handler_failed_comes_again(self, make_bus: MakeBus, name: str) -> None:
        bus, handler = make_bus(), Recorder(failures=2)
        await bus.declare(name, [f"{name}.Happened.v1"])
        await bus.subscribe(name, handler)
        message = envelope(f"{name}.Happened.v1")
        await self.publish_until_taken(bus, [message])
        assert await eventually(handler.ids) == [message.id]

    async def publish_until_taken(self, bus: Bus, envelopes: Sequence[Envelope]) -> None:
        """As the relay does: what was not taken is published again."""
        for _ in range(10):
            with suppress(RuntimeError):
                await bus.publish(envelopes)
                return

    async def test_a_message_sent_to_one_queue_reaches_no_other(self, make_bus: MakeBus, name: str) -> None:
        bus, aimed, other = make_bus(), Recorder(), Recorder()
        for queue, handler in ((f"{name}.a", aimed), (f"{name}.b", other)):
            await bus.declare(queue, [f"{name}.Happened.v1"])
            await bus.subscribe(queue, handler)
        message = envelope(f"{name}.Happened.v1")
        await bus.send(f"{name}.a", [message])
        assert await eventually(aimed.ids) == [message.id]
        assert other.got == []

    async def test_declaring_and_subscribing_twice_changes_nothing(self, make_bus: MakeBus, name: str) -> None:
        bus, handler = make_bus(), Recorder()
        for _ in range(2):
            await bus.declare(name, [f"{name}.Happened.v1"])
            await bus.subscribe(name, handler)
        message = envelope(f"{name}.Happened.v1")
        await bus.publish([message])
        assert await eventually(handler.ids) == [message.id]

    async def test_one_queue_is_handled_one_batch_at_a_time(self, make_bus: MakeBus, name: str) -> None:
        bus, handler = make_bus(), Recorder()
        await bus.declare(name, [f"{name}.Happened.v1"])
        await bus.subscribe(name, handler)
        await asyncio.gather(*(bus.publish([envelope(f"{name}.Happened.v1")]) for _ in range(30)))
        await eventually(handler.ids, lambda ids: len(ids) == 30)
        assert handler.busiest == 1

    async def test_a_closed_bus_is_not_ready(self, make_bus: MakeBus, name: str) -> None:
        bus = make_bus()
        await bus.declare(name, [])
        await bus.ping()
        await bus.close()
        with pytest.raises(Exception, match="SERVICE_UNAVAILABLE"):
            await bus.ping()
