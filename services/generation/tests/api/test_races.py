"""Who comes first does not matter: the ledger is exact, and what nobody works on is picked up again."""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime

import pytest

from common.errors import Conflict
from common.objects import ORIGINALS
from common.testing.eventually import eventually
from generation import handlers
from generation.bootstrap import open_store
from generation.commands import CompleteGeneration, RecordImage, StartGeneration
from generation.handlers import Aggregates
from generation.painting import Worker
from generation.settings import Settings

ROUNDS = 8
WATCH_SECONDS = 1.0  # a lane looks at the queue at least this often

ZOMBIE = """
import asyncio, io, sys
from pathlib import Path
from PIL import Image
from common.event_store import EventStore
from common.labelling import PLACEHOLDER_PROVIDER, Darkroom, Source
from common.mongo import connect
from common.objects import FolderStore
from generation.engines.base import Picture
from generation.events import CODEC
from generation.handlers import Aggregates
from generation.painting import Worker
from generation.projections import VIEWS

class Stopping:
    name, version = "stopping", "1"

    async def paint(self, job, on_progress, cancelled):
        print("painting", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        file = io.BytesIO()
        Image.new("RGB", (512, 512), "red").save(file, "PNG")
        return Picture(file.getvalue(), Source.PROCEDURE, {})

async def main(mongo, database, folder):
    aggregates = Aggregates.of(EventStore(connect(mongo, database), CODEC, VIEWS), 500)
    objects = FolderStore(Path(folder), "http://localhost", b"secret")
    worker = Worker(aggregates, Stopping(), objects, Darkroom(PLACEHOLDER_PROVIDER), lanes=1, lease_seconds=1)
    await worker.work_once()
    print("over", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def replicas(settings):
    """What four other processes would work with."""
    stores = [open_store(settings) for _ in range(4)]
    yield [Aggregates.of(store, 500) for store in stores]
    for store in stores:
        await store.db.client.close()


def worker_of(studio) -> Worker:
    aggregates = Aggregates.of(studio.store, 500)
    return Worker(aggregates, studio.engine, studio.objects, studio.darkroom, lanes=1, lease_seconds=1)


async def requested(studio, **body) -> str:
    return (await studio.generate(**body)).json()["data"]["taskId"]


async def names_of(studio, stream: str) -> list[str]:
    return [recorded.event.name for recorded in await studio.store.read(stream)]


async def test_a_cancel_that_races_the_finish_leaves_one_end_and_an_exact_ledger(front):
    spent = 0
    for n in range(ROUNDS):
        front.engine.hold(after=n % 2)
        task_id = await requested(front, batchSize=2)
        working = asyncio.create_task(worker_of(front).work_once())
        await front.engine.waiting.wait()
        front.engine.release()
        cancels = [front.call("DELETE", f"/api/generate/{task_id}") for _ in range(5)]
        answers = await asyncio.gather(*cancels)
        await working

        task = await front.task(task_id)
        events = await names_of(front, f"task-{task_id}")
        assert events.count("GenerationFailed") + events.count("GenerationCompleted") == 1
        assert {answer.status_code for answer in answers} == {409 if task["status"] == "completed" else 200}
        spent += {0: 0, 1: 3, 2: 5}[len(task["images"])]
        account = await front.credits()
        assert (account["balance"], account["reserved"]) == (500 - spent, 0)
    settled = [e for e in await names_of(front, "account-1") if e in ("CreditsCharged", "CreditsRefunded")]
    assert ROUNDS <= len(settled) <= 2 * ROUNDS


async def test_a_finish_and_a_cancel_decided_at_once_on_two_replicas_settle_once(front, replicas):
    here, (there, *_) = Aggregates.of(front.store, 500), replicas

    for _ in range(ROUNDS):
        task_id = await requested(front)
        now = datetime.now(UTC)
        await handlers.start_generation(StartGeneration(task_id, 1, now), here)
        picture = RecordImage(
            task_id=task_id, attempt=1, index=0, engine="flat", engine_version="1", image_key=f"{task_id}/0.png",
            thumbnail_key=f"{task_id}/0.webp", sha256="0" * 64, now=now, labelled_key=f"{task_id}/0-l.png",
            preview_key=f"{task_id}/0-p.webp",
        )  # fmt: skip
        await handlers.record_image(picture, here)
        finish = handlers.complete_generation(CompleteGeneration(task_id, 1, now), there)
        cancel = front.call("DELETE", f"/api/generate/{task_id}")
        done, answer = await asyncio.gather(finish, cancel, return_exceptions=True)

        status = (await front.task(task_id))["status"]
        assert isinstance(done, Conflict) == (status == "failed")
        assert answer.status_code == (200 if status == "failed" else 409)
    ledger = await names_of(front, "account-1")
    assert ledger.count("CreditsCharged") == ROUNDS  # its one picture was there either way
    assert (await front.credits())["balance"] == 500 - 3 * ROUNDS


async def test_of_many_workers_that_start_a_task_at_once_one_has_it(front, replicas):
    task_id = await requested(front)
    starts = [
        handlers.start_generation(StartGeneration(task_id, 1, datetime.now(UTC)), replica)
        for replica in replicas
        for _ in range(3)
    ]
    results = await asyncio.gather(*starts, return_exceptions=True)

    assert sum(isinstance(result, Conflict) for result in results) == len(results) - 1
    assert (await names_of(front, f"task-{task_id}")).count("GenerationStarted") == 1


@pytest.mark.parametrize("ended", ["completed", "cancelled"])
async def test_a_worker_stopped_for_longer_than_its_lease_publishes_and_charges_nothing_when_it_goes_on(
    front, settings, tmp_path, ended
):
    task_id = await requested(front)
    script = tmp_path / "zombie.py"
    script.write_text(ZOMBIE)
    objects = tmp_path / "objects"
    front.objects.__init__(objects, "http://localhost", b"secret")
    zombie = await asyncio.create_subprocess_exec(
        sys.executable, str(script), settings.mongodb_url.get_secret_value(), settings.database, str(objects),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    while b"painting" not in await zombie.stdout.readline():
        pass
    os.kill(zombie.pid, signal.SIGSTOP)
    if ended == "completed":
        assert await eventually(worker_of(front).work_once)
    else:
        await front.call("DELETE", f"/api/generate/{task_id}")
    before = [await names_of(front, stream) for stream in (f"task-{task_id}", "account-1")]
    kept = [item async for item in front.objects.list(ORIGINALS)]

    zombie.stdin.write(b"go on\n")
    os.kill(zombie.pid, signal.SIGCONT)
    said = b""
    while b"over" not in said:
        said = await asyncio.wait_for(zombie.stdout.readline(), 30)
        assert said, "the worker ended before it was over"
    await zombie.wait()

    assert [await names_of(front, stream) for stream in (f"task-{task_id}", "account-1")] == before
    assert [item async for item in front.objects.list(ORIGINALS)] == kept
    assert (await front.task(task_id))["status"] == ("completed" if ended == "completed" else "failed")
    assert before[0].count("ImageGenerated") == (1 if ended == "completed" else 0)


async def test_the_files_of_a_picture_that_was_recorded_stay_though_the_answer_was_lost_and_the_task_ended(
    front, monkeypatch
):
    task_id = await requested(front, batchSize=2)
    record = handlers.record_image

    async def recorded_and_cancelled(command, aggregates):
        """The commit's answer is lost; told again, the task has ended meanwhile."""
        await record(command, aggregates)
        await front.call("DELETE", f"/api/generate/{task_id}")
        return await record(command, aggregates)

    monkeypatch.setattr(handlers, "record_image", recorded_and_cancelled)
    await worker_of(front).work_once()

    task = await front.store.db.tasks.find_one({"_id": task_id})
    assert len(task["images"]) == 1
    assert await front.objects.get(ORIGINALS, task["images"][0]["image_key"])
    assert await front.objects.get(ORIGINALS, task["images"][0]["thumbnail_key"])
    assert (await front.credits())["balance"] == 497


def test_a_task_nobody_works_on_is_picked_up_within_a_minute_unless_the_lease_is_set_longer() -> None:
    assert Settings.model_fields["lease_seconds"].default + 2 * WATCH_SECONDS <= 60


async def test_one_lost_task_is_found_among_many_that_run(front):
    """However many tasks are alive, the one whose worker is gone comes first."""
    now = datetime.now(UTC)
    aggregates = Aggregates.of(front.store, 500)
    tasks = [await requested(front) for _ in range(60)]
    for number, task_id in enumerate(tasks):
        await handlers.start_generation(StartGeneration(task_id, 1, now), aggregates)
        if number != 55:
            lease = {"_id": f"task-{task_id}", "owner": "alive 1", "until": datetime(2099, 1, 1, tzinfo=UTC)}
            await front.store.db.leases.insert_one(lease)

    assert await worker_of(front).work_once()

    assert (await front.task(tasks[55]))["status"] == "completed"
    assert not await worker_of(front).work_once()
