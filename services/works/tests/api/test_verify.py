"""What `verify` says of works: its views, its figures, its pictures."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from common.objects import ORIGINALS, PUBLIC
from common.operations import Neighbours, Operations
from common.verify import Report, verify
from works.operations import operations
from works.settings import Settings

OWNER, FAN = 1, 2


@pytest.fixture
async def operated(settings: Settings, stage: Any) -> AsyncIterator[Operations]:
    opened = operations(settings, Neighbours(objects=stage.objects))
    yield opened
    await opened.close()


async def a_public_work(stage: Any) -> int:
    work_id: int = await stage.work(OWNER, public=True)
    await stage.data("POST", f"/api/works/{work_id}/like", FAN)
    await stage.data("PUT", f"/api/works/{work_id}/rating", FAN, json={"score": 4})
    await stage.figure(work_id, "likes", 1)
    await stage.figure(work_id, "rating", 4.0)
    await stage.quiet()
    return work_id


async def verified(operated: Operations, *, deep: bool = False) -> Report:
    return await verify(operated, settled=timedelta(0), deep=deep)


async def test_a_busy_service_is_sound(stage: Any, operated: Operations) -> None:
    await a_public_work(stage)
    report = await verified(operated)
    assert report.sound, str(report)
    assert report.counts["objects"] == 7


async def test_a_figure_that_was_counted_wrongly_is_found(stage: Any, operated: Operations) -> None:
    work_id = await a_public_work(stage)
    await stage.store.db.works.update_one({"_id": work_id}, {"$set": {"likes": 5}})
    report = await verified(operated)
    assert [str(f) for f in report.findings] == [f"figures: likes of work-{work_id}: says 5, the count is 1"]


@pytest.mark.parametrize(("bucket", "field"), [(ORIGINALS, "image_key"), (PUBLIC, "public_thumbnail_key")])
async def test_lost_bytes_are_found(stage: Any, operated: Operations, bucket: str, field: str) -> None:
    work_id = await a_public_work(stage)
    key = (await stage.store.db.works.find_one({"_id": work_id}))[field]
    await stage.objects.delete(bucket, key)
    report = await verified(operated)
    assert [(f.check, f.subject) for f in report.findings] == [("objects", f"{bucket}/{key} of work-{work_id}")]


async def test_changed_bytes_are_found_by_a_deep_look(stage: Any, operated: Operations) -> None:
    work_id = await a_public_work(stage)
    assert (await verified(operated)).sound
    report = await verified(operated, deep=True)
    key = (await stage.store.db.works.find_one({"_id": work_id}))["image_key"]
    # the stage tells works a digest of zeros
    assert [(f.subject, f.problem) for f in report.findings] == [
        (
            f"{ORIGINALS}/{key} of work-{work_id}",
            "has other bytes than were stored",
        )
    ]


async def test_a_work_deleted_takes_its_pictures_with_it(stage: Any, operated: Operations) -> None:
    work_id = await a_public_work(stage)
    await stage.ask("DELETE", f"/api/works/{work_id}", OWNER)
    await stage.quiet()
    report = await verified(operated)
    assert report.sound, str(report)
    assert report.counts["objects"] == 0
