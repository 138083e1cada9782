"""A job that two attempts of one worker follow at once, for the moment until the older one has noticed."""

import asyncio
from datetime import UTC, datetime

from common.cancelling import cancelled
from generation import handlers
from generation.commands import RequeueGeneration
from generation.engines.comfyui.listener import Listener
from generation.events import GenerationStarted, ImageGenerated
from generation.handlers import Aggregates
from generation.painting import Worker, attempt
from generation.projections import queue


def test_a_job_is_watched_twice_and_the_end_of_either_leaves_the_other_its_own():
    listener = Listener("http://localhost")
    with listener.watch("img_a_0-1") as later:
        with listener.watch("img_a_0-1") as first:
            listener._take('{"type": "progress", "data": {"prompt_id": "img_a_0-1", "value": 1, "max": 4}}')
        listener._take('{"type": "progress", "data": {"prompt_id": "img_a_0-1", "value": 2, "max": 4}}')

    assert (first.part, later.part) == (0.25, 0.5)


async def test_a_later_attempt_hears_the_progress_of_a_job_whose_earlier_one_ends_beside_it(comfy, easel, until):
    comfy.gate("sampling").shut()
    comfy.gate("history").shut()
    one = easel(comfy)
    earlier = one.paint(attempt=1)
    await comfy.gate("sampling").reached.wait()
    later = one.paint(attempt=2)
    asked = len(comfy.calls)
    await until(lambda: [path for _, path, _ in comfy.calls[asked:]].count("/history/img_a_0-1") > 3)
    await cancelled(earlier)
    one.parts.clear()
    comfy.gate("sampling").open()
    await until(lambda: one.parts[-1:] == [1.0])
    comfy.gate("history").open()

    assert (await later).data
    assert comfy.submitted == ["img_a_0-1"]


async def test_a_requeue_lets_another_lane_of_the_same_worker_take_the_job_over(
    comfy, atelier, easel, until, monkeypatch
):
    monkeypatch.setattr(attempt, "LOOK_SECONDS", 10)  # the older attempt is slow to notice
    comfy.gate("sampling").shut()
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    aggregates = Aggregates.of(room.store, 500)

    async def starts() -> int:
        events = await room.store.read(f"task-{task_id}")
        return sum(isinstance(recorded.event, GenerationStarted) for recorded in events)

    engine = easel(comfy).engine
    [server] = engine.pool.servers
    worker = Worker(aggregates, engine, room.objects, room.darkroom, lanes=2, lease_seconds=30)
    working = asyncio.create_task(worker.run())
    await comfy.gate("sampling").reached.wait()

    await handlers.requeue_generation(RequeueGeneration(task_id, datetime.now(UTC)), aggregates)
    await queue.release(room.store.db, task_id)
    await until(lambda: len(server.listener._watches) == 2)
    comfy.gate("sampling").open()
    task = await room.ended(task_id)
    await cancelled(working)

    events = [recorded.event for recorded in await room.store.read(f"task-{task_id}")]
    assert task["status"] == "completed"
    assert len(comfy.submitted) == 1
    assert await starts() == 2
    assert sum(isinstance(event, ImageGenerated) for event in events) == 1
