"""SIGTERM: what a process has begun it ends, and nobody is sent to it meanwhile."""

import asyncio
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from common.local.process import Child, free_port
from common.messages import Envelope
from common.rabbit import RabbitBus
from common.testing.eventually import eventually

PROGRAM = Path(__file__).with_name("stopping.py")


@dataclass
class Stopping:
    """The running service, a client of it, and the folder by which it is steered."""

    child: Child
    http: httpx.AsyncClient
    folder: Path
    queue: str

    async def noted(self, name: str) -> None:
        """Wait until the service has made this file."""

        async def there() -> bool:
            return (self.folder / name).exists()

        await eventually(there, within=20)

    async def ended(self) -> None:
        """Wait until the process is gone."""

        async def gone() -> bool:
            return not self.child.running

        await eventually(gone, within=20)

    def told_to_stop(self) -> None:
        os.kill(self.child.pid, signal.SIGTERM)

    async def refuses(self) -> bool:
        """Whether no new connection is accepted."""
        try:
            await self.http.get("/quick")
        except httpx.TransportError:
            return True
        return False

    async def readiness(self) -> int:
        return (await self.http.get("/health/ready")).status_code


@asynccontextmanager
async def running(folder: Path, rabbitmq_url: str, *, drain_seconds: float = 0) -> AsyncIterator[Stopping]:
    port, queue = free_port(), f"stopping-{secrets.token_hex(4)}"
    env = {**os.environ, "PORT": str(port), "RABBITMQ_URL": rabbitmq_url, "DRAIN_SECONDS": str(drain_seconds)}
    command = [sys.executable, str(PROGRAM), str(folder), queue]
    child = Child(command, log=folder / "log", cwd=folder, env=env)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as http:
        service = Stopping(child, http, folder, queue)
        await service.noted("listens")
        yield service
        child.kill()


def message() -> Envelope:
    return Envelope(
        id=secrets.token_hex(8),
        key="test.Slow.v1",
        stream="slow",
        number=1,
        at=datetime.now(UTC),
        correlation_id="stopping-0001",
        data={},
    )


async def test_a_request_in_flight_is_answered_and_a_new_one_is_not_accepted(tmp_path: Path, rabbitmq_url: str) -> None:
    async with running(tmp_path, rabbitmq_url) as service:
        asked = asyncio.create_task(service.http.get("/slow"))
        await service.noted("request-began")
        service.told_to_stop()
        await eventually(service.refuses)
        assert service.child.running
        (tmp_path / "request-may-end").touch()
        assert (await asked).json() == {"success": True}
        await service.ended()


async def test_a_message_being_handled_is_finished_and_acknowledged(tmp_path: Path, rabbitmq_url: str) -> None:
    bus, sent = RabbitBus(rabbitmq_url), message()
    async with running(tmp_path, rabbitmq_url) as service:
        await bus.send(service.queue, [sent])
        await service.noted("message-began")
        service.told_to_stop()
        await eventually(service.refuses)
        (tmp_path / "message-may-end").touch()
        await service.ended()
        assert (tmp_path / "handled").read_text().split() == [sent.id]
        assert service.child.exit_code == 0

    again: list[str] = []

    async def listen(envelopes: object) -> None:
        again.append(repr(envelopes))

    await bus.subscribe(service.queue, listen)
    follower = message()
    await bus.send(service.queue, [follower])

    async def heard() -> bool:
        return any(follower.id in batch for batch in again)

    await eventually(heard)
    assert not any(sent.id in batch for batch in again)
    await bus.close()


async def test_a_draining_service_is_not_ready_answers_on_and_closes_each_connection(
    tmp_path: Path, rabbitmq_url: str
) -> None:
    async with running(tmp_path, rabbitmq_url, drain_seconds=2) as service:
        assert await service.readiness() == 200
        service.told_to_stop()
        await eventually(service.readiness, lambda status: status == 503)
        assert (await service.http.get("/health/live")).status_code == 200
        answer = await service.http.get("/quick")
        assert (answer.status_code, answer.headers["connection"]) == (200, "close")
        await service.ended()
