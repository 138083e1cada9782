"""Likes under many callers: every one counts, none twice."""

import asyncio
from typing import Any

from common.contracts.works import WorkLiked
from common.messages import Envelope

OWNER, FAN = 1, 2
MANY = 50


async def test_likes_of_fifty_users_at_once_count_fifty(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    answers = await asyncio.gather(
        *(stage.data("POST", f"/api/works/{work_id}/like", FAN + n, json={"liked": True}) for n in range(MANY))
    )

    assert all(answer["is_liked"] for answer in answers)
    assert max(answer["likes_count"] for answer in answers) == MANY
    await stage.figure(work_id, "likes", MANY)


async def test_fifty_wishes_of_one_user_at_once_give_one_like(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    answers = await asyncio.gather(
        *(stage.data("POST", f"/api/works/{work_id}/like", FAN, json={"liked": True}) for _ in range(MANY))
    )

    assert {(answer["is_liked"], answer["likes_count"]) for answer in answers} == {(True, 1)}
    assert await stage.store.db.events.count_documents({"type": "WorkLiked"}) == 1


async def test_liking_without_a_wish_toggles(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    path = f"/api/works/{work_id}/like"

    counts = [(await stage.data("POST", path, FAN))["likes_count"] for _ in range(3)]
    again = await stage.data("POST", path, FAN, json={"liked": None})

    assert counts == [1, 0, 1]
    assert again == {"is_liked": False, "likes_count": 0}
    await stage.figure(work_id, "likes", 0)


async def test_fifty_toggles_of_one_user_at_once_give_one_like_or_none(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    path = f"/api/works/{work_id}/like"

    answers = await asyncio.gather(*(stage.ask("POST", path, FAN) for _ in range(MANY)))

    done = [answer for answer in answers if answer.status_code == 200]
    assert done
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert sum(answer.json()["data"]["is_liked"] for answer in done) == (len(done) + 1) // 2
    await stage.figure(work_id, "likes", len(done) % 2)


async def test_the_owner_may_like_their_own_private_work(stage: Any) -> None:
    work_id = await stage.work(OWNER)

    assert (await stage.data("POST", f"/api/works/{work_id}/like", OWNER))["likes_count"] == 1


async def test_a_changed_title_keeps_the_likes(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    await stage.data("POST", f"/api/works/{work_id}/like", FAN)
    await stage.figure(work_id, "likes", 1)

    changed = await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "新标题"})

    assert changed["work"]["likes"] == 1


async def test_a_like_heard_before_its_work_is_harmless(stage: Any) -> None:
    message = WorkLiked(work_id=999, owner_id=OWNER, user_id=FAN)
    envelope = Envelope(
        id="early",
        key=message.routing_key(),
        stream="like-999-2",
        number=1,
        at="2026-01-01T00:00:00Z",
        correlation_id="correlation",
        data=message.model_dump(mode="json"),
    )

    await stage.hear(envelope)
    await stage.hear(envelope)

    assert await stage.service.messaging.consumer.dead_letters() == []
    assert await stage.store.db.works.count_documents({}) == 0
