"""From a generated picture to the gallery and back."""

from typing import Any

from common.objects import ORIGINALS, PUBLIC
from common.testing.eventually import eventually

ALICE, BOB = 1, 2


async def keys_in(stage: Any, bucket: str) -> set[str]:
    return {stored.key async for stored in stage.objects.list(bucket)}


async def test_a_generated_image_is_a_private_work_of_its_owner(stage: Any) -> None:
    await stage.work(ALICE, "赛博朋克城市，霓虹灯")

    data = await stage.data("GET", "/api/works/my", ALICE)

    (work,) = data["works"]
    assert work["title"] == "赛博朋克城市，霓虹灯"
    assert work["is_public"] is False
    assert work["params"]["width"] == 128
    assert work["negative_prompt"] == "模糊"
    assert work["image_url"].startswith("http://platform.test/media/originals/")
    assert "signature=" in work["thumbnail_url"]
    assert work["created_at"].endswith("Z")
    assert data["pagination"] == {
        "current_page": 1,
        "total_pages": 1,
        "total_count": 1,
        "has_next": False,
        "has_prev": False,
    }


async def test_a_published_work_is_in_the_gallery_without_a_token(stage: Any) -> None:
    await stage.registered(ALICE, "alice")
    work_id = await stage.work(ALICE)
    wished = {"title": "山谷", "description": "月夜", "tags": ["风景"], "category": "nature", "is_public": True}

    changed = await stage.data("PUT", f"/api/works/{work_id}", ALICE, json=wished)

    assert {changed["work"][key] for key in ("title", "description")} == {"山谷", "月夜"}
    assert changed["work"]["moderation_status"] == "approved"
    (shown,) = (await stage.data("GET", "/api/works/gallery"))["works"]
    assert shown["author"] == {"id": ALICE, "username": "alice", "avatar": None}
    assert shown["tags"] == ["风景"]
    assert (shown["featured"], shown["is_new"], shown["likes"], shown["views"]) == (False, True, 0, 0)
    assert shown["image_url"].startswith("http://platform.test/media/public/works/")
    assert "?" not in shown["image_url"]
    assert len(await keys_in(stage, PUBLIC)) == 3


async def test_the_whole_life_of_a_work(stage: Any) -> None:
    work_id = await stage.work(ALICE, public=True)

    assert await stage.data("POST", f"/api/works/{work_id}/like", BOB) == {"is_liked": True, "likes_count": 1}
    seen = (await stage.data("GET", f"/api/works/{work_id}", BOB))["work"]
    assert (seen["is_liked"], seen["likes"], seen["views"]) == (True, 1, 1)
    await stage.figure(work_id, "likes", 1)
    await stage.figure(work_id, "views", 1)
    (shown,) = (await stage.data("GET", "/api/works/gallery"))["works"]
    assert (shown["likes"], shown["views"]) == (1, 1)

    await stage.data("PUT", f"/api/works/{work_id}", ALICE, json={"is_public": False})
    assert (await stage.data("GET", "/api/works/gallery"))["works"] == []
    assert await stage.refused("GET", f"/api/works/{work_id}", BOB) == (404, "NOT_FOUND")
    await eventually(lambda: keys_in(stage, PUBLIC), lambda keys: not keys)

    answer = await stage.ask("DELETE", f"/api/works/{work_id}", ALICE)
    assert answer.json() == {"success": True, "message": "作品删除成功"}
    assert await stage.refused("GET", f"/api/works/{work_id}", ALICE) == (404, "NOT_FOUND")
    assert (await stage.data("GET", "/api/works/my", ALICE))["works"] == []
    await eventually(lambda: keys_in(stage, ORIGINALS), lambda keys: not keys)


async def test_publishing_again_uses_fresh_keys(stage: Any) -> None:
    work_id = await stage.work(ALICE, public=True)
    first = await keys_in(stage, PUBLIC)
    await stage.data("PUT", f"/api/works/{work_id}", ALICE, json={"is_public": False})

    await stage.data("PUT", f"/api/works/{work_id}", ALICE, json={"is_public": True})

    again = await eventually(lambda: keys_in(stage, PUBLIC), lambda keys: len(keys) == 3)
    assert not first & again


async def test_publishing_twice_changes_nothing(stage: Any) -> None:
    work_id = await stage.work(ALICE, public=True)
    before = await stage.store.db.events.count_documents({})

    await stage.data("PUT", f"/api/works/{work_id}", ALICE, json={"is_public": True})

    assert await stage.store.db.events.count_documents({}) == before
    assert len(await keys_in(stage, PUBLIC)) == 3


async def test_a_store_without_the_picture_is_503_and_nothing_changed(stage: Any) -> None:
    work_id = await stage.work(ALICE)
    for key in await keys_in(stage, ORIGINALS):
        await stage.objects.delete(ORIGINALS, key)

    answer = await stage.ask("PUT", f"/api/works/{work_id}", ALICE, json={"is_public": True, "title": "新"})

    assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["Retry-After"]
    (work,) = (await stage.data("GET", "/api/works/my", ALICE))["works"]
    assert (work["title"], work["is_public"]) == ("月光下的山谷", False)
    assert (await stage.data("GET", "/api/works/gallery"))["works"] == []
