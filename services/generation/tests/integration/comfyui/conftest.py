"""Scripted ComfyUI servers, engines on them, and what was recorded from a real one."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from common.bus import InProcessBus
from common.event_store import EventStore
from common.labelling import PLACEHOLDER_PROVIDER, Darkroom
from common.messages import Envelope
from common.objects import FolderStore
from common.service import Service
from common.testing.eventually import eventually
from common.testing.tokens import Tokens
from generation.bootstrap import build, open_store
from generation.engines.base import Job, Picture
from generation.engines.comfyui import ComfyEngine, Pace, Pool, workflow
from generation.events import Order
from generation.testing import ScriptedComfyUI
from generation.testing.serving import Loopback

RECORDED = Path(__file__).parent / "recorded"
MODEL = "tiny-random.safetensors"
PACE = Pace(poll=0.05, socket=5, grace=0.3, patience=0.3, cancel=5, pause=0.1, job=60)

ORDER = Order(
    prompt="雪山下的湖",
    negative_prompt="blurry",
    model=MODEL,
    width=64,
    height=48,
    batch_size=1,
    cfg_scale=7.5,
    steps=10,
    seed=7,
    sampler="dpmpp_2m_karras",
    clip_skip=2,
)


@pytest.fixture(scope="session")
def until() -> Callable[..., Any]:
    """Waits for what must come true: `await until(lambda: comfy.jobs.pending)`."""

    async def wait(holds: Callable[[], Any]) -> None:
        async def look() -> Any:
            return holds()

        await eventually(look)

    return wait


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Any]:
    """A transcript by its name."""
    return lambda name: json.loads((RECORDED / f"{name}.json").read_text())


@pytest.fixture(scope="session")
def sample() -> Callable[[str], bytes]:
    """A recorded file by its name."""
    return lambda name: (RECORDED / name).read_bytes()


@pytest.fixture
async def comfys() -> AsyncIterator[Callable[..., Any]]:
    """Makes servers: `await comfys(2)`, each answering."""
    async with AsyncExitStack() as stack:

        async def start(number: int = 1, **given: Any) -> list[ScriptedComfyUI]:
            made = [ScriptedComfyUI(**given) for _ in range(number)]
            for server in made:
                await server.start()
                stack.push_async_callback(server.kill)
            return made

        yield start


@pytest.fixture
async def comfy(comfys) -> ScriptedComfyUI:
    """One server."""
    return (await comfys())[0]


@dataclass
class Easel:
    """An engine on some servers, and one job's painting by it."""

    engine: ComfyEngine
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    parts: list[float] = field(default_factory=list)
    previews: list[tuple[bytes, str]] = field(default_factory=list)

    async def note(self, part: float) -> None:
        self.parts.append(part)

    async def see(self, data: bytes, mime: str) -> None:
        self.previews.append((data, mime))

    def paint(self, name: str = "img_a_0", attempt: int = 1, **order: Any) -> "asyncio.Task[Picture]":
        """Begin to paint; the name is the job's id."""
        changed = ORDER.model_copy(update=order)
        job = Job(name, changed, changed.seed, attempt, self.see)
        return asyncio.create_task(self.engine.paint(job, self.note, self.cancelled))


@pytest.fixture
async def easel() -> AsyncIterator[Callable[..., Easel]]:
    """Makes engines: `easel(*servers)`."""
    made: list[Easel] = []

    def make(*servers: ScriptedComfyUI, pace: Pace = PACE, draining: tuple[str, ...] = ()) -> Easel:
        pool = Pool([server.url for server in servers], draining, pace)
        made.append(Easel(ComfyEngine(pool, workflow.read(), PLACEHOLDER_PROVIDER)))
        return made[-1]

    yield make
    for one in made:
        await one.engine.close()


@dataclass
class Studio:
    """The service as its settings choose it, with a worker, and one of its users."""

    service: Service
    client: httpx.AsyncClient
    tokens: Tokens
    store: EventStore
    objects: FolderStore
    darkroom: Darkroom

    async def call(self, method: str, path: str, **given: Any) -> Any:
        answer = await self.client.request(method, path, headers=self.tokens.bearer(1), **given)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    async def order(self, **body: Any) -> str:
        body = {"prompt": "一只可爱的小猫", "size": "512x512", "model": MODEL, "steps": 10} | body
        return str((await self.call("POST", "/api/generate", json=body))["taskId"])

    async def task(self, task_id: str) -> Any:
        return await self.call("GET", f"/api/generate/{task_id}")

    async def ended(self, task_id: str) -> Any:
        return await eventually(
            lambda: self.task(task_id), lambda task: task["status"] in ("completed", "failed"), within=30
        )

    async def credits(self) -> Any:
        return await self.call("GET", "/api/credits?limit=100")


async def _nothing_to_tell(_requests: Sequence[Envelope]) -> None:
    """The history of an auth service without users."""


@pytest.fixture
async def atelier(settings, tmp_path) -> AsyncIterator[Callable[..., Any]]:
    """Starts the service: `await atelier(*servers)`; without a worker when `with_worker` is false."""
    async with AsyncExitStack() as stack:

        async def start(*servers: ScriptedComfyUI, with_worker: bool = True) -> Studio:
            chosen = settings.model_copy(update={"comfyui_urls": ",".join(server.url for server in servers)})
            tokens, bus = Tokens(), InProcessBus()
            objects = FolderStore(tmp_path, "http://localhost", b"secret")
            service = build(chosen, bus=bus, objects=objects, verifier=tokens.verifier(), with_worker=with_worker)
            await bus.subscribe("auth.replay", _nothing_to_tell)
            await bus.subscribe("works.replay", _nothing_to_tell)
            await service.start()
            stack.push_async_callback(service.stop)
            store = open_store(chosen)
            stack.push_async_callback(store.db.client.close)
            client = httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url="http://localhost")
            return Studio(service, await stack.enter_async_context(client), tokens, store, objects, chosen.darkroom())

        yield start


@pytest.fixture
async def served(atelier) -> AsyncIterator[Callable[..., Any]]:
    """`atelier`, answering over a real socket, so that a stream is heard as it is told."""
    async with AsyncExitStack() as stack:

        async def start(*servers: ScriptedComfyUI, **given: Any) -> Studio:
            room = await atelier(*servers, **given)
            loopback = Loopback(room.service.app)
            await loopback.start()
            stack.push_async_callback(loopback.drop)
            client = await stack.enter_async_context(httpx.AsyncClient(base_url=loopback.url, timeout=30))
            return replace(room, client=client)

        yield start


@pytest.fixture
async def store(settings) -> AsyncIterator[EventStore]:
    """Generation's log and read models in a fresh database."""
    store = open_store(settings)
    await store.prepare()
    yield store
    await store.db.client.close()
