"""The sketch engine in its own processes: progress, cancelling, a painter that dies, a worker that is killed."""

import asyncio
import io
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from common.labelling import Darkroom, Source
from common.objects import ORIGINALS, FolderStore
from common.testing.eventually import eventually
from common.testing.labels import TEST_PROVIDER
from generation import handlers
from generation.bootstrap import open_store
from generation.commands import RequestGeneration
from generation.engines.base import EngineFailed, Job, JobCancelled
from generation.engines.sketch import SketchEngine
from generation.events import CreditsCharged, GenerationStarted, ImageGenerated, Order
from generation.handlers import Aggregates
from generation.painting import Worker

ORDER = Order(
    prompt="雪山下的湖，晨雾",
    negative_prompt="",
    model="sketch-watercolor",
    width=512,
    height=512,
    batch_size=2,
    cfg_scale=7.5,
    steps=50,
    seed=7,
    sampler="euler",
    clip_skip=2,
)
BIG = ORDER.model_copy(update={"width": 1024, "height": 1024})

A_WORKER = """
import asyncio, sys
from pathlib import Path
from common.event_store import EventStore
from common.labelling import Darkroom
from common.testing.labels import TEST_PROVIDER
from common.mongo import connect
from common.objects import FolderStore
from generation.engines.sketch import SketchEngine
from generation.events import CODEC
from generation.handlers import Aggregates
from generation.painting import Worker
from generation.projections import VIEWS

async def main(url, database, folder):
    aggregates = Aggregates.of(EventStore(connect(url, database), CODEC, VIEWS), 500)
    objects = FolderStore(Path(folder), "http://localhost", b"secret")
    await Worker(aggregates, SketchEngine(1), objects, Darkroom(TEST_PROVIDER), lanes=1, lease_seconds=1).run()

if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
"""


async def ignore(_part: float) -> None:
    pass


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_picture_is_the_same_every_time_says_who_painted_it_and_tells_progress():
    engine, parts = SketchEngine(1), []

    async def note(part: float) -> None:
        parts.append(part)

    first = await engine.paint(Job("img_a_0", BIG, 7), note, asyncio.Event())
    second = await engine.paint(Job("img_a_0", BIG, 7), ignore, asyncio.Event())
    await engine.close()

    assert first == second
    picture = Image.open(io.BytesIO(first.data))
    assert (picture.size, picture.mode) == ((1024, 1024), "RGB")
    picture.load()
    assert first.notes["Engine"] == "sketch"
    assert "procedural" in first.notes["Source"]
    assert first.source is Source.PROCEDURE
    assert ORDER.prompt not in "".join(first.notes.values())
    assert parts == sorted(parts)
    assert len(parts) > 1


async def test_a_cancelled_job_stops_and_the_painter_goes_on():
    engine, cancelled = SketchEngine(1), asyncio.Event()
    cancelled.set()

    with pytest.raises(JobCancelled):
        await engine.paint(Job("img_a_0", BIG, 7), ignore, cancelled)
    assert (await engine.paint(Job("img_a_1", ORDER, 8), ignore, asyncio.Event())).data
    await engine.close()


async def test_a_dead_painter_fails_its_job_and_is_replaced():
    engine, killed = SketchEngine(1), []

    async def kill_the_painter(_part: float) -> None:
        if not killed:
            killed.extend(pid for pid in children_of(os.getpid()) if "spawn_main" in command_line(pid))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    with pytest.raises(EngineFailed):
        await engine.paint(Job("img_a_0", BIG, 7), kill_the_painter, asyncio.Event())
    assert (await engine.paint(Job("img_a_0", ORDER, 7), ignore, asyncio.Event())).data
    await engine.close()


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text()


async def test_a_worker_killed_while_painting_leaves_no_orphan_and_its_task_is_charged_once(settings, tmp_path):
    store = open_store(settings)
    await store.prepare()
    aggregates = Aggregates.of(store, 500)
    await handlers.request_generation(
        RequestGeneration("task_a", 1, BIG, 20, 3, "token", datetime.now(UTC)), aggregates
    )
    script = tmp_path / "worker.py"
    script.write_text(A_WORKER)
    url = settings.mongodb_url.get_secret_value()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), url, settings.database, str(tmp_path), stdout=asyncio.subprocess.DEVNULL
    )
    await eventually(lambda: store.db.progress.find_one({"_id": "task_a"}), within=30)
    painters = children_of(process.pid)
    process.kill()
    await process.wait()

    engine, objects = SketchEngine(1), FolderStore(tmp_path, "http://localhost", b"secret")
    worker = Worker(aggregates, engine, objects, Darkroom(TEST_PROVIDER), lanes=1, lease_seconds=1)
    await eventually(worker.work_once, within=30)

    async def orphans() -> list[int]:
        return [pid for pid in painters if running(pid)]

    await eventually(orphans, lambda left: not left)
    events = [recorded.event for recorded in await store.read("task-task_a")]
    assert sum(isinstance(event, GenerationStarted) for event in events) == 2
    images = [event for event in events if isinstance(event, ImageGenerated)]
    assert sorted(image.index for image in images) == [0, 1]
    assert all([await objects.get(ORIGINALS, image.image_key) for image in images])
    account = [recorded.event for recorded in await store.read("account-1")]
    assert [event.amount for event in account if isinstance(event, CreditsCharged)] == [20]
    await engine.close()
    await store.db.client.close()
