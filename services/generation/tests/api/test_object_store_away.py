"""The object store is away while a picture is ready: the picture waits for it, and costs the task nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from common.objects import ORIGINALS
from common.testing.eventually import eventually
from generation import metrics
from generation.handlers import Aggregates
from generation.painting import Worker, storing

MANY = 40  # refused tries: a minute of them and more, were the pauses as long as they are


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch):
    monkeypatch.setattr(storing, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(storing, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def worker(front) -> Worker:
    aggregates = Aggregates.of(front.store, 500)
    return Worker(aggregates, front.engine, front.objects, front.darkroom, lanes=1, lease_seconds=1)


@contextmanager
def store_away(tmp_path) -> Iterator[None]:
    """Inside the block there is a file where the store's folder should be; each change is one step."""
    folder, real, file = tmp_path / ORIGINALS, tmp_path / "real", tmp_path / "file"
    folder.rename(real)
    file.touch()
    folder.symlink_to(file)
    yield
    back = tmp_path / "back"
    back.symlink_to(real)
    back.replace(folder)


def refused() -> float:
    return metrics.FAILURES.labels("flat", "store")._value.get()


async def events_of(front, task_id: str) -> list[str]:
    return [recorded.event.name for recorded in await front.store.read(f"task-{task_id}")]


async def many_refused() -> None:
    until = refused() + MANY
    await eventually(refused_now, lambda tries: tries >= until)


async def refused_now() -> float:
    return refused()


async def test_a_picture_is_stored_when_the_store_is_back_however_often_it_was_refused(front, worker, tmp_path):
    task_id = (await front.generate(batchSize=2)).json()["data"]["taskId"]
    with capture_logs() as logs:
        with store_away(tmp_path):
            working = asyncio.create_task(worker.work_once())
            await many_refused()
            assert await events_of(front, task_id) == ["GenerationRequested", "GenerationStarted"]
        assert await working

    assert (await events_of(front, task_id))[1:] == [
        "GenerationStarted", "ImageGenerated", "ImageGenerated", "GenerationCompleted",
    ]  # fmt: skip
    assert len(front.engine.painted) == 2
    assert (await front.credits())["balance"] == 495
    said = [entry["event"] for entry in logs if entry["event"].startswith("object_store")]
    assert said == ["object_store_away", "object_store_back"]


async def test_a_task_can_be_cancelled_while_its_picture_waits_for_the_store(front, worker, tmp_path):
    task_id = (await front.generate()).json()["data"]["taskId"]
    with store_away(tmp_path):
        working = asyncio.create_task(worker.work_once())
        await many_refused()
        assert (await front.call("DELETE", f"/api/generate/{task_id}")).status_code == 200
        assert await asyncio.wait_for(working, 10)

    assert (await front.task(task_id))["error_code"] == "CANCELLED"
    assert (await front.credits())["balance"] == 500


async def test_an_attempt_that_was_taken_over_waits_for_the_store_no_longer(front, worker, tmp_path):
    task_id = (await front.generate()).json()["data"]["taskId"]
    with store_away(tmp_path):
        working = asyncio.create_task(worker.work_once())
        await many_refused()
        await front.store.db.leases.update_one({"_id": f"task-{task_id}"}, {"$set": {"owner": "another worker"}})
        assert await asyncio.wait_for(working, 10)
