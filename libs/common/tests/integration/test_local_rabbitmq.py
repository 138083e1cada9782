"""A private broker: confirmed messages survive a crash, and nothing stays behind."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import aio_pika
import pytest
from aio_pika import DeliveryMode, Message
from aio_pika.exceptions import ProbableAuthenticationError

from common.local.process import wait_for
from common.local.rabbitmq import RabbitMQ

QUEUE = "letters"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQ]:
    with RabbitMQ(tmp_path_factory.mktemp("rabbitmq")) as broker:
        yield broker


async def send(url: str, text: str) -> None:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        message = Message(text.encode(), delivery_mode=DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, routing_key=QUEUE)


async def receive(url: str) -> str:
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        async with asyncio.timeout(20), queue.iterator() as messages:
            async for message in messages:
                await message.ack()
                return message.body.decode()
    raise AssertionError("the queue ended")


async def test_a_confirmed_message_survives_a_crash(broker: RabbitMQ) -> None:
    await send(broker.url, "before the crash")
    await asyncio.to_thread(wait_for, lambda: broker.queue_is_saved(QUEUE), seconds=10, what="saving the queue")
    broker.kill()
    url = await asyncio.to_thread(broker.start)
    assert await receive(url) == "before the crash"


async def test_a_restart_keeps_port_user_and_messages(broker: RabbitMQ) -> None:
    url = broker.url
    await send(url, "before the restart")
    await asyncio.to_thread(broker.restart)
    assert broker.url == url
    assert await receive(url) == "before the restart"


async def test_guest_is_not_let_in(broker: RabbitMQ) -> None:
    port = urlsplit(broker.url).port
    with pytest.raises(ProbableAuthenticationError):
        await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{port}/")


def test_everything_listens_on_loopback_and_goes_with_the_broker(tmp_path: Path) -> None:
    with RabbitMQ(tmp_path) as broker:
        ports = [broker._port, broker._distribution_port, broker._epmd_port]
        assert [listens("127.0.0.1", port) for port in ports] == [True] * 3
        assert [listens("127.0.0.2", port) for port in ports] == [False] * 3  # answers only if bound to all addresses
    assert [listens("127.0.0.1", port) for port in ports] == [False] * 3


def listens(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2):
            return True
    except OSError:
        return False
