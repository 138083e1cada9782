"""Workers that are told to stop while ComfyUI paints: the next one takes the job up, however often that happens."""

import asyncio

from common.cancelling import cancelled
from common.testing.eventually import eventually
from generation.domain.tasks import MAX_TRIES
from generation.handlers import Aggregates
from generation.painting import Worker

RESTARTS = MAX_TRIES + 3


async def test_a_job_outlives_a_restart_of_every_worker_and_is_submitted_once(comfy, atelier, easel):
    comfy.gate("sampling").shut()
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()

    async def attempt() -> int:
        return (await room.store.db.tasks.find_one({"_id": task_id}))["attempt"]

    async def painting() -> asyncio.Task[None]:
        aggregates = Aggregates.of(room.store, 500)
        engine = easel(comfy).engine
        worker = Worker(aggregates, engine, room.objects, room.darkroom, lanes=1, lease_seconds=30)
        return asyncio.create_task(worker.run())

    for number in range(1, RESTARTS + 1):
        working = await painting()
        await eventually(attempt, lambda n, number=number: n == number)
        await comfy.gate("sampling").reached.wait()
        await cancelled(working)
    last = await painting()
    comfy.gate("sampling").open()
    task = await room.ended(task_id)
    await cancelled(last)

    assert task["status"] == "completed"
    assert len(comfy.submitted) == 1
    assert await attempt() == RESTARTS + 1
    assert (await room.credits())["reserved"] == 0
