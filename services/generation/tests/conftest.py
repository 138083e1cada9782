"""What generation's tests share: the service over a fresh database, with engines that paint at once or on command."""

import asyncio
import io
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from common.bus import InProcessBus
from common.event_store import EventStore
from common.labelling import Darkroom, Source
from common.messages import Envelope
from common.objects import FolderStore
from common.service import Service
from common.testing.eventually import eventually
from common.testing.labels import TEST_PROVIDER
from common.testing.tokens import Tokens
from generation.bootstrap import build, open_store
from generation.engines.base import Catalogue, EngineFailed, Job, JobCancelled, Model, OnProgress, Picture
from generation.settings import Settings

ALICE, BOB, ADMIN = 1, 2, 99


class FlatEngine:
    """Paints one colour, at once. `hold` makes it wait, `failures` is how many pictures fail first.

    `gives` is the file that it gives instead.
    """

    name = "flat"
    version = "1"

    def __init__(self, failures: int = 0) -> None:
        self.painted: list[str] = []
        self.failures = failures
        self.gives = b""
        self.waiting = asyncio.Event()
        self._free = asyncio.Event()
        self._limit: float = math.inf

    def hold(self, after: int = 0) -> None:
        """Paint `after` more pictures, then wait for `release`; `waiting` is set while it does."""
        self._limit = len(self.painted) + after
        self._free.clear()
        self.waiting.clear()

    def release(self) -> None:
        self._limit = math.inf
        self._free.set()

    async def models(self) -> Catalogue:
        return Catalogue((Model("Flat", "flat", "one colour"), Model("XL", "sd_xl_flat", "one colour")), "default")

    async def paint(self, job: Job, on_progress: OnProgress, cancelled: asyncio.Event) -> Picture:
        await on_progress(0.5)
        if len(self.painted) >= self._limit:
            self.waiting.set()
            waits = [asyncio.create_task(self._free.wait()), asyncio.create_task(cancelled.wait())]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
        if cancelled.is_set():
            raise JobCancelled
        if self.failures:
            self.failures -= 1
            raise EngineFailed("the paint is dry")
        self.painted.append(job.id)
        image = Image.new("RGB", (job.order.width, job.order.height), (job.seed % 256, 80, 120))
        file = io.BytesIO()
        image.save(file, "PNG")
        return Picture(self.gives or file.getvalue(), Source.PROCEDURE, {"Engine": self.name})

    async def close(self) -> None:
        pass


@dataclass
class Studio:
    """A running service and its callers."""

    service: Service
    client: httpx.AsyncClient
    tokens: Tokens
    engine: FlatEngine
    bus: InProcessBus
    store: EventStore
    objects: FolderStore
    darkroom: Darkroom

    async def call(
        self, method: str, path: str, user: int = ALICE, role: str = "user", **kwargs: Any
    ) -> httpx.Response:
        headers = self.tokens.bearer(user, role=role) | kwargs.pop("headers", {})
        return await self.client.request(method, path, headers=headers, **kwargs)

    async def generate(self, user: int = ALICE, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
        body = {"prompt": "一只可爱的小猫", "size": "512x512"} | body
        return await self.call("POST", "/api/generate", user, json=body, headers=headers or {})

    async def task(self, task_id: str, user: int = ALICE) -> dict[str, Any]:
        answer = await self.call("GET", f"/api/generate/{task_id}", user)
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def ended(self, task_id: str, user: int = ALICE) -> dict[str, Any]:
        return await eventually(
            lambda: self.task(task_id, user), lambda task: task["status"] in ("completed", "failed"), within=30
        )

    async def credits(self, user: int = ALICE) -> dict[str, Any]:
        data: dict[str, Any] = (await self.call("GET", "/api/credits?limit=100", user)).json()["data"]
        return data


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def settings_for(mongo_url: str, database: str, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "mongodb_url": mongo_url,
        "database": database,
        "rabbitmq_url": "amqp://localhost",
        "jwks_url": "http://localhost/jwks",
        "s3_endpoint": "http://localhost",
        "s3_access_key": "key",
        "s3_secret_key": "secret",
        "public_url": "http://localhost",
        "lease_seconds": 1,
        "aigc_provider_code": TEST_PROVIDER,
    }
    return Settings(**(values | changes))


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    return settings_for(mongo_url, database_name)


async def _nothing_to_tell(_requests: Sequence[Envelope]) -> None:
    """The history of a neighbour to which nothing has happened."""


async def _studio(settings: Settings, folder: Path, with_worker: bool) -> AsyncIterator[Studio]:
    tokens, engine, bus = Tokens(), FlatEngine(), InProcessBus()
    objects = FolderStore(folder, "http://localhost", b"secret")
    service = build(
        settings, bus=bus, objects=objects, verifier=tokens.verifier(), engine=engine, with_worker=with_worker
    )
    for neighbour in ("auth", "works"):
        await bus.subscribe(f"{neighbour}.replay", _nothing_to_tell)
    await service.start()
    store = open_store(settings)
    await eventually(lambda: store.db.consumers.find_one({"_id": "generation"}))
    await eventually(lambda: store.db.leases.find_one({"_id": "relay"}))
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield Studio(service, client, tokens, engine, bus, store, objects, Darkroom(TEST_PROVIDER))
    await service.stop()
    await store.db.client.close()


@pytest.fixture
async def studio(settings: Settings, tmp_path: Path) -> AsyncIterator[Studio]:
    """The service with a worker."""
    async for studio in _studio(settings, tmp_path, with_worker=True):
        yield studio


@pytest.fixture
async def front(settings: Settings, tmp_path: Path) -> AsyncIterator[Studio]:
    """The service without a worker: tasks stay pending."""
    async for studio in _studio(settings, tmp_path, with_worker=False):
        yield studio
