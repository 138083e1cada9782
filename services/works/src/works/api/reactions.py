"""Liking and rating works."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.http import Body, Reply, field_codes
from common.security import CurrentUser
from works.api import examples
from works.api.ids import WorkId
from works.commands import LikeWork, RateWork
from works.handlers import Journal, like_work, rate_work
from works.projections import tallies


class LikeWish(Body):
    """Whether to like; without it the like is turned round."""

    liked: bool | None = Field(None, description="期望的状态；省略时切换")


class LikeAnswer(BaseModel):
    """The caller's like, counted in."""

    is_liked: bool
    likes_count: int


class Score(Body):
    """A rating."""

    score: Annotated[int, Field(ge=1, le=5, description="评分，1到5")]


class RatingAnswer(BaseModel):
    """The caller's score, counted in."""

    score: int
    rating: float
    ratings_count: int


def routes(journal: Journal) -> APIRouter:
    """Routes of everybody who sees a work."""
    router = APIRouter(prefix="/api/works", tags=["作品"])
    db = journal.store.db

    @router.post(
        "/{work_id:int}/like",
        summary="点赞/取消点赞作品",
        openapi_extra=field_codes(liked=("VALIDATION_ERROR", "liked 必须是布尔值")) | examples.LIKE,
    )
    async def like(work_id: WorkId, user: CurrentUser, wish: LikeWish | None = None) -> Reply[LikeAnswer]:
        wished = wish.liked if wish else None
        now = await like_work(LikeWork(work_id, user.user_id, datetime.now(UTC), wished), journal)
        counted = await tallies.likes(db, work_id)
        return Reply(data=LikeAnswer(is_liked=now.liked, likes_count=counted["likes"]))

    @router.put(
        "/{work_id:int}/rating",
        summary="为作品评分",
        openapi_extra=field_codes(score=("VALIDATION_ERROR", "评分应为1到5的整数")) | examples.RATE,
    )
    async def rate(work_id: WorkId, body: Score, user: CurrentUser) -> Reply[RatingAnswer]:
        await rate_work(RateWork(work_id, user.user_id, body.score, datetime.now(UTC)), journal)
        counted = await tallies.rating(db, work_id)
        return Reply(data=RatingAnswer(score=body.score, **counted))

    return router
