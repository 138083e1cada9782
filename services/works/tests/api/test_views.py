"""Views: once per viewer and work in half an hour, the owner never, and no address in the database."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
from bson import json_util

OWNER, FAN = 1, 2


async def look(stage: Any, work_id: int, user: int | None = None, **more: Any) -> int:
    seen = await stage.data("GET", f"/api/works/{work_id}", user, **more)
    return int(seen["work"]["views"])


async def test_each_viewer_counts_once(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    seen = [await look(stage, work_id, user) for user in (FAN, FAN, FAN + 1, None, None, OWNER)]

    assert seen == [1, 1, 2, 3, 3, 3]
    await stage.figure(work_id, "views", 3)


async def test_simultaneous_looks_of_one_viewer_count_once_and_all_are_answered(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    await asyncio.gather(*(look(stage, work_id, FAN) for _ in range(20)))

    await stage.figure(work_id, "views", 1)
    assert await stage.store.db.events.count_documents({"type": "WorkViewed"}) == 1


async def test_a_viewer_counts_again_after_half_an_hour(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    await look(stage, work_id, FAN)
    await stage.quiet()
    await put_back(stage, timedelta(minutes=29))
    assert await look(stage, work_id, FAN) == 1

    await put_back(stage, timedelta(minutes=1))

    assert await look(stage, work_id, FAN) == 2


async def put_back(stage: Any, ago: timedelta) -> None:
    """Let the views so far have happened earlier: in the log, and in the read model made from it."""
    async for event in stage.store.db.events.find({"type": "WorkViewed"}):
        earlier = {"data.viewed_at": event["data"]["viewed_at"] - ago}
        await stage.store.db.events.update_one({"_id": event["_id"]}, {"$set": earlier})
    for view in stage.store.views:
        await view.rebuild(stage.store)


async def test_the_owner_looking_at_a_private_work_counts_nothing(stage: Any) -> None:
    work_id = await stage.work(OWNER)

    assert await look(stage, work_id, OWNER) == 0


async def test_no_address_is_stored(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    await look(stage, work_id)
    await stage.quiet()

    for name in await stage.store.db.list_collection_names():
        async for document in stage.store.db[name].find():
            assert "127.0.0.1" not in json_util.dumps(document)


async def test_a_claimed_address_does_not_make_another_viewer(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    stranger = httpx.ASGITransport(stage.service.app, client=("198.51.100.7", 4000))  # no trusted proxy

    async with httpx.AsyncClient(transport=stranger, base_url="http://works") as client:
        for n in range(3):
            claimed = {"X-Forwarded-For": f"203.0.113.{n}", "X-Real-Ip": f"203.0.113.{n}"}
            assert (await client.get(f"/api/works/{work_id}", headers=claimed)).is_success

    await stage.figure(work_id, "views", 1)
