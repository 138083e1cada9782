"""Both buses pass one suite."""

from collections.abc import AsyncIterator

import pytest

from common.bus import InProcessBus
from common.rabbit import RabbitBus
from common.testing.bus_suite import BusSuite, MakeBus, Recorder, envelope
from common.testing.eventually import eventually


class TestInProcessBus(BusSuite):
    """The embedded mode's: every maker gets the one bus of the process."""

    @pytest.fixture
    async def make_bus(self) -> AsyncIterator[MakeBus]:
        bus = InProcessBus()
        yield lambda: bus
        await bus.close()


class TestRabbitBus(BusSuite):
    """The broker's."""

    @pytest.fixture
    async def make_bus(self, rabbitmq_url: str) -> AsyncIterator[MakeBus]:
        made: list[RabbitBus] = []

        def make() -> RabbitBus:
            made.append(RabbitBus(rabbitmq_url))
            return made[-1]

        yield make
        for bus in made:
            await bus.close()

    async def test_messages_wait_in_the_queue_while_nobody_listens(self, make_bus: MakeBus, name: str) -> None:
        sent = [envelope(f"{name}.Happened.v1", number=n) for n in range(5)]
        first = make_bus()
        await first.declare(name, [f"{name}.Happened.v1"])
        await first.publish(sent)
        await first.close()
        handler = Recorder()
        await make_bus().subscribe(name, handler)
        assert await eventually(handler.ids, lambda ids: len(ids) == 5) == [e.id for e in sent]

    async def test_of_two_replicas_one_handles_and_the_other_takes_over(self, make_bus: MakeBus, name: str) -> None:
        active, standby, handlers = make_bus(), make_bus(), [Recorder(), Recorder()]
        for bus, handler in zip((active, standby), handlers, strict=True):
            await bus.declare(name, [f"{name}.Happened.v1"])
            await bus.subscribe(name, handler)
        publisher = make_bus()
        await publisher.publish([envelope(f"{name}.Happened.v1") for _ in range(10)])
        await eventually(handlers[0].ids, lambda ids: len(ids) == 10)
        await active.close()
        await publisher.publish([envelope(f"{name}.Happened.v1")])
        await eventually(handlers[1].ids, lambda ids: len(ids) == 1)
        assert len(handlers[0].got) == 10
