"""The worker: two at once, failures, killed ones, and what is left for the next."""

import asyncio
from datetime import UTC, datetime

from common.cancelling import cancelled
from common.event_store import EventStore
from common.mongo import connect, take_lease
from common.objects import ORIGINALS
from common.testing.rebuilding import content_hash, rebuilt
from generation import handlers
from generation.commands import StartGeneration
from generation.events import CODEC
from generation.handlers import Aggregates
from generation.painting import Worker, attempt, claims
from generation.projections import VIEWS


def worker_of(studio, engine=None, lease_seconds=1) -> Worker:
    aggregates = Aggregates.of(studio.store, 500)
    return Worker(
        aggregates, engine or studio.engine, studio.objects, studio.darkroom, lanes=1, lease_seconds=lease_seconds
    )


async def requested(studio, **body) -> str:
    return (await studio.generate(**body)).json()["data"]["taskId"]


async def events_of(studio, task_id: str) -> list[str]:
    return [recorded.event.name for recorded in await studio.store.read(f"task-{task_id}")]


async def test_two_workers_paint_every_picture_once(front):
    tasks = [await requested(front, batchSize=2, user=user) for user in (1, 2) for _ in range(4)]
    workers = [worker_of(front), worker_of(front)]

    async def work(worker: Worker) -> None:
        while await worker.work_once():
            pass

    await asyncio.gather(*(work(worker) for worker in workers))

    assert len(front.engine.painted) == len(set(front.engine.painted)) == 16
    for task_id in tasks:
        assert await events_of(front, task_id) == [
            "GenerationRequested",
            "GenerationStarted",
            "ImageGenerated",
            "ImageGenerated",
            "GenerationCompleted",
        ]
    for user in (1, 2):
        assert (await front.credits(user))["balance"] == 500 - 4 * 5


async def test_the_task_of_a_vanished_worker_is_taken_up_when_its_lease_ends(studio):
    studio.engine.hold()
    task_id = await requested(studio)
    await studio.engine.waiting.wait()
    lost = await requested(studio, user=2)
    db = studio.store.db
    aggregates = Aggregates.of(studio.store, 500)
    assert await take_lease(db, f"task-{lost}", "a worker that was killed", 1)
    await handlers.start_generation(StartGeneration(lost, 1, datetime.now(UTC)), aggregates)
    studio.engine.release()

    await studio.ended(task_id)
    await studio.ended(lost, user=2)

    assert (await events_of(studio, lost)).count("GenerationStarted") == 2
    assert (await events_of(studio, lost)).count("ImageGenerated") == 1
    account = await studio.credits(user=2)
    assert [entry["type"] for entry in account["ledger"]] == ["charged", "reserved", "granted"]


async def test_a_worker_stopped_in_the_middle_leaves_the_rest_to_the_next(front):
    task_id = await requested(front, batchSize=2)
    front.engine.hold(after=1)
    first = asyncio.create_task(worker_of(front).work_once())
    await front.engine.waiting.wait()
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    front.engine.release()

    await worker_of(front).work_once()

    task = await front.task(task_id)
    assert task["status"] == "completed"
    assert (await events_of(front, task_id)).count("ImageGenerated") == 2
    assert (await front.credits())["balance"] == 495


async def stopped_in_the_middle(front, worker: Worker) -> None:
    """Run it as its service does, and stop it as that does while it paints."""
    front.engine.hold()
    working = asyncio.create_task(worker.run())
    await asyncio.wait_for(front.engine.waiting.wait(), 10)
    await cancelled(working)
    front.engine.release()


async def test_a_task_survives_any_number_of_restarts(front):
    task_id = await requested(front)
    for _ in range(5):
        await stopped_in_the_middle(front, worker_of(front))

    await worker_of(front).work_once()

    assert await events_of(front, task_id) == [
        "GenerationRequested",
        *["GenerationStarted", "GenerationReleased"] * 5,
        "GenerationStarted",
        "ImageGenerated",
        "GenerationCompleted",
    ]
    assert (await front.store.db.tasks.find_one({"_id": task_id}))["attempt"] == 6


async def test_a_released_task_is_the_next_one_to_be_painted(front):
    task_id = await requested(front)
    await stopped_in_the_middle(front, worker_of(front))
    await requested(front, user=2)

    await worker_of(front).work_once()

    assert (await front.task(task_id))["status"] == "completed"


async def test_a_worker_stops_within_two_seconds_though_the_database_is_away():
    nowhere = connect("mongodb://127.0.0.1:1/?directConnection=true", "nowhere")
    aggregates = Aggregates.of(EventStore(nowhere, CODEC, VIEWS), 500)
    async with asyncio.timeout(2):
        await claims.release("task_a", 1, aggregates)
    await nowhere.client.close()


async def test_an_overtaken_worker_can_no_longer_add_to_the_task(front):
    task_id = await requested(front)
    front.engine.hold()
    slow = asyncio.create_task(worker_of(front, lease_seconds=600).work_once())
    await front.engine.waiting.wait()
    await front.store.db.leases.delete_many({})
    aggregates = Aggregates.of(front.store, 500)
    await handlers.start_generation(StartGeneration(task_id, 2, datetime.now(UTC)), aggregates)
    front.engine.release()

    assert await slow

    assert "ImageGenerated" not in await events_of(front, task_id)
    assert [item async for item in front.objects.list(ORIGINALS)] == []


async def test_an_abandoned_attempt_ends_though_a_library_loses_the_first_cancellation(front, monkeypatch):
    monkeypatch.setattr(attempt, "LOOK_SECONDS", 0.05)
    task_id = await requested(front)
    asked = 0

    async def paint_on(*_):
        nonlocal asked
        front.engine.waiting.set()
        while asked < 2:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                asked += 1
        raise asyncio.CancelledError

    front.engine.paint = paint_on
    working = asyncio.create_task(worker_of(front).work_once())
    await front.engine.waiting.wait()
    await front.store.db.leases.update_one({"_id": f"task-{task_id}"}, {"$set": {"owner": "another worker"}})

    assert await asyncio.wait_for(working, 10)


async def test_a_failing_engine_is_tried_three_times_then_the_credits_come_back(front):
    front.engine.failures = 99
    task_id = await requested(front, batchSize=2)
    worker = worker_of(front)

    while await worker.work_once():
        pass

    task = await front.task(task_id)
    assert (task["status"], task["error_code"]) == ("failed", "GENERATION_FAILED")
    assert task["error"]
    assert (await events_of(front, task_id)).count("GenerationStarted") == 3
    account = await front.credits()
    assert (account["balance"], account["reserved"]) == (500, 0)


async def test_pictures_made_before_a_failure_are_kept_and_charged(front):
    task_id = await requested(front, batchSize=4)
    worker = worker_of(front)

    async def paint_once_then_fail(job, on_progress, cancelled, paint=front.engine.paint):
        front.engine.failures = 99 if front.engine.painted else 0
        return await paint(job, on_progress, cancelled)

    front.engine.paint = paint_once_then_fail
    while await worker.work_once():
        pass

    task = await front.task(task_id)
    assert (task["status"], len(task["images"])) == ("failed", 1)
    account = await front.credits()
    assert [(entry["type"], entry["amount"]) for entry in account["ledger"][:2]] == [("refunded", 7), ("charged", 3)]
    assert account["balance"] == 497


async def test_one_users_many_tasks_do_not_hold_up_another(front):
    many = [await requested(front) for _ in range(5)]
    one = await requested(front, user=2)
    worker = worker_of(front)

    assert (await front.task(one, user=2))["queue_position"] == 2
    assert (await front.task(many[1]))["queue_position"] == 3
    await worker.work_once()
    await worker.work_once()

    assert (await front.task(one, user=2))["status"] == "completed"
    assert (await front.task(many[1]))["status"] == "pending"


async def test_read_models_are_the_same_after_a_rebuild(studio):
    done = await requested(studio, batchSize=2)
    await studio.ended(done)
    studio.engine.failures = 3
    failed = await requested(studio, user=2)
    await studio.ended(failed, user=2)
    names = [view.name for view in VIEWS]
    before = await content_hash(studio.store.db, names)

    assert await rebuilt(studio.store, emptied=False) == before
    assert await rebuilt(studio.store, emptied=True) == before
