"""The read models are made from the log alone."""

import asyncio
from typing import Any

import pytest

from common.testing.rebuilding import content_hash
from works.projections import VIEWS, rebuild

OWNER, FAN = 1, 2


async def a_busy_day(stage: Any) -> None:
    works = [await stage.work(OWNER, f"作品 {n}", public=n > 0, tags=["夜"]) for n in range(4)]
    for work_id in works[1:]:
        for user in (FAN, FAN + 1):
            await stage.data("POST", f"/api/works/{work_id}/like", user)
            await stage.data("GET", f"/api/works/{work_id}", user)
            await stage.data("PUT", f"/api/works/{work_id}/rating", user, json={"score": user})
            await stage.data("POST", f"/api/works/{work_id}/comments", user, json={"content": "好"})
    await stage.data("POST", f"/api/works/{works[1]}/like", FAN)
    await stage.data("PUT", f"/api/works/{works[2]}", OWNER, json={"is_public": False})
    await stage.ask("DELETE", f"/api/works/{works[3]}", OWNER)
    held, refused = [await stage.work(OWNER, f"月 {n}", public=True) for n in range(2)]
    await stage.data("PUT", f"/api/works/{refused}", OWNER, json={"title": "色情"})
    await stage.data("PUT", f"/api/works/{held}", OWNER, json={"title": "赌场"})
    await stage.data("POST", f"/api/works/{refused}/appeal", OWNER, json={"reason": "不服"})
    forward = {"role": "admin", "json": {"featured": True}}
    await stage.data("PUT", f"/api/works/{works[1]}/featured", OWNER, **forward)
    for name, figure in {"likes": 1, "views": 2, "comments_count": 2, "rating": 2.5}.items():
        await stage.figure(works[1], name, figure)
    await stage.quiet()


@pytest.mark.parametrize("emptied", [False, True])
async def test_rebuilt_read_models_are_identical(stage: Any, emptied: bool) -> None:
    await a_busy_day(stage)
    names = [view.name for view in VIEWS]
    before = await content_hash(stage.store.db, names)
    if emptied:
        for name in names:
            await stage.store.db[name].delete_many({})
        assert await content_hash(stage.store.db, names) != before

    await rebuild(stage.store)

    assert await content_hash(stage.store.db, names) == before


async def test_rebuilding_while_people_like_and_look_loses_nothing(stage: Any) -> None:
    works = [await stage.work(OWNER, public=True) for _ in range(3)]
    busy = True

    async def rebuilding() -> None:
        while busy:
            await rebuild(stage.store)

    again = asyncio.create_task(rebuilding())
    for user in range(FAN, FAN + 20):
        for work_id in works:
            await stage.data("POST", f"/api/works/{work_id}/like", user, json={"liked": True})
        await stage.data("GET", f"/api/works/{works[0]}", user)
    busy = False
    await again

    assert await stage.store.db.likes.count_documents({"liked": True}) == 60
    for work_id in works:
        await stage.figure(work_id, "likes", 20)
    await stage.figure(works[0], "views", 20)


async def test_a_document_that_no_stream_explains_is_removed(stage: Any) -> None:
    await stage.work(OWNER)
    await stage.store.db.likes.insert_one({"_id": "1-99", "work_id": 1, "user_id": 99, "liked": True})

    await rebuild(stage.store)

    assert await stage.store.db.likes.count_documents({}) == 0
