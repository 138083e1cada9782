"""The janitor of originals: it removes what an ended task left behind, and nothing that anybody refers to."""

from datetime import timedelta
from typing import Any

import pytest

from common.objects import ORIGINALS
from common.sweeps import Sweeper
from common.testing.eventually import eventually
from common.testing.sweeping import swept
from generation.projections.queue import lease_name
from generation.sweeps import needed, sweeps

NO_GRACE = timedelta(seconds=-5)
FILES_OF_A_PICTURE = 4  # the original, and three labelled renditions


async def files(studio: Any) -> set[str]:
    return {found.key async for found in studio.objects.list(ORIGINALS)}


async def left_behind(studio: Any, task_id: str) -> set[str]:
    """Files of an attempt that was killed between storing them and saying so."""
    keys = {f"{task_id}/{'0' * 32}-1-0.png", f"{task_id}/{'0' * 32}-1-0-thumb.webp"}
    for key in keys:
        await studio.objects.put(ORIGINALS, key, b"123")
    return keys


async def ordered(studio: Any, **order: Any) -> str:
    answer = await studio.generate(**order)
    task_id: str = answer.json()["data"]["taskId"]
    return task_id


async def ended_task(studio: Any, **order: Any) -> str:
    task_id = await ordered(studio, **order)
    await studio.ended(task_id)
    return task_id


async def put_down(studio: Any, task_id: str) -> None:
    """Wait until no worker holds the task."""
    held = {"_id": lease_name(task_id)}
    await eventually(lambda: studio.store.db.leases.count_documents(held), lambda holders: holders == 0)


async def test_files_of_no_picture_go_and_those_of_pictures_stay(studio: Any) -> None:
    task_id = await ended_task(studio, batchSize=2)
    pictures = await files(studio)
    assert len(pictures) == 2 * FILES_OF_A_PICTURE
    loose = await left_behind(studio, task_id)
    outcome = (await swept(studio.store.db, sweeps(studio.store, studio.objects, NO_GRACE)))["originals"]
    assert (outcome.removed, outcome.size) == (len(loose), 6)
    assert await files(studio) == pictures


async def test_files_of_a_cancelled_task_go_but_for_its_finished_pictures(studio: Any) -> None:
    studio.engine.hold(after=1)
    task_id = await ordered(studio, batchSize=2)
    await studio.engine.waiting.wait()
    loose = await left_behind(studio, task_id)
    during = await files(studio)
    assert (await swept(studio.store.db, sweeps(studio.store, studio.objects, NO_GRACE)))["originals"].removed == 0
    assert await files(studio) == during
    assert (await studio.call("DELETE", f"/api/generate/{task_id}")).is_success
    studio.engine.release()
    await put_down(studio, task_id)
    outcome = (await swept(studio.store.db, sweeps(studio.store, studio.objects, NO_GRACE)))["originals"]
    assert outcome.removed == len(loose)
    assert await files(studio) == during - loose


async def test_files_of_a_task_are_judged_alike_in_whatever_batches_they_come(studio: Any) -> None:
    task_id = await ended_task(studio)
    pictures = await files(studio)
    loose = await left_behind(studio, task_id)
    for key in pictures | loose:
        assert await needed(studio.store, [key]) == pictures & {key}
    assert await needed(studio.store, sorted(pictures | loose)) == pictures
    assert await needed(studio.store, []) == set()


async def test_files_younger_than_the_grace_stay(studio: Any) -> None:
    loose = await left_behind(studio, await ended_task(studio))
    await swept(studio.store.db, sweeps(studio.store, studio.objects, timedelta(hours=24)))
    assert await files(studio) >= loose


async def test_an_emptied_read_model_costs_no_file(studio: Any) -> None:
    await ended_task(studio, batchSize=2)
    pictures = await files(studio)
    await studio.store.db.tasks.delete_many({})
    await swept(studio.store.db, sweeps(studio.store, studio.objects, NO_GRACE))
    assert await files(studio) == pictures


@pytest.mark.parametrize("damage", ["whole log", "one event lost", "one event unreadable"])
async def test_files_of_a_task_that_the_log_cannot_tell_of_stay(studio: Any, damage: str) -> None:
    task_id = await ended_task(studio, batchSize=2)
    pictures = await files(studio)
    picture = {"stream": f"task-{task_id}", "type": "ImageGenerated"}
    if damage == "whole log":
        await studio.store.db.events.delete_many({})
    elif damage == "one event lost":
        await studio.store.db.events.delete_one(picture)
    else:
        await studio.store.db.events.update_one(picture, {"$unset": {"data.image_key": ""}})
    outcomes = await Sweeper(studio.store.db, sweeps(studio.store, studio.objects, NO_GRACE), NO_GRACE).sweep()
    assert {o.sweep.name: o.removed for o in outcomes}["originals"] == 0
    assert await files(studio) == pictures
