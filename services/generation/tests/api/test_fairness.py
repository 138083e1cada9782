"""One user with 500 tasks against fifty with one: real workers on the real queue, in an engine's scripted time."""

import asyncio
import heapq
import io
import itertools
import math
from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from PIL import Image

from common.context import new_id
from common.labelling import Source
from common.objects import FolderStore
from generation import handlers
from generation.bootstrap import open_store
from generation.commands import RequestGeneration
from generation.engines.base import Catalogue, Picture
from generation.events import Order
from generation.handlers import Aggregates
from generation.painting import Worker

LANES = 4
HEAVY, LIGHT = 1, range(2, 52)
HEAVY_TASKS = 500
HEAVY_SECONDS, LIGHT_SECONDS = 20.0, 10.0
ORDER = Order(
    prompt="猫",
    negative_prompt="",
    model="scripted",
    width=64,
    height=64,
    batch_size=1,
    cfg_scale=7.5,
    steps=25,
    seed=1,
    sampler="euler",
    clip_skip=2,
)


class ScriptedTime:
    """A clock that stands while anybody works and jumps to the next end of a job when all lanes are painting.

    It stands, too, until it is `wound`.
    """

    def __init__(self, lanes: int) -> None:
        self.now = 0.0
        self.all_paint = asyncio.Event()
        self._awake = lanes
        self._wound = False
        self._order = itertools.count()
        self._sleeping: list[tuple[float, int, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleeping, (self.now + seconds, next(self._order), woken))
        self.leave()
        await woken.wait()

    def leave(self) -> None:
        """One lane fewer is awake; the last one wakes the sleeper whose time comes first."""
        self._awake -= 1
        if not self._awake:
            self.all_paint.set()
            self._wake_next()

    def wind(self) -> None:
        """Let the time run from here."""
        self._wound = True
        if not self._awake:
            self._wake_next()

    def _wake_next(self) -> None:
        if self._wound and self._sleeping:
            self.now, _, woken = heapq.heappop(self._sleeping)
            self._awake += 1
            woken.set()


class ScriptedEngine:
    """Takes as long for a picture as its user's script says, in scripted time; notes when each was begun."""

    name, version = "scripted", "1"

    def __init__(self, clock: ScriptedTime, heavy: set[str]) -> None:
        self.begun: dict[str, float] = {}
        self._clock = clock
        self._heavy = heavy
        file = io.BytesIO()
        Image.new("RGB", (ORDER.width, ORDER.height)).save(file, "PNG")
        self._picture = Picture(file.getvalue(), Source.PROCEDURE, {})

    async def models(self):
        return Catalogue((), "default")

    async def paint(self, job, _on_progress, _cancelled):
        task = "task_" + job.id.split("_")[1]
        self.begun[task] = self._clock.now
        await self._clock.sleep(HEAVY_SECONDS if task in self._heavy else LIGHT_SECONDS)
        return self._picture

    async def close(self):
        pass


async def requested(aggregates: Aggregates, users: Iterable[int]) -> set[str]:
    """A task of each of these users, one after another."""
    tasks = set()
    for user_id in users:
        task_id = f"task_{new_id()}"
        await handlers.request_generation(
            RequestGeneration(task_id, user_id, ORDER, 1, 1, "t", datetime.now(UTC)), aggregates
        )
        tasks.add(task_id)
    return tasks


def p95(values: Iterable[float]) -> float:
    ordered = sorted(values)
    return ordered[math.ceil(0.95 * len(ordered)) - 1]


@pytest.fixture
async def queue(settings, tmp_path):
    """Serves the fifty, behind so many tasks of the heavy user; gives their waits in scripted seconds."""
    stores = []

    async def waits(heavy_tasks: int) -> list[float]:
        store = open_store(settings.model_copy(update={"database": f"{settings.database}_{heavy_tasks}"}))
        stores.append(store)
        await store.prepare()
        aggregates = Aggregates.of(store, 500, HEAVY_TASKS)
        heavy = await requested(aggregates, [HEAVY] * heavy_tasks)
        light: set[str] = set() if heavy else await requested(aggregates, LIGHT)
        clock = ScriptedTime(LANES)
        engine = ScriptedEngine(clock, heavy)
        objects = FolderStore(tmp_path, "http://localhost", b"secret")
        worker = Worker(aggregates, engine, objects, settings.darkroom(), lanes=LANES, lease_seconds=600)

        async def lane() -> None:
            while not (light and light <= engine.begun.keys()):
                await worker.work_once()  # false when other lanes were faster: again, as the worker's lanes do
            clock.leave()

        lanes = asyncio.gather(*(lane() for _ in range(LANES)))
        await clock.all_paint.wait()
        light |= await requested(aggregates, LIGHT) if heavy else set()  # they come when every lane has long work
        clock.wind()
        await lanes
        return [engine.begun[task] for task in light]

    yield waits
    for store in stores:
        await store.db.client.drop_database(store.db.name)
        await store.db.client.close()


async def test_fifty_users_wait_at_most_twice_as_long_behind_a_user_with_five_hundred_tasks(queue, capsys):
    alone, behind = p95(await queue(0)), p95(await queue(HEAVY_TASKS))

    with capsys.disabled():
        print(  # noqa: T201  (the figures of this simulation)
            f"\nfairness, {LANES} lanes, 50 users with one task of {LIGHT_SECONDS:.0f} s: p95 wait {alone:.0f} s on "
            f"an empty queue, {behind:.0f} s behind {HEAVY_TASKS} tasks of {HEAVY_SECONDS:.0f} s: "
            f"{behind / alone:.2f} times"
        )
    assert alone == 110.0
    assert behind <= 2 * alone
