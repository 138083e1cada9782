"""The one route of stats."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from common.http import Reply, example
from common.mongo import Database
from common.security import CurrentUser
from stats.domain import Calendar
from stats.projections import Figures, figures

Clock = Callable[[], datetime]

USER = example(
    data={
        "total_works": 23,
        "total_views": 1567,
        "total_likes": 234,
        "monthly_works": 8,
        "weekly_views": 456,
        "followers_count": 12,
        "following_count": 34,
    }
)


def routes(db: Database, calendar: Calendar, now: Clock) -> APIRouter:
    """The caller's own statistics."""
    router = APIRouter(tags=["统计"])

    @router.get("/api/stats/user", summary="获取用户统计数据", openapi_extra=USER)
    async def user(identity: CurrentUser) -> Reply[Figures]:
        return Reply(data=await figures(db, identity.user_id, calendar, now()))

    return router
