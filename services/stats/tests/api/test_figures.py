"""The one route, from messages to figures."""

from datetime import UTC, datetime, timedelta

import pytest

from common.contracts.auth import UserFollowed, UserUnfollowed
from common.contracts.works import WorkCreated, WorkDeleted, WorkLiked, WorkUnliked, WorkViewed
from common.messages import Message
from stats.testing import Stage

ALICE, BOB = 1, 2
NOTHING = {
    "total_works": 0,
    "total_views": 0,
    "total_likes": 0,
    "monthly_works": 0,
    "weekly_views": 0,
    "followers_count": 0,
    "following_count": 0,
}
MONTH = datetime(2026, 10, 31, 16, tzinfo=UTC)  # 1 November in Shanghai
WEEK = datetime(2026, 11, 15, 16, tzinfo=UTC)  # Monday, 16 November in Shanghai
MOMENT = timedelta(milliseconds=1)


def created(work_id: int, at: datetime = WEEK) -> Message:
    return WorkCreated(work_id=work_id, owner_id=ALICE, image_id=f"img_{work_id}", created_at=at)


def deleted(work_id: int) -> Message:
    return WorkDeleted(work_id=work_id, owner_id=ALICE)


def liked(work_id: int) -> Message:
    return WorkLiked(work_id=work_id, owner_id=ALICE, user_id=BOB)


def unliked(work_id: int) -> Message:
    return WorkUnliked(work_id=work_id, owner_id=ALICE, user_id=BOB)


def viewed(work_id: int, at: datetime = WEEK) -> Message:
    return WorkViewed(work_id=work_id, owner_id=ALICE, viewed_at=at)


async def test_a_new_user_has_made_nothing(stage: Stage) -> None:
    assert await stage.figures(ALICE) == NOTHING


async def test_the_answer_is_the_documents(stage: Stage) -> None:
    answer = await stage.client.get("/api/stats/user", headers=stage.tokens.bearer(ALICE))
    assert answer.json() == {"success": True, "data": NOTHING, "message": "操作成功"}


async def test_works_likes_views_and_follows_are_counted(stage: Stage) -> None:
    await stage.hear(stage.works, "work-1", created(1, MONTH - MOMENT))
    await stage.hear(stage.works, "work-2", created(2, MONTH))
    await stage.hear(stage.works, "like-2-2", liked(2))
    await stage.hear(stage.works, "view-1-x", viewed(1, WEEK - MOMENT), viewed(1, WEEK))
    await stage.hear(stage.auth, "follow-2-1", UserFollowed(follower_id=BOB, followee_id=ALICE))
    assert await stage.figures(ALICE) == {
        "total_works": 2,
        "total_views": 2,
        "total_likes": 1,
        "monthly_works": 1,
        "weekly_views": 1,
        "followers_count": 1,
        "following_count": 0,
    }
    assert await stage.figures(BOB) == {**NOTHING, "following_count": 1}


async def test_what_is_taken_back_leaves_the_figures(stage: Stage) -> None:
    follow = {"follower_id": BOB, "followee_id": ALICE}
    await stage.hear(stage.works, "work-1", created(1))
    await stage.hear(stage.works, "like-1-2", liked(1), unliked(1), liked(1), unliked(1))
    await stage.hear(stage.auth, "follow-2-1", UserFollowed(**follow), UserUnfollowed(**follow))
    assert await stage.figures(ALICE) == {**NOTHING, "total_works": 1, "monthly_works": 1}


async def test_a_deleted_work_takes_its_likes_and_views_along(stage: Stage) -> None:
    await stage.hear(stage.works, "work-1", created(1), deleted(1))
    await stage.hear(stage.works, "work-2", created(2))
    for work_id in (1, 2):
        await stage.hear(stage.works, f"like-{work_id}-2", liked(work_id))
        await stage.hear(stage.works, f"view-{work_id}-x", viewed(work_id))
    expected = {"total_works": 1, "total_views": 1, "total_likes": 1, "monthly_works": 1, "weekly_views": 1}
    assert await stage.figures(ALICE) == {**NOTHING, **expected}


async def test_what_is_heard_twice_counts_once(stage: Stage) -> None:
    await stage.hear(stage.works, "work-1", created(1))
    await stage.hear(stage.works, "view-1-x", viewed(1))
    before = await stage.figures(ALICE)
    await stage.db.consumers.delete_one({"_id": "stats"})
    await stage.db.inbox.delete_many({})
    assert stage.service.messaging is not None
    await stage.service.messaging.listen()  # asks for the whole history again
    assert await stage.figures(ALICE) == before


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer not.a.token"}, {"Authorization": "Basic YTpi"}])
async def test_without_a_valid_token_nothing_is_said(stage: Stage, header: dict[str, str]) -> None:
    answer = await stage.client.get("/api/stats/user", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_other_methods_and_paths_bear_the_envelope(stage: Stage) -> None:
    wrong = await stage.client.post("/api/stats/user", headers=stage.tokens.bearer(ALICE))
    missing = await stage.client.get("/api/stats/nothing", headers=stage.tokens.bearer(ALICE))
    assert (wrong.status_code, wrong.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")
